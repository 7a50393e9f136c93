// References: to a field of the data around, or to a constraint elsewhere.
//
// CUE references are lexical: a name belongs to the literal it is declared in. That literal may have become part of several
// values, under patterns, in lists, in branches; so targets are found by literal, never by path.
package main

import (
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// reference describes a value that is only a reference, to something that is not a known atom.
func (l *lowering) reference(v, root cue.Value, path cue.Path) *node {
	if path.Err() == nil && builtinPackage(root) != "" {
		// A function without a call is a validator without arguments.
		return &node{Is: "call", Name: builtinPackage(root) + "." + path.String(), Of: []*node{}}
	}
	source := expression(v.Source())
	base, names := chainOf(source)
	if base != nil {
		if inside := l.enclosingOf(base); inside != nil && plainNames(names) {
			return l.field(v, inside, names, source)
		}
	}
	if path.Err() != nil {
		return l.unsupported(v, "a reference into a list or pattern from outside")
	}
	selectors := path.Selectors()
	to := root.LookupPath(path)
	if !to.Exists() {
		return l.unsupported(v, "a reference to `"+path.String()+"`, which is not there when the file is read")
	}
	instance := root.BuildInstance()
	if root != l.packageRoot && instance == nil {
		return l.unsupported(v, "a reference to `"+path.String()+"` inside a pattern")
	}
	if l.isData(root, selectors) {
		return l.unsupported(v, "a reference from outside to the field `"+path.String()+"`, which is not known when the file is read")
	}
	name := path.String()
	if root != l.packageRoot {
		name = instance.ImportPath + ":" + name
	}
	if l.filling {
		name += "?"
	}
	if name == l.defining && len(l.around) == 0 {
		return l.unsupported(v, "`"+path.String()+"`, which is nothing but itself")
	}
	if _, known := l.named[name]; !known {
		l.named[name] = nil
		l.waiting = append(l.waiting, target{name, to, l.filling})
	}
	return &node{Is: "ref", Name: name}
}

// field describes a reference to a field of a struct around.
func (l *lowering) field(v cue.Value, inside *enclosing, names []string, source ast.Expr) *node {
	kind := v.Kind()
	made := kind == cue.StructKind || kind == cue.ListKind
	if made && l.settledExpr(source, 0) {
		return l.plain(v)
	}
	if l.isInside(inside, names) {
		return l.unsupported(v, "a field that refers to itself; a definition (`#"+names[len(names)-1]+"`) may")
	}
	if l.filling && !isThere(inside, names) {
		return l.unsupported(v, "a reference in an argument of a validator to a field that may be absent")
	}
	if inside.out.ID == 0 {
		l.ids++
		inside.out.ID = l.ids
	}
	out := &node{Is: "field", In: inside.out.ID, Names: names, Kinds: kindsOf(constraintNamed(inside.value, names).IncompleteKind())}
	if made {
		// The copy counts as no mistake of its own.
		failed := l.failed
		out.Value = l.plain(v)
		if out.Value.Value != nil {
			out.Value = out.Value.Value
		}
		l.failed = failed
	}
	return out
}

// isThere says whether data that is accepted so far has the field: a constraint on a field that is absent is neither true nor
// false, which counts when matches are counted.
func isThere(inside *enclosing, names []string) bool {
	v := inside.value
	for _, name := range names {
		need, next := fieldNamed(v, name)
		if !next.Exists() || need == cue.OptionalConstraint || need == 0 && inside.filling {
			return false
		}
		v = next
	}
	return true
}

// fieldNamed finds a field by its name, and whether it is required, optional or (0) present.
func fieldNamed(v cue.Value, name string) (cue.SelectorType, cue.Value) {
	fields, err := v.Fields(cue.Optional(true))
	for err == nil && fields.Next() {
		if fields.Selector().Unquoted() == name {
			return fields.Selector().ConstraintType(), fields.Value()
		}
	}
	return 0, cue.Value{}
}

// isInside says whether names lead to the field in hand, or to one that it is a part of.
func (l *lowering) isInside(inside *enclosing, names []string) bool {
	for i, each := range l.around {
		if each != inside {
			continue
		}
		for _, name := range names {
			if i == len(l.around) || l.around[i].current != name {
				return false
			}
			i++
		}
		return true
	}
	return false
}

// chainOf splits `a.b["c"][0]` into its first name and all names; nil when it is anything else.
func chainOf(expr ast.Expr) (*ast.Ident, []string) {
	switch x := expr.(type) {
	case *ast.Ident:
		return x, []string{x.Name}
	case *ast.ParenExpr:
		return chainOf(x.X)
	case *ast.SelectorExpr:
		base, names := chainOf(x.X)
		name := labelName(x.Sel)
		if base == nil || name == "" {
			return nil, nil
		}
		return base, append(names, name)
	case *ast.IndexExpr:
		base, names := chainOf(x.X)
		index, ok := x.Index.(*ast.BasicLit)
		if base == nil || !ok {
			return nil, nil
		}
		if index.Kind == token.STRING {
			return base, append(names, labelName(index))
		}
		if _, err := strconv.Atoi(index.Value); err != nil {
			return nil, nil
		}
		return base, append(names, index.Value)
	}
	return nil, nil
}

// enclosingOf finds the struct around in which a name is declared; nil for names declared elsewhere, types, lets, aliases
// and names of packages.
func (l *lowering) enclosingOf(name *ast.Ident) *enclosing {
	switch name.Node.(type) {
	case nil, *ast.ImportSpec, *ast.LetClause, *ast.Alias, *ast.Field:
		return nil
	}
	_, inFile := name.Scope.(*ast.File)
	for i := len(l.around) - 1; i >= 0; i-- {
		each := l.around[i]
		if name.Scope != nil && each.sources[name.Scope] || each.isPackage && (inFile || name.Scope == nil) {
			return each
		}
	}
	return nil
}

// isData says whether a target lies in what is lowered, where data will bring it, and not in a definition.
func (l *lowering) isData(root cue.Value, selectors []cue.Selector) bool {
	if root != l.packageRoot || throughDefinition(selectors) && !throughDefinition(l.root.Path().Selectors()) {
		return false
	}
	own := l.root.Path().Selectors()
	if len(selectors) < len(own) {
		return false
	}
	for i, selector := range own {
		if selectors[i].String() != selector.String() {
			return false
		}
	}
	return !throughDefinition(selectors[len(own):])
}

// throughDefinition says whether a path leads through a definition or a hidden field: those are never data.
func throughDefinition(selectors []cue.Selector) bool {
	for _, selector := range selectors {
		if kind := selector.LabelType(); kind != cue.StringLabel && kind != cue.IndexLabel {
			return true
		}
	}
	return false
}

func plainNames(names []string) bool {
	for _, name := range names {
		if isHiddenName(name) {
			return false
		}
	}
	return true
}

func isHiddenName(name string) bool {
	return strings.HasPrefix(name, "#") || strings.HasPrefix(name, "_")
}

// constraintAt looks a path up, whether its fields are present, required or optional.
func constraintAt(v cue.Value, selectors []cue.Selector) cue.Value {
	for _, selector := range selectors {
		next := v.LookupPath(cue.MakePath(selector))
		if !next.Exists() && selector.LabelType() == cue.StringLabel {
			next = v.LookupPath(cue.MakePath(selector.Optional()))
		}
		v = next
	}
	return v
}

// constraintNamed does the same by written names; a definition or hidden field is found by its name alone.
func constraintNamed(v cue.Value, names []string) cue.Value {
	for _, name := range names {
		if index, err := strconv.Atoi(name); err == nil && v.Kind() == cue.ListKind {
			v = v.LookupPath(cue.MakePath(cue.Index(index)))
			continue
		}
		if !isHiddenName(name) {
			v = constraintAt(v, []cue.Selector{cue.Str(name)})
			continue
		}
		found := cue.Value{}
		if fields, err := v.Fields(cue.All()); err == nil {
			for fields.Next() {
				if fields.Selector().String() == name {
					found = fields.Value()
				}
			}
		}
		v = found
	}
	return v
}

// nameOf is the name of a function as CUE prints it.
func nameOf(v cue.Value) string { return strings.TrimSuffix(fmt.Sprint(v), "()") }

// builtinPackage is the name of a package of CUE itself, when a value is one. Their paths have no dot in their first part.
func builtinPackage(root cue.Value) string {
	instance := root.BuildInstance()
	if instance == nil || instance.ImportPath == "" {
		return ""
	}
	parts := strings.Split(instance.ImportPath, "/")
	if strings.Contains(parts[0], ".") {
		return ""
	}
	return parts[len(parts)-1]
}
