// Command kratos runs Ory Kratos in the foreground, to try things with. Its help says what
// it is like.
package main

import (
	"context"
	"flag"

	"github.com/orylogin/orylogin/test/playground"
)

const usage = `Usage: make kratos [APP_URL=http://localhost:3000]

Runs a real Ory Kratos for programs of your own, until Ctrl-C. APP_URL, which is passed on
as -app-url, is where an application under development is.
`

func main() {
	appURL := flag.String("app-url", "", "`URL` of the application (default http://localhost:4455)")
	playground.Main(usage, func(ctx context.Context) error {
		return playground.Run(ctx, playground.Config{AppURL: *appURL})
	})
}
