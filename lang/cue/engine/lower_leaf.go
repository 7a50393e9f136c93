// Nodes without structure: known values, types, bounds, calls.
package main

import (
	"encoding/base64"
	"fmt"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// atomOf describes a known value that is neither struct nor list; nil when v is not one. Numbers are written exactly.
func atomOf(v cue.Value) *node {
	var kind, text string
	switch v.Kind() {
	case cue.NullKind:
		kind, text = "null", "null"
	case cue.BoolKind:
		known, _ := v.Bool()
		kind, text = "bool", fmt.Sprint(known)
	case cue.IntKind, cue.FloatKind:
		kind = v.Kind().String()
		number, err := v.MarshalJSON()
		if err != nil {
			return nil
		}
		text = string(number)
	case cue.StringKind:
		kind = "string"
		text, _ = v.String()
	case cue.BytesKind:
		kind = "bytes"
		raw, _ := v.Bytes()
		text = base64.StdEncoding.EncodeToString(raw)
	default:
		return nil
	}
	return &node{Is: "const", Kinds: []string{kind}, Text: &text}
}

// All kinds: CUE's `_`.
const topKind = cue.NullKind | cue.BoolKind | cue.IntKind | cue.FloatKind | cue.StringKind | cue.BytesKind | cue.ListKind | cue.StructKind

var kindNames = []struct {
	kind cue.Kind
	name string
}{
	{cue.NullKind, "null"}, {cue.BoolKind, "bool"}, {cue.IntKind, "int"}, {cue.FloatKind, "float"},
	{cue.StringKind, "string"}, {cue.BytesKind, "bytes"}, {cue.ListKind, "list"}, {cue.StructKind, "struct"},
}

// kindsOf names the kinds of a mask; all of them for top.
func kindsOf(mask cue.Kind) []string {
	names := []string{}
	for _, each := range kindNames {
		if mask&each.kind != 0 {
			names = append(names, each.name)
		}
	}
	return names
}

// plain describes a value that is not made by an operator.
func (l *lowering) plain(v cue.Value) *node {
	if v.IncompleteKind() == cue.BottomKind {
		if err := contradiction(v); err != nil {
			return &node{Is: "never", Why: problemsOf(err)[0].Message}
		}
		why := "a value that depends on what is not known when the file is read"
		if err := v.Err(); err != nil {
			why += ": " + problemsOf(err)[0].Message
		}
		return l.unsupported(v, why)
	}
	switch v.IncompleteKind() {
	case cue.StructKind:
		return l.structure(v, l.gather(v))
	case cue.ListKind:
		return l.list(v, l.gather(v))
	}
	return l.kind(v)
}

// contradiction is an error that no data can mend. Incomplete is none: something is missing that data could bring. Validate does not
// look at required and optional fields; items of a list are looked at.
func contradiction(v cue.Value) error {
	if err := v.Validate(); err != nil {
		return err
	}
	return v.Context().NewList(v).Err()
}

// kind describes a predeclared type. A `let` that stands for a type or a constraint is followed when nothing in it is data.
func (l *lowering) kind(v cue.Value) *node {
	switch source := expression(v.Source()).(type) {
	case nil:
		return &node{Is: "type", Kinds: kindsOf(v.IncompleteKind())}
	case *ast.Ident:
		if let, ok := source.Node.(*ast.LetClause); ok {
			return l.let(v, source.Name, let)
		}
		if source.Node == nil {
			return &node{Is: "type", Kinds: kindsOf(v.IncompleteKind())}
		}
	}
	return l.unsupported(v, "a construct that has no name here")
}

// let describes what a `let` stands for, by what CUE prints for it once it is resolved.
func (l *lowering) let(v cue.Value, name string, let *ast.LetClause) *node {
	why := "the `let` `" + name + "`, which is not known when the file is read"
	if !l.settledLet(let.Expr, 0) {
		return l.unsupported(v, why)
	}
	printed, ok := v.Syntax(cue.InlineImports(true)).(ast.Expr)
	if !ok {
		return l.unsupported(v, why)
	}
	again := v.Context().BuildExpr(printed)
	if again.Err() != nil && again.Validate() != nil {
		return l.unsupported(v, why)
	}
	if _, still := expression(again.Source()).(*ast.Ident); still && again.IncompleteKind() == cue.BottomKind {
		return l.unsupported(v, why)
	}
	return l.shape(again)
}

// expression is what a source says about the value: the right side of a field.
func expression(source ast.Node) ast.Expr {
	switch x := source.(type) {
	case *ast.Field:
		return expression(x.Value)
	case *ast.File:
		// A file that is one embedded expression, and nothing else.
		var only ast.Expr
		for _, decl := range x.Decls {
			switch inner := decl.(type) {
			case *ast.Package, *ast.ImportDecl, *ast.Attribute, *ast.CommentGroup:
			case *ast.EmbedDecl:
				if only != nil {
					return nil
				}
				only = inner.Expr
			default:
				return nil
			}
		}
		return expression(only)
	case *ast.Alias:
		return expression(x.Expr)
	case *ast.ParenExpr:
		return expression(x.X)
	case *ast.EmbedDecl:
		return expression(x.Expr)
	case ast.Expr:
		return x
	}
	return nil
}

func isOr(x *ast.BinaryExpr) bool { return x.Op == token.OR }

// bound describes `>= x`, `!= x`, `=~ x` and their kin. The operand is known or a field of the data.
func (l *lowering) bound(v cue.Value, op cue.Op, operand cue.Value) *node {
	inner := l.node(operand)
	if inner.Is == "unsupported" {
		return inner
	}
	if inner.Is != "const" && inner.Is != "field" {
		return l.unsupported(v, "`"+op.String()+"` with an operand that is neither known nor a field")
	}
	if (op == cue.RegexMatchOp || op == cue.NotRegexMatchOp) && inner.Is != "const" {
		return l.unsupported(v, "a pattern that is not known when the file is read")
	}
	return &node{Is: "bound", Op: op.String(), Of: []*node{inner}}
}

// call describes a validator: a function of the value, with its arguments.
func (l *lowering) call(v cue.Value, parts []cue.Value) *node {
	if len(parts) == 0 {
		return l.unsupported(v, "a call")
	}
	name := nameOf(parts[0])
	filling := l.filling
	l.calls++
	l.filling = true
	defer func() {
		l.calls--
		l.filling = filling
	}()
	return &node{Is: "call", Name: name, Of: l.nodesOf(parts[1:])}
}

func placesOfValue(v cue.Value) []place {
	if source := v.Source(); source != nil {
		start, end := source.Pos(), source.End()
		if start.IsValid() && start.Filename() != "" {
			one := place{start.Filename(), start.Offset(), start.Offset()}
			if end.IsValid() && end.Filename() == start.Filename() && end.Offset() > start.Offset() {
				one.End = end.Offset()
			}
			return []place{one}
		}
	}
	return placesOf([]token.Pos{v.Pos()})
}
