package measure

import (
	"fmt"
	"slices"
)

// Contestant is one of the ways that are compared.
type Contestant struct {
	Name   string
	Sample func() (Cost, error)
}

// Interleave takes a number of samples of each contestant, round by round. Each
// round begins with another contestant. The result has the costs of each by round.
func Interleave(rounds int, contestants []Contestant) (map[string][]Cost, error) {
	costs := map[string][]Cost{}
	for round := range rounds {
		for i := range contestants {
			contestant := contestants[(round+i)%len(contestants)]
			cost, err := contestant.Sample()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", contestant.Name, err)
			}
			costs[contestant.Name] = append(costs[contestant.Name], cost)
		}
	}
	return costs, nil
}

// Spread is the median of several values, and where their middle half lies.
type Spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// SpreadOf returns the spread of values.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	return Spread{quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75)}
}

// quantile returns the value below which a share of the sorted values lies, between
// two of them if need be.
func quantile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	position := share * float64(len(sorted)-1)
	below := int(position)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (position-float64(below))*(sorted[above]-sorted[below])
}

// Of returns the spread of a figure.
func Of(costs []Cost, figure func(Cost) float64) Spread {
	values := make([]float64, len(costs))
	for i, cost := range costs {
		values[i] = figure(cost)
	}
	return SpreadOf(values)
}

// Ratio returns the spread of the ratios of a figure, round by round: what disturbs
// a round disturbs both sides of its ratio.
func Ratio(costs, against []Cost, figure func(Cost) float64) Spread {
	ratios := make([]float64, min(len(costs), len(against)))
	for i := range ratios {
		ratios[i] = figure(costs[i]) / figure(against[i])
	}
	return SpreadOf(ratios)
}

// Medians returns the median of each figure.
func Medians(costs []Cost) Cost {
	median := func(figure func(Cost) float64) float64 { return Of(costs, figure).Median }
	return Cost{
		Nanoseconds:    median(func(c Cost) float64 { return c.Nanoseconds }),
		CPUNanoseconds: median(func(c Cost) float64 { return c.CPUNanoseconds }),
		Bytes:          median(func(c Cost) float64 { return c.Bytes }),
		Allocations:    median(func(c Cost) float64 { return c.Allocations }),
		Connections:    median(func(c Cost) float64 { return c.Connections }),
		PerSecond:      median(func(c Cost) float64 { return c.PerSecond }),
	}
}
