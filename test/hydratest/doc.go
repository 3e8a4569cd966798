// Package hydratest runs a real Ory Hydra for tests and demonstrations of single sign-on.
//
// Hydra is the server that other applications log their users in with, by OAuth2. It has
// no users and no pages: it sends browsers to the login page and to the consent page of an
// application of ours. Kratos tells it who has logged in, if its setting
// oauth2_provider.url is [Server.AdminURL]. [Server.Consent] is a consent page, and
// [Server.NewClient] is one of those other applications.
//
// Start takes about a second once the binary is there. The environment variable
// HYDRA_BINARY names the binary; without it the package builds the release that the
// module in test/hydra pins, which needs cgo for sqlite and takes minutes the first time
// and a fraction of a second later.
//
// The package speaks plain HTTP and nothing else to Hydra. It needs a unix system.
package hydratest
