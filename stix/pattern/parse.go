package pattern

// Limits on what Parse takes, against hostile input.
const (
	MaxLength = 1 << 20 // bytes of text
	MaxDepth  = 128     // parentheses within parentheses
)

// Parse reads a STIX 2.1 pattern. An error is always an *Error.
// STIX 2.1, 9
func Parse(text string) (*Pattern, error) { return parse(text, false) }

// Parse20 reads a pattern in the dialect of STIX 2.0, whose first grammar also
// allowed hyphens in property names without quotes, and plain strings after
// START and STOP. The result prints as STIX 2.1.
func Parse20(text string) (*Pattern, error) { return parse(text, true) }

func parse(text string, old bool) (*Pattern, error) {
	if len(text) > MaxLength {
		return nil, failure(text[:0], 0, "a pattern is at most 1 MiB long", "")
	}
	p := &parser{lexer: lexer{text: text}, old: old}
	p.advance()
	root := p.observations()
	if p.err == nil && p.tok.kind != end {
		p.want("the end, or AND, OR, FOLLOWEDBY or a qualifier")
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Pattern{Root: root}, nil
}

// A parser descends through the grammar with one token in hand. The first
// error stops it: tok becomes end and stays so, which unwinds every loop.
type parser struct {
	lexer
	old   bool
	tok   token
	depth int
	err   *Error
}

func (p *parser) advance() {
	if p.err != nil {
		return
	}
	if p.tok, p.err = p.next(); p.err != nil {
		p.tok = token{kind: end}
	}
}

func (p *parser) fail(at int, want, found string) {
	if p.err == nil {
		p.err = failure(p.text, at, want, found)
	}
	p.tok = token{kind: end}
}

// want refuses the token in hand.
func (p *parser) want(what string) { p.fail(p.tok.at, what, p.found()) }

func (p *parser) found() string {
	switch p.tok.kind {
	case end:
		return "the end"
	case quoted:
		return "the string '" + shorten(p.tok.text) + "'"
	case hexed, based, timed:
		return "a literal"
	}
	return "`" + shorten(p.tok.text) + "`"
}

func shorten(s string) string {
	for i := range s {
		if i >= 40 {
			return s[:i] + "…"
		}
	}
	return s
}

// is says whether the token in hand is this keyword or mark.
func (p *parser) is(text string) bool {
	return (p.tok.kind == word || p.tok.kind == mark) && p.tok.text == text
}

// take passes over a keyword or mark if it is in hand.
func (p *parser) take(text string) bool {
	if !p.is(text) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(text string) {
	if !p.take(text) {
		p.want("`" + text + "`")
	}
}

// enter counts a parenthesis in; leave counts it out.
func (p *parser) enter() {
	if p.depth++; p.depth > MaxDepth {
		p.fail(p.tok.at, "parentheses stand at most 128 deep", "")
	}
	p.advance()
}

func (p *parser) leave() {
	p.depth--
	p.expect(")")
}
