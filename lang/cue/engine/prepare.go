// A constraint that is compiled once and checked many times. CUE keeps something of every unification in its context, so a
// prepared constraint is built anew after a number of checks; memory then stays flat.
package main

import "cuelang.org/go/cue"

const (
	// Constraints kept at once; the one least recently prepared goes first.
	preparedMax = 16
	// Checks before a constraint is built anew in a fresh context.
	checksMax = 200
)

type prepared struct {
	source *job
	value  cue.Value
	checks int
}

var (
	constraints = map[string]*prepared{}
	order       []string
)

func prepare(j *job) answer {
	_, value, problems := built(j)
	if problems != nil {
		return answer{Problems: problems}
	}
	if _, known := constraints[j.Key]; !known {
		if len(order) == preparedMax {
			delete(constraints, order[0])
			order = order[1:]
		}
		order = append(order, j.Key)
	}
	constraints[j.Key] = &prepared{source: j, value: value}
	return answer{}
}

func check(j *job) answer {
	known := constraints[j.Key]
	if known == nil {
		return answer{Unprepared: true}
	}
	if known.checks == checksMax {
		if again := prepare(known.source); again.Problems != nil {
			return again
		}
		known = constraints[j.Key]
	}
	known.checks++
	return vet(known.value, j.Data)
}
