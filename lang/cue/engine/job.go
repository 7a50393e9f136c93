// One job and its answer. Every job but `check` builds its own context, so nothing of one job is seen or kept by the next.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"cuelang.org/go/cue/format"
)

// A job as it comes in. Which fields are read depends on Op.
type job struct {
	Op string `json:"op"`
	// Files of the module by name: slash-separated, relative to its root.
	Files map[string]string `json:"files"`
	// Main names the files that are evaluated together; none: every .cue file of the root folder.
	Main []string `json:"main"`
	// Tags are `key=value` or a bare name, as with `cue -t`.
	Tags []string `json:"tags"`
	// Path of the value inside the package; empty: the whole of it.
	Path string `json:"path"`
	// Other is the second path of subsume.
	Other string `json:"other"`
	// Data is the JSON text of vet and check, and the name it has in places.
	Data *file `json:"data"`
	// Datas are the JSON texts of verdicts.
	Datas []*file `json:"datas"`
	// Text is the source of format and syntax.
	Text *file `json:"text"`
	// Key names a prepared constraint: chosen by the caller of prepare.
	Key string `json:"key"`
}

type file struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// An answer as it goes out. Problems are mistakes in the files of the job, before any data is looked at; with them there
// is nothing else. Broken says that the engine itself failed and cannot be trusted any more.
type answer struct {
	Problems []problem `json:"problems,omitempty"`
	Broken   string    `json:"broken,omitempty"`
	// export, jsonschema: JSON text. format: CUE text. syntax: a tree in parentheses.
	Text string `json:"text,omitempty"`
	// vet, check
	Verdict *verdict `json:"verdict,omitempty"`
	// verdicts: one for each of datas
	Verdicts []*verdict `json:"verdicts,omitempty"`
	// subsume
	Subsumes *subsumption `json:"subsumes,omitempty"`
	// lower
	Lowered *lowered `json:"lowered,omitempty"`
	// document
	Document *document `json:"document,omitempty"`
	// check: the key is not prepared here, for this instance is new
	Unprepared bool `json:"unprepared,omitempty"`
	// The answer would have this many bytes, more than Most.
	Oversized int `json:"oversized,omitempty"`
	Most      int `json:"most,omitempty"`
	// The release of CUE inside.
	Version string `json:"version,omitempty"`
}

// runJSON never panics: what goes wrong in CUE is an answer that says so.
func runJSON(text string) string {
	var one job
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&one); err != nil {
		return encode(answer{Broken: "not a job: " + err.Error()})
	}
	return encode(run(&one))
}

// Bytes of one answer. What is larger is no document, and would be copied several times on its way.
const answerBytesMax = 32 << 20

func encode(a answer) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(a); err != nil {
		return `{"broken":"the answer cannot be written as JSON"}`
	}
	if out.Len() > answerBytesMax {
		return encode(answer{Oversized: out.Len(), Most: answerBytesMax})
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func run(j *job) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Broken: fmt.Sprint(r)}
		}
	}()
	switch j.Op {
	case "version":
		return answer{Version: version}
	case "format":
		return formatted(j)
	case "syntax":
		return syntax(j.Text)
	case "prepare":
		return prepare(j)
	case "check":
		return check(j)
	}
	whole, value, problems := built(j)
	if problems != nil {
		return answer{Problems: problems}
	}
	switch j.Op {
	case "export":
		return export(value)
	case "vet":
		return vet(value, j.Data)
	case "verdicts":
		return vetAll(value, j)
	case "subsume":
		return subsume(whole, j)
	case "lower":
		return lower(whole, value)
	case "document":
		return documented(whole, value, j.Main)
	case "jsonschema":
		return generate(value)
	}
	return answer{Broken: "unknown job " + j.Op}
}

func formatted(j *job) answer {
	if problem := parses(j.Text); problem != nil {
		return answer{Problems: problem}
	}
	out, err := format.Source([]byte(j.Text.Text))
	if err != nil {
		return answer{Problems: problemsOf(err)}
	}
	return answer{Text: string(out)}
}
