// Package daemon builds the servers that tests need, runs them and sends them JSON requests.
// Packages such as kratostest and hydratest have what is special about each server. It needs a
// unix system.
package daemon
