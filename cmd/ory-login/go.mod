module github.com/orylogin/orylogin/cmd/ory-login

go 1.25.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/orylogin/orylogin v0.1.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/sys v0.44.0
	golang.org/x/term v0.43.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
