// Package hidden keeps values where reflection does not find them. Package fmt prints
// unexported fields by reflection, and so do the messages of failed tests.
package hidden

// Value holds a value behind the length of a slice. The zero Value holds none. Any two Values
// are equal for [reflect.DeepEqual].
type Value[T any] []T

// New returns a Value that holds a value.
func New[T any](value T) Value[T] { return []T{value}[:0] }

// Reveal returns the value, or the zero value if there is none.
func (v Value[T]) Reveal() T {
	if v.IsZero() {
		var none T
		return none
	}
	return v[:1][0]
}

// IsZero reports whether there is no value.
func (v Value[T]) IsZero() bool { return cap(v) == 0 }
