// Whether data could make something come out otherwise. CUE settles a file as it stands: a default is taken, a condition
// tested, a loop run over what is there. With data a default may be overridden, a field added, and the same file says
// something else. What rests on such a thing is no constant.
package main

import (
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// References followed from one value. Deeper than this the answer is no.
const followedMax = 40

type chainKey struct {
	scope ast.Node
	names string
}

// settledValue: no data that agrees with the value can change it.
func (l *lowering) settledValue(v cue.Value, levels int) bool {
	if levels > followedMax {
		return false
	}
	switch v.Kind() {
	case cue.BottomKind:
		return false
	case cue.StructKind:
		gathered := l.gather(v)
		// An open struct may get more fields.
		if gathered.failed != "" || !v.IsClosed() || v.Allows(cue.Str(strangeName)) {
			return false
		}
		l.enter(v, &node{}, gathered)
		defer l.leave()
		for _, expr := range append(append([]ast.Expr{}, gathered.conditions...), gathered.merged...) {
			if !l.settledExpr(expr, levels+1) {
				return false
			}
		}
		fields, err := v.Fields(cue.Optional(true), cue.Patterns(true))
		if err != nil {
			return false
		}
		for fields.Next() {
			if fields.Selector().ConstraintType() != 0 || !l.settledValue(fields.Value(), levels+1) {
				return false
			}
		}
		return true
	case cue.ListKind:
		if v.LookupPath(cue.MakePath(cue.AnyIndex)).Exists() {
			return false
		}
		gathered := l.gather(v)
		if gathered.failed != "" {
			return false
		}
		for _, expr := range append(append([]ast.Expr{}, gathered.conditions...), gathered.merged...) {
			if !l.settledExpr(expr, levels+1) {
				return false
			}
		}
		items, err := v.List()
		for err == nil && items.Next() {
			if !l.settledValue(items.Value(), levels+1) {
				return false
			}
		}
		return err == nil
	}
	// An atom: every conjunct of it.
	op, parts := v.Expr()
	if _, whole := expression(v.Source()).(ast.Expr); op == cue.AndOp && !whole {
		for _, part := range parts {
			if source := expression(part.Source()); source != nil && !l.settledExpr(source, levels+1) {
				return false
			}
		}
		return true
	}
	source := expression(v.Source())
	return source == nil || l.settledExpr(source, levels+1)
}

// settledExpr: no name in the expression leads to something that data may change.
func (l *lowering) settledExpr(expr ast.Expr, levels int) bool {
	if levels > followedMax {
		return false
	}
	all := func(exprs ...ast.Expr) bool {
		for _, each := range exprs {
			if each != nil && !l.settledExpr(each, levels) {
				return false
			}
		}
		return true
	}
	switch x := expr.(type) {
	case *ast.BasicLit, *ast.BottomLit:
		return true
	case *ast.Ident:
		return l.settledChain(x, []string{x.Name}, levels+1)
	case *ast.SelectorExpr:
		if base, names := chainOf(x); base != nil {
			return l.settledChain(base, names, levels+1)
		}
		return all(x.X)
	case *ast.IndexExpr:
		if base, names := chainOf(x); base != nil {
			return l.settledChain(base, names, levels+1)
		}
		return all(x.X, x.Index)
	case *ast.SliceExpr:
		return all(x.X, x.Low, x.High)
	case *ast.ParenExpr:
		return all(x.X)
	case *ast.UnaryExpr:
		return all(x.X)
	case *ast.BinaryExpr:
		return all(x.X, x.Y)
	case *ast.Interpolation:
		return all(x.Elts...)
	case *ast.CallExpr:
		return all(x.Fun) && all(x.Args...)
	case *ast.ListLit:
		return all(x.Elts...)
	case *ast.Ellipsis:
		return x.Type == nil || all(x.Type)
	case *ast.StructLit:
		for _, decl := range x.Elts {
			switch y := decl.(type) {
			case *ast.Field:
				if _, simple, err := ast.LabelName(y.Label); err != nil || !simple && labelName(y.Label) == "" || !all(y.Value) {
					return false
				}
			case *ast.EmbedDecl:
				if !all(y.Expr) {
					return false
				}
			case *ast.Ellipsis, *ast.Attribute, *ast.CommentGroup:
			case *ast.LetClause:
				if !all(y.Expr) {
					return false
				}
			default:
				return false
			}
		}
		return true
	case *ast.Comprehension:
		for _, clause := range x.Clauses {
			switch y := clause.(type) {
			case *ast.ForClause:
				if !all(y.Source) {
					return false
				}
			case *ast.IfClause:
				if !all(y.Condition) {
					return false
				}
			case *ast.LetClause:
				if !all(y.Expr) {
					return false
				}
			default:
				return false
			}
		}
		value, ok := x.Value.(ast.Expr)
		return ok && x.Fallback == nil && all(value)
	}
	return false
}

// settledChain: the same of one reference, given by its first name and all names.
func (l *lowering) settledChain(base *ast.Ident, names []string, levels int) bool {
	if levels > followedMax {
		return false
	}
	switch scope := base.Scope.(type) {
	case *ast.ForClause:
		return l.settledExpr(scope.Source, levels+1)
	case *ast.LetClause:
		return l.settledExpr(scope.Expr, levels+1)
	}
	switch node := base.Node.(type) {
	case nil, *ast.ImportSpec:
		return true
	case *ast.LetClause:
		return l.settledExpr(node.Expr, levels+1)
	case *ast.Alias, *ast.Field:
		return false
	}
	inside := l.enclosingOf(base)
	if inside == nil {
		// A literal inside the expression itself is checked with the expression. Anything else is not in hand: it can only
		// be trusted when it is no data.
		return isHiddenName(names[0])
	}
	key := chainKey{base.Scope, strings.Join(names, "\x00")}
	if known, ok := l.settled[key]; ok {
		return known
	}
	// A chain that comes back to itself is not settled.
	l.settled[key] = false
	answer := l.settledNames(inside, names, levels)
	l.settled[key] = answer
	return answer
}

// settledNames follows names from a struct around, with every struct on the way in hand.
func (l *lowering) settledNames(inside *enclosing, names []string, levels int) bool {
	before := l.around
	defer func() { l.around = before }()
	for i, each := range before {
		if each == inside {
			l.around = append([]*enclosing{}, before[:i+1]...)
		}
	}
	value := inside.value
	for i, name := range names {
		next := constraintNamed(value, []string{name})
		hidden := !plainNames(names[:i+1])
		if !next.Exists() {
			// Absent from a definition it stays absent; absent from data it may come.
			return hidden
		}
		if i == len(names)-1 {
			if next.Kind() == cue.BottomKind || next.Kind() == cue.StructKind && hidden {
				return hidden
			}
			return l.settledValue(next, levels+1)
		}
		if kind := next.Kind(); kind == cue.StructKind || kind == cue.ListKind {
			l.enter(next, &node{}, l.gather(next))
		}
		value = next
	}
	return false
}

// settledLet: what a let stands for holds no data. Its own fields and comprehensions would lose their place, so it has none.
func (l *lowering) settledLet(expr ast.Expr, levels int) bool {
	plain := true
	ast.Walk(expr, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.StructLit, *ast.Comprehension:
			plain = false
		}
		return plain
	}, nil)
	return plain && l.settledExpr(expr, levels)
}
