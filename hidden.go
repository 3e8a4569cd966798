package orylogin

// hidden holds a value where nothing that walks by reflection finds it: beyond the length
// of a slice, as a [Secret] does. Two of them are equal for [reflect.DeepEqual].
type hidden[T any] []T

func hide[T any](value T) hidden[T] { return []T{value}[:0] }

// reveal returns the value, the zero one if there is none.
func (h hidden[T]) reveal() T {
	if cap(h) == 0 {
		var none T
		return none
	}
	return h[:1][0]
}
