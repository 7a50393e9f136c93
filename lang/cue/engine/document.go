// An evaluated value as a document: what an author wrote, once CUE has resolved it, each part with the places it comes from.
// Values only: a part that has none is `open` and carries its constraint. lang/cue/document.ts says what the parts mean.
package main

import (
	"sort"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

type document struct {
	Root *docNode `json:"root"`
	// What opens definitions that are closed elsewhere.
	Reopened []place `json:"reopened,omitempty"`
}

// A part. Is: map, list, text, number, bool, null, bytes, open.
type docNode struct {
	Is      string      `json:"is"`
	Text    string      `json:"text,omitempty"`
	Entries []*docEntry `json:"entries,omitempty"`
	Missing []*docEntry `json:"missing,omitempty"`
	// Fields that may be left out, of a struct that holds types.
	Optional []*docEntry `json:"optional,omitempty"`
	Items    []*docNode  `json:"items,omitempty"`
	// open, and structs of a pattern that more is said of than their fields: the constraint, and the definitions it names.
	Constraint *lowered `json:"constraint,omitempty"`
	// It is the default of a disjunction, nobody chose it.
	Chosen bool    `json:"default,omitempty"`
	At     []place `json:"at"`
}

type docEntry struct {
	Name string `json:"name"`
	// Where the name is written, the first place first.
	Keys []place `json:"keys"`
	// Of Keys, those that ask for the field: `name!:`.
	Asked      []place     `json:"asked,omitempty"`
	Value      *docNode    `json:"value,omitempty"`
	Attributes []attribute `json:"attributes,omitempty"`
	of         cue.Value
}

type documenting struct {
	whole cue.Value
	main  map[string]bool
	nodes int
	// Whether the part in hand is a pattern of a policy: a constraint on data, of which no default is taken.
	pattern bool
	// Whether it stands behind `any`, `all` or `none`: a list there is a list of patterns.
	combined bool
	// Whether it is the whole of the pattern: its names are those of the input, which says itself what it has.
	top bool
}

// documented describes the value. Problems of the files come first and alone.
func documented(whole, value cue.Value, main []string) answer {
	if err := value.Validate(); err != nil {
		return answer{Problems: problemsOf(err)}
	}
	d := &documenting{whole: whole, main: map[string]bool{}}
	for _, name := range main {
		d.main[name] = true
	}
	return answer{Document: &document{Root: d.node(value, 0), Reopened: reopenedIn(whole.BuildInstance())}}
}

func (d *documenting) node(v cue.Value, levels int) *docNode {
	d.nodes++
	settled, chosen := v.Default()
	out := &docNode{Chosen: chosen && settled.Kind() != cue.BottomKind && v.IncompleteKind() != cue.BottomKind && isChoice(v)}
	if d.nodes > nodesMax || levels > levelsMax {
		out.Is, out.At = "open", placesOfValue(v)
		return out
	}
	out.At = d.places(v)
	kind := settled.Kind()
	if d.pattern && (v.Kind() == cue.BottomKind || kind == cue.ListKind && !d.combined && !isKnownList(settled)) {
		kind = cue.BottomKind
	}
	whole := d.top
	d.combined, d.top = false, false
	if kind == cue.ListKind && isTypeOfList(settled, v) {
		kind = cue.BottomKind
	}
	switch kind {
	case cue.StructKind:
		out.Is = "map"
		d.entries(settled, out, levels)
		if d.pattern && (saysMore(settled) || !whole && d.closedByAuthor(settled)) {
			out.Constraint = d.constraint(v)
		}
	case cue.ListKind:
		out.Is = "list"
		out.Items = []*docNode{}
		items, err := settled.List()
		for err == nil && items.Next() {
			out.Items = append(out.Items, d.node(items.Value(), levels+1))
		}
	case cue.BottomKind:
		out.Is = "open"
		out.Constraint = d.constraint(v)
	default:
		atom := atomOf(settled)
		if atom == nil {
			out.Is = "open"
			return out
		}
		out.Text = *atom.Text
		out.Is = map[string]string{"string": "text", "int": "number", "float": "number"}[atom.Kinds[0]]
		if out.Is == "" {
			out.Is = atom.Kinds[0]
		}
	}
	return out
}

func (d *documenting) constraint(v cue.Value) *lowered {
	l := &lowering{root: v, packageRoot: d.whole, named: map[string]*node{}, settled: map[chainKey]bool{}, inDocument: true}
	return l.tree(v)
}

// closedByAuthor: a definition closes the struct, not that of the document around it.
func (d *documenting) closedByAuthor(v cue.Value) bool {
	l := &lowering{root: v, packageRoot: d.whole}
	gathered := l.gather(v)
	return l.closedByPlace(gathered) || gathered.closes || gathered.defined && v.IsClosed() && !v.Allows(cue.Str(strangeName))
}

// saysMore: something is laid over the struct as a whole, or over fields of any name.
func saysMore(v cue.Value) bool {
	l := &lowering{}
	if len(l.gather(v).overlay) > 0 {
		return true
	}
	fields, err := v.Fields(cue.Patterns(true))
	for err == nil && fields.Next() {
		if fields.Selector().ConstraintType() == cue.PatternConstraint && fields.Value().IncompleteKind() != topKind {
			return true
		}
	}
	return false
}

// isKnownList: values, which stand for any of them, as in YAML. Everything else is a constraint on a list.
func isKnownList(v cue.Value) bool {
	return !v.LookupPath(cue.MakePath(cue.AnyIndex)).Exists() && v.Validate(cue.Concrete(true)) == nil
}

// isTypeOfList: `[...T]` is also an empty list for CUE; nobody wrote one.
func isTypeOfList(settled, v cue.Value) bool {
	items, err := settled.List()
	return err == nil && !items.Next() && v.LookupPath(cue.MakePath(cue.AnyIndex)).Exists()
}

// isChoice: a disjunction is still among the conjuncts, so that a default was taken.
func isChoice(v cue.Value) bool {
	op, parts := v.Expr()
	if op == cue.OrOp {
		return true
	}
	// `*1 | int` comes as its one alternative that is not contained in another.
	if binary, ok := expression(v.Source()).(*ast.BinaryExpr); ok && isOr(binary) {
		return true
	}
	if op == cue.AndOp {
		for _, part := range parts {
			if isChoice(part) {
				return true
			}
		}
	}
	return false
}

func (d *documenting) entries(v cue.Value, out *docNode, levels int) {
	out.Entries = []*docEntry{}
	fields, err := v.Fields(cue.Optional(true))
	if err != nil {
		return
	}
	open := false
	optional := []*docEntry{}
	for fields.Next() {
		selector, value := fields.Selector(), fields.Value()
		entry := &docEntry{Name: selector.Unquoted(), Keys: []place{}}
		for _, field := range fieldsOf(value, nil) {
			if _, pattern := field.Label.(*ast.ListLit); pattern {
				continue
			}
			at := placeOf(field.Label)
			entry.Keys = append(entry.Keys, at)
			if field.Constraint == token.NOT {
				entry.Asked = append(entry.Asked, at)
			}
		}
		sort.SliceStable(entry.Keys, func(i, j int) bool { return d.before(entry.Keys[i], entry.Keys[j]) })
		switch selector.ConstraintType() {
		case cue.OptionalConstraint:
			entry.of = value
			optional = append(optional, entry)
			continue
		case cue.RequiredConstraint:
			if d.pattern {
				// Data has it, or the pattern does not hold.
				break
			}
			out.Missing = append(out.Missing, entry)
			continue
		}
		before := d.pattern
		d.top = !before && (entry.Name == "match" || entry.Name == "for")
		d.pattern = before || d.top
		d.combined = before && (entry.Name == "any" || entry.Name == "all" || entry.Name == "none")
		entry.Value = d.node(value, levels+1)
		d.pattern = before
		entry.Attributes = attributesOf(value)
		open = open || entry.Value.Is == "open"
		out.Entries = append(out.Entries, entry)
	}
	if open || d.pattern {
		// A struct of types is a type itself, and what it may lack is part of it.
		for _, entry := range optional {
			entry.Value = d.node(entry.of, levels+1)
			out.Optional = append(out.Optional, entry)
		}
	}
	// The order of declarations means something, and CUE's own depends on how its evaluator merges structs: the order of
	// the text is the one authors know. Fields of one place, made by a loop, keep the order of CUE.
	sort.SliceStable(out.Entries, func(i, j int) bool {
		a, b := out.Entries[i].Keys, out.Entries[j].Keys
		return len(a) > 0 && (len(b) == 0 || d.before(a[0], b[0]))
	})
}

// before: files that are imported, then those of the package by name, each from the top.
func (d *documenting) before(a, b place) bool {
	if d.main[a.File] != d.main[b.File] {
		return d.main[b.File]
	}
	if a.File != b.File {
		return a.File < b.File
	}
	return a.Offset < b.Offset
}

// fieldsOf gives the declarations of a field.
func fieldsOf(v cue.Value, found []*ast.Field) []*ast.Field {
	if field, ok := v.Source().(*ast.Field); ok {
		return append(found, field)
	}
	if op, parts := v.Expr(); op == cue.AndOp {
		for _, part := range parts {
			found = fieldsOf(part, found)
		}
	}
	return found
}

// places of a value: what says it, then everything else that contributed, those of the package before those it imports.
func (d *documenting) places(v cue.Value) []place {
	out := []place{}
	add := func(n ast.Node) {
		if n == nil || !n.Pos().IsValid() || n.Pos().Filename() == "" {
			return
		}
		at := placeOf(n)
		for _, known := range out {
			if known == at {
				return
			}
		}
		if len(out) < placesMax {
			out = append(out, at)
		}
	}
	switch source := v.Source().(type) {
	case *ast.BasicLit, *ast.Interpolation:
		add(source)
	}
	fixed := len(out)
	for _, field := range fieldsOf(v, nil) {
		if expr := expression(field); expr != nil {
			add(expr)
		}
	}
	if len(out) == 0 {
		add(v.Source())
	}
	rest := out[fixed:]
	sort.SliceStable(rest, func(i, j int) bool { return d.main[rest[i].File] && !d.main[rest[j].File] })
	if len(out) == 0 {
		return placesOfValue(v)
	}
	return out
}

func placeOf(n ast.Node) place {
	start, end := n.Pos(), n.End()
	out := place{start.Filename(), start.Offset(), start.Offset()}
	if end.IsValid() && end.Filename() == start.Filename() && end.Offset() > start.Offset() {
		out.End = end.Offset()
	}
	return out
}
