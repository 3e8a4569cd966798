package breaking

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

const specFile = "openapi.yaml"

// compareSpecs returns what oasdiff finds between two descriptions. A change about which
// oasdiff is not sure counts as breaking.
func compareSpecs(base, current string) ([]Change, error) {
	before, err := loadSpec(base)
	if err != nil {
		return nil, err
	}
	after, err := loadSpec(current)
	if err != nil {
		return nil, err
	}
	report, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), before, after)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", specFile, err)
	}
	found := checker.CheckBackwardCompatibilityUntilLevel(
		checker.NewConfig(checker.GetAllChecks()), report, sources, checker.INFO)
	localize := checker.NewDefaultLocalizer()
	var changes []Change
	for _, change := range found {
		breaks := change.GetLevel() >= checker.WARN
		if change.GetPath() == "" && !breaks {
			continue // advice that is not about an operation
		}
		changes = append(changes, Change{
			Where:  specFile,
			Text:   change.GetOperation() + " " + change.GetPath() + ": " + change.GetUncolorizedText(localize),
			Breaks: breaks,
		})
	}
	return changes, nil
}

func loadSpec(file string) (*load.SpecInfo, error) {
	spec, err := load.NewSpecInfo(openapi3.NewLoader(), load.NewSource(file), load.WithFlattenAllOf())
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", file, err)
	}
	return spec, nil
}
