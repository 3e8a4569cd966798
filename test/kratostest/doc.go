// Package kratostest runs a real Ory Kratos for tests and demonstrations.
//
// A test gets a server of its own, empty and on loopback, with
//
//	kratos := kratostest.Start(t)
//	alice, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{
//		Email:    "alice@example.com",
//		Password: "correct horse battery staple",
//	})
//
// Start takes less than a second once the binary is there. The environment
// variable KRATOS_BINARY names the binary; without it the package builds the
// release that the module in test/kratos pins, which needs cgo for sqlite and
// takes minutes the first time and a fraction of a second later. A binary of another
// release, from v0.8 on, gets a configuration that it understands, and tests ask
// [Server.Release] for what to expect of it. Builds that do not say their release need the
// variable KRATOS_RELEASE. The configuration for v0.8 follows its changelog and has not been
// tried.
//
// No test has to wait for something to expire: [Server.Change] makes what comes next
// expire at once, or last.
//
// The package speaks plain HTTP and nothing else to Kratos, so that it can be
// the witness for clients under test. It needs a unix system.
//
// # Limits of the server
//
// The database is sqlite in memory, which two requests cannot change at the
// same moment: Kratos answers 500 to one of them. Tests that run in parallel
// should each have a server of their own. The setting "dsn" names another database, such as
// one of package postgrestest, whose tables Start makes. Mails are queued and never sent; see [Server.Code].
package kratostest
