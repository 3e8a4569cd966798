// Package hydratest runs a real Ory Hydra for tests and demonstrations of single sign-on.
//
// Hydra is the server with which other applications log their users in by OAuth2. It has no
// users and no pages: it sends browsers to the login page and the consent page of an
// application of ours. Kratos tells Hydra who has logged in, if its setting oauth2_provider.url
// is [Server.AdminURL]. [Server.Consent] is a consent page, and [Server.NewClient] makes one of
// those other applications.
//
// Start takes about a second if the binary exists. The environment variable HYDRA_BINARY names
// the binary. Without it, the package builds the release that the module in test/hydra pins.
// The build needs cgo for sqlite. It takes minutes the first time, and a fraction of a second
// later.
//
// The package uses only plain HTTP to talk to Hydra. It needs a unix system.
package hydratest
