package jwt

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Config says which tokens a [Checker] accepts.
type Config struct {
	// KeysURL is where the public keys are, as a JSON Web Key Set: an https URL, an http URL
	// of this machine, or file:// and an absolute path. Keys that are not for signatures, and
	// keys of an unknown kind, are ignored. A set with a private or a symmetric key is refused.
	KeysURL string

	// Issuer is the claim iss, byte for byte. Kratos uses its serve.public.base_url, usually
	// with a slash at the end, unless the template sets another issuer.
	Issuer string

	// Audience is one value of the claim aud, which the template must set. If Audience is
	// empty, a token must have no aud. Then every service that trusts the same keys and
	// issuer accepts the tokens of the others.
	Audience string

	// Algorithms are the accepted signature algorithms: ES256, ES384, ES512, RS256, RS384,
	// RS512, PS256, PS384, PS512 or EdDSA. There is no default.
	Algorithms []string

	// Leeway is how far the clocks of Kratos and of this machine may differ. Default: ten
	// seconds.
	Leeway time.Duration

	// PlainHTTP allows an http URL of another machine. Anybody on the way can then log in as
	// any user.
	PlainHTTP bool

	// HTTPClient fetches the key set. Redirects are not followed, and no cookies are sent.
	// Default: a client with [http.DefaultTransport].
	HTTPClient *http.Client
}

const defaultLeeway = 10 * time.Second

// signatures are the algorithms that use public keys.
var signatures = []jose.SignatureAlgorithm{
	jose.ES256, jose.ES384, jose.ES512, jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.EdDSA,
}

// New returns a Checker. It fetches nothing. The error names every mistake in config.
func New(config Config) (*Checker, error) {
	config.Leeway = cmp.Or(config.Leeway, defaultLeeway)
	made := &Checker{config: config}
	target, err := url.Parse(config.KeysURL)
	if err != nil {
		target = &url.URL{} // an empty URL is wrong, too, and shows no secret
	}
	made.keys = &keySet{url: config.KeysURL, web: config.web(target)}
	errs := config.mistakes(target)
	for _, name := range config.Algorithms {
		made.algorithms = append(made.algorithms, jose.SignatureAlgorithm(name))
		if !slices.Contains(signatures, jose.SignatureAlgorithm(name)) {
			errs = append(errs, fmt.Errorf("the algorithm %q does not use a public key", name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("orylogin/session/jwt: %w", err)
	}
	return made, nil
}

// mistakes returns what is wrong in the config, except in the algorithms.
func (c Config) mistakes(target *url.URL) []error {
	isFile := target.Scheme == "file" && target.Host == "" && strings.HasPrefix(target.Path, "/")
	isWeb := (target.Scheme == "https" || target.Scheme == "http") && target.Hostname() != ""
	var errs []error
	for _, each := range []struct {
		wrong bool
		text  string
	}{
		{!isFile && !isWeb, "the KeysURL is neither of https nor of a file with an absolute path"},
		{target.User != nil || target.Fragment != "", "the KeysURL has a user or a fragment"},
		{target.Scheme == "http" && !isLoopback(target.Hostname()) && !c.PlainHTTP, "the KeysURL is of plain http: see PlainHTTP"},
		{c.Issuer == "", "the Issuer is empty"},
		{len(c.Algorithms) == 0, "there are no Algorithms"},
		{c.Leeway < 0, "the Leeway is negative"},
	} {
		if each.wrong {
			errs = append(errs, errors.New(each.text))
		}
	}
	return errs
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// web returns the HTTP client that fetches the key set.
func (c Config) web(target *url.URL) *http.Client {
	web := http.Client{}
	if c.HTTPClient != nil {
		web = *c.HTTPClient
	}
	if target.Scheme == "file" {
		web.Transport = http.NewFileTransport(http.Dir("/")) //nolint:gosec // only one file is asked for
	}
	web.Jar = nil
	web.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &web
}
