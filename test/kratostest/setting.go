package kratostest

import (
	"fmt"
	"strings"
)

// Setting is a change to the default configuration of Kratos.
type Setting struct {
	key   string
	value any
}

// Set sets one key of the Kratos configuration. The key is a dotted path such as
// "selfservice.flows.login.lifespan". The value is anything that encodes to the JSON that
// Kratos expects there, such as "1s". The value replaces the default, even an object. A nil
// value removes it.
func Set(key string, value any) Setting {
	return Setting{key: key, value: value}
}

// configuration is a Kratos configuration as encoding/json decodes it.
type configuration map[string]any

func (c configuration) set(key string, value any) error {
	path := strings.Split(key, ".")
	parent := map[string]any(c)
	for i, name := range path[:len(path)-1] {
		child, exists := parent[name]
		if !exists {
			child = map[string]any{}
			parent[name] = child
		}
		object, ok := child.(map[string]any)
		if !ok {
			return fmt.Errorf("set %s: %s is not an object", key, strings.Join(path[:i+1], "."))
		}
		parent = object
	}
	last := path[len(path)-1]
	if value == nil {
		delete(parent, last)
		return nil
	}
	parent[last] = value
	return nil
}

func (c configuration) get(key string) any {
	var value any = map[string]any(c)
	for name := range strings.SplitSeq(key, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// setDefault sets a key that has no value yet.
func (c configuration) setDefault(key string, value any) error {
	if c.get(key) != nil {
		return nil
	}
	return c.set(key, value)
}
