package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/orylogin/orylogin/test/kratostest"
)

// Scenario is a list of requests and the expected answers.
type Scenario struct {
	// Name is unique. The part before the slash is the subject.
	Name string

	// Needs are the settings that the server must have, and Not those that it must not have.
	Needs, Not Config

	// Releases is the span of the releases that can run the scenario. Empty means all.
	Releases string

	// Broken says why a request does not follow openapi.yaml, and Foreign why an answer does
	// not. If one is set, at least one exchange must not follow it.
	Broken, Foreign string

	// Do sends the requests.
	Do func(*Run)

	// Want is the transcript; see the package documentation.
	Want string
}

// Scenarios returns the whole suite.
func Scenarios() []Scenario {
	return slices.Concat(
		creation, fetching, passwords, bodies, headers, routes, browserJSON, browserForms,
		sessions, otherSessions, logouts, secondFactors, codes, identifierFirst, expiry, states,
		providers, callbacks, exchanges, hooks, identities, clients,
	)
}

// fromSource marks a line that comes from the source of Kratos and that no server was asked
// for.
const fromSource = "from source"

// transcript returns the lines of a release.
func (s Scenario) transcript(release kratostest.Release) ([]string, error) {
	var lines []string
	for line := range strings.Lines(s.Want) {
		text, releases, _ := strings.Cut(strings.TrimSpace(line), " | ")
		if text == "" {
			continue
		}
		releases, _, _ = strings.Cut(releases, ", "+fromSource)
		span, err := parseSpan(strings.TrimSpace(releases))
		if err != nil {
			return nil, fmt.Errorf("the transcript of %s: %w", s.Name, err)
		}
		if span.has(release) {
			lines = append(lines, strings.Join(strings.Fields(text), " "))
		}
	}
	return lines, nil
}

// obstacle says why a server cannot run the scenario, and is empty if it can. The server has a
// release and a configuration, and its Admin can make the things in expires expire.
func (s Scenario) obstacle(release kratostest.Release, config, expires Config) (string, error) {
	releases, err := parseSpan(s.Releases)
	switch {
	case err != nil:
		return "", fmt.Errorf("the releases of %s: %w", s.Name, err)
	case !releases.has(release):
		return "for other releases: " + s.Releases, nil
	case release < s.Needs.since():
		return fmt.Sprintf("for other releases: %s+", s.Needs.since()), nil
	case s.Needs&^(config|expires) != 0:
		return "needs " + (s.Needs &^ (config | expires)).Keys(), nil
	case s.Not&config != 0:
		return "needs a server without " + (s.Not & config).Keys(), nil
	case config&short&^s.Needs != 0:
		return "needs a server without " + (config & short &^ s.Needs).Keys(), nil
	}
	return "", nil
}
