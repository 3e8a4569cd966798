package upstream_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/orylogin/orylogin/internal/tools/spec/compare"
	"github.com/orylogin/orylogin/internal/tools/upstream"
)

const ours = "../../.."

// madeUp returns the facts of the made-up source after changes to its files.
func madeUp(t *testing.T, changes map[string][2]string) []upstream.Fact {
	t.Helper()
	return facts(t, write(t, changes))
}

// write writes the made-up source into a folder, after changes to its files. A change is a text
// and its replacement.
func write(t *testing.T, changes map[string][2]string) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/kratos.txtar")
	require.NoError(t, err)
	folder := t.TempDir()
	for _, file := range archive.Files {
		text := string(file.Data)
		if change, ok := changes[file.Name]; ok {
			require.Equal(t, 1, strings.Count(text, change[0]), change[0])
			text = strings.Replace(text, change[0], change[1], 1)
		}
		name := filepath.Join(folder, filepath.FromSlash(file.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	return folder
}

func facts(t *testing.T, folder string) []upstream.Fact {
	t.Helper()
	tree, err := upstream.Open(t.Context(), folder)
	require.NoError(t, err)
	return tree.Facts()
}

// known returns what this module knows, without the things on its list.
func known(t *testing.T) upstream.Known {
	t.Helper()
	left, err := upstream.LeftOut()
	require.NoError(t, err)
	return knownBut(t, left...)
}

// knownBut is known with another list.
func knownBut(t *testing.T, left ...upstream.Left) upstream.Known {
	t.Helper()
	known, err := upstream.ReadKnown(t.Context(), ours, left)
	require.NoError(t, err)
	return known
}

// lines returns the findings as they are printed. It leaves out texts that the module reads and
// the made-up source lacks.
func lines(t *testing.T, findings []upstream.Finding) string {
	t.Helper()
	read := slices.DeleteFunc(slices.Clone(findings), func(f upstream.Finding) bool { return f.Change == upstream.Unread })
	var written strings.Builder
	require.NoError(t, upstream.Write(&written, read))
	return written.String()
}

// TestFacts checks that the source has these facts and no others.
func TestFacts(t *testing.T) {
	t.Parallel()
	var all []string
	for _, fact := range madeUp(t, nil) {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %q %s", fact.Kind, fact.Value, fact.Text, strings.Join(fact.Used, " "))))
	}
	require.Equal(t, []string{
		`action set_ory_session_token "" selfservice/flow/continue_with.go`,
		`credential type password "" selfservice/strategy/password/login.go`,
		`error id invalid_configuration "" herodot/error.go`,
		`error id session_already_available "" selfservice/flow/login/handler.go`,
		`error id session_inactive "" session/handler.go`,
		`header Content-Type "" herodot/json.go`,
		`header Ory-Session-Cache-For "" session/handler.go`,
		`header X-Session-Token "" session/handler.go`,
		`message 1010000 ""`,
		`message 1010001 "Sign in" selfservice/flow/login/handler.go`,
		`message 4000000 ""`,
		`message 4000001 ""`,
		`message 4000002 "Property %s is missing. …  Try %s." selfservice/strategy/password/login.go`,
		`method updateLoginFlowWithPasswordMethod "" selfservice/strategy/password/login.go`,
		`node group password "" selfservice/strategy/password/login.go`,
		`node type input ""`,
		`reason A valid session was detected and thus login is not possible. "" selfservice/flow/login/handler.go`,
		`state choose_method "" selfservice/strategy/password/login.go`,
	}, all)
}

// TestPlantedChanges changes the source in one place and checks that only this change is
// reported. The planted names are ones that nobody would choose.
func TestPlantedChanges(t *testing.T) {
	t.Parallel()
	before, known := madeUp(t, nil), known(t)
	require.Empty(t, lines(t, upstream.Compare(before, before, known)))
	for name, test := range map[string]struct {
		file, from, to string
		want           string
	}{
		"message": {
			"text/id.go", "	ErrorValidationRequired\n", "	ErrorValidationRequired\n	_\n	ErrorKarma ID = 4999999\n",
			"UNKNOWN: Kratos has it, this module does not\n" +
				"  message 4999999 (ErrorKarma): new since OLD\n    lacking: message.go or api/label.go (see \"A new message or error id\" in CONTRIBUTING.md)\n    used in: nothing\n\n",
		},
		"message that is known": {
			"text/id.go", "	ErrorValidationRequired\n", "	ErrorValidationRequired\n	ErrorValidationMinLength\n",
			"NEW since OLD, and known or left out; a reason is text of the message 4000001\n  message 4000003 (ErrorValidationMinLength)\n    known: yes\n\n",
		},
		"message that is left out": {
			"text/id.go", "	ErrorValidationRequired\n", "	ErrorValidationRequired\n	Other ID = 1050001\n",
			"NEW since OLD, and known or left out; a reason is text of the message 4000001\n" +
				"  message 1050001 (Other)\n    left out: Of settings.\n\n",
		},
		"message with a text": {
			"text/message.go", `"Sign in"`, `"Sign " + "up"`,
			"CHANGED since OLD\n  message 1010001 (InfoLoginSignIn)\n    was: Sign in\n    says: Sign up\n" +
				"    known: yes\n    used in: flow/login/handler.go\n\n",
		},
		"message with a part of a text": {
			"text/message.go", `" Try %s."`, `" Or try %s."`,
			"CHANGED since OLD\n  message 4000002 (ErrorValidationRequired)\n    was: Property %s is missing. …  Try %s.\n" +
				"    says: Property %s is missing. …  Or try %s.\n    known: yes\n    used in: strategy/password/login.go\n\n",
		},
		"message gone": {
			"text/id.go", "	InfoLoginSignIn                     // 1010001\n", "",
			"GONE since OLD\n  message 1010001 (InfoLoginSignIn)\n    says: Sign in\n    known: yes\n    used in: flow/login/handler.go\n\n",
		},
		"error id of a constant": {
			"text/error.go", `"session_inactive"`, "\"session_inactive\"\nconst ErrIDKarma = \"karma_required\"",
			"UNKNOWN: Kratos has it, this module does not\n" +
				"  error id karma_required (ErrIDKarma): new since OLD\n    lacking: error_id.go (see \"A new message or error id\" in CONTRIBUTING.md)\n    used in: nothing\n\n",
		},
		"error id of a call": {
			"session/handler.go", ".WithReason(", `.WithID("karma_required").WithReason(`,
			"UNKNOWN: Kratos has it, this module does not\n" +
				"  error id karma_required (session.errInactive): new since OLD\n    lacking: error_id.go (see \"A new message or error id\" in CONTRIBUTING.md)\n    used in: session/handler.go\n\n",
		},
		"error id of another module": {
			"writer/error.go", `"invalid_configuration"}`, "\"invalid_configuration\"}\nvar errKarma = DefaultError{IDField: \"karma_required\"}",
			"UNKNOWN: Kratos has it, this module does not\n" +
				"  error id karma_required (herodot.errKarma): new since OLD\n    lacking: error_id.go (see \"A new message or error id\" in CONTRIBUTING.md)\n    used in: herodot/error.go\n\n",
		},
		"reason": {
			"session/handler.go", "var errInactive", "var errKarma = herodot.ErrBadRequest.WithReason(\"No karma.\")\n\nvar errInactive",
			"NEW since OLD, and known or left out; a reason is text of the message 4000001\n" +
				"  reason \"No karma.\" (session.errKarma)\n    used in: session/handler.go\n\n",
		},
		"reason with another text": {
			"selfservice/flow/login/handler.go", `"login is not possible."`, `"no login is possible."`,
			"CHANGED since OLD\n  reason \"A valid session was detected and thus no login is possible.\" (login.errSession)\n" +
				"    was: A valid session was detected and thus login is not possible.\n    known: yes\n    used in: flow/login/handler.go\n\n",
		},
		"state": {
			"selfservice/flow/state.go", `"choose_method"`, "\"choose_method\"\nconst StateKarma State = \"sent_karma\"",
			"UNKNOWN: Kratos has it, this module does not\n  state sent_karma (StateKarma): new since OLD\n" +
				"    lacking: the known values of selfServiceLoginFlow.state in openapi.yaml; flowStates in printing.go\n" +
				"    used in: nothing\n\n",
		},
		"credential type": {
			"identity/credentials.go", `"password"`, "\"password\"\nconst CredentialsTypeTelepathy CredentialsType = \"telepathy\"",
			"UNKNOWN: Kratos has it, this module does not\n  credential type telepathy (CredentialsTypeTelepathy): new since OLD\n" +
				"    lacking: the known values of selfServiceLoginFlow.active in openapi.yaml; the known values of " +
				"sessionAuthenticationMethod.method in openapi.yaml; the known values of identityCredentials.type in openapi.yaml\n" +
				"    used in: nothing\n\n",
		},
		"method": {
			"selfservice/strategy/password/login.go", "func (s *Strategy) ID", "// swagger:model updateLoginFlowWithTelepathyMethod\ntype telepathy struct{}\n\nfunc (s *Strategy) ID",
			"UNKNOWN: Kratos has it, this module does not\n  method updateLoginFlowWithTelepathyMethod (password.telepathy): new since OLD\n" +
				"    lacking: openapi.yaml\n    used in: strategy/password/login.go\n\n",
		},
		"node type": {
			"ui/node/node.go", `= "input"`, "= \"input\"\n	Hologram UiNodeType = \"hologram\"",
			"UNKNOWN: Kratos has it, this module does not\n  node type hologram (Hologram): new since OLD\n" +
				"    lacking: the known values of uiNode.type in openapi.yaml; the known values of uiNodeAttributes.node_type in openapi.yaml\n" +
				"    used in: nothing\n\n",
		},
		"node group": {
			"ui/node/node.go", `= "password"`, "= \"password\"\n	TelepathyGroup UiNodeGroup = \"telepathy\"",
			"UNKNOWN: Kratos has it, this module does not\n  node group telepathy (TelepathyGroup): new since OLD\n" +
				"    lacking: the known values of uiNode.group in openapi.yaml\n    used in: nothing\n\n",
		},
		"action": {
			"selfservice/flow/continue_with.go", "func New", "func NewKarma() any { return &ContinueWithSetToken{Action: \"show_karma_ui\"} }\n\nfunc New",
			"UNKNOWN: Kratos has it, this module does not\n  action show_karma_ui (flow.NewKarma): new since OLD\n" +
				"    lacking: the known values of continueWith.action in openapi.yaml\n    used in: flow/continue_with.go\n\n",
		},
		"header of an answer": {
			"session/handler.go", `w.Header()`, "w.Header().Add(\"X-Karma\", \"1\")\n		w.Header()",
			"UNKNOWN: Kratos has it, this module does not\n  header X-Karma (session.whoami): new since OLD\n" +
				"    lacking: openapi.yaml or the Go files\n    used in: session/handler.go\n\n",
		},
		"header of a request": {
			"session/handler.go", `if r.Header`, "_ = r.Header.Get(\"x-karma\")\n	if r.Header",
			"UNKNOWN: Kratos has it, this module does not\n  header X-Karma (session.whoami): new since OLD\n" +
				"    lacking: openapi.yaml or the Go files\n    used in: session/handler.go\n\n",
		},
		"what is about something else": {
			"selfservice/flow/settings/handler.go", "settings_only", "karma_required",
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := madeUp(t, map[string][2]string{test.file: {test.from, test.to}})
			require.Equal(t, test.want, lines(t, upstream.Compare(now, before, known)))
		})
	}
}

// TestSince checks that an unknown fact says whether the older source has it, if there is an
// older source.
func TestSince(t *testing.T) {
	t.Parallel()
	karma := map[string][2]string{"text/error.go": {`"session_inactive"`, "\"session_inactive\"\nconst ErrIDKarma = \"karma_required\""}}
	now, known := madeUp(t, karma), known(t)
	require.Contains(t, lines(t, upstream.Compare(now, madeUp(t, nil), known)), "  error id karma_required (ErrIDKarma): new since OLD\n")
	require.Contains(t, lines(t, upstream.Compare(now, now, known)), "  error id karma_required (ErrIDKarma): in OLD, too\n")
	require.Contains(t, lines(t, upstream.Compare(now, nil, known)), "  error id karma_required (ErrIDKarma)\n")
}

// TestTexts checks that the source has a text that the fake sends and a text that this module
// reads.
func TestTexts(t *testing.T) {
	t.Parallel()
	now := madeUp(t, map[string][2]string{
		"text/id.go": {"	ErrorValidationRequired\n", "	ErrorValidationRequired\n	ErrorTOTP ID = 4000008\n"},
		"text/message.go": {
			"func NewInfoLogin()",
			"func NewTOTP() *Message { return &Message{ID: ErrorTOTP, Text: \"No.\"} }\n\nfunc NewInfoLogin()",
		},
	})
	findings := upstream.Compare(now, nil, knownBut(t))
	require.Contains(t, lines(t, findings), `lacking: messageTexts in orylogintest/message.go, which says "The provided authentication code`)
	require.Contains(t, unread(findings), "The request was submitted too often")
	require.NotContains(t, unread(findings), "A valid session was detected")

	now = madeUp(t, map[string][2]string{"selfservice/flow/login/handler.go": {"A valid session", "One session"}})
	var printed strings.Builder
	require.NoError(t, upstream.Write(&printed, upstream.Compare(now, nil, knownBut(t))))
	require.Contains(t, printed.String(), "  reason \"A valid session was detected\"\n"+
		"    nearest: One session was detected and thus login is not possible.\n")
}

// unread returns the texts that the module reads and a source lacks.
func unread(findings []upstream.Finding) []string {
	var texts []string
	for _, finding := range findings {
		if finding.Change == upstream.Unread {
			texts = append(texts, finding.Value)
		}
	}
	return texts
}

// TestTextsOfReleases checks which releases an entry for a reason is about. An entry with an
// old and a new text is about the releases that have one of them. An entry with one text is
// about all releases.
func TestTextsOfReleases(t *testing.T) {
	t.Parallel()
	const read, tooOften, cookie = "A valid session was detected", "The request was submitted too often",
		`HTTP Request Header included the "Cookie" key`
	for name, test := range map[string]struct {
		entries [][]string
		want    []string // of the three made-up sources
	}{
		"no entry":                   {nil, []string{cookie, tooOften}},
		"the source has the old one": {[][]string{{read, tooOften}}, []string{cookie}},
		"the source has the new one": {[][]string{{tooOften, read}}, []string{cookie}},
		"the source has none":        {[][]string{{tooOften, cookie}}, []string{cookie, tooOften}},
		"one text":                   {[][]string{{tooOften}}, []string{cookie}},
		"one text each":              {[][]string{{tooOften}, {cookie}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var left []upstream.Left
			for _, texts := range test.entries {
				left = append(left, upstream.Left{Kind: upstream.Reason, Values: texts, Why: "Releases differ."})
			}
			texts := unread(upstream.Compare(madeUp(t, nil), nil, knownBut(t, left...)))
			texts = slices.DeleteFunc(texts, func(text string) bool { return text != read && text != tooOften && text != cookie })
			require.ElementsMatch(t, test.want, texts)
		})
	}
}

// TestRelease checks that no fact in the source of an available release is unknown.
func TestRelease(t *testing.T) {
	t.Parallel()
	upstreams, err := compare.Upstreams()
	require.NoError(t, err)
	require.Equal(t, "github.com/ory/kratos", upstreams[0].Module)
	folder, err := compare.Download(t.Context(), upstreams[0].Module, upstreams[0].Version)
	require.NoError(t, err)
	now := facts(t, folder)
	require.Greater(t, len(now), 200)
	require.Empty(t, lines(t, upstream.Compare(now, nil, known(t))))
	require.Empty(t, upstream.Compare(now, now, known(t)))
}

// TestNoSource checks that a folder without the source of Kratos is an error that says so.
func TestNoSource(t *testing.T) {
	t.Parallel()
	_, err := upstream.Open(t.Context(), t.TempDir())
	require.ErrorContains(t, err, "is no source of Kratos")
	_, err = upstream.ReadKnown(t.Context(), t.TempDir(), nil)
	require.Error(t, err)
}
