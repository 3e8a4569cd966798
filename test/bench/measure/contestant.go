package measure

import "fmt"

// Contestant is one of the compared ways.
type Contestant struct {
	Name   string
	Sample func() (Cost, error)
}

// Interleave takes samples of all contestants, round by round. Each round begins with another
// contestant. The result has the costs of each contestant by round.
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

// Of returns the spread of a figure.
func Of(costs []Cost, figure func(Cost) float64) Spread {
	values := make([]float64, len(costs))
	for i, cost := range costs {
		values[i] = figure(cost)
	}
	return SpreadOf(values)
}

// Ratio returns the spread of a figure's ratios, round by round. A disturbance in a round
// affects both sides of its ratio.
func Ratio(costs, against []Cost, figure func(Cost) float64) Spread {
	ratios := make([]float64, min(len(costs), len(against)))
	for i := range ratios {
		ratios[i] = figure(costs[i]) / figure(against[i])
	}
	return SpreadOf(ratios)
}
