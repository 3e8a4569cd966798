// Package clitest builds the command ory-login and runs it at a terminal, for tests
// and demonstrations. It needs a unix system.
package clitest
