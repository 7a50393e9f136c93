// The tree of an expression as CUE reads it, written in parentheses: to compare readers of one grammar.
package main

import (
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// syntax writes one expression. Texts are in JSON's quotes, numbers as they are written; of an interpolation only the expressions.
func syntax(source *file) answer {
	if source == nil {
		return answer{Problems: said("there is no text")}
	}
	expr, err := parser.ParseExpr(source.Name, source.Text)
	if err != nil {
		return answer{Problems: problemsOf(err)}
	}
	return answer{Text: syntaxOf(expr)}
}

func syntaxOf(n ast.Node) string {
	all := func(head string, nodes ...ast.Node) string {
		parts := []string{head}
		for _, each := range nodes {
			parts = append(parts, syntaxOf(each))
		}
		return "(" + strings.Join(parts, " ") + ")"
	}
	switch x := n.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			if text, err := literal.Unquote(x.Value); err == nil {
				return strconv.Quote(text)
			}
		}
		return x.Value
	case *ast.ParenExpr:
		return syntaxOf(x.X)
	case *ast.UnaryExpr:
		return all(x.Op.String(), x.X)
	case *ast.BinaryExpr:
		return all(x.Op.String(), x.X, x.Y)
	case *ast.SelectorExpr:
		return "(select " + syntaxOf(x.X) + " " + labelName(x.Sel) + ")"
	case *ast.IndexExpr:
		return all("index", x.X, x.Index)
	case *ast.CallExpr:
		return all("call", append([]ast.Node{x.Fun}, nodesOfExprs(x.Args)...)...)
	case *ast.ListLit:
		return all("list", nodesOfExprs(x.Elts)...)
	case *ast.Interpolation:
		parts := []ast.Node{}
		for i, each := range x.Elts {
			if i%2 == 1 {
				parts = append(parts, each)
			}
		}
		return all("text", parts...)
	case *ast.StructLit:
		parts := []string{"struct"}
		for _, decl := range x.Elts {
			switch y := decl.(type) {
			case *ast.Field:
				parts = append(parts, "("+labelName(y.Label)+" "+syntaxOf(y.Value)+")")
			case *ast.EmbedDecl:
				parts = append(parts, syntaxOf(y.Expr))
			default:
				parts = append(parts, "?")
			}
		}
		return "(" + strings.Join(parts, " ") + ")"
	case *ast.Comprehension:
		parts := []string{"comprehension"}
		for _, clause := range x.Clauses {
			switch y := clause.(type) {
			case *ast.ForClause:
				key := ""
				if y.Key != nil {
					key = y.Key.Name + " "
				}
				parts = append(parts, "(for "+key+y.Value.Name+" "+syntaxOf(y.Source)+")")
			case *ast.IfClause:
				parts = append(parts, all("if", y.Condition))
			case *ast.LetClause:
				parts = append(parts, "(let "+y.Ident.Name+" "+syntaxOf(y.Expr)+")")
			}
		}
		return "(" + strings.Join(parts, " ") + " " + syntaxOf(x.Value) + ")"
	}
	return "?"
}

func nodesOfExprs(exprs []ast.Expr) []ast.Node {
	nodes := []ast.Node{}
	for _, each := range exprs {
		nodes = append(nodes, each)
	}
	return nodes
}
