// Package contract checks exchanges with a server against openapi.yaml.
package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// ErrNoOperation says that openapi.yaml has no operation for the request.
var ErrNoOperation = errors.New("openapi.yaml has no such operation")

// Contract is openapi.yaml. It is safe for concurrent use.
type Contract struct {
	router routers.Router
}

// Exchange is a request and its answer.
type Exchange struct {
	Method        string
	Target        string // the path below the base URL, and the query
	RequestHeader http.Header
	RequestBody   []byte

	Status int
	Header http.Header
	Body   []byte // of two JSON documents, the first counts
}

// Verdict is the result of checking an exchange.
type Verdict struct {
	// Operation is nil if openapi.yaml has no such operation.
	Operation *openapi3.Operation

	// Request and Answer say what is wrong with the request and with the answer.
	Request, Answer error
}

// Load reads openapi.yaml from a file.
func Load(file string) (*Contract, error) {
	registerFormDecoder()
	spec, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	spec.Servers = nil // any host is fine
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return &Contract{router: router}, nil
}

// Check checks an exchange. It does not check the answer if there is no operation for the
// request.
func (c *Contract) Check(ctx context.Context, exchange Exchange) Verdict {
	input, err := c.input(ctx, exchange)
	if err != nil {
		return Verdict{Request: err}
	}
	return Verdict{
		Operation: input.Route.Operation,
		Request:   openapi3filter.ValidateRequest(ctx, input),
		Answer:    answer(ctx, input, exchange),
	}
}

// input describes a request in the form that the validator takes.
func (c *Contract) input(ctx context.Context, exchange Exchange) (*openapi3filter.RequestValidationInput, error) {
	request, err := http.NewRequestWithContext(ctx, exchange.Method, "http://kratos"+exchange.Target, bytes.NewReader(exchange.RequestBody))
	if err != nil {
		return nil, err
	}
	request.Header = exchange.RequestHeader.Clone()
	route, pathParams, err := c.router.FindRoute(request)
	if err != nil {
		return nil, ErrNoOperation
	}
	return &openapi3filter.RequestValidationInput{
		Request: request, PathParams: pathParams, Route: route,
		Options: &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
	}, nil
}

func answer(ctx context.Context, input *openapi3filter.RequestValidationInput, exchange Exchange) error {
	body := exchange.Body
	if first, _, two := bytes.Cut(body, []byte("}\n{")); two {
		body = append(bytes.Clone(first), '}')
	}
	return openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: exchange.Status, Header: exchange.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: input.Options,
	})
}

// registerFormDecoder adds a decoder for forms whose schema is a union. The library does not
// know which fields such a form has. All fields of a login form are texts.
var registerFormDecoder = sync.OnceFunc(func() {
	openapi3filter.RegisterBodyDecoder("application/x-www-form-urlencoded",
		func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
			text, err := io.ReadAll(body)
			if err != nil {
				return nil, err
			}
			form, err := url.ParseQuery(string(text))
			if err != nil {
				return nil, err
			}
			fields := map[string]any{}
			for name := range form {
				fields[name] = form.Get(name)
			}
			return fields, nil
		})
})
