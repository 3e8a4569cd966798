package orylogin

import "net/http"

// What one request may have. Real ones have a few kilobytes.
const (
	maxFields     = 1000      // of a form
	maxSubmission = 1 << 20   // bytes of a body in JSON, or of the names and values of a form
	maxHead       = 128 << 10 // bytes of the parameters and headers
)

var (
	errLongSubmission = tooLarge("the submission has more than 1 MiB or 1,000 fields")
	errLongHead       = tooLarge("the request has more than 128 KiB of parameters and headers")
)

// hasLongHead reports whether a request has more parameters and headers than a login needs.
// It holds for whatever comes from a browser: ids, codes, URLs to return to, tokens.
func hasLongHead(request *http.Request) bool {
	size := len(request.URL.RawQuery)
	for _, values := range request.Header {
		size += sizeOf(values)
	}
	return size > maxHead
}
