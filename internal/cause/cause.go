// Package cause keeps the errors behind those of this module and describes them in safe words.
package cause

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/orylogin/orylogin/internal/hidden"
)

// Cause is the error behind one of ours. [errors.Is] and [errors.As] find it, but it cannot be
// unwrapped: its own text may quote what a server sent, and whatever prints chains of errors
// would show that text.
type Cause struct {
	err  hidden.Value[error]
	text string
}

// New returns the Cause of an error. Each known error has a fixed text, which may be shown.
func New(err error, known ...error) Cause {
	return Cause{hidden.New(err), textOf(err, append(known, harmless...))}
}

// Text describes the cause without anything that a server wrote. It is empty if there is no
// cause.
func Text(c Cause) string { return c.text }

// Is reports whether the cause matches target.
func (c Cause) Is(target error) bool { return c.text != "" && errors.Is(c.err.Reveal(), target) }

// As finds the cause that matches target.
func (c Cause) As(target any) bool { return c.text != "" && errors.As(c.err.Reveal(), target) }

// harmless are the errors whose text is fixed.
var harmless = []error{
	context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded,
	io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
}

// textOf describes an error without anything from a certificate.
func textOf(err error, fixed []error) string {
	for _, known := range fixed {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	var (
		dns       *net.DNSError
		op        *net.OpError
		errno     syscall.Errno
		plain     tls.RecordHeaderError
		host      x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		cert      *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &dns):
		return "lookup " + dns.Name + ": " + dns.Err
	case errors.As(err, &op) && errors.As(op.Err, &errno):
		return fmt.Sprintf("%s %s %v: %v", op.Op, op.Net, op.Addr, errno)
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &op) && op.Op == "remote error": // a TLS alert: its text is from crypto/tls
		return "the server refuses the TLS connection: " + strings.TrimPrefix(op.Err.Error(), "tls: ")
	case errors.As(err, &plain):
		return "tls: " + plain.Msg
	case errors.As(err, &host):
		return "the server's certificate is for another host"
	case errors.As(err, &authority):
		return "the server's certificate is of an unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has expired or is not valid yet"
	case errors.As(err, &cert), errors.As(err, &invalid):
		return "the server's certificate is not accepted"
	}
	for _, known := range untyped {
		if strings.Contains(err.Error(), known.has) {
			return known.says
		}
	}
	return fmt.Sprintf("an error of type %T", err)
}

// untyped are errors that have no type of their own in net/http and crypto/tls. Each is known
// by a part of its text.
var untyped = []struct{ has, says string }{
	{"TLS handshake timeout", "the TLS handshake takes too long"},
	{"unsupported protocol version", "the server has no TLS version that this client allows"},
	{http.StatusText(http.StatusProxyAuthRequired), "the proxy wants a password (HTTP 407)"},
	{"malformed HTTP", "the answer is not HTTP/1: the port may be for HTTP/2 or another protocol"},
	{"malformed MIME header", "the headers of the answer are not HTTP"},
	{"response headers exceeded", "the headers of the answer are too large"},
	{"http2: client connection lost", "the connection is lost: the server sends nothing on it any more"},
}
