package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
)

// browse opens a URL as a browser does, and follows the redirects until one leads away from
// the servers, which are the provider and Kratos. It returns where.
func browse(ctx context.Context, from string, servers ...string) (*url.URL, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	browser := &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for range 10 {
		if !slices.ContainsFunc(servers, func(server string) bool { return strings.HasPrefix(from, server) }) {
			return url.Parse(from)
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Accept", typeHTML)
		response, err := browser.Do(request)
		if err != nil {
			return nil, err
		}
		_ = response.Body.Close()
		next, err := response.Location()
		if err != nil {
			return nil, fmt.Errorf("%d without a redirect: %w", response.StatusCode, err)
		}
		from = next.String()
	}
	return nil, fmt.Errorf("the browser goes round in circles, at %s", from)
}
