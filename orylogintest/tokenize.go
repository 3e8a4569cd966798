package orylogintest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Template is a template for signed sessions: it says how whoami signs the session. The
// algorithm is ES256, and the issuer is the URL of the [Server] with a slash at the end.
type Template struct {
	// Name is the name to pass to [orylogin.WithTokenizeAs].
	Name string

	// TTL is how long a token is valid. A negative TTL makes tokens that have expired
	// already. Default: one minute.
	TTL time.Duration

	// CopySession adds the claim session with the whole session, as the template in Ory's
	// documentation does.
	CopySession bool

	// Claims are added to the claims of Kratos and replace those with the same name, except
	// sub.
	Claims map[string]any
}

// keysPath is the path of the key set. Kratos itself does not publish its keys: its operator
// does.
const keysPath = "/orylogintest/keys.json"

// KeysURL returns the URL of the key set for signed sessions: see [WithTemplates]. Their issuer
// is server.URL + "/".
func (s *Server) KeysURL() string { return s.URL + keysPath }

// signer signs with its own key.
type signer struct {
	id  string
	key *ecdsa.PrivateKey
}

func newSigner() signer {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // never fails
	return signer{newUUID(), key}
}

// public returns the public key in the form of a key set.
func (s signer) public() object {
	point, _ := s.key.PublicKey.Bytes() // the byte 4, then x and y
	encode := base64.RawURLEncoding.EncodeToString
	return object{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": s.id,
		"x": encode(point[1:33]), "y": encode(point[33:]),
	}
}

// sign returns a JSON Web Token.
func (s signer) sign(claims object) string {
	text := inBase64(object{"alg": "ES256", "kid": s.id, "typ": "JWT"}) + "." + inBase64(claims)
	hash := sha256.Sum256([]byte(text))
	r, rest, _ := ecdsa.Sign(rand.Reader, s.key, hash[:]) // never fails
	signature := append(r.FillBytes(make([]byte, 32)), rest.FillBytes(make([]byte, 32))...)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// inBase64 encodes an object. [WithTemplates] has checked that it marshals.
func inBase64(value object) string {
	text, _ := json.Marshal(value)
	return base64.RawURLEncoding.EncodeToString(text)
}

func (c *call) writeKeys() { c.write(http.StatusOK, object{"keys": []object{c.signer.public()}}) }

// tokenize adds the signed session to the answer of whoami. It reports false if there is no
// such template.
func (c *call) tokenize(s *session, shown object) bool {
	name := c.query("tokenize_as")
	if name == "" || !c.devices {
		return true
	}
	i := slices.IndexFunc(c.templates, func(t Template) bool { return t.Name == name })
	if i < 0 {
		c.fail(badRequest(fmt.Sprintf("Unable to find tokenizer template %q.", name)))
		return false
	}
	token := c.signer.sign(c.claims(c.templates[i], s, shown))
	c.signed = append(c.signed, token)
	shown["tokenized"] = token
	return true
}

func (c *call) claims(template Template, s *session, shown object) object {
	ttl := template.TTL
	if ttl == 0 {
		ttl = time.Minute
	}
	claims := object{
		"iss": c.URL + "/", "jti": newUUID(), "sid": s.id,
		"iat": c.now.Unix(), "nbf": c.now.Unix(), "exp": c.now.Add(ttl).Unix(),
	}
	if template.CopySession {
		claims["session"] = maps.Clone(shown)
	}
	maps.Copy(claims, template.Claims)
	claims["sub"] = s.person.ID
	return claims
}
