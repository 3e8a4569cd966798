// Package daemon builds the servers that tests need, runs them and asks them in JSON. What
// is particular to one of them is in kratostest and hydratest. It needs a unix system.
package daemon
