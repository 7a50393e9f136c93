// What CUE found wrong, as data: its sentence, the path of the value, and every place that contributed.
package main

import (
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

const (
	// Problems of one answer. Nobody reads more, and a hostile file could make one per byte.
	problemsMax = 200
	// Bytes of one sentence. CUE quotes values in full.
	messageBytesMax = 1000
	// Places of one problem.
	placesMax = 20
)

type problem struct {
	Message string   `json:"message"`
	Path    []string `json:"path"`
	Places  []place  `json:"places"`
}

// A place: the name of a file of the job and a byte offset in its text.
type place struct {
	File   string `json:"file"`
	Offset int    `json:"offset"`
	// End of what stands there, when known; else the same as Offset.
	End int `json:"end"`
}

func said(message string) []problem {
	return []problem{{Message: message, Path: []string{}, Places: []place{}}}
}

func problemsOf(err error) []problem {
	all := errors.Errors(errors.Sanitize(errors.Promote(err, "")))
	out := []problem{}
	for _, one := range all {
		if len(out) == problemsMax {
			break
		}
		path := one.Path()
		if path == nil {
			path = []string{}
		}
		// Error, not Msg: it holds the cause of a wrapped error too, behind the path.
		message := strings.TrimPrefix(one.Error(), strings.Join(path, ".")+": ")
		out = append(out, problem{cut(message), path, placesOf(errors.Positions(one))})
	}
	return out
}

func placesOf(positions []token.Pos) []place {
	places := []place{}
	for _, pos := range positions {
		if len(places) < placesMax && pos.IsValid() && pos.Filename() != "" {
			places = append(places, place{pos.Filename(), pos.Offset(), pos.Offset()})
		}
	}
	return places
}

// cut shortens at a whole character.
func cut(text string) string {
	if len(text) <= messageBytesMax {
		return text
	}
	end := messageBytesMax
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
