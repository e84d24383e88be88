package pattern

import "strconv"

// observations = alternatives { FOLLOWEDBY alternatives }
func (p *parser) observations() Observation {
	return p.sequence(FollowedBy, p.alternatives)
}

func (p *parser) alternatives() Observation { return p.sequence(Or, p.conjunction) }

func (p *parser) conjunction() Observation { return p.sequence(And, p.qualified) }

// sequence reads parts joined by op. A part in parentheses of the same op is
// taken apart only in first place, since the joints group to the left.
func (p *parser) sequence(op Joint, part func() Observation) Observation {
	first := part()
	if !p.is(string(op)) {
		return first
	}
	s := &Sequence{Op: op, Parts: []Observation{first}}
	if inner, ok := first.(*Sequence); ok && inner.Op == op {
		s.Parts = inner.Parts
	}
	for p.take(string(op)) {
		s.Parts = append(s.Parts, part())
	}
	if p.err == nil {
		s.At = s.Parts[0].Offset()
	}
	return s
}

// qualified = ( '[' comparison ']' | '(' observations ')' ) { qualifier }
func (p *parser) qualified() Observation {
	of, bare := p.observation()
	var seen [3]string
	for i := 0; p.err == nil; i++ {
		at := p.tok.at
		with := p.qualifier()
		if with == nil || p.err != nil {
			return of
		}
		if i == MaxDepth {
			p.fail(at, "at most 128 qualifiers stand in a row", "")
			return of
		}
		if bare && (seen[0] == with.word() || seen[1] == with.word() || seen[2] == with.word()) {
			p.fail(at, with.word()+" qualifies this expression twice; parentheses would make it two", "")
			return of
		}
		if bare {
			seen[i] = with.word()
		}
		of = &Qualified{At: of.Offset(), Of: of, With: with}
	}
	return of
}

// observation reads what qualifiers stand after. Only on a bare [ … ] is the
// same qualifier twice an error: parentheses make an expression of its own.
func (p *parser) observation() (o Observation, bare bool) {
	at := p.tok.at
	switch {
	case p.take("["):
		test := p.comparison()
		p.expect("]")
		return &Observe{At: at, Test: test}, true
	case p.is("("):
		p.enter()
		o := p.observations()
		p.leave()
		return o, false
	}
	p.want("`[` or `(`")
	return nil, false
}

// qualifier returns nil where none stands.
func (p *parser) qualifier() Qualifier {
	switch {
	case p.take("REPEATS"):
		return p.repeats()
	case p.take("WITHIN"):
		return p.within()
	case p.take("START"):
		start := p.timestamp()
		p.expect("STOP")
		return &StartStop{Start: start, Stop: p.timestamp()}
	}
	return nil
}

func (p *parser) repeats() Qualifier {
	n, err := strconv.ParseInt(p.tok.text, 10, 64)
	if p.tok.kind != whole || err != nil || n < 1 {
		p.want("a count of 1 or more")
		return &Repeats{}
	}
	p.advance()
	p.expect("TIMES")
	return &Repeats{Times: n}
}

func (p *parser) within() Qualifier {
	number := p.tok.kind == whole || p.tok.kind == decimal
	f, err := strconv.ParseFloat(p.tok.text, 64)
	if !number || err != nil || !(f > 0) {
		p.want("a number of seconds above 0")
		return &Within{}
	}
	w := &Within{Seconds: f, Whole: p.tok.kind == whole}
	if _, err := strconv.ParseInt(p.tok.text, 10, 64); w.Whole && (err != nil || f > 1<<53) {
		p.fail(p.tok.at, "the number of seconds is too large", "")
	}
	p.advance()
	p.expect("SECONDS")
	return w
}

// timestamp reads t'…', and in STIX 2.0 a plain string of the same form.
func (p *parser) timestamp() Timestamp {
	if p.tok.kind != timed && !(p.old && p.tok.kind == quoted) {
		p.want("a timestamp such as t'2016-06-01T01:30:00Z'")
		return ""
	}
	t := p.tok
	if _, complaint := readTimestamp(t.text); complaint != "" {
		p.fail(t.at, complaint, "")
	}
	p.advance()
	return Timestamp(t.text)
}
