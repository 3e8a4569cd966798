module github.com/orylogin/orylogin/examples/webapp

go 1.25.0

require (
	github.com/orylogin/orylogin v0.1.0
	github.com/orylogin/orylogin/orylogintest/tab v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v1.12.1
	golang.org/x/net v0.50.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace (
	github.com/orylogin/orylogin => ../..
	github.com/orylogin/orylogin/orylogintest/tab => ../../orylogintest/tab
)
