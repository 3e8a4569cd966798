// Package servercoverage tells how much of the code that a login runs in Kratos the tests of this
// module make it run, and which messages no test makes it send.
//
// A Kratos that was built with -cover writes counters, which [ReadProfile] reads. [Source] is the
// code they are about. [List] says what of it counts, and why the rest does not; [Measure] puts
// them together.
package servercoverage
