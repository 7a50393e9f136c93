// Data against constraints.
package main

import (
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/encoding/json"
)

type verdict struct {
	Accepted bool      `json:"accepted"`
	Problems []problem `json:"problems"`
	// Paths of regular fields that the data does not have and the constraints filled in. CUE accepts these; an enforcing
	// reader must not.
	Filled [][]string `json:"filled"`
}

// Paths named in one verdict.
const filledMax = 200

func vet(constraint cue.Value, data *file) answer {
	value, problems := dataValue(constraint.Context(), data)
	if problems != nil {
		return answer{Verdict: &verdict{false, problems, [][]string{}}}
	}
	both := constraint.Unify(value)
	// Concrete: a required field that is missing, an ambiguous disjunction and a type without a value are all refusals.
	if err := both.Validate(cue.Concrete(true), cue.Final()); err != nil {
		return answer{Verdict: &verdict{false, inData(problemsOf(err), constraint), [][]string{}}}
	}
	filled := [][]string{}
	collectFilled(both, value, nil, &filled)
	return answer{Verdict: &verdict{true, []problem{}, filled}}
}

// vetAll gives a verdict on each of many data. The constraint is built anew after a number of them, as in prepare.go.
func vetAll(constraint cue.Value, j *job) answer {
	out := answer{Verdicts: []*verdict{}}
	for i, data := range j.Datas {
		if i > 0 && i%checksMax == 0 {
			_, again, problems := built(j)
			if problems != nil {
				return answer{Problems: problems}
			}
			constraint = again
		}
		out.Verdicts = append(out.Verdicts, vet(constraint, data).Verdict)
	}
	return out
}

// inData makes paths relative to the data: a constraint that is not the whole package has a path of its own.
func inData(problems []problem, constraint cue.Value) []problem {
	own := constraint.Path().Selectors()
	for i := range problems {
		path := problems[i].Path
		for _, selector := range own {
			if len(path) > 0 && path[0] == selector.String() {
				path = path[1:]
			}
		}
		problems[i].Path = make([]string, len(path))
		for j, name := range path {
			// Names of data, not as they are written in CUE.
			if text, err := literal.Unquote(name); err == nil && strings.HasPrefix(name, `"`) {
				name = text
			}
			problems[i].Path[j] = name
		}
	}
	return problems
}

// dataValue reads JSON as data, never as CUE source: an expression in it is a syntax error.
func dataValue(ctx *cue.Context, data *file) (cue.Value, []problem) {
	if data == nil {
		return cue.Value{}, said("there is no data")
	}
	expr, err := json.Extract(data.Name, []byte(data.Text))
	if err != nil {
		return cue.Value{}, problemsOf(err)
	}
	if twice := duplicates(expr, nil); twice != nil {
		return cue.Value{}, twice
	}
	value := ctx.BuildExpr(expr)
	if err := value.Err(); err != nil {
		return cue.Value{}, problemsOf(err)
	}
	return value, nil
}

// duplicates finds a key written twice in one object. CUE would unify the two.
func duplicates(expr ast.Expr, path []string) []problem {
	switch x := expr.(type) {
	case *ast.ListLit:
		for _, element := range x.Elts {
			if found := duplicates(element, path); found != nil {
				return found
			}
		}
	case *ast.StructLit:
		seen := map[string]bool{}
		for _, element := range x.Elts {
			field, ok := element.(*ast.Field)
			if !ok {
				continue
			}
			name := labelName(field.Label)
			here := append(append([]string(nil), path...), name)
			if seen[name] {
				pos := field.Label.Pos()
				return []problem{{"key `" + cut(name) + "` is written twice", here, []place{{pos.Filename(), pos.Offset(), field.Label.End().Offset()}}}}
			}
			seen[name] = true
			if found := duplicates(field.Value, here); found != nil {
				return found
			}
		}
	}
	return nil
}

// labelName is the name of a label that is a plain name or a quoted text.
func labelName(label ast.Label) string {
	switch x := label.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.BasicLit:
		if text, err := literal.Unquote(x.Value); err == nil {
			return text
		}
		return x.Value
	}
	return ""
}

func collectFilled(both, data cue.Value, path []string, out *[][]string) {
	switch both.Kind() {
	case cue.StructKind:
		fields, err := both.Fields()
		if err != nil {
			return
		}
		for fields.Next() {
			if len(*out) >= filledMax {
				return
			}
			here := append(append([]string(nil), path...), fields.Selector().Unquoted())
			inner := data.LookupPath(cue.MakePath(fields.Selector()))
			if !inner.Exists() {
				*out = append(*out, here)
				continue
			}
			collectFilled(fields.Value(), inner, here, out)
		}
	case cue.ListKind:
		items, err := both.List()
		if err != nil {
			return
		}
		for i := 0; items.Next(); i++ {
			collectFilled(items.Value(), data.LookupPath(cue.MakePath(cue.Index(i))), append(append([]string(nil), path...), items.Selector().String()), out)
		}
	}
}
