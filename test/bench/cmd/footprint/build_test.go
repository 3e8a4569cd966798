package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSymbolsAreAddedUpByPackage(t *testing.T) {
	t.Parallel()
	table := "  4a1000   100 T github.com/orylogin/orylogin.New\n" +
		"  4a2000    20 T github.com/orylogin/orylogin.(*Client).Login\n" +
		"  4a3000     7 T net/http.(*Client).Do\n" +
		"  4a4000     5 T slices.SortFunc[go.shape.[]github.com/orylogin/x.y]\n" +
		"  4a5000  4096 B runtime.buffer\n" +
		"         U undefined\n" +
		"  4a6000    64 R type:*\n"
	assert.Equal(t, map[string]int64{
		"github.com/orylogin/orylogin":           120,
		"net/http":                               7,
		"slices":                                 5,
		"(types, data and the runtime's tables)": 64,
	}, byPackage([]byte(table)))
}

func TestSharesAreTheLargestFirst(t *testing.T) {
	t.Parallel()
	byHand := footprint{symbols: map[string]int64{"net/http": 5000, "fmt": 100}}
	ours := footprint{symbols: map[string]int64{"net/http": 7000, "fmt": 200, "api": 90_000, "mime": 3000}}
	assert.Equal(t, []share{{"api", 90_000}, {"mime", 3000}, {"net/http", 2000}}, shares([]footprint{byHand, ours}))
}
