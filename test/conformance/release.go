package conformance

import (
	"fmt"
	"strings"

	"golang.org/x/mod/semver"
)

// Release is a release of Kratos whose answers are known. A release between two of
// them is taken for the earlier one.
type Release int

// The releases, from the first to the last.
const (
	V0_8 Release = iota
	V0_10
	V1_3
	V25_4
	V26_2
)

var releaseNames = []string{"v0.8", "v0.10", "v1.3", "v25.4", "v26.2"}

func (r Release) String() string { return releaseNames[r] }

// ParseRelease reads the version that a server tells, such as v1.3.1.
func ParseRelease(version string) (Release, error) {
	asked := semver.MajorMinor("v" + strings.TrimPrefix(version, "v"))
	if asked == "" {
		return 0, fmt.Errorf("%q is not a version", version)
	}
	for release := V26_2; release >= V0_8; release-- {
		if semver.Compare(asked, release.String()) >= 0 {
			return release, nil
		}
	}
	return 0, fmt.Errorf("release %s is older than %s", version, V0_8)
}

// span is a range of releases, both ends included.
type span struct{ first, last Release }

// parseSpan reads v0.8, v0.10+, ..v0.10 or v0.8..v1.3; nothing means all releases.
func parseSpan(text string) (span, error) {
	all := span{V0_8, V26_2}
	switch from, to, isRange := strings.Cut(text, ".."); {
	case text == "":
		return all, nil
	case isRange:
		last, err := knownRelease(to)
		if err != nil || from == "" {
			return span{V0_8, last}, err
		}
		first, err := knownRelease(from)
		return span{first, last}, err
	default:
		name, open := strings.CutSuffix(text, "+")
		only, err := knownRelease(name)
		if open {
			return span{only, V26_2}, err
		}
		return span{only, only}, err
	}
}

func knownRelease(name string) (Release, error) {
	for release, known := range releaseNames {
		if name == known {
			return Release(release), nil
		}
	}
	return 0, fmt.Errorf("%q is not a release that is known", name)
}

func (s span) has(release Release) bool { return s.first <= release && release <= s.last }
