package jwt_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
)

// TestCheck checks that a token counts if one of the keys has signed it, for each algorithm.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"ES256", "RS256", "EdDSA", "PS256"} {
		signing := newKey(t, algorithm)
		h := hostOf(t, newKey(t, "ES256"), signing)
		checker := newChecker(t, h, func(c *jwt.Config) { c.Algorithms = append(c.Algorithms, "PS256") })
		token := signing.sign(t)
		for name, credential := range map[string]session.Credential{
			"bearer":          bearer(token),
			"X-Session-Token": session.TokenCredential(orylogin.NewSecret(token)),
			"other case":      session.HeaderCredential(map[string][]string{"Authorization": {"bearer  " + token}}),
		} {
			who, err := checker.Check(t.Context(), credential)
			require.NoError(t, err, algorithm+name)
			require.Equal(t, "s", who.ID)
			require.Equal(t, "ada", who.Identity.ID)
			require.True(t, who.Active)
			require.WithinDuration(t, time.Now().Add(time.Minute), who.ExpiresAt, 10*time.Second)
			require.Equal(t, token, who.Tokenized.Reveal())
			require.Nil(t, who.Document(), "nobody was asked")
			require.Zero(t, who.AuthenticatedAt)
			require.Empty(t, who.AuthenticatorAssuranceLevel)
		}
		require.EqualValues(t, 1, h.asked.Load())
	}
}

// TestOtherCredentials checks that the Checker leaves a credential that is no JSON Web Token to
// others.
func TestOtherCredentials(t *testing.T) {
	t.Parallel()
	h := hostOf(t, newKey(t, "ES256"))
	checker := newChecker(t, h)
	token := newKey(t, "ES256").sign(t)
	for name, header := range map[string]map[string][]string{
		"nothing":                {},
		"session token":          {"Authorization": {"Bearer ory_st_x"}},
		"two parts":              {"Authorization": {"Bearer ory_at_x.y"}},
		"four parts":             {"Authorization": {"Bearer v4.public.x.y"}},
		"another scheme":         {"Authorization": {"DPoP " + token}},
		"no scheme":              {"Authorization": {token}},
		"cookie":                 {"Cookie": {"ory_kratos_session=" + token}},
		"a session token before": {"X-Session-Token": {"ory_st_x"}, "Authorization": {"Bearer " + token}},
		"longer than any":        {"Authorization": {"Bearer " + token + strings.Repeat("x", 32<<10)}},
	} {
		_, err := checker.Check(t.Context(), session.HeaderCredential(header))
		require.ErrorIs(t, err, session.ErrNoCredential, name)
	}
	_, err := checker.Check(t.Context(), session.Credential{})
	require.ErrorIs(t, err, session.ErrNoCredential)
	require.Zero(t, h.asked.Load())
}

// part encodes a part of a token.
func part(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// TestForgeries checks that no token counts unless a key has signed it for the key's own
// algorithm.
func TestForgeries(t *testing.T) {
	t.Parallel()
	elliptic, rsa, stranger := newKey(t, "ES256"), newKey(t, "RS256"), newKey(t, "ES256")
	h := hostOf(t, elliptic, rsa)
	checker := newChecker(t, h, func(c *jwt.Config) { c.Algorithms = append(c.Algorithms, "PS256", "ES384") })
	good := elliptic.sign(t)
	_, err := check(t, checker, good)
	require.NoError(t, err)
	pieces := strings.Split(good, ".")
	unsigned := func(header string) string { return part(header) + "." + pieces[1] }
	withSecret := func(secret []byte) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: secret},
			&jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"kid": rsa.id}})
		require.NoError(t, err)
		payload, err := base64.RawURLEncoding.DecodeString(pieces[1])
		require.NoError(t, err)
		signed, err := signer.Sign(payload)
		require.NoError(t, err)
		token, err := signed.CompactSerialize()
		require.NoError(t, err)
		return token
	}
	der, err := x509.MarshalPKIXPublicKey(rsa.private.Public())
	require.NoError(t, err)
	inSet, err := rsa.public().MarshalJSON()
	require.NoError(t, err)
	posing := func(id, algorithm string, by key) string { return key{id, algorithm, by.private}.sign(t) }
	strangers, err := stranger.public().MarshalJSON()
	require.NoError(t, err)
	signed := "has a wrong signature"
	for name, c := range map[string]struct{ token, why string }{
		"none":                       {unsigned(`{"alg":"none"}`) + ".", "its algorithm"},
		"none, signed":               {unsigned(`{"alg":"none","kid":"`+elliptic.id+`"}`) + "." + pieces[2], "its algorithm"},
		"HS256 by the public key":    {withSecret(der), "its algorithm"},
		"HS256 by the key set":       {withSecret(inSet), "its algorithm"},
		"an algorithm that is off":   {posing(rsa.id, "RS512", rsa), "its algorithm"},
		"another of the same key":    {posing(rsa.id, "PS256", rsa), signed},
		"the kid of another kind":    {posing(rsa.id, "ES256", elliptic), signed},
		"of a stranger":              {posing(elliptic.id, "ES256", stranger), signed},
		"unknown kid":                {stranger.sign(t), "key set"},
		"no kid":                     {posing("", "ES256", elliptic), "key set"},
		"own key in the header":      {stranger.signText(t, `{}`, map[jose.HeaderKey]any{"kid": elliptic.id, "jwk": json.RawMessage(strangers)}), signed},
		"critical header":            {elliptic.signText(t, `{}`, map[jose.HeaderKey]any{"crit": []string{"x"}, "x": 1}), signed},
		"other claims":               {pieces[0] + "." + part(`{"sid":"s","sub":"eve"}`) + "." + pieces[2], signed},
		"no signature":               {pieces[0] + "." + pieces[1] + ".", signed},
		"cut off":                    {good[:len(good)-4], signed},
		"no header":                  {"." + pieces[1] + "." + pieces[2], "malformed"},
		"no base64":                  {"!." + pieces[1] + "." + pieces[2], "malformed"},
		"header of another form":     {unsigned(`[]`) + "." + pieces[2], "malformed"},
		"two of a name":              {unsigned(`{"alg":"ES256","alg":"ES256"}`) + "." + pieces[2], "malformed"},
		"deep":                       {unsigned(strings.Repeat(`[`, 20_000)) + "." + pieces[2], "malformed"},
		"claims of another form":     {elliptic.signText(t, `[]`, nil), signed},
		"claims that are no JSON":    {elliptic.signText(t, `eyJ`, nil), signed},
		"twofold claims":             {elliptic.signText(t, `{"sub":"ada","sub":"eve"}`, nil), signed},
		"claims in upper case":       {elliptic.sign(t, object{"sub": nil, "SUB": "eve"}), "no subject"},
		"a space in it":              {pieces[0] + ". " + pieces[1] + "." + pieces[2], "malformed"},
		"a subject of another form":  {elliptic.sign(t, object{"sub": 1}), signed},
		"an audience of other forms": {elliptic.sign(t, object{"aud": object{}}), signed},
	} {
		_, err := check(t, checker, c.token)
		require.Error(t, err, name)
		isInvalid(t, err, c.why)
	}
	require.EqualValues(t, 1, h.asked.Load(), "no forgery makes the key set be fetched")
}

// TestClaimsThatRefuse checks that a token counts only if it is meant for this service and
// valid now.
func TestClaimsThatRefuse(t *testing.T) {
	t.Parallel()
	signing := newKey(t, "ES256")
	h := hostOf(t, signing)
	open := newChecker(t, h)
	payments := newChecker(t, h, func(c *jwt.Config) { c.Audience = "payments" })
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for name, c := range map[string]struct {
		checker session.Checker
		claims  object
		why     string // empty if the token is valid
	}{
		"no expiry":                          {open, object{"exp": nil}, "never expires"},
		"expired":                            {open, object{"exp": in(-time.Minute)}, "expired"},
		"expired within the leeway":          {open, object{"exp": in(-3 * time.Second)}, ""},
		"not before":                         {open, object{"nbf": in(time.Minute)}, "not valid yet"},
		"before, within the leeway":          {open, object{"nbf": in(3 * time.Second), "iat": in(3 * time.Second)}, ""},
		"of the future":                      {open, object{"iat": in(time.Minute)}, "not valid yet"},
		"expiry in words":                    {open, object{"exp": "tomorrow"}, "another form"},
		"expiry beyond all":                  {open, object{"exp": json.RawMessage("1e300")}, "another form"},
		"no issuer":                          {open, object{"iss": nil}, "issuer"},
		"issuer without its slash":           {open, object{"iss": strings.TrimSuffix(issuer, "/")}, "issuer"},
		"another issuer":                     {open, object{"iss": "https://auth.example.org/"}, "issuer"},
		"no subject":                         {open, object{"sub": nil}, "subject"},
		"no session":                         {open, object{"sid": nil}, "session"},
		"audience where there is none to be": {open, object{"aud": "payments"}, "audience"},
		"no audience":                        {payments, nil, "audience"},
		"another audience":                   {payments, object{"aud": "mail"}, "audience"},
		"other audiences":                    {payments, object{"aud": []string{"mail", "Payments"}}, "audience"},
		"the audience":                       {payments, object{"aud": "payments"}, ""},
		"of several":                         {payments, object{"aud": []string{"mail", "payments"}}, ""},
		"session that is over": {open, object{"session": object{
			"id": "s", "expires_at": time.Now().Add(-time.Hour),
		}}, "session that has expired"},
	} {
		_, err := check(t, c.checker, signing.sign(t, c.claims))
		if c.why == "" {
			require.NoError(t, err, name)
			continue
		}
		require.Error(t, err, name)
		isInvalid(t, err, c.why)
	}
}

// TestSessionClaim checks that the session is complete if the template copies it into the
// token.
func TestSessionClaim(t *testing.T) {
	t.Parallel()
	signing := newKey(t, "ES256")
	checker := newChecker(t, hostOf(t, signing))
	authenticated := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	ends := time.Now().Add(10 * time.Second).UTC().Truncate(time.Second)
	full := object{
		"id": "s", "active": true, "authenticated_at": authenticated, "expires_at": ends,
		"authenticator_assurance_level": "aal2", "devices": "of another form",
		"identity": object{"id": "ada", "traits": object{"email": "ada@example.com"}},
	}
	who, err := check(t, checker, signing.sign(t, object{"session": full}))
	require.NoError(t, err)
	require.Equal(t, api.AAL2, who.AuthenticatorAssuranceLevel)
	require.True(t, authenticated.Equal(who.AuthenticatedAt))
	require.True(t, ends.Equal(who.ExpiresAt), "the session ends before the token")
	require.Nil(t, who.Document())
	var traits struct{ Email string }
	require.NoError(t, who.Traits(&traits))
	require.Equal(t, "ada@example.com", traits.Email)

	full["expires_at"] = time.Now().Add(time.Hour)
	who, err = check(t, checker, signing.sign(t, object{"session": full}))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(time.Minute), who.ExpiresAt, 10*time.Second, "the token ends before the session")

	for name, other := range map[string]any{
		"of another": object{"id": "other", "authenticator_assurance_level": "aal2", "identity": object{"id": "eve"}},
		"no id":      object{"authenticator_assurance_level": "aal2"},
		"a text":     "s", "a list": []any{}, "null": json.RawMessage("null"),
	} {
		who, err := check(t, checker, signing.sign(t, object{"session": other}))
		require.NoError(t, err, name)
		require.Equal(t, "ada", who.Identity.ID, name)
		require.Empty(t, who.AuthenticatorAssuranceLevel, name)
	}
	who, err = check(t, checker, signing.sign(t, object{"session": object{"id": "s", "identity": object{"traits": object{}}}}))
	require.NoError(t, err)
	require.Equal(t, "ada", who.Identity.ID)
}

// TestClaims reads claims that a template adds.
func TestClaims(t *testing.T) {
	t.Parallel()
	signing := newKey(t, "ES256")
	who, err := check(t, newChecker(t, hostOf(t, signing)), signing.sign(t, object{"team": "analysts"}))
	require.NoError(t, err)
	var mine struct {
		Team    string `json:"team"`
		Subject string `json:"sub"`
	}
	require.NoError(t, jwt.Claims(who, &mine))
	require.Equal(t, "analysts", mine.Team)
	require.Equal(t, "ada", mine.Subject)
	for name, err := range map[string]error{
		"another form": jwt.Claims(who, &struct {
			Team int `json:"team"`
		}{}),
		"no target":    jwt.Claims(who, nil),
		"no session":   jwt.Claims(nil, &mine),
		"not by token": jwt.Claims(&orylogin.Session{}, &mine),
		"no token":     jwt.Claims(&orylogin.Session{Session: api.Session{Tokenized: orylogin.NewSecret("analysts")}}, &mine),
	} {
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "analysts", name)
	}
}

// TestGuard checks that a guard does not ask the server about a signed session.
func TestGuard(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t, orylogintest.WithTemplates(
		orylogintest.Template{Name: "payments", CopySession: true, Claims: object{"aud": "payments"}},
		orylogintest.Template{Name: "mail", Claims: object{"aud": "mail"}},
		orylogintest.Template{Name: "short", TTL: -time.Hour, Claims: object{"aud": "payments"}},
	))
	ada := kratos.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "hunter2"})
	client := kratos.Client()
	login, err := client.Login(t.Context(), orylogin.Password{Identifier: ada.Email, Password: orylogin.NewSecret("hunter2")})
	require.NoError(t, err)
	signed := func(template string) session.Credential {
		who, err := client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs(template))
		require.NoError(t, err)
		return bearer(who.Tokenized.Reveal())
	}
	checker, err := jwt.New(jwt.Config{
		KeysURL: kratos.KeysURL(), Issuer: kratos.URL + "/", Audience: "payments", Algorithms: []string{"ES256"},
	})
	require.NoError(t, err)
	guard, err := session.NewGuard(client, session.WithChecker(checker))
	require.NoError(t, err)
	sure, err := guard.With(session.RequireAAL2("https://app.example.com/login?aal=aal2"))
	require.NoError(t, err)
	fresh, err := guard.With(session.RequireFresh(time.Hour, ""))
	require.NoError(t, err)
	status := func(guard *session.Guard, credential session.Credential) int {
		_, err := guard.Check(t.Context(), credential)
		var refusal *session.Refusal
		require.ErrorAs(t, err, &refusal)
		return refusal.StatusCode
	}
	payments, mail, short := signed("payments"), signed("mail"), signed("short")
	kratos.ExpectCalls(orylogintest.Whoami, 3)

	who, err := guard.Check(t.Context(), payments)
	require.NoError(t, err)
	require.Equal(t, ada.ID, who.Identity.ID)
	_, err = fresh.Check(t.Context(), payments)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, status(sure, payments))
	require.Equal(t, http.StatusUnauthorized, status(guard, mail))
	require.Equal(t, http.StatusUnauthorized, status(guard, short))
	kratos.ExpectCalls(orylogintest.Whoami, 3)

	require.NoError(t, client.Logout(t.Context(), login.Token))
	_, err = guard.Check(t.Context(), payments)
	require.NoError(t, err, "the session is over, and its token is valid until it expires")
	require.Equal(t, http.StatusUnauthorized, status(guard, session.TokenCredential(login.Token)))
	kratos.ExpectCalls(orylogintest.Whoami, 4)
}
