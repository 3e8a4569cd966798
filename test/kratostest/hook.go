package kratostest

import (
	"encoding/base64"
	"maps"
	"net/http"
)

// TransientPayload is a Jsonnet function that returns the transient payload of a submission.
const TransientPayload = "function(ctx) std.get(ctx.flow, 'transient_payload', {})"

// WebHook returns the value of a setting for hooks: one web hook at a URL. Kratos posts what the
// Jsonnet function body returns. The members are added to the configuration of the hook.
func WebHook(url, body string, members map[string]any) []any {
	config := map[string]any{
		"url": url, "method": http.MethodPost, "body": "base64://" + base64.StdEncoding.EncodeToString([]byte(body)),
	}
	maps.Copy(config, members)
	return []any{map[string]any{"hook": "web_hook", "config": config}}
}
