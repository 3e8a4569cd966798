package session_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

// failure is the error of all logins. If it is nil, they succeed.
type failure struct {
	err  error
	made []time.Time // when the logins were made
}

func (f *failure) source(t *testing.T) *session.Source {
	t.Helper()
	source, err := session.NewSourceFunc(clientOf(t, nil), func(context.Context) (*orylogin.Login, error) {
		f.made = append(f.made, time.Now())
		return &orylogin.Login{Token: orylogin.NewSecret(fmt.Sprint("token", len(f.made)))}, f.err
	})
	require.NoError(t, err)
	return source
}

// TestWhatStopsTheSource checks with recorded answers which failures stop a source.
func TestWhatStopsTheSource(t *testing.T) {
	t.Parallel()
	head := "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
	envelope := func(status int) string {
		body := `{"error":{"id":"x","code":400}}`
		return fmt.Sprintf(head, status, len(body), body)
	}
	nobody, err := orylogin.New("http://127.0.0.1:1")
	require.NoError(t, err)
	_, unsent := nobody.Login(t.Context(), password)
	for name, test := range map[string]struct {
		err   error
		stops bool
	}{
		"wrong password":   {recorded(t, "submit_wrong_password"), true},
		"missing fields":   {recorded(t, "submit_missing_fields"), true},
		"disabled account": {recorded(t, "submit_disabled_account"), true},
		"unverified":       {recorded(t, "submit_unverified"), true},
		"second factor":    {recorded(t, "submit_second_factor"), true},
		"code sent":        {recorded(t, "submit_code_sent"), true},
		"identifier first": {recorded(t, "submit_identifier_first"), true},
		"browser":          {recorded(t, "submit_location_change"), true},
		"other session":    {&orylogin.SessionChangedError{}, true},
		"too many steps":   {orylogin.ErrTooManySteps, true},
		"wrapped":          {fmt.Errorf("a callback's: %w", recorded(t, "submit_wrong_password")), true},
		"400 envelope":     {submission(t, envelope(400)), true},
		"403 envelope":     {submission(t, envelope(403)), true},
		"408 envelope":     {submission(t, envelope(408)), false},
		"429 envelope":     {submission(t, envelope(429)), false},
		"500 envelope":     {submission(t, envelope(500)), false},
		"failing hook":     {recorded(t, "submit_failing_hook"), false},
		"unknown flow":     {recorded(t, "submit_unknown_flow"), false},
		"expired flow":     {recorded(t, "submit_expired"), false},
		"redirect":         {recorded(t, "submit_at_admin"), false},
		"429 of a proxy":   {submission(t, "HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n"), false},
		"502 of a proxy":   {submission(t, "HTTP/1.1 502 X\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>"), false},
		"401 of a proxy":   {submission(t, "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n"), false},
		"cut off":          {submission(t, "HTTP/1.1 400 X\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"), false},
		"nothing listens":  {unsent, false},
		"time ran out":     {context.DeadlineExceeded, false},
		"a callback's own": {errLogin, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logins := &failure{err: test.err}
				source := logins.source(t)
				for range 3 {
					_, err := source.Token(t.Context())
					require.ErrorIs(t, err, test.err)
					require.Equal(t, test.stops, errors.Is(err, session.ErrStopped), "%v", err)
				}
				require.Len(t, logins.made, 1)
				logins.err = nil
				time.Sleep(24 * time.Hour)
				_, err := source.Token(t.Context())
				require.Equal(t, test.stops, errors.Is(err, session.ErrStopped), "%v", err)
				source.Reset()
				require.Equal(t, "token2", tokenOf(t, source).Reveal())
				require.Len(t, logins.made, 2)
			})
		})
	}
}

// TestPauses asks for a token all the time while logins fail, and checks when the logins are
// made. A login that succeeds ends the series.
func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logins := &failure{err: errLogin}
		source := logins.source(t)
		fail := func(times int) []time.Time {
			logins.made = nil
			for len(logins.made) < times {
				_, err := source.Token(t.Context())
				require.ErrorIs(t, err, errLogin)
				time.Sleep(time.Millisecond)
			}
			return logins.made
		}
		longest := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60}
		at, exact := fail(len(longest)+1), 0
		for i, limit := range longest {
			limit *= time.Second
			pause := at[i+1].Sub(at[i])
			require.GreaterOrEqual(t, pause, limit/2)
			require.LessOrEqual(t, pause, limit+time.Millisecond)
			if pause >= limit {
				exact++
			}
		}
		require.Less(t, exact, len(longest), "the pauses vary")

		logins.err = nil
		time.Sleep(time.Minute)
		source.Refused(t.Context(), tokenOf(t, source))
		logins.err = errLogin
		at = fail(2)
		require.LessOrEqual(t, at[1].Sub(at[0]), time.Second+time.Millisecond)
	})
}

func TestPauseIsNotShorterThanAskedFor(t *testing.T) {
	t.Parallel()
	for header, wait := range map[string]time.Duration{"90": 90 * time.Second, "86400": time.Hour} {
		cause := submission(t, "HTTP/1.1 429 X\r\nRetry-After: "+header+"\r\nContent-Length: 0\r\n\r\n")
		synctest.Test(t, func(t *testing.T) {
			logins := &failure{err: cause}
			source := logins.source(t)
			_, err := source.Token(t.Context())
			require.ErrorIs(t, err, cause)
			logins.err = nil
			time.Sleep(wait - 1)
			_, err = source.Token(t.Context())
			require.ErrorIs(t, err, cause)
			time.Sleep(wait/10 + 2)
			require.Equal(t, "token2", tokenOf(t, source).Reveal())
		})
	}
}
