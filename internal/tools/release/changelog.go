package release

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

const unreleased = "\n## Unreleased\n"

// Move returns a changelog in which the unreleased changes are under a version and a day.
func Move(text, version string, day time.Time) (string, error) {
	before, after, found := strings.Cut(text, unreleased)
	if !found {
		return "", fmt.Errorf("%s has no line %q", changelogFile, strings.TrimSpace(unreleased))
	}
	news, _, _ := strings.Cut("\n"+after, "\n## ")
	if strings.TrimSpace(news) == "" {
		return "", errors.New(changelogFile + " has nothing that is unreleased: say what is new")
	}
	return before + unreleased + "\n## " + version + ", " + day.UTC().Format(time.DateOnly) + "\n" + after, nil
}
