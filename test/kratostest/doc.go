// Package kratostest runs a real Ory Kratos for tests and demonstrations.
//
// A test gets its own server, empty and on loopback, with
//
//	kratos := kratostest.Start(t)
//	alice, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{
//		Email:    "alice@example.com",
//		Password: "correct horse battery staple",
//	})
//
// Start takes less than a second if the binary exists. The environment variable KRATOS_BINARY
// names the binary. Without it, the package builds the release that the module in test/kratos
// pins. The build needs cgo for sqlite. It takes minutes the first time, and a fraction of a
// second later.
//
// A binary of another release, from v0.8 on, gets a configuration that it understands. Tests
// use [Server.Release] to know what to expect of it. For a build that does not say its release,
// set the variable KRATOS_RELEASE. The configuration for v0.8 follows the changelog of Kratos
// and has not been tried.
//
// No test has to wait until something expires: [Server.Change] can make what is created next
// expire at once, or last.
//
// The package uses only plain HTTP to talk to Kratos, so it can check a client under test
// independently. It needs a unix system.
//
// # Limits of the server
//
// The database is sqlite in memory. Two requests cannot change it at the same time: Kratos
// answers 500 to one of them. So each of several parallel tests should have its own server. The
// setting "dsn" names another database, such as one of package postgrestest. Start makes its
// tables. Mails are queued and never sent; see [Server.Code].
package kratostest
