package test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

const (
	salt = "a salt for tests"
	// longPassword is a password that bcrypt does not accept.
	longPassword = "a password of more than seventy-two bytes, which bcrypt would cut off if it did not refuse it"
)

// hashes are hashes of ada's password as other systems store them. Those written out are hashes
// for which the library has no function.
func hashes(t *testing.T) map[string]string {
	t.Helper()
	plain := []byte(ada.Password)
	encode := base64.StdEncoding.EncodeToString
	raw := base64.RawStdEncoding.EncodeToString
	sum := func(newHash func() hash.Hash, content string) []byte {
		h := newHash()
		_, _ = h.Write([]byte(content))
		return h.Sum(nil)
	}
	made := map[string]string{
		"argon2id":     "$argon2id$v=19$m=64,t=1,p=1$YSBzYWx0IGZvciB0ZXN0cw$qWw55ZYSOJBN6aw82tpTrl475VIPpRzByR9yk67Ntw4",
		"argon2i":      "$argon2i$v=19$m=64,t=1,p=1$YSBzYWx0IGZvciB0ZXN0cw$wmLrqmXDj6JdkeYs4ueAL1QF6ibnGcaNTRpXbzc2nmo",
		"scrypt":       "$scrypt$ln=16,r=8,p=1$YSBzYWx0IGZvciB0ZXN0cw==$zOEboTXDRAkZAZMV0JXhmlk2yfK3QbOI+0GD42MLIX4=",
		"firescrypt":   "$firescrypt$ln=4,r=8,p=1$YSBzYWx0IGZvciB0ZXN0cw==$HvLKqKetzZ3UFdFowIqknsqHj0ojBVtWxi/9RZBRHxI=$c2Vw$YSBzaWduZXIncyBrZXkgZm9yIHRlc3RzLCBvbmx5Li4=",
		"md5-crypt":    "$md5-crypt$saltsalt$BsXyQbZiQujHkdhwPwdol.",
		"sha256-crypt": "$sha256-crypt$saltsalt$3hGFMknrJ4ZpFPe7XZe397oIMEp7sbvqrcsX/ONJ3i.",
		"sha512-crypt": "$sha512-crypt$saltsalt$CPgxBHZBXfhC6lX1yxpdEsbQfXmg3WXVj8AoVwyNFLfb5AtbfM8k6A8yehv1z6sgzoH/DUIs7YK9hVnGhTjhW/",
		"hmac-md4":     "$hmac-md4$OGFiNjNjMTgzNDM0NWYxMjg1ZmI1YTBiOTVkZDU2NTU=$a2V5",
		"md5":          "$md5$" + encode(sum(md5.New, ada.Password)),
		"md5 salted": "$md5$pf=" + encode([]byte("{SALT}{PASSWORD}")) + "$" + encode([]byte(salt)) + "$" +
			encode(sum(md5.New, salt+ada.Password)),
		"SSHA":    "{SSHA}" + encode(append(sum(sha1.New, ada.Password+salt), salt...)),
		"SSHA256": "{SSHA256}" + encode(append(sum(sha256.New, ada.Password+salt), salt...)),
		"SSHA512": "{SSHA512}" + encode(append(sum(sha512.New, ada.Password+salt), salt...)),
	}
	for name, newHash := range map[string]func() hash.Hash{"1": sha1.New, "256": sha256.New, "512": sha512.New} {
		made["sha"+name] = "$sha" + name + "$pf=" + encode([]byte("{SALT}{PASSWORD}")) + "$" + encode([]byte(salt)) + "$" +
			encode(sum(newHash, salt+ada.Password))
	}
	for name, newHash := range map[string]func() hash.Hash{
		"1": sha1.New, "256": sha256.New, "512": sha512.New, "999": sha256.New,
		// Two of these hashes are SHA-3, whatever their names say.
		"224": func() hash.Hash { return sha3.New224() }, "384": func() hash.Hash { return sha3.New384() },
	} {
		key, err := pbkdf2.Key(newHash, ada.Password, []byte(salt), 2, 32)
		require.NoError(t, err)
		made["pbkdf2-sha"+name] = fmt.Sprintf("$pbkdf2-sha%s$i=2,l=32$%s$%s", name, raw([]byte(salt)), raw(key))
	}
	for name, newHash := range map[string]func() hash.Hash{
		"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	} {
		mac := hmac.New(newHash, []byte("key"))
		_, _ = mac.Write(plain)
		made["hmac-"+name] = "$hmac-" + name + "$" + encode([]byte(hex.EncodeToString(mac.Sum(nil)))) + "$" + encode([]byte("key"))
	}
	return made
}

// TestImportedHashes logs in with the password of an imported account. It logs in again after
// the server has replaced the hash. A wrong password is refused as usual.
func TestImportedHashes(t *testing.T) {
	t.Parallel()
	for hasher, settings := range map[string][]kratostest.Setting{
		"bcrypt": nil,
		"argon2": {
			kratostest.Set("hashers.algorithm", "argon2"),
			kratostest.Set("hashers.argon2", map[string]any{
				"memory": "64KB", "iterations": 1, "parallelism": 1, "salt_length": 16, "key_length": 16,
				"expected_duration": "1ms", "expected_deviation": "1ms",
			}),
		},
	} {
		t.Run(hasher, func(t *testing.T) {
			t.Parallel()
			kratos, client := start(t, settings...)
			for name, hashed := range hashes(t) {
				email := fmt.Sprintf("%x@example.com", name)
				imported(t, kratos, withPassword(email, map[string]any{"hashed_password": hashed}))
				_, err := client.Login(t.Context(), orylogin.Password{Identifier: email, Password: guess.Password})
				refusedWith(t, err, orylogin.ErrInvalidCredentials, "")
				for range 2 {
					login, err := client.Login(t.Context(), orylogin.Password{Identifier: email, Password: secret})
					require.NoError(t, err, name)
					require.Equal(t, "password", login.Session.AuthenticationMethods[0].Method, name)
				}
			}
		})
	}
}

// TestBrokenHashes logs in to accounts with hashes that cannot be read. The server answers as
// for a wrong password.
func TestBrokenHashes(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	number := 0
	for _, hashed := range []string{
		"$2a$12$short", "$md5-crypt$", "$sha256-crypt$rounds=x$", "$sha512-crypt$",
		"$argon2id$", "$argon2id$v=x$m=64,t=1,p=1$YQ$YQ", "$argon2id$v=18$m=64,t=1,p=1$YQ$YQ", "$argon2id$v=19$x$YQ$YQ",
		"$argon2id$v=19$m=64,t=1,p=1$?$YQ", "$argon2id$v=19$m=64,t=1,p=1$YQ$?", "$argon2i$",
		"$pbkdf2-sha256$", "$pbkdf2-sha256$x$YQ$YQ", "$pbkdf2-sha256$i=2,l=1$?$YQ", "$pbkdf2-sha256$i=2,l=1$YQ$?",
		"$scrypt$", "$scrypt$x$YQ==$YQ==", "$scrypt$ln=16,r=8,p=1$?$YQ==", "$scrypt$ln=16,r=8,p=1$YQ==$?", "$scrypt$ln=15,r=8,p=1$YQ==$YQ==",
		"$firescrypt$", "$firescrypt$x$YQ==$YQ==$YQ==$YQ==", "$firescrypt$ln=4,r=8,p=1$?$YQ==$YQ==$YQ==",
		"$firescrypt$ln=4,r=8,p=1$YQ==$?$YQ==$YQ==", "$firescrypt$ln=4,r=8,p=1$YQ==$YQ==$?$YQ==",
		"$firescrypt$ln=4,r=8,p=1$YQ==$YQ==$YQ==$?", "$firescrypt$ln=0,r=8,p=1$YQ==$YQ==$YQ==$YQ==",
		"$md5$a$b$c$d", "$md5$?", "$md5$x$YQ==$YQ==", "$md5$pf=?$YQ==$YQ==", "$md5$pf=YQ==$?$YQ==", "$md5$pf=YQ==$YQ==$?",
		"{SSHA}?", "{SSHA}YQ==", "$sha1$", "$sha1$x$YQ==$YQ==", "$sha1$pf=?$YQ==$YQ==", "$sha1$pf=YQ==$?$YQ==", "$sha1$pf=YQ==$YQ==$?",
		"$hmac-md5$", "$hmac-md5$?$YQ==", "$hmac-md5$YQ==$?",
	} {
		number++
		email := fmt.Sprintf("broken-%d@example.com", number)
		imported(t, kratos, withPassword(email, map[string]any{"hashed_password": hashed}))
		_, err := client.Login(t.Context(), orylogin.Password{Identifier: email, Password: secret})
		require.Equal(t, "refused ValidationError 4000006", told(err), hashed)
	}
}

// TestPasswordTooLongForItsHash logs in with an imported password that is too long for the
// server's own hash.
func TestPasswordTooLongForItsHash(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	imported(t, kratos, withPassword("eve@example.com", map[string]any{
		"hashed_password": "$argon2id$v=19$m=64,t=1,p=1$YSBzYWx0IGZvciB0ZXN0cw$AiF0riWNclROk1WYnX7Zdt4sTbFj74PPW+cEamn6+VA",
	}))
	everyWay(t, client, "imported", password("eve@example.com", longPassword), "refused ValidationError 4000033")
	everyWay(t, client, "own hash", password(ada.Email, longPassword), "refused ValidationError 4000006")
}

// migration is another system that still has the passwords.
type migration struct {
	status int
	body   string
}

func (m *migration) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(m.status)
	_, _ = w.Write([]byte(m.body))
}

// TestPasswordMigration logs in to an account whose password only another system knows. The
// server asks that system with a web hook.
func TestPasswordMigration(t *testing.T) {
	t.Parallel()
	elsewhere := &migration{}
	server := httptest.NewServer(elsewhere)
	t.Cleanup(server.Close)
	hook := func(url string, method string) kratostest.Setting {
		return kratostest.Set("selfservice.methods.password.config.migrate_hook", map[string]any{
			"enabled": true, "config": map[string]any{"url": url, "method": method, "emit_analytics_event": false},
		})
	}
	kratos, client := start(t, hook(server.URL, http.MethodPost))
	imported(t, kratos, withPassword("eve@example.com", map[string]any{"use_password_migration_hook": true}))
	eve := password("eve@example.com", ada.Password)
	for _, test := range []struct {
		name   string
		answer migration
		want   string
	}{
		{"another status", migration{http.StatusOK, `{"status":"no"}`}, "refused ValidationError 4000006"},
		{"no JSON", migration{http.StatusOK, `<html>`}, "refused ValidationError 4000006"},
		{"forbidden", migration{http.StatusForbidden, ``}, "refused ValidationError 4000006"},
		{"failure", migration{http.StatusTeapot, `{}`}, "unavailable APIError"},
	} {
		*elsewhere = test.answer
		everyWay(t, client, test.name, eve, test.want)
	}
	change(t, kratos, hook("http://127.0.0.1:1", http.MethodPost))
	everyWay(t, client, "unreachable", eve, "unavailable APIError")
	change(t, kratos, kratostest.Set("selfservice.methods.password.config.migrate_hook.enabled", false))
	everyWay(t, client, "disabled", eve, "unavailable APIError")

	change(t, kratos, hook(server.URL, http.MethodPost))
	*elsewhere = migration{http.StatusOK, `{"status":"password_match"}`}
	everyWay(t, client, "too long", password("eve@example.com", longPassword), "refused ValidationError 4000033")
	everyWay(t, client, "match", eve, "ok")
	*elsewhere = migration{http.StatusTeapot, ``}
	everyWay(t, client, "migrated", eve, "ok") // now the server has its own hash
}
