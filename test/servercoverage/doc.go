// Package servercoverage says how much of Kratos's code for a login the tests of this module
// make it run, and which messages no test makes it send.
//
// A Kratos that is built with -cover writes counters, which [ReadProfile] reads. [Source] is
// its source code. [List] says which code counts, and why the rest does not. [Measure] combines
// the three.
package servercoverage
