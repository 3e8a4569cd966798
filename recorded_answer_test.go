package orylogin_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// recorded returns an answer of a real server, by its file name in testdata.
func recorded(tb testing.TB, name string) *fixed {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".http"))
	require.NoError(tb, err)
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	require.NoError(tb, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(tb, err)
	return &fixed{status: response.StatusCode, header: response.Header, body: body}
}

// operationOf returns the operation in the first word of a file name.
func operationOf(name string) string {
	operation, _, _ := strings.Cut(filepath.Base(name), "_")
	return operation
}

// TestRecordedAnswers replays answers of real servers. The first word of a file name is the
// operation.
func TestRecordedAnswers(t *testing.T) {
	for name, want := range map[string]outcome{
		"v0.10.1/create":                  {kind: "success"},
		"v0.10.1/create_at_admin":         {kind: "Redirect", status: 307},
		"v0.10.1/create_signed_in":        {kind: "API", status: 400, id: orylogin.ErrSessionAlreadyAvailable},
		"v0.10.1/get":                     {kind: "success"},
		"v0.10.1/get_expired":             {kind: "Expired", status: 410, id: orylogin.ErrFlowExpired},
		"v0.10.1/get_unknown":             {kind: "API", status: 404},
		"v0.10.1/logout":                  {kind: "success"},
		"v0.10.1/logout_unknown_token":    {kind: "API", status: 403},
		"v0.10.1/submit_at_admin":         {kind: "Redirect", status: 307},
		"v0.10.1/submit_disabled_account": {kind: "API", status: 401},
		"v0.10.1/submit_expired":          {kind: "Expired", status: 410, id: orylogin.ErrFlowExpired},
		"v0.10.1/submit_missing_fields":   {kind: "Validation", status: 400},
		"v0.10.1/submit_oidc_refused":     {kind: "Validation", status: 400},
		"v0.10.1/submit_second_factor":    {kind: "SecondFactor", status: 200},
		"v0.10.1/submit_success":          {kind: "success"},
		"v0.10.1/submit_unknown_flow":     {kind: "API", status: 404},
		"v0.10.1/submit_unverified":       {kind: "Verification", status: 400},
		"v0.10.1/submit_wrong_password":   {kind: "Validation", status: 400},
		"v0.10.1/list":                    {kind: "success"},
		"v0.10.1/list_empty":              {kind: "success"},
		"v0.10.1/whoami":                  {kind: "success"},
		"v0.10.1/whoami_none":             {kind: "API", status: 401},
		"v0.10.1/whoami_second_factor":    {kind: "SecondFactor", status: 403, id: orylogin.ErrSessionAAL2Required},
		"v26.2.0/create":                  {kind: "success"},
		"v26.2.0/create_at_admin":         {kind: "Redirect", status: 307},
		"v26.2.0/create_interrupted":      {kind: "API", status: 404},
		"v26.2.0/create_signed_in":        {kind: "API", status: 400, id: orylogin.ErrSessionAlreadyAvailable},
		"v26.2.0/get":                     {kind: "success"},
		"v26.2.0/list":                    {kind: "success"},
		"v26.2.0/get_expired":             {kind: "Expired", status: 410, id: orylogin.ErrFlowExpired},
		"v26.2.0/get_unknown":             {kind: "API", status: 404},
		"v26.2.0/logout":                  {kind: "success"},
		"v26.2.0/logout_unknown_token":    {kind: "API", status: 403},
		"v26.2.0/submit_at_admin":         {kind: "Redirect", status: 307},
		"v26.2.0/submit_code_sent":        {kind: "NextStep", status: 400},
		"v26.2.0/submit_disabled_account": {kind: "API", status: 401},
		"v26.2.0/submit_expired":          {kind: "Expired", status: 410, id: orylogin.ErrFlowExpired},
		"v26.2.0/submit_failing_hook":     {kind: "API", status: 400},
		"v26.2.0/submit_identifier_first": {kind: "NextStep", status: 400},
		"v26.2.0/submit_location_change":  {kind: "LocationChange", status: 422, id: orylogin.ErrLocationChangeRequired},
		"v26.2.0/submit_missing_fields":   {kind: "Validation", status: 400},
		"v26.2.0/submit_second_factor":    {kind: "SecondFactor", status: 200},
		"v26.2.0/submit_success":          {kind: "success"},
		"v26.2.0/submit_unknown_flow":     {kind: "API", status: 404},
		"v26.2.0/submit_unverified":       {kind: "Verification", status: 403, id: orylogin.ErrSessionVerifiedAddressRequired},
		"v26.2.0/submit_wrong_password":   {kind: "Validation", status: 400},
		"v26.2.0/whoami":                  {kind: "success"},
		"v26.2.0/whoami_none":             {kind: "API", status: 401},
		"v26.2.0/whoami_second_factor":    {kind: "SecondFactor", status: 403, id: orylogin.ErrSessionAAL2Required},
		"v26.2.0/create_passkey":          {kind: "success"},
		"v26.2.0/submit_passkey":          {kind: "success"},

		"v1.3.1/list_empty":  {kind: "success"},
		"v1.3.1/list_none":   {kind: "API", status: 401},
		"v1.3.1/revoke":      {kind: "success"},
		"v1.3.1/revoke_none": {kind: "API", status: 401},
		"v1.3.1/revoke_own":  {kind: "API", status: 400},
		"v1.3.1/revokeall":   {kind: "success"},

		"after-v26.2/exchange_denied":                {kind: "Validation", status: 422},
		"after-v26.2/exchange_registration":          {kind: "Registration", status: 422},
		"after-v26.2/exchange_registration_disabled": {kind: "API", status: 422},
		"after-v26.2/exchange_unfinished":            {kind: "API", status: 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := operations[operationOf(name)](t.Context(), recorded(t, name).client(t))
			require.Equal(t, want, outcomeOf(err), "%v", err)
		})
	}
}

// recordedAnswer is an answer of a real server for the fuzzer.
type recordedAnswer struct {
	operation byte // an index in operationNames
	status    int
	header    http.Header
	body      []byte
}

// recordedAnswers returns the answers from both places that have some.
func recordedAnswers(f *testing.F) []recordedAnswer {
	f.Helper()
	files, err := filepath.Glob("testdata/*/*.http")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	answers := answersOfLines(f)
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "testdata/"), ".http")
		number := slices.Index(operationNames, operationOf(name))
		require.GreaterOrEqual(f, number, 0, name)
		answer := recorded(f, name)
		answers = append(answers, recordedAnswer{byte(number), answer.status, answer.header, answer.body})
	}
	return answers
}

// answersOfLines reads the recordings of the end-to-end tests. It takes each status of each
// path once.
func answersOfLines(f *testing.F) []recordedAnswer {
	f.Helper()
	operations := map[string]byte{
		"GET /self-service/login/api": 0, "GET /sessions/token-exchange": 1, "GET /self-service/login/flows": 2,
		"DELETE /self-service/logout/api": 3, "POST /self-service/login": 4, "GET /sessions/whoami": 5,
		"GET /sessions": 6, "DELETE /sessions": 8,
	}
	files, err := filepath.Glob("test/testdata/recordings/*.jsonl.gz")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	var answers []recordedAnswer
	seen := map[string]bool{}
	for _, file := range files {
		for _, line := range unzippedLines(f, file) {
			var step struct {
				Method  string          `json:"method"`
				Target  string          `json:"target"`
				Status  int             `json:"status"`
				Headers [][2]string     `json:"headers"`
				Body    json.RawMessage `json:"body"`
			}
			require.NoError(f, json.Unmarshal(line, &step))
			path, _, _ := strings.Cut(step.Target, "?")
			operation, known := operations[step.Method+" "+path]
			key := fmt.Sprint(file, operation, step.Status)
			if !known || seen[key] {
				continue
			}
			seen[key] = true
			header := http.Header{}
			for _, field := range step.Headers {
				header.Add(field[0], field[1])
			}
			answers = append(answers, recordedAnswer{operation, step.Status, header, step.Body})
		}
	}
	return answers
}

func unzippedLines(f *testing.F, file string) [][]byte {
	f.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(f, err)
	unzipped, err := gzip.NewReader(bytes.NewReader(raw))
	require.NoError(f, err)
	text, err := io.ReadAll(unzipped)
	require.NoError(f, err)
	return bytes.Split(bytes.TrimSpace(text), []byte("\n"))
}
