package conformance

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
)

// recordedReleases are the releases whose answers are recorded in testdata/recordings.
var recordedReleases = map[string]kratostest.Release{
	"v0.10.1": kratostest.V0_10, "v26.2.0": kratostest.V26_2, "after-v26.2": kratostest.AfterV26_2,
}

// unrecorded are the lines that no recording has, each with the reason.
var unrecorded = map[string]string{
	"200 json":                    "everybody had other sessions there",
	"200 {count}":                 "nobody has ended other sessions there",
	"303 to provider +continuity": "the provider was another one",
	"400 native flow refresh identifier:4000002":                "no refresh was recorded without an identifier",
	"400 browser flow active:identifier_first":                  "only native flows were recorded of it",
	"400 native flow active:identifier_first ui:4000006":        "no wrong password was recorded after the identifier",
	"200 native flow [sent_email] active:code ui:1010014 +csrf": "no flow was fetched after it had mailed a code",
}

// TestExpectationsAreRecorded checks what the suite expects of releases that cannot be run
// here. Each line must describe an answer that a real server of the release has given. Only
// operations of the API are recorded, so lines about routes and about a provider's answers are
// left out.
func TestExpectationsAreRecorded(t *testing.T) {
	t.Parallel()
	missing := map[string]bool{}
	lines := 0
	for name, release := range recordedReleases {
		recorded := recordedLines(t, name, release)
		if release == kratostest.AfterV26_2 { // only its differences are recorded
			maps.Copy(recorded, recordedLines(t, "v26.2.0", release))
		}
		for _, scenario := range Scenarios() {
			if strings.HasPrefix(scenario.Name, "route/") || strings.HasPrefix(scenario.Name, "callback/") {
				continue
			}
			for _, line := range answersOf(t, scenario, release) {
				lines++
				if !recorded[line] {
					require.Contains(t, unrecorded, line, "%s: %s", name, scenario.Name)
					missing[line] = true
				}
			}
		}
	}
	for line := range unrecorded {
		require.True(t, missing[line], "%s is recorded", line)
	}
	require.Greater(t, lines, 500)
}

// answersOf returns the lines of a scenario that describe answers. It removes the outcomes and
// the names of fields.
func answersOf(t *testing.T, scenario Scenario, release kratostest.Release) []string {
	t.Helper()
	obstacle, err := scenario.obstacle(release, scenario.Needs, 0)
	require.NoError(t, err)
	if obstacle != "" {
		return nil
	}
	transcript, err := scenario.transcript(release)
	require.NoError(t, err)
	var answers []string
	for _, line := range transcript {
		line, _, _ = strings.Cut(line, " → ")
		line, _, _ = strings.Cut(line, " fields:")
		line, _, _ = strings.Cut(line, " schema:")
		if regexp.MustCompile(`^\d{3}\b`).MatchString(line) {
			answers = append(answers, line)
		}
	}
	return answers
}

// server is the address of the recorded servers.
var server = regexp.MustCompile(`^http://127\.0\.0\.1:\d+/self-service/`)

// recordedLines describes all recorded answers of a release.
func recordedLines(t *testing.T, name string, release kratostest.Release) map[string]bool {
	t.Helper()
	file, err := os.Open("../testdata/recordings/" + name + ".jsonl.gz")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	content, err := gzip.NewReader(file)
	require.NoError(t, err)
	target := &Target{
		PublicURL: "http://kratos", Release: release, LoginUI: "http://127.0.0.1:4455/login",
		ErrorUI: "http://127.0.0.1:4455/error", VerificationUI: "http://127.0.0.1:4455/verification",
		RegistrationUI: "http://127.0.0.1:4455/registration",
		ReturnURL:      "http://127.0.0.1:4455/welcome", ReturnTo: "http://127.0.0.1:4455/x",
	}
	lines := map[string]bool{}
	scanner := bufio.NewScanner(content)
	scanner.Buffer(nil, 8<<20)
	for scanner.Scan() {
		var step struct {
			Status  int             `json:"status"`
			Headers [][2]string     `json:"headers"`
			Body    json.RawMessage `json:"body"`
		}
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &step))
		answer := Answer{status: step.Status, header: http.Header{}, body: bodyOf(step.Body)}
		for _, header := range step.Headers {
			answer.header.Add(header[0], server.ReplaceAllString(header[1], "http://kratos/self-service/"))
		}
		answer.cookies = (&http.Response{Header: answer.header}).Cookies()
		answer.decode()
		lines[answer.describe(target)] = true
	}
	require.NoError(t, scanner.Err())
	return lines
}

// bodyOf returns a body as it was sent. A recorded string is the text of the body, and anything
// else is its JSON.
func bodyOf(recorded json.RawMessage) []byte {
	var text string
	if bytes.Equal(recorded, []byte("null")) || json.Unmarshal(recorded, &text) == nil {
		return []byte(text)
	}
	return recorded
}
