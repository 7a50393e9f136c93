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
	// Still open: by a disjunction, by a validator that needs data, or because it is a scalar. If a part is embedded, its
	// names and those beside it count together.
	if literal, embedded := expression(v.Source()).(*ast.StructLit); embedded {
		return l.embedding(v, literal, parts)
	}
	// Structs in a definition are closed together, so each alternative is taken with everything that is laid over it.
	if alternatives := l.alternatives(v, parts); alternatives != nil {
		return l.disjunction(v, alternatives)
	}
	return &node{Is: "all", Of: l.nodesOf(parts)}
}

// alternatives are those of a disjunction of structs after it was joined with other structs; nil where it was joined with
// nothing that is closed with it.
func (l *lowering) alternatives(v cue.Value, parts []cue.Value) []cue.Value {
	structs := 0
	for _, part := range parts {
		if part.IncompleteKind()&cue.StructKind != 0 && part.IncompleteKind() != topKind {
			structs++
		}
	}
	if structs < 2 {
		return nil
	}
	op, made := v.Eval().Expr()
	if op != cue.OrOp {
		return nil
	}
	return made
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
	whole := v
	if gathered.closedBy != nil {
		whole = *gathered.closedBy
	}
	joined := closedParts(v)
	for fields.Next() {
		selector, value := fields.Selector(), fields.Value()
		if selector.ConstraintType() == cue.PatternConstraint {
			label := selector.Pattern()
			labels = append(labels, label)
			out.Patterns = append(out.Patterns, &pattern{Label: l.node(label), Value: l.node(value)})
			continue
		}
		l.around[len(l.around)-1].current = selector.Unquoted()
		if refusedByOne(joined, selector.Unquoted()) {
			one := &field{Name: selector.Unquoted(), Need: "optional", Value: &node{Is: "never", Why: "field not allowed", At: placesOfValue(value)}}
			if selector.ConstraintType() != cue.OptionalConstraint {
				one.Need = "required"
			}
			out.Fields = append(out.Fields, one)
			continue
		}
		one := &field{Name: selector.Unquoted(), Need: "present", Value: l.node(value), Doc: docOf(value), Attributes: attributesOf(value)}
		switch {
		case selector.ConstraintType() == cue.RequiredConstraint:
			one.Need = "required"
		case selector.ConstraintType() == cue.OptionalConstraint:
			one.Need = "optional"
		case l.filling:
			switch l.fills(value, 0) {
			case filled:
				one.Need = "optional"
			case unclear:
				return l.unsupported(value, "a field in an argument of a validator that may be absent and is one of several structs")
			}
		}
		l.around[len(l.around)-1].current = ""
		out.Fields = append(out.Fields, one)
	}
	closed := refusedByOne(joined, strangeName) || l.closed(whole, gathered, out.Fields, labels)
	out.Closed = &closed
	if closed && len(labels) > 0 && !l.closedTogether(gathered) {
		// Which names a pattern allows depends on every closed struct that was joined.
		return l.unsupported(v, "a pattern in a closed struct that is merged with another struct")
	}
	return l.overlaid(v, out, gathered)
}

// closedParts are the structs that were joined to this one and are closed by themselves: by `close`, or as definitions. Literals of
// one definition are closed together, and what is embedded is opened for what stands beside it.
func closedParts(v cue.Value) []cue.Value {
	if _, literal := expression(v.Source()).(*ast.StructLit); literal {
		return nil
	}
	op, parts := v.Expr()
	if op != cue.AndOp {
		return nil
	}
	closed := []cue.Value{}
	for _, part := range parts {
		_, literal := expression(part.Source()).(*ast.StructLit)
		if !literal && part.Kind() == cue.StructKind && part.IsClosed() {
			closed = append(closed, part)
		}
	}
	return closed
}

func refusedByOne(closed []cue.Value, name string) bool {
	for _, part := range closed {
		if !part.Allows(cue.Str(name)) {
			return true
		}
	}
	return false
}

// Whether a field that data lacks is filled in when matches are counted.
type filling int

const (
	filled filling = iota
	// Something in it is required: without it there is no match.
	unfilled
	// It depends on which alternative is taken.
	unclear
)

func (l *lowering) fills(v cue.Value, levels int) filling {
	if levels > levelsMax {
		return unclear
	}
	switch v.Kind() {
	case cue.StructKind:
		if len(l.gather(v).overlay) > 0 {
			return unclear
		}
		fields, err := v.Fields(cue.Optional(true))
		if err != nil {
			return unclear
		}
		worst := filled
		for fields.Next() {
			switch fields.Selector().ConstraintType() {
			case cue.OptionalConstraint:
			case cue.RequiredConstraint:
				return unfilled
			default:
				worst = max(worst, l.fills(fields.Value(), levels+1))
			}
		}
		return worst
	case cue.ListKind:
		items, err := v.List()
		worst := filled
		for err == nil && items.Next() {
			worst = max(worst, l.fills(items.Value(), levels+1))
		}
		if len(l.gather(v).overlay) > 0 {
			return unclear
		}
		return worst
	}
	kinds := v.IncompleteKind()
	if kinds == topKind || kinds&(cue.StructKind|cue.ListKind) == 0 && kinds != cue.BottomKind {
		return filled
	}
	return unclear
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
	for _, expr := range gathered.alternatives {
		if !l.settledExpr(expr, 0) {
			return l.restsOn(v, "a disjunction that data may decide otherwise", out)
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
func (l *lowering) closed(v cue.Value, gathered *gathering, fields []*field, labels []cue.Value) bool {
	if !v.IsClosed() && !l.closedByPlace(gathered) {
		return false
	}
	if l.inDocument && l.defining == "" && !gathered.closes && !gathered.defined && !l.closedByPlace(gathered) {
		return false
	}
	// Literal structs as arguments of a validator are open in effect, whatever definition they stand in.
	if l.calls > 0 && !gathered.closes && !gathered.refers {
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
			return !v.IsClosed() || !v.Allows(cue.Str(name))
		}
	}
	return true
}

// closedTogether says whether everything that closes a struct closes it at once: one literal, or those of one definition. What
// stands elsewhere must have no patterns, for these allow no names.
func (l *lowering) closedTogether(gathered *gathering) bool {
	if len(gathered.sources) < 2 {
		return true
	}
	if gathered.closes {
		return false
	}
	l.findDefinitions()
	var one *ast.Field
	for source := range gathered.sources {
		literal, ok := source.(*ast.StructLit)
		if !ok {
			return false
		}
		definition := l.inDefinition[literal]
		switch {
		case definition == nil && hasPatterns(literal):
			return false
		case definition != nil && one != nil && definition != one:
			return false
		case definition != nil:
			one = definition
		}
	}
	return true
}

func hasPatterns(literal *ast.StructLit) bool {
	for _, decl := range literal.Elts {
		if field, ok := decl.(*ast.Field); ok {
			if _, pattern := field.Label.(*ast.ListLit); pattern {
				return true
			}
		}
	}
	return false
}

func (l *lowering) findDefinitions() {
	if l.inDefinition == nil {
		l.inDefinition = literalsInDefinitions(l.packageRoot.BuildInstance())
	}
}

// closedByPlace says whether a struct is closed because every literal it is made of stands in a definition. Parts of a
// disjunction and values of patterns do not say so themselves.
func (l *lowering) closedByPlace(gathered *gathering) bool {
	l.findDefinitions()
	if len(gathered.sources) == 0 {
		return false
	}
	for source := range gathered.sources {
		literal, ok := source.(*ast.StructLit)
		if !ok || l.inDefinition[literal] == nil {
			return false
		}
		for _, decl := range literal.Elts {
			if _, open := decl.(*ast.Ellipsis); open {
				return false
			}
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
