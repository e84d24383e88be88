package pattern

import "time"

// A Pattern is a parsed pattern. Root is never nil after a parse without error.
type Pattern struct {
	Root Observation
}

// An Observation is *Observe, *Sequence or *Qualified.
// STIX 2.1, 9.5
type Observation interface {
	// Offset is where the node begins, in bytes from the start of the text.
	Offset() int
	observation()
}

// Observe is one bracketed test of one observation: [ Test ].
type Observe struct {
	At   int
	Test Comparison
}

// Sequence joins two or more observations by one operator; parts of the same
// operator are kept in one list unless parentheses on the right kept them apart.
type Sequence struct {
	At    int
	Op    Joint // And, Or or FollowedBy
	Parts []Observation
}

// Qualified narrows an observation by a *Repeats, *Within or *StartStop.
type Qualified struct {
	At   int
	Of   Observation
	With Qualifier
}

// A Joint is what stands between two expressions.
type Joint string

// The joints, from the tightest to the loosest.
// STIX 2.1, 9.5.3
const (
	And        Joint = "AND"
	Or         Joint = "OR"
	FollowedBy Joint = "FOLLOWEDBY"
)

// A Qualifier is *Repeats, *Within or *StartStop.
// STIX 2.1, 9.5.1
type Qualifier interface {
	word() string
	text(b []byte) []byte
}

// Repeats asks for at least Times matching observations; Times is 1 or more.
type Repeats struct{ Times int64 }

// Within bounds the time between observations; Seconds is above 0. Whole is
// true where the pattern wrote an integer.
type Within struct {
	Seconds float64
	Whole   bool
}

// StartStop bounds observations to Start <= t < Stop.
type StartStop struct{ Start, Stop Timestamp }

// A Comparison is *Test, *Exists or *Group.
// STIX 2.1, 9.6
type Comparison interface {
	// Offset is where the node begins, in bytes from the start of the text.
	Offset() int
	comparison()
}

// Test compares a property with literals: one for every operator but In, which
// has any number, none included.
type Test struct {
	At      int
	Path    Path
	Negated bool // NOT before the operator
	Op      Op
	Values  []Literal
}

// Exists asks whether a property is there.
type Exists struct {
	At      int
	Path    Path
	Negated bool
}

// Group joins two or more comparisons by And or Or.
type Group struct {
	At    int
	Op    Joint
	Parts []Comparison
}

// An Op is a comparison operator.
// STIX 2.1, 9.6.1
type Op string

// The comparison operators in their canonical spelling.
const (
	Equal          Op = "="
	NotEqual       Op = "!="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
	Less           Op = "<"
	LessOrEqual    Op = "<="
	In             Op = "IN"
	Like           Op = "LIKE"
	Matches        Op = "MATCHES"
	IsSubset       Op = "ISSUBSET"
	IsSuperset     Op = "ISSUPERSET"
)

// A Path names a property: Type ':' Steps, the first of which is always a key.
// STIX 2.1, 9.7
type Path struct {
	Type  string
	Steps []Step
}

// A Step is a key, an index into a list, or [*] for any element.
type Step struct {
	Kind  StepKind
	Key   string // for Key
	Index int64  // for Index; a negative index is grammatical
}

// A StepKind says which of the three a Step is.
type StepKind uint8

// The kinds of steps.
const (
	Key StepKind = iota
	Index
	Any
)

// A Literal is String, Int, Float, Bool, Hex, Binary or Timestamp.
// STIX 2.1, 9.2
type Literal interface {
	text(b []byte) []byte
}

// String is a string literal without its quotes and escapes.
type String string

// Int is a 64-bit integer literal.
type Int int64

// Float is a finite double.
type Float float64

// Bool is true or false.
type Bool bool

// Hex holds the bytes of h'…'.
type Hex string

// Binary holds the bytes of b'…'.
type Binary string

// Timestamp is the text between the quotes of t'…', a date that exists; all
// digits of the fraction are kept.
type Timestamp string

// Time gives the instant; digits beyond nanoseconds are cut off, and a leap
// second reads as the second after it.
func (t Timestamp) Time() time.Time {
	at, _ := readTimestamp(string(t))
	return at
}

// Offset implements Observation.
func (o *Observe) Offset() int { return o.At }

// Offset implements Observation.
func (s *Sequence) Offset() int { return s.At }

// Offset implements Observation.
func (q *Qualified) Offset() int { return q.At }

// Offset implements Comparison.
func (t *Test) Offset() int { return t.At }

// Offset implements Comparison.
func (e *Exists) Offset() int { return e.At }

// Offset implements Comparison.
func (g *Group) Offset() int { return g.At }

func (*Observe) observation()   {}
func (*Sequence) observation()  {}
func (*Qualified) observation() {}
func (*Test) comparison()       {}
func (*Exists) comparison()     {}
func (*Group) comparison()      {}
