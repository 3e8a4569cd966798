package measure

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Write writes a report to a folder under a name, as JSON and as Markdown.
func Write(folder, name string, report any, markdown string) error {
	encoded, err := json.MarshalIndent(report, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, name+".json"), append(encoded, '\n'), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".md"), []byte(markdown), 0o600)
}
