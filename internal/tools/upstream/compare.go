package upstream

import (
	"cmp"
	"slices"
	"strings"
)

// The kinds of findings.
const (
	Unknown = "UNKNOWN" // the source has it, this module does not
	Unread  = "UNREAD"  // this module reads a text that the source does not have
	New     = "NEW"     // the older source does not have it
	Changed = "CHANGED" // the older source has another text
	Gone    = "GONE"    // only the older source has it
)

// Finding is something that a maintainer has to look at or to know.
type Finding struct {
	Change string
	Fact
	Before  string   // the text in the older source
	Since   string   // whether an unknown fact is new; empty without an older source
	Lacking []string // the places of this module that lack the fact
	Known   bool     // no place lacks the fact; for a reason, this module tells it apart
	Why     string   // why this module leaves the fact out
	Nearest string   // for a text that no source has any more: the reason that is most like it
}

// Open reports whether a maintainer has to do something about it.
func (f Finding) Open() bool { return f.Change == Unknown || f.Change == Unread }

// Compare returns what this module does not know of a source. If there is an older source, it
// also returns the changes since then.
func Compare(now, before []Fact, known Known) []Finding {
	var findings []Finding
	was, is := byKey(before), byKey(now)
	for _, fact := range now {
		finding := known.finding(fact)
		old, had := was[key(fact)]
		switch {
		case len(finding.Lacking) > 0 && finding.Why == "":
			finding.Change, finding.Since = Unknown, since(before, had)
		case before == nil:
			continue
		case !had:
			finding.Change = New
		case old.Text != fact.Text:
			finding.Change, finding.Before = Changed, old.Text
		default:
			continue
		}
		findings = append(findings, finding)
	}
	for _, fact := range before {
		if _, has := is[key(fact)]; !has {
			finding := known.finding(fact)
			finding.Change = Gone
			findings = append(findings, finding)
		}
	}
	return append(pairReasons(findings), known.unread(now)...)
}

// since says whether an unknown fact is new.
func since(before []Fact, had bool) string {
	switch {
	case before == nil:
		return ""
	case had:
		return "in OLD, too"
	}
	return "new since OLD"
}

// finding returns what this module knows about a fact.
func (k Known) finding(fact Fact) Finding {
	finding := Finding{Fact: fact, Why: k.why(fact.Kind, fact.Value), Lacking: k.lacking(fact)}
	finding.Known = len(finding.Lacking) == 0 && (fact.Kind != Reason ||
		slices.ContainsFunc(k.texts, func(text string) bool { return strings.Contains(fact.Value, text) }))
	return finding
}

// unread returns the texts of this module that no reason of a source has, in any of the
// wordings of the releases.
func (k Known) unread(now []Fact) []Finding {
	var unread []Finding
	read := func(text string) bool {
		return slices.ContainsFunc(now, func(f Fact) bool { return f.Kind == Reason && strings.Contains(f.Value, text) })
	}
	for _, text := range k.texts {
		releases := k.releases(text)
		if !read(text) && len(releases) != 1 && !slices.ContainsFunc(releases, read) {
			unread = append(unread, Finding{Change: Unread, Fact: Fact{Kind: Reason, Value: text}, Nearest: nearest(text, now)})
		}
	}
	return unread
}

// nearest returns the reason that has the most words of a text. It is empty if no reason has
// half of them.
func nearest(text string, facts []Fact) string {
	words := strings.Fields(text)
	best, most := "", len(words)/2
	for _, fact := range facts {
		shared := 0
		for _, word := range words {
			if slices.Contains(strings.Fields(fact.Value), word) {
				shared++
			}
		}
		if fact.Kind == Reason && shared > most {
			best, most = fact.Value, shared
		}
	}
	return best
}

// pairReasons joins a reason that is gone with a new one in the same declaration: the text has
// changed.
func pairReasons(findings []Finding) []Finding {
	gone := map[string][]Finding{} // by declaration
	for _, finding := range findings {
		if finding.Kind == Reason && finding.Change == Gone {
			gone[finding.Name] = append(gone[finding.Name], finding)
		}
	}
	var paired []Finding
	used := map[string]bool{} // the reasons that are gone and were joined
	for _, finding := range findings {
		if from := gone[finding.Name]; finding.Kind == Reason && finding.Change == New && len(from) > 0 {
			finding.Change, finding.Before = Changed, from[0].Value
			used[from[0].Value], gone[finding.Name] = true, from[1:]
		}
		paired = append(paired, finding)
	}
	return slices.DeleteFunc(paired, func(f Finding) bool { return f.Kind == Reason && f.Change == Gone && used[f.Value] })
}

func key(fact Fact) [2]string { return [2]string{fact.Kind, fact.Value} }

func byKey(facts []Fact) map[[2]string]Fact {
	found := make(map[[2]string]Fact, len(facts))
	for _, fact := range facts {
		found[key(fact)] = fact
	}
	return found
}

func compareFacts(a, b Fact) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
}
