module github.com/orylogin/orylogin/test/cli

go 1.25.0

require (
	github.com/creack/pty v1.1.24
	github.com/oauth2-proxy/mockoidc v0.0.0-20261103160011-e06ed0b7cb7f
	github.com/orylogin/orylogin v0.0.0-00010101000000-000000000000
	github.com/orylogin/orylogin/test v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v1.12.1
	golang.org/x/mod v0.35.0
)

require (
	github.com/boombuler/barcode v1.0.1-0.20190219062509-6c824513bacc // indirect
	github.com/go-jose/go-jose/v4 v4.1.8 // indirect
	github.com/golang-jwt/jwt/v5 v5.2.2 // indirect
	github.com/pquerna/otp v1.5.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace (
	github.com/orylogin/orylogin => ../..
	github.com/orylogin/orylogin/test => ../../test
)
