package kratostest

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/orylogin/orylogin/test/daemon"
)

const (
	publicPort = "serve.public.port"
	adminPort  = "serve.admin.port"
	schemas    = "identity.schemas"
	schemaID   = "default"
	onlySchema = "identity.default_schema_url" // of v0.8
	database   = "dsn"
	inMemory   = "memory"
)

//go:embed kratos.json
var defaultConfiguration []byte

// configure returns the configuration of the release: the default one with the settings. It
// fills in what depends on the run, unless the settings have it: free ports, the base URL and
// the identity schema.
func configure(ctx context.Context, release Release, settings []Setting) (configuration, error) {
	var config configuration
	if err := json.Unmarshal(defaultConfiguration, &config); err != nil {
		return nil, fmt.Errorf("decode the default configuration: %w", err)
	}
	if err := config.apply(append(release.without(), settings...)); err != nil {
		return nil, err
	}
	for _, key := range []string{publicPort, adminPort} {
		if config.get(key) != nil {
			continue
		}
		port, err := daemon.FreePort(ctx)
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		if err := config.set(key, port); err != nil {
			return nil, err
		}
	}
	if err := config.setDefault("serve.public.base_url", config.url(publicPort)+"/"); err != nil {
		return nil, err
	}
	if release == V0_8 {
		return config, errors.Join(
			config.setDefault(onlySchema, release.identitySchema().url()), config.setDefault(schemas, []any{}))
	}
	return config, errors.Join(
		config.setDefault("identity.default_schema_id", schemaID),
		config.setDefault(schemas, []any{entry(schemaID, release.identitySchema().url())}))
}

// without returns settings that remove keys that the release does not know.
func (r Release) without() []Setting {
	if r >= V1_3 {
		return nil
	}
	return []Setting{
		Set("selfservice.methods.code", nil), Set("selfservice.methods.passkey", nil),
		Set("selfservice.flows.verification.use", nil), Set("selfservice.flows.recovery.use", nil),
	}
}

func (c configuration) apply(settings []Setting) error {
	for _, setting := range settings {
		value, err := asJSON(setting.value)
		if err != nil {
			return fmt.Errorf("set %s: %w", setting.key, err)
		}
		if err := c.set(setting.key, value); err != nil {
			return err
		}
	}
	return nil
}

// encode returns the configuration with a new mark, and the mark.
func (c configuration) encode() ([]byte, string, error) {
	mark := "kratostest-" + rand.Text()
	if err := c.mark(mark); err != nil {
		return nil, "", err
	}
	encoded, err := json.MarshalIndent(c, "", "  ")
	return encoded, mark, err
}

// asJSON returns a value as encoding/json decodes it from its encoding. Numbers keep their
// form.
func asJSON(value any) (any, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var decoded any
	err = decoder.Decode(&decoded)
	return decoded, err
}

// mark adds another id for the identity schema. Kratos publishes the ids. So the id shows that
// an answer comes from this server, with this configuration.
func (c configuration) mark(id string) error {
	list, ok := c.get(schemas).([]any)
	if !ok {
		return fmt.Errorf("set %s: not a list", schemas)
	}
	url := c.get(onlySchema)
	if len(list) > 0 {
		first, _ := list[0].(map[string]any)
		url = first["url"]
	}
	return c.set(schemas, append(list, entry(id, url)))
}

// url returns the URL of the listener whose port is at key.
func (c configuration) url(key string) string {
	return fmt.Sprintf("http://%v:%v", c.get(strings.TrimSuffix(key, "port")+"host"), c.get(key))
}
