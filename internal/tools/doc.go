// Package tools holds the versions of the programs that the module is developed with, apart from the module itself, so
// that its users do not depend on them.
package tools
