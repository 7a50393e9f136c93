// What a struct or list was put together from: the literals its references are scoped to, the validators among its
// conjuncts, and everything in it that could come out otherwise with other data.
package main

import (
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
)

// A struct or list around the node in hand.
type enclosing struct {
	value cue.Value
	out   *node
	// Literals and files whose fields are fields of this value: the scopes of references to it.
	sources map[ast.Node]bool
	// Whether it is an argument of a validator.
	filling bool
	// The field or item in hand.
	current string
	// Whether it is the package itself, to which names of other files lead.
	isPackage bool
}

type gathering struct {
	sources map[ast.Node]bool
	overlay []cue.Value
	// Sources of `for`, conditions of `if`, computed names.
	conditions []ast.Expr
	// References to fields that are merged with something else.
	merged []ast.Expr
	// Alternatives of disjunctions of which one was taken.
	alternatives []ast.Expr
	// What says whether it is closed, when that is not the value itself.
	closedBy *cue.Value
	// Whether `close` closes some of it, and whether some of it stands elsewhere.
	closes, refers bool
	// Whether one of its references leads through a definition: that closes it, a plain field does not.
	defined bool
	// Why the value cannot be described, if so.
	failed string
}

func (l *lowering) enter(v cue.Value, out *node, gathered *gathering) {
	inside := &enclosing{value: v, out: out, sources: gathered.sources, filling: l.filling}
	for source := range gathered.sources {
		if _, file := source.(*ast.File); file {
			inside.isPackage = true
		}
	}
	l.around = append(l.around, inside)
}

func (l *lowering) leave() { l.around = l.around[:len(l.around)-1] }

func (l *lowering) gather(v cue.Value) *gathering {
	g := &gathering{sources: map[ast.Node]bool{}}
	g.conjunct(v, 0)
	return g
}

// conjunct walks through one conjunct: conjunctions, references, embedded values.
func (g *gathering) conjunct(v cue.Value, levels int) {
	if g.failed != "" {
		return
	}
	if levels > levelsMax {
		g.failed = "a conjunction nested this deep"
		return
	}
	g.source(v.Source())
	if root, path := v.ReferencePath(); root.Exists() {
		g.reference(v, root, path, levels)
		return
	}
	op, parts := v.Expr()
	switch op {
	case cue.AndOp:
		for _, part := range parts {
			g.conjunct(part, levels+1)
		}
	case cue.OrOp:
		// Settled, else the value would have no kind; which branch was taken is not known here.
		for _, part := range parts {
			inner := &gathering{sources: g.sources}
			inner.conjunct(part, levels+1)
			g.closes = g.closes || inner.closes
			g.refers = g.refers || inner.refers
			g.defined = g.defined || inner.defined
			if source := expression(part.Source()); source != nil {
				g.alternatives = append(g.alternatives, source)
			}
			if inner.failed != "" || len(inner.overlay)+len(inner.conditions)+len(inner.merged) > 0 {
				g.failed = "a disjunction of more than plain fields, merged with something else"
				return
			}
		}
	case cue.NoOp, cue.SpreadOp:
		if len(parts) == 1 && parts[0] != v {
			g.conjunct(parts[0], levels+1)
		}
	default:
		if kind := v.Kind(); kind == cue.StructKind || kind == cue.ListKind {
			// close(x) and functions that make a value: what they made is in the fields. Their arguments may be data.
			if len(parts) == 2 && strings.TrimSuffix(nameOf(parts[0]), "()") == "close" {
				g.closes = true
				g.conjunct(parts[1], levels+1)
			} else if source := expression(v.Source()); source != nil {
				g.conditions = append(g.conditions, source)
			}
			return
		}
		g.overlay = append(g.overlay, v)
	}
}

func (g *gathering) reference(v, root cue.Value, path cue.Path, levels int) {
	if path.Err() != nil {
		g.failed = "a reference into a list or pattern, merged with something else"
		return
	}
	if builtinPackage(root) != "" {
		// A validator without a call, such as list.UniqueItems.
		g.overlay = append(g.overlay, v)
		return
	}
	to := root.LookupPath(path)
	if !to.Exists() {
		g.failed = "a reference to `" + path.String() + "`, which is not there when the file is read"
		return
	}
	// What a definition holds is not data; what a field holds may become more with data.
	if source := expression(v.Source()); source != nil && !throughDefinition(path.Selectors()) {
		g.merged = append(g.merged, source)
	}
	g.refers = true
	g.defined = g.defined || closesOnTheWay(path.Selectors())
	g.conjunct(to, levels+1)
}

// closesOnTheWay says whether a path leads through a definition. Hidden fields do not close what they hold.
func closesOnTheWay(selectors []cue.Selector) bool {
	return slices.ContainsFunc(selectors, cue.Selector.IsDefinition)
}

func (g *gathering) source(source ast.Node) {
	if file, ok := source.(*ast.File); ok {
		g.sources[file] = true
		g.decls(file.Decls)
		return
	}
	switch x := expression(source).(type) {
	case *ast.StructLit:
		g.literal(x)
	case *ast.ListLit:
		g.elements(x)
	}
}

func (g *gathering) literal(x *ast.StructLit) {
	if !g.sources[x] {
		g.sources[x] = true
		g.decls(x.Elts)
	}
}

func (g *gathering) elements(x *ast.ListLit) {
	for _, element := range x.Elts {
		if comprehension, ok := element.(*ast.Comprehension); ok {
			g.comprehension(comprehension)
		}
	}
}

func (g *gathering) decls(decls []ast.Decl) {
	for _, decl := range decls {
		switch x := decl.(type) {
		case *ast.Comprehension:
			g.comprehension(x)
		case *ast.EmbedDecl:
			if literal, ok := x.Expr.(*ast.StructLit); ok {
				g.literal(literal)
			}
		case *ast.Field:
			switch label := x.Label.(type) {
			case *ast.Interpolation:
				g.conditions = append(g.conditions, label)
			case *ast.ParenExpr:
				g.conditions = append(g.conditions, label)
			}
		}
	}
}

func (g *gathering) comprehension(x *ast.Comprehension) {
	for _, clause := range x.Clauses {
		switch y := clause.(type) {
		case *ast.ForClause:
			g.conditions = append(g.conditions, y.Source)
		case *ast.IfClause:
			g.conditions = append(g.conditions, y.Condition)
		case *ast.LetClause:
			g.conditions = append(g.conditions, y.Expr)
		default:
			g.failed = "a clause of a comprehension that is neither `for`, `if` nor `let`"
		}
	}
	if x.Fallback != nil {
		g.failed = "a comprehension with an alternative"
		return
	}
	if literal, ok := x.Value.(*ast.StructLit); ok {
		g.literal(literal)
	}
}

// literalsInDefinitions finds the struct literals that stand inside a definition, in a package and in those it imports, each
// with the outermost definition.
func literalsInDefinitions(instance *build.Instance) map[*ast.StructLit]*ast.Field {
	found := map[*ast.StructLit]*ast.Field{}
	seen := map[*build.Instance]bool{}
	var files func(*build.Instance)
	files = func(each *build.Instance) {
		if each == nil || seen[each] {
			return
		}
		seen[each] = true
		for _, file := range each.Files {
			within := []*ast.Field{}
			ast.Walk(file, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok && namesDefinition(field) {
					within = append(within, field)
				}
				if literal, ok := n.(*ast.StructLit); ok && len(within) > 0 {
					found[literal] = within[0]
				}
				return true
			}, func(n ast.Node) {
				if field, ok := n.(*ast.Field); ok && namesDefinition(field) {
					within = within[:len(within)-1]
				}
			})
		}
		for _, imported := range each.Imports {
			files(imported)
		}
	}
	files(instance)
	return found
}

func namesDefinition(field *ast.Field) bool {
	name, _, err := ast.LabelName(field.Label)
	return err == nil && (strings.HasPrefix(name, "#") || strings.HasPrefix(name, "_#"))
}
