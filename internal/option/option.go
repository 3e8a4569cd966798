// Package option applies the functional options of this module's packages.
package option

import (
	"errors"
	"fmt"
)

// Apply applies the options and reports all that are wrong in one error. The errors begin with
// the name of the package.
func Apply[T any, O ~func(T) error](pkg string, target T, opts []O) error {
	var errs []error
	for _, opt := range opts {
		if opt == nil {
			errs = append(errs, fmt.Errorf("%s: an option is nil", pkg))
			continue
		}
		if err := opt(target); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", pkg, err))
		}
	}
	return errors.Join(errs...)
}

// Setting returns an option that calls apply if valid is true. Otherwise the option returns
// wrong as its error.
func Setting[T any](valid bool, wrong string, apply func(*T)) func(*T) error {
	return func(target *T) error {
		if !valid {
			return errors.New(wrong)
		}
		apply(target)
		return nil
	}
}
