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
)

// recordedAnswer is an answer of a real server.
type recordedAnswer struct {
	operation byte // in operationNames
	status    int
	header    http.Header
	body      []byte
}

// recordedAnswers are the answers in both places where there are some.
func recordedAnswers(f *testing.F) []recordedAnswer {
	f.Helper()
	return append(answersOfFiles(f), answersOfLines(f)...)
}

// answersOfFiles reads the answers below testdata. The first word of a file's name is
// the operation.
func answersOfFiles(f *testing.F) []recordedAnswer {
	f.Helper()
	files, err := filepath.Glob("testdata/*/*.http")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	var answers []recordedAnswer
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
		require.NoError(f, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(f, err)
		operation, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".http"), "_")
		number := slices.Index(operationNames, operation)
		require.GreaterOrEqual(f, number, 0, operation)
		answers = append(answers, recordedAnswer{byte(number), response.StatusCode, response.Header, body})
	}
	return answers
}

// answersOfLines reads the recordings of the end-to-end tests, each status of each
// path once.
func answersOfLines(f *testing.F) []recordedAnswer {
	f.Helper()
	operations := map[string]byte{
		"GET /self-service/login/api": 0, "GET /sessions/token-exchange": 1, "GET /self-service/login/flows": 2,
		"DELETE /self-service/logout/api": 3, "POST /self-service/login": 4, "GET /sessions/whoami": 5,
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
