module github.com/orylogin/orylogin/test/chromium

go 1.25.0

replace (
	github.com/orylogin/orylogin => ../..
	github.com/orylogin/orylogin/examples/webapp => ../../examples/webapp
	github.com/orylogin/orylogin/test => ../
)

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
	github.com/descope/virtualwebauthn v1.0.3
	github.com/oauth2-proxy/mockoidc v0.0.0-20261103160011-e06ed0b7cb7f
	github.com/orylogin/orylogin v0.0.0-00010101000000-000000000000
	github.com/orylogin/orylogin/examples/webapp v0.0.0-00010101000000-000000000000
	github.com/orylogin/orylogin/test v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/boombuler/barcode v1.0.1-0.20190219062509-6c824513bacc // indirect
	github.com/fxamacker/cbor/v2 v2.7.0 // indirect
	github.com/go-jose/go-jose/v4 v4.1.8 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/golang-jwt/jwt/v5 v5.2.2 // indirect
	github.com/pquerna/otp v1.5.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
