package names

// A Rule names why two parts were found alike or not. Rules are codes: a page has
// a sentence for each.
type Rule string

// Rules of parts.
const (
	RuleSame       Rule = "same"        // every sound is the same
	RuleSpelling   Rule = "spelling"    // habits of one script
	RuleScript     Rule = "script"      // from one script to another
	RuleKnown      Rule = "known"       // well-known spellings of one name
	RuleKnownApart Rule = "known-apart" // well-known spellings of two names
	RuleParticle   Rule = "particle"    // but for El, Ben, -eddine
	RuleInitial    Rule = "initial"     // a letter and a name that begins with it
	RuleJoined     Rule = "joined"      // one word on one side, two on the other
	RuleMissing    Rule = "missing"     // one side lacks the part
	RuleDifferent  Rule = "different"   // not the same part
	RuleConcept    Rule = "concept"     // one word in two languages
	RuleNumber     Rule = "number"      // numbers, which must be equal
)

// Rules of whole names.
const (
	RuleOrder      Rule = "order"       // the family stands first on one side
	RuleFew        Rule = "few-parts"   // one side is a single part
	RuleBoth       Rule = "both-differ" // each side has a part that the other lacks
	RuleKind       Rule = "kind"        // a person and an organisation
	RuleBornSame   Rule = "born-same"
	RuleBornNear   Rule = "born-near"
	RuleBornDiffer Rule = "born-differ"
)

// An Alignment is a part of a, a part of b, or both, and what they contribute.
type Alignment struct {
	A      string  `json:"a,omitempty"` // as written; empty where a side lacks the part
	B      string  `json:"b,omitempty"`
	Like   float64 `json:"like"`   // likeness of the two, 0 to 1
	Factor float64 `json:"factor"` // what the score was multiplied by
	Rule   Rule    `json:"rule"`
}

// A Factor multiplied the score for a reason that concerns the whole name.
type Factor struct {
	Rule  Rule    `json:"rule"`
	Value float64 `json:"value"`
}

// An Explanation says how a score came about: it is the product of all its
// factors, except that agreeing dates of birth raise it.
type Explanation struct {
	Parts   []Alignment `json:"parts"`
	Factors []Factor    `json:"factors,omitempty"`
}

// turned is the explanation of b against a.
func (e Explanation) turned() Explanation {
	for i, p := range e.Parts {
		e.Parts[i].A, e.Parts[i].B = p.B, p.A
	}
	return e
}
