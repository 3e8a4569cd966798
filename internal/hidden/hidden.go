// Package hidden keeps values where nothing that walks by reflection finds them, such as
// package fmt in an unexported field, or the message of a failed test.
package hidden

// Value holds a value beyond the length of a slice. The zero Value holds none. Two of them
// are equal for [reflect.DeepEqual].
type Value[T any] []T

// New returns a Value that holds a value.
func New[T any](value T) Value[T] { return []T{value}[:0] }

// Reveal returns the value, the zero one if there is none.
func (v Value[T]) Reveal() T {
	if v.IsZero() {
		var none T
		return none
	}
	return v[:1][0]
}

// IsZero reports whether there is no value.
func (v Value[T]) IsZero() bool { return cap(v) == 0 }
