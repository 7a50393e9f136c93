// Values to text, and one constraint against another.
package main

import (
	"cuelang.org/go/cue"
	"cuelang.org/go/encoding/jsonschema"
)

type subsumption struct {
	// Whether everything that Other accepts is accepted by Path.
	Holds    bool      `json:"holds"`
	Problems []problem `json:"problems"`
}

// export gives the JSON of a value that is wholly known.
func export(value cue.Value) answer {
	if err := value.Validate(cue.Concrete(true), cue.Final()); err != nil {
		return answer{Problems: problemsOf(err)}
	}
	text, err := value.MarshalJSON()
	if err != nil {
		return answer{Problems: problemsOf(err)}
	}
	return answer{Text: string(text)}
}

func subsume(whole cue.Value, j *job) answer {
	first, problems := at(whole, j.Path)
	if problems != nil {
		return answer{Problems: problems}
	}
	second, problems := at(whole, j.Other)
	if problems != nil {
		return answer{Problems: problems}
	}
	if err := first.Subsume(second); err != nil {
		return answer{Subsumes: &subsumption{false, problemsOf(err)}}
	}
	return answer{Subsumes: &subsumption{true, []problem{}}}
}

// generate gives a JSON Schema (draft 2020-12), for editors only: what it cannot say it leaves out, so it accepts too much.
func generate(value cue.Value) answer {
	schema, err := jsonschema.Generate(value, nil)
	if err != nil {
		return answer{Problems: problemsOf(err)}
	}
	out := value.Context().BuildExpr(schema)
	text, err := out.MarshalJSON()
	if err != nil {
		return answer{Problems: problemsOf(err)}
	}
	return answer{Text: string(text)}
}
