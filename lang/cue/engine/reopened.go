// Definitions that one declaration closes and another opens, in every package of a document. CUE allows it, and whoever relied on the
// closed one is told nothing: a mistyped field is no mistake any more. Read from the sources, for the evaluated value only
// says that the struct is open.
package main

import (
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
)

// What is declared under one path of a package, by all its files.
type declared struct {
	// Some struct there, in a definition, takes only its own fields.
	closed bool
	// What takes any field: `...`, `[string]: …`.
	open   []place
	fields map[string]*declared
	// Names in the order of the text.
	order []string
}

// reopenedIn looks through a package and those it imports.
func reopenedIn(instance *build.Instance) []place {
	found := []place{}
	seen := map[*build.Instance]bool{}
	var visit func(*build.Instance)
	visit = func(one *build.Instance) {
		if one == nil || seen[one] {
			return
		}
		seen[one] = true
		whole := &declared{}
		for _, file := range one.Files {
			whole.add(file.Decls, false)
		}
		found = whole.reopened(found)
		for _, imported := range one.Imports {
			visit(imported)
		}
	}
	visit(instance)
	return found
}

// add takes in the declarations of one struct. inside: it is a definition, or stands in one.
func (d *declared) add(decls []ast.Decl, inside bool) {
	open := len(d.open)
	for _, decl := range decls {
		switch one := decl.(type) {
		case *ast.Ellipsis:
			d.open = append(d.open, placeOf(one))
		case *ast.Field:
			if takesAny(one.Label) {
				d.open = append(d.open, placeOf(one.Label))
				continue
			}
			name, isDefinition := labelled(one.Label)
			if literal := literalOf(one.Value); literal != nil && name != "" {
				d.at(name).add(literal.Elts, inside || isDefinition)
			}
		}
	}
	if inside && open == len(d.open) {
		d.closed = true
	}
}

func (d *declared) at(name string) *declared {
	if d.fields[name] == nil {
		if d.fields == nil {
			d.fields = map[string]*declared{}
		}
		d.fields[name] = &declared{}
		d.order = append(d.order, name)
	}
	return d.fields[name]
}

func (d *declared) reopened(found []place) []place {
	if d.closed {
		found = append(found, d.open...)
	}
	for _, name := range d.order {
		found = d.fields[name].reopened(found)
	}
	return found
}

// labelled gives the name of a field, and whether it is that of a definition. A name that is computed has none here.
func labelled(label ast.Label) (string, bool) {
	name, isIdent, err := ast.LabelName(label)
	if err != nil {
		return "", false
	}
	looksLikeOne := strings.HasPrefix(name, "#") || strings.HasPrefix(name, "_#")
	if !isIdent && looksLikeOne {
		// A quoted name is no definition, whatever it looks like.
		return "\"" + name, false
	}
	return name, looksLikeOne
}

// takesAny: `[string]: …` and `[_]: …` allow every field, as `...` does.
func takesAny(label ast.Label) bool {
	list, ok := label.(*ast.ListLit)
	if !ok || len(list.Elts) != 1 {
		return false
	}
	name, ok := list.Elts[0].(*ast.Ident)
	return ok && (name.Name == "string" || name.Name == "_")
}

func literalOf(value ast.Expr) *ast.StructLit {
	switch one := value.(type) {
	case *ast.StructLit:
		return one
	case *ast.ParenExpr:
		return literalOf(one.X)
	}
	return nil
}
