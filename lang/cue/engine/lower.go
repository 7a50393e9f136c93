// An evaluated value as a tree of constraints and data: what a reader that is not CUE needs, and nothing it would have to guess.
//
// Imports, references to known values, defaults, comprehensions and templates are resolved by CUE before. What remains is
// described node by node. Invariant: a node never accepts more data than the value it stands for; what has no exact
// description is `unsupported` and names the construct.
package main

import (
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

const (
	// Nodes of one tree. A policy of 10,000 rules has about this many.
	nodesMax = 200_000
	// Levels of one tree. Recursive values go through references, so only written nesting counts.
	levelsMax = 200
)

type lowered struct {
	Root *node `json:"root"`
	// What references name: definitions and other values that are not data of the root.
	Definitions map[string]*node `json:"definitions"`
	// How many nodes are unsupported, so that nobody has to look for them.
	Unsupported int `json:"unsupported"`
}

// A node. Which parts it has depends on Is; lang/cue/lowered.ts says what they mean.
type node struct {
	Is    string   `json:"is"`
	Kinds []string `json:"kinds,omitempty"`
	Text  *string  `json:"text,omitempty"`
	Op    string   `json:"op,omitempty"`
	Name  string   `json:"name,omitempty"`
	Why   string   `json:"why,omitempty"`
	Of    []*node  `json:"of,omitempty"`

	// struct and list
	ID       int        `json:"id,omitempty"`
	Fields   []*field   `json:"fields,omitempty"`
	Patterns []*pattern `json:"patterns,omitempty"`
	Closed   *bool      `json:"closed,omitempty"`
	Items    []*node    `json:"items,omitempty"`
	Rest     *node      `json:"rest,omitempty"`
	Also     []*node    `json:"also,omitempty"`

	// field
	In    int      `json:"in,omitempty"`
	Names []string `json:"names,omitempty"`

	// field, unsupported: what it is as the files stand
	Value   *node   `json:"value,omitempty"`
	Default *node   `json:"default,omitempty"`
	At      []place `json:"at,omitempty"`
}

type field struct {
	Name string `json:"name"`
	// present, required, optional: `a: x`, `a!: x`, `a?: x`.
	Need       string      `json:"need"`
	Value      *node       `json:"value"`
	Doc        string      `json:"doc,omitempty"`
	Attributes []attribute `json:"attributes,omitempty"`
}

type attribute struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Value holds for every field whose name Label accepts and that is not among Fields: the values of those hold it already.
type pattern struct {
	Label *node `json:"label"`
	Value *node `json:"value"`
}

type lowering struct {
	root cue.Value
	// The package the root is in.
	packageRoot cue.Value
	// Values that references name and that are still to be lowered.
	waiting []target
	named   map[string]*node
	// The one in hand.
	defining string
	// Structs and lists around the node in hand, outermost first.
	around []*enclosing
	// Answers of settledChain.
	settled map[chainKey]bool
	// Whether the root is part of a document: definitions of documents close every literal in one, and mean data no harm.
	inDocument bool
	// Struct literals that stand in a definition, with the outermost one, once asked for.
	inDefinition map[*ast.StructLit]*ast.Field
	ids          int
	nodes        int
	levels       int
	failed       int
	// Calls around the node in hand, as it is written.
	calls int
	// Whether the node is an argument of a validator, directly or through references. CUE fills in the fields that data
	// lacks before it counts a match, so there none needs to be present.
	filling bool
}

type target struct {
	name    string
	value   cue.Value
	filling bool
}

func lower(whole, value cue.Value) answer {
	if err := contradiction(value); err != nil {
		return answer{Problems: problemsOf(err)}
	}
	l := &lowering{root: value, packageRoot: whole, named: map[string]*node{}, settled: map[chainKey]bool{}}
	return answer{Lowered: l.tree(value)}
}

// tree describes a value, and what it names.
func (l *lowering) tree(value cue.Value) *lowered {
	out := &lowered{Definitions: l.named}
	out.Root = l.node(value)
	for len(l.waiting) > 0 {
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.filling = next.filling
		l.defining = next.name
		l.named[next.name] = l.node(next.value)
	}
	out.Unsupported = l.failed
	return out
}

func (l *lowering) unsupported(v cue.Value, why string) *node {
	l.failed++
	return &node{Is: "unsupported", Why: cut(why), At: placesOfValue(v)}
}

// restsOn marks a value that CUE settled from something that data may change: as a constraint it has no description, for a
// reader of documents it has a value.
func (l *lowering) restsOn(v cue.Value, what string, value *node) *node {
	out := l.unsupported(v, what)
	out.Value = value
	return out
}

// node describes one value.
func (l *lowering) node(v cue.Value) *node {
	l.nodes++
	l.levels++
	defer func() { l.levels-- }()
	if l.nodes > nodesMax {
		return l.unsupported(v, "a value of this size")
	}
	if l.levels > levelsMax {
		return l.unsupported(v, "a value nested this deep")
	}
	n := l.shape(v)
	if n.At == nil {
		n.At = placesOfValue(v)
	}
	if n.Is == "all" || n.Is == "any" || n.Is == "type" || n.Is == "bound" || n.Is == "call" {
		if d, has := v.Default(); has && v.Kind() == cue.BottomKind {
			n.Default = l.node(d)
		}
	}
	return n
}

// shape is the node without what every node may have.
func (l *lowering) shape(v cue.Value) *node {
	if atom := atomOf(v); atom != nil {
		if !l.settledValue(v, 0) {
			return l.restsOn(v, "a value computed from fields that data may change", atom)
		}
		return atom
	}
	if root, path := v.ReferencePath(); root.Exists() {
		return l.reference(v, root, path)
	}
	op, parts := v.Expr()
	switch op {
	case cue.AndOp:
		return l.conjunction(v, parts)
	case cue.OrOp:
		return l.disjunction(v, parts)
	case cue.LessThanOp, cue.LessThanEqualOp, cue.GreaterThanOp, cue.GreaterThanEqualOp,
		cue.EqualOp, cue.NotEqualOp, cue.RegexMatchOp, cue.NotRegexMatchOp:
		if len(parts) == 1 {
			return l.bound(v, op, parts[0])
		}
		return l.unsupported(v, "a comparison of values that are not known when the file is read")
	case cue.NoOp:
		// `*1 | int` comes as its one alternative that is not contained in another.
		if binary, ok := expression(v.Source()).(*ast.BinaryExpr); ok && isOr(binary) && len(parts) == 1 && parts[0] != v {
			return l.shape(parts[0])
		}
		return l.plain(v)
	}
	if made := v.Kind(); made == cue.StructKind || made == cue.ListKind {
		// A call, a slice … that made a struct or list.
		value := l.plain(v)
		if source := expression(v.Source()); source == nil || !l.settledExpr(source, 0) {
			return l.restsOn(v, "a value computed from fields that data may change", value)
		}
		return value
	}
	if op == cue.CallOp {
		return l.call(v, parts)
	}
	return l.unsupported(v, "`"+op.String()+"` on values that are not known when the file is read")
}

// disjunction describes alternatives. In an argument of a validator CUE takes several structs that lack something required for a match,
// since it cannot choose among them.
func (l *lowering) disjunction(v cue.Value, parts []cue.Value) *node {
	requiring := 0
	for _, part := range parts {
		if l.filling && part.IncompleteKind()&(cue.StructKind|cue.ListKind) != 0 && l.fills(part, 0) != filled {
			requiring++
		}
	}
	if requiring > 1 {
		return l.unsupported(v, "alternatives with required fields in an argument of a validator")
	}
	return &node{Is: "any", Of: l.nodesOf(parts)}
}

func (l *lowering) nodesOf(values []cue.Value) []*node {
	nodes := []*node{}
	for _, value := range values {
		nodes = append(nodes, l.node(value))
	}
	return nodes
}
