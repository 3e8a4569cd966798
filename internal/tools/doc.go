// Package tools holds the versions of the programs with which the module is developed. It is a
// module of its own, so that users of the module do not depend on them.
package tools
