package breaking

import (
	"fmt"

	"golang.org/x/mod/semver"
)

// CheckRise returns an error if the next version is too low for the changes since the current
// one. An empty next version is allowed as long as nothing breaks.
func CheckRise(current, next string, breaks bool) error {
	least, err := leastNext(current, breaks)
	switch {
	case err != nil:
		return err
	case next == "" && breaks:
		return fmt.Errorf("consumers break: say NEXT=%s or higher, or take the change back", least)
	case next == "":
		return nil
	case !semver.IsValid(next):
		return fmt.Errorf("NEXT=%s is no version: write it like %s", next, least)
	case semver.Compare(release(next), least) < 0:
		return fmt.Errorf("NEXT=%s does not rise enough after %s: it must be %s or higher", next, current, least)
	}
	return nil
}

// leastNext returns the lowest version that may follow. In v0 a breaking change needs a new
// minor version, and from v1 on a new major version.
func leastNext(current string, breaks bool) (string, error) {
	var major, minor, patch int
	if _, err := fmt.Sscanf(current, "v%d.%d.%d", &major, &minor, &patch); err != nil {
		return "", fmt.Errorf("the current version %q is no version: write it like v0.1.0", current)
	}
	switch {
	case !breaks:
		patch++
	case major == 0:
		minor, patch = minor+1, 0
	default:
		major, minor, patch = major+1, 0, 0
	}
	return fmt.Sprintf("v%d.%d.%d", major, minor, patch), nil
}

// release returns a version without the suffix of a pre-release.
func release(version string) string {
	canonical := semver.Canonical(version)
	return canonical[:len(canonical)-len(semver.Prerelease(version))]
}
