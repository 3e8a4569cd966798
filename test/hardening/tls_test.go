package hardening

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/orylogin/orylogin"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(encoded)
	require.NoError(t, err)
	return &authority{certificate, key}
}

// sign returns a certificate for a host. It is valid until the given time.
func (a *authority) sign(t *testing.T, host string, until time.Time) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, DNSNames: []string{host},
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: a.key}
}

// TestCertificates checks that no request is sent to a server with a wrong certificate.
func TestCertificates(t *testing.T) {
	s := newStage(t)
	kratos, err := url.Parse(s.kratos.PublicURL)
	require.NoError(t, err)
	known, unknown := newAuthority(t), newAuthority(t)
	for name, test := range map[string]struct {
		certificate tls.Certificate
		want        string
	}{
		"good":              {known.sign(t, "localhost", time.Now().Add(time.Hour)), ""},
		"expired":           {known.sign(t, "localhost", time.Now().Add(-time.Minute)), "expired"},
		"wrong host":        {known.sign(t, "elsewhere.example.com", time.Now().Add(time.Hour)), "for another host"},
		"unknown authority": {unknown.sign(t, "localhost", time.Now().Add(time.Hour)), "unknown authority"},
	} {
		for _, operation := range s.operations(t) {
			var requests atomic.Int64
			forward := httputil.NewSingleHostReverseProxy(kratos)
			forward.Transport = &http.Transport{DisableKeepAlives: true}
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				forward.ServeHTTP(w, r)
			}))
			server.Config.ErrorLog = discard
			server.TLS = &tls.Config{Certificates: []tls.Certificate{test.certificate}, MinVersion: tls.VersionTLS12}
			before := goleak.IgnoreCurrent()
			server.StartTLS()
			port := server.Listener.Addr().String()[len("127.0.0.1"):]

			pool := x509.NewCertPool()
			pool.AddCert(known.certificate)
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
			client, err := orylogin.New("https://localhost"+port, orylogin.WithHTTPClient(&http.Client{Transport: transport}))
			require.NoError(t, err)
			err = operation.call(t.Context(), client)
			if test.want == "" {
				require.NoError(t, err, name)
				require.EqualValues(t, 1, requests.Load())
			} else {
				require.Equal(t, "unsent", kindOf(err), "%s: %v", name, err)
				require.ErrorContains(t, err, test.want)
				require.Zero(t, requests.Load(), name)
			}
			transport.CloseIdleConnections()
			server.Close()
			requireNoneLeft(t, before)
		}
	}
}

// serveAs starts a server with a certificate and returns its URL. The server expects no
// request.
func serveAs(t *testing.T, certificate tls.Certificate) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }))
	server.Config.ErrorLog = discard
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return "https://localhost" + server.Listener.Addr().String()[len("127.0.0.1"):]
}

// TestOwnTransportChecksCertificates checks that the client's own pool trusts the authorities
// that the system trusts. A transport around the pool changes nothing.
func TestOwnTransportChecksCertificates(t *testing.T) {
	base := serveAs(t, newAuthority(t).sign(t, "localhost", time.Now().Add(time.Hour)))
	for name, options := range map[string][]orylogin.Option{
		"own":       nil,
		"around it": {orylogin.WithTransport(func(own http.RoundTripper) http.RoundTripper { return own })},
	} {
		client, err := orylogin.New(base, options...)
		require.NoError(t, err)
		err = either(client.Login(t.Context(), asAda))
		require.Equal(t, "unsent", kindOf(err), "%s: %v", name, err)
		require.ErrorContains(t, err, "unknown authority", name)
	}
}

// TestTextsOfCertificatesAreNotShown has a server with a text in the names of its certificate.
// crypto/tls quotes such names.
func TestTextsOfCertificatesAreNotShown(t *testing.T) {
	known := newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(known.certificate)
	base := serveAs(t, known.sign(t, "a.example.com\nlevel=ERROR msg="+mark+"\x1b[31m", time.Now().Add(time.Hour)))
	client, err := orylogin.New(base, orylogin.WithHTTPClient(&http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}))
	require.NoError(t, err)
	err = either(client.Login(t.Context(), asAda))
	require.Equal(t, "unsent", kindOf(err), "%v", err)
	var quotes x509.HostnameError
	require.ErrorAs(t, err, &quotes)
	require.ErrorContains(t, quotes, mark)
	requireHidden(t, err, "a certificate")
	require.NotRegexp(t, `[^ -~]`, err.Error(), "it is one line")
}
