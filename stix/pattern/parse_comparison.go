package pattern

import "strconv"

func (p *parser) comparison() Comparison { return p.group(Or, p.both) }

func (p *parser) both() Comparison { return p.group(And, p.test) }

// group reads comparisons joined by op, as sequence does observations.
func (p *parser) group(op Joint, part func() Comparison) Comparison {
	first := part()
	if !p.is(string(op)) {
		return first
	}
	g := &Group{Op: op, Parts: []Comparison{first}}
	if inner, ok := first.(*Group); ok && inner.Op == op {
		g.Parts = inner.Parts
	}
	for p.take(string(op)) {
		g.Parts = append(g.Parts, part())
	}
	if p.err == nil {
		g.At = g.Parts[0].Offset()
	}
	return g
}

// test = '(' comparison ')' | [NOT] EXISTS path | path [NOT] operator literal
func (p *parser) test() Comparison {
	at := p.tok.at
	switch {
	case p.is("("):
		p.enter()
		c := p.comparison()
		p.leave()
		return c
	case p.take("NOT"):
		p.expect("EXISTS")
		return &Exists{At: at, Path: p.path(), Negated: true}
	case p.take("EXISTS"):
		return &Exists{At: at, Path: p.path()}
	}
	t := &Test{At: at, Path: p.path()}
	t.Negated = p.take("NOT")
	t.Op = p.operator()
	t.Values = p.operand(t.Op)
	return t
}

var operators = map[string]Op{
	"=": Equal, "==": Equal, "!=": NotEqual, "<>": NotEqual, ">": Greater, "<": Less, ">=": GreaterOrEqual,
	"<=": LessOrEqual, "IN": In, "LIKE": Like, "MATCHES": Matches, "ISSUBSET": IsSubset, "ISSUPERSET": IsSuperset,
}

func (p *parser) operator() Op {
	op, ok := operators[p.tok.text]
	if !ok || (p.tok.kind != mark && p.tok.kind != word) {
		p.want("a comparison operator")
		return ""
	}
	p.advance()
	return op
}

// operand reads what may stand on the right of op: any literal for equality, a
// list for IN, a string for the operators in words, no truth value for order.
func (p *parser) operand(op Op) []Literal {
	switch op {
	case In:
		return p.set()
	case Like, Matches, IsSubset, IsSuperset:
		if p.tok.kind != quoted {
			p.want("a string after " + string(op))
		}
	case Greater, GreaterOrEqual, Less, LessOrEqual:
		if p.is("true") || p.is("false") {
			p.want("a literal that has an order")
		}
	}
	return []Literal{p.literal()}
}

func (p *parser) set() []Literal {
	p.expect("(")
	if p.take(")") {
		return nil
	}
	list := []Literal{p.literal()}
	for p.take(",") {
		list = append(list, p.literal())
	}
	if !p.take(")") {
		p.want("`,` or `)`")
	}
	return list
}

func (p *parser) literal() Literal {
	switch p.tok.kind {
	case end, mark, hyphens:
		p.want("a literal")
		return nil
	case word:
		if !p.is("true") && !p.is("false") {
			p.want("a literal; a string stands in single quotes")
			return nil
		}
	}
	l, complaint := readLiteral(p.tok)
	if complaint != "" {
		p.fail(p.tok.at, complaint, "")
	}
	p.advance()
	return l
}

// path = type ':' key { '.' key | '[' index ']' }
func (p *parser) path() Path {
	var path Path
	if !p.isName() && p.tok.kind != hyphens {
		p.want("an object type")
		return path
	}
	path.Type = p.tok.text
	p.advance()
	p.expect(":")
	path.Steps = []Step{p.key()}
	for p.err == nil {
		switch {
		case p.take("."):
			path.Steps = append(path.Steps, p.key())
		case p.take("["):
			path.Steps = append(path.Steps, p.index())
		default:
			return path
		}
	}
	return path
}

func (p *parser) isName() bool { return p.tok.kind == word && !reserved[p.tok.text] }

// key reads a property name; a name with hyphens needs quotes in STIX 2.1.
func (p *parser) key() Step {
	t := p.tok
	switch {
	case p.isName():
	case t.kind == quoted:
		t.text = unescape(t.text)
	case t.kind == hyphens && p.old:
	case t.kind == hyphens:
		p.want("quotes around a property name with hyphens")
	default:
		p.want("a property name")
	}
	p.advance()
	return Step{Kind: Key, Key: t.text}
}

func (p *parser) index() Step {
	s := Step{Kind: Any}
	if !p.is("*") {
		n, err := strconv.ParseInt(p.tok.text, 10, 32)
		if p.tok.kind != whole || err != nil {
			p.want("an index or `*`")
		}
		s = Step{Kind: Index, Index: n}
	}
	p.advance()
	p.expect("]")
	return s
}
