package api_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/api"
)

func TestValue(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		json string // the attributes
		text string
		zero bool
		back string // the attributes encoded again; json if empty
	}{
		"string":       {json: `{"node_type":"input","value":"a \"b\" \u00e9"}`, text: `a "b" é`},
		"empty string": {json: `{"node_type":"input","value":""}`},
		"integer":      {json: `{"node_type":"input","value":12345678901234567890}`, text: "12345678901234567890"},
		"number":       {json: `{"node_type":"input","value":1.50}`, text: "1.50"},
		"true":         {json: `{"node_type":"input","value":true}`, text: "true"},
		"false":        {json: `{"node_type":"input","value":false}`, text: "false"},
		"object":       {json: `{"node_type":"input","value":{"a":[1]}}`, text: `{"a":[1]}`},
		"null":         {json: `{"node_type":"input","value":null}`, zero: true, back: `{"node_type":"input"}`},
		"absent":       {json: `{"node_type":"input"}`, zero: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var attributes api.UINodeAttributes
			require.NoError(t, json.Unmarshal([]byte(test.json), &attributes))
			require.Equal(t, test.text, attributes.Value.Text())
			require.Equal(t, test.zero, attributes.Value.IsZero())

			encoded, err := json.Marshal(attributes)
			require.NoError(t, err)
			if test.back == "" {
				test.back = test.json
			}
			require.JSONEq(t, test.back, string(encoded))
		})
	}
}

func TestValueIsOverwritten(t *testing.T) {
	t.Parallel()

	var value api.Value
	require.NoError(t, json.Unmarshal([]byte(`"old"`), &value))
	require.NoError(t, json.Unmarshal([]byte(`null`), &value))
	require.True(t, value.IsZero())

	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	require.Equal(t, "null", string(encoded))
}

func TestValueIsNotPrinted(t *testing.T) {
	t.Parallel()

	var value api.Value
	require.NoError(t, json.Unmarshal([]byte(`"`+hush+`"`), &value))

	for verb, out := range printed(value) {
		switch verb {
		case "%T":
			require.Equal(t, "api.Value", out)
		case "Sprintln":
			require.Equal(t, "[value]\n", out)
		default:
			require.Equal(t, "[value]", out, verb)
		}
	}
	require.Equal(t, "[value]", value.LogValue().String())

	type holder struct{ value api.Value }
	for _, v := range []any{
		&value,
		holder{value},
		&holder{value},
		[]api.Value{value},
		map[string]holder{"k": {value}},
	} {
		for verb, out := range printed(v) {
			require.NotContains(t, out, hush, verb)
		}
		require.NotContains(t, printedAsPointer(v), hush)
		requireOpaque(t, v)
	}

	// Printing a flow does not print its form.
	var flow api.SelfServiceLoginFlow
	require.NoError(t, json.Unmarshal([]byte(`{"ui":{"nodes":[{"attributes":{"value":"`+hush+`"}}]}}`), &flow))
	require.Equal(t, hush, flow.UI.Nodes[0].Attributes.Value.Text())
	for verb, out := range printed(flow) {
		require.NotContains(t, out, hush, verb)
	}
	for verb, out := range printed(flow.UI) {
		require.NotContains(t, out, hush, verb)
	}
	requireOpaque(t, flow)
}
