module github.com/orylogin/orylogin/orylogintest/tab

go 1.25.0

require (
	github.com/orylogin/orylogin v0.1.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/net v0.50.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace github.com/orylogin/orylogin => ../..
