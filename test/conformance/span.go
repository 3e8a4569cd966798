package conformance

import (
	"strings"

	"github.com/orylogin/orylogin/test/kratostest"
)

// span is a range of releases, with both ends.
type span struct{ first, last kratostest.Release }

// parseSpan reads v0.8, v0.10+, ..v0.10 or v0.8..v1.3. An empty text means all releases.
func parseSpan(text string) (span, error) {
	releases := kratostest.Releases()
	all := span{releases[0], releases[len(releases)-1]}
	switch from, to, isRange := strings.Cut(text, ".."); {
	case text == "":
		return all, nil
	case isRange:
		last, err := kratostest.ReleaseNamed(to)
		if err != nil || from == "" {
			return span{all.first, last}, err
		}
		first, err := kratostest.ReleaseNamed(from)
		return span{first, last}, err
	default:
		name, open := strings.CutSuffix(text, "+")
		only, err := kratostest.ReleaseNamed(name)
		if open {
			return span{only, all.last}, err
		}
		return span{only, only}, err
	}
}

func (s span) has(release kratostest.Release) bool { return s.first <= release && release <= s.last }
