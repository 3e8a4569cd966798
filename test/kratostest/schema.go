package kratostest

import (
	_ "embed"
	"encoding/base64"
	"regexp"
	"strings"
)

// identitySchema is the JSON schema of identities.
type identitySchema string

//go:embed identity.schema.json
var newestSchema identitySchema

// identitySchema returns the schema of this package, without the credentials that the release
// does not know.
func (r Release) identitySchema() identitySchema {
	schema := string(newestSchema)
	for method, since := range map[string]Release{"code": V1_3, "passkey": V1_3, "webauthn": V0_10} {
		if r < since {
			schema = regexp.MustCompile(`(?m)^\s*"`+method+`": \{.*\n`).ReplaceAllString(schema, "")
		}
	}
	return identitySchema(schema)
}

func (s identitySchema) url() string {
	return "base64://" + base64.StdEncoding.EncodeToString([]byte(s))
}

// EmailRequired makes the e-mail address a required trait of each identity.
func EmailRequired(release Release) Setting {
	required := strings.Replace(string(release.identitySchema()),
		`"additionalProperties"`, `"required": ["email"], "additionalProperties"`, 1)
	if release == V0_8 {
		return Set(onlySchema, identitySchema(required).url())
	}
	return Set(schemas, []any{entry(schemaID, identitySchema(required).url())})
}

// entry returns an entry of the list of schemas.
func entry(id string, url any) map[string]any { return map[string]any{"id": id, "url": url} }
