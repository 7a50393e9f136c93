// Structs and lists, and what is laid over them.
package main

import (
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// A name that no author writes, to ask whether a struct takes names it does not know.
const strangeName = "\u0001writ"

// conjunction describes `a & b`, several declarations of one field, or a struct with embedded values.
func (l *lowering) conjunction(v cue.Value, parts []cue.Value) *node {
	if kind := v.Kind(); kind == cue.StructKind || kind == cue.ListKind {
		return l.plain(v)
	}
	if v.Validate() != nil {
		return l.plain(v)
	}
	// Still open: by a disjunction, by a validator that needs data, or because it is a scalar. Part by part says the same
	// as the whole, for closed structs, too, unless a part is embedded: then its names and those beside it count together.
	if literal, embedded := expression(v.Source()).(*ast.StructLit); embedded {
		return l.embedding(v, literal, parts)
	}
	return &node{Is: "all", Of: l.nodesOf(parts)}
}

// embedding describes a literal struct with validators among its fields.
func (l *lowering) embedding(v cue.Value, literal *ast.StructLit, parts []cue.Value) *node {
	var fields *cue.Value
	overlay := []cue.Value{}
	for i, part := range parts {
		op, _ := part.Expr()
		_, path := part.ReferencePath()
		switch {
		case part.Source() == nil && part.Kind() == cue.StructKind && fields == nil:
			fields = &parts[i]
		case op == cue.CallOp && len(path.Selectors()) == 0 && part.Kind() == cue.BottomKind:
			overlay = append(overlay, part)
		default:
			return l.unsupported(v, "something embedded in a struct beside other fields, which is not known when the file is read")
		}
	}
	if fields == nil {
		return &node{Is: "all", Of: l.nodesOf(parts)}
	}
	gathered := &gathering{sources: map[ast.Node]bool{}, overlay: overlay, closedBy: &v}
	gathered.literal(literal)
	return l.structure(*fields, gathered)
}

func (l *lowering) structure(v cue.Value, gathered *gathering) *node {
	fields, err := v.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		return l.unsupported(v, "a struct that depends on what is not known when the file is read: "+problemsOf(err)[0].Message)
	}
	out := &node{Is: "struct", Fields: []*field{}}
	l.enter(v, out, gathered)
	defer l.leave()
	labels := []cue.Value{}
	for fields.Next() {
		selector, value := fields.Selector(), fields.Value()
		if selector.ConstraintType() == cue.PatternConstraint {
			label := selector.Pattern()
			labels = append(labels, label)
			out.Patterns = append(out.Patterns, &pattern{Label: l.node(label), Value: l.node(value)})
			continue
		}
		l.around[len(l.around)-1].current = selector.Unquoted()
		one := &field{Name: selector.Unquoted(), Need: "present", Value: l.node(value), Doc: docOf(value), Attributes: attributesOf(value)}
		switch {
		case selector.ConstraintType() == cue.RequiredConstraint:
			one.Need = "required"
		case selector.ConstraintType() == cue.OptionalConstraint || l.filling:
			one.Need = "optional"
		}
		l.around[len(l.around)-1].current = ""
		out.Fields = append(out.Fields, one)
	}
	whole := v
	if gathered.closedBy != nil {
		whole = *gathered.closedBy
	}
	closed := l.closed(whole, out.Fields, labels)
	out.Closed = &closed
	return l.overlaid(v, out, gathered)
}

func (l *lowering) list(v cue.Value, gathered *gathering) *node {
	items, err := v.List()
	if err != nil {
		return l.unsupported(v, "a list that depends on what is not known when the file is read: "+problemsOf(err)[0].Message)
	}
	out := &node{Is: "list", Items: []*node{}}
	l.enter(v, out, gathered)
	defer l.leave()
	for i := 0; items.Next(); i++ {
		l.around[len(l.around)-1].current = strconv.Itoa(i)
		out.Items = append(out.Items, l.node(items.Value()))
	}
	l.around[len(l.around)-1].current = ""
	if rest := v.LookupPath(cue.MakePath(cue.AnyIndex)); rest.Exists() {
		out.Rest = l.node(rest)
	}
	return l.overlaid(v, out, gathered)
}

// overlaid adds the validators laid over a struct or list, and marks one that could be another with other data.
func (l *lowering) overlaid(v cue.Value, out *node, gathered *gathering) *node {
	for _, validator := range gathered.overlay {
		out.Also = append(out.Also, l.node(validator))
	}
	if gathered.failed != "" {
		return l.restsOn(v, gathered.failed, out)
	}
	for _, expr := range gathered.conditions {
		if !l.settledExpr(expr, 0) {
			return l.restsOn(v, "a comprehension, or the name of a field, that depends on data", out)
		}
	}
	for _, chain := range gathered.merged {
		if !l.settledExpr(chain, 0) {
			return l.restsOn(v, "a field of the data merged with something else", out)
		}
	}
	return out
}

// closed says whether names are refused that are neither a field nor match a pattern.
func (l *lowering) closed(v cue.Value, fields []*field, labels []cue.Value) bool {
	if !v.IsClosed() {
		return false
	}
	// A literal struct as an argument of a validator is open in effect, whatever definition it stands in.
	if _, literal := expression(v.Source()).(*ast.StructLit); literal && l.calls > 0 {
		return false
	}
	// Whether other names are taken shows at a name that is none of its fields and that no pattern accepts. Texts in the
	// patterns themselves are candidates: `[!="b"]` accepts everything but `b`.
	candidates := []string{strangeName}
	for _, label := range labels {
		candidates = append(candidates, textsIn(label, 0)...)
	}
	for _, name := range candidates {
		if !knows(fields, labels, name) {
			return !v.Allows(cue.Str(name))
		}
	}
	return true
}

// knows says whether a name is one of the fields or accepted by one of the patterns.
func knows(fields []*field, labels []cue.Value, name string) bool {
	for _, each := range fields {
		if each.Name == name {
			return true
		}
	}
	for _, label := range labels {
		if label.Unify(label.Context().Encode(name)).Err() == nil {
			return true
		}
	}
	return false
}

// textsIn collects the known texts in a constraint.
func textsIn(v cue.Value, levels int) []string {
	if text, err := v.String(); err == nil {
		return []string{text}
	}
	texts := []string{}
	if op, parts := v.Expr(); op != cue.NoOp && levels < followedMax {
		for _, part := range parts {
			texts = append(texts, textsIn(part, levels+1)...)
		}
	}
	return texts
}

func docOf(v cue.Value) string {
	texts := []string{}
	for _, group := range v.Doc() {
		if text := strings.TrimSpace(group.Text()); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}

func attributesOf(v cue.Value) []attribute {
	out := []attribute{}
	for _, each := range v.Attributes(cue.ValueAttr) {
		out = append(out, attribute{each.Name(), each.Contents()})
	}
	return out
}
