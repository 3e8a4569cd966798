package kratostest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// Release is a release of Kratos with known answers. Later releases are greater.
type Release int

// The releases, from the first to the last. Except for v0.10, the fake knows each of them by
// its name in releaseNames.
const (
	V0_8 Release = iota
	V0_10
	V1_3
	V25_4
	V26_2
	AfterV26_2 // the source of 2026-07-29, which no release has yet
)

// releaseNames are the versions. The last name is for the source after v26.2, which no release
// has yet.
var releaseNames = []string{"v0.8", "v0.10", "v1.3", "v25.4", "v26.2", "after-v26.2"}

func (r Release) String() string { return releaseNames[r] }

// Releases returns all releases, from the first to the last.
func Releases() []Release {
	all := make([]Release, len(releaseNames))
	for i := range all {
		all[i] = Release(i)
	}
	return all
}

// ReleaseNamed returns the release with the name.
func ReleaseNamed(name string) (Release, error) {
	release := slices.Index(releaseNames, name)
	if release < 0 {
		return 0, fmt.Errorf("%q is none of the known releases %s", name, strings.Join(releaseNames, ", "))
	}
	return Release(release), nil
}

// ParseRelease reads the name of a release, or a version such as v1.3.1. A version between two
// releases counts as the earlier one. A version that Go has made from a commit is an error.
func ParseRelease(version string) (Release, error) {
	if release, err := ReleaseNamed(version); err == nil {
		return release, nil
	}
	full := "v" + strings.TrimPrefix(version, "v")
	asked := semver.MajorMinor(full)
	if asked == "" || module.IsPseudoVersion(full) {
		return 0, fmt.Errorf("%q is no release; these are known: %s", version, strings.Join(releaseNames, ", "))
	}
	for _, release := range slices.Backward(Releases()) {
		name, unreleased := strings.CutPrefix(release.String(), "after-")
		if order := semver.Compare(asked, name); order > 0 || order == 0 && !unreleased {
			return release, nil
		}
	}
	return 0, fmt.Errorf("%q is older than %s", version, V0_8)
}
