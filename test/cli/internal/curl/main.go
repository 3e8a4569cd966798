// Command curl stands in for curl where a machine has none: it knows the options -s,
// for silence, and -H, for a header.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "curl:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, args[len(args)-1], nil) //nolint:gosec // the address is what it is for
	if err != nil {
		return err
	}
	for i, arg := range args[:len(args)-1] {
		if strings.HasPrefix(arg, "-") && strings.HasSuffix(arg, "H") {
			name, value, _ := strings.Cut(args[i+1], ":")
			request.Header.Set(name, strings.TrimSpace(value))
		}
	}
	response, err := http.DefaultClient.Do(request) //nolint:gosec // likewise
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}
