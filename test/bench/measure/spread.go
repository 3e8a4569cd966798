package measure

import (
	"fmt"
	"math"
	"slices"
)

// Spread is the median of values and the range of their middle half.
type Spread struct{ Median, Low, High float64 }

// SpreadOf returns the spread of values. There must be at least one.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	return Spread{quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75)}
}

// quantile returns the value below which a share of the sorted values lies. It can lie between
// two of them. Without values, it is not a number.
func quantile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	position := share * float64(len(sorted)-1)
	below := int(position)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (position-float64(below))*(sorted[above]-sorted[below])
}

// String shows the range of the middle half in brackets.
func (s Spread) String() string {
	if s.Low == s.High {
		return number(s.Median)
	}
	return fmt.Sprintf("%s [%s, %s]", number(s.Median), number(s.Low), number(s.High))
}

// number shows three digits, or all digits before the decimal point.
func number(value float64) string {
	if value >= 100 {
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.3g", value)
}

// TargetHead is the head of a table of targets.
const TargetHead = "| figure | measured | target | |\n|---|---|---|---|\n"

// TargetRow returns the row of a figure. The limit is the largest allowed value, or the
// smallest if atLeast is true.
func TargetRow(name string, measured Spread, limit float64, atLeast bool) string {
	sign, met := "≤", measured.Median <= limit
	if atLeast {
		sign, met = "≥", measured.Median >= limit
	}
	verdict := "MISS"
	if met {
		verdict = "ok"
	}
	return fmt.Sprintf("| %s | %s | %s %v | %s |\n", name, measured, sign, limit, verdict)
}
