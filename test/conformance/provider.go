package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// follow opens a URL as a browser does and follows redirects. It returns the first URL that is
// on the server.
func follow(ctx context.Context, from, server string) (string, error) {
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 10 {
		if strings.HasPrefix(from, server) {
			return from, nil
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
		if err != nil {
			return "", err
		}
		request.Header.Set("Accept", typeHTML)
		response, err := browser.Do(request)
		if err != nil {
			return "", err
		}
		_ = response.Body.Close()
		next, err := response.Location()
		if err != nil {
			return "", fmt.Errorf("%d without a redirect: %w", response.StatusCode, err)
		}
		from = next.String()
	}
	return "", fmt.Errorf("the browser goes round in circles, at %s", from)
}

// answered returns the URL to which a provider sends a browser with its answer.
func answered(from string, answer url.Values) (string, error) {
	asked, err := url.Parse(from)
	if err != nil {
		return "", err
	}
	answer.Set("state", asked.Query().Get("state"))
	return asked.Query().Get("redirect_uri") + "?" + answer.Encode(), nil
}
