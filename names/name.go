package names

// Bounds of what is read of one name, so that hostile input costs no more than a long name.
const (
	maxText   = 1024 // bytes
	maxParts  = 12
	maxSounds = 32
)

// A Kind says whether a name is a person's or an organisation's.
type Kind string

// The kinds of names.
const (
	Person       Kind = "person"
	Organisation Kind = "organisation"
)

// A Role is what a part does in its name.
type Role string

// Roles of parts. Titles, legal forms and the particles of a part carry no
// identity by themselves.
const (
	Word    Role = "word"    // a given name, a father's, a family's; the stem of an organisation
	Initial Role = "initial" // one letter
	Title   Role = "title"   // Dr, السيد, Hadj
	Legal   Role = "legal"   // SARL, A.Ş., ش.م.م
	Concept Role = "concept" // bank, trade, a city: a word that languages translate
	Number  Role = "number"
)

// A Particle is what stands before or behind a stem within one part.
type Particle string

// Particles of parts.
const (
	None    Particle = ""
	Article Particle = "article" // ال, El, Al, er-
	Child   Particle = "child"   // بن, Ben, bin, bint, Ould, Mint
	Servant Particle = "servant" // عبد, Abd el-, Abdul
	OfGod   Particle = "god"     // عبد الله
	Faith   Particle = "faith"   // الدين, -eddine, -ettin
	Parent  Particle = "parent"  // أبو, Abu, Abou, Umm
)

// A Part is one unit of a name: عبد الرحمن is one, and so are Ben Ali and Karaloğlu.
type Part struct {
	Text     string // as it was written
	Script   Script
	Role     Role
	Particle Particle
	Value    string // the concept, legal form, number or initial that it stands for

	readings []reading
}

// A reading is one way to hear a part: Benali is one word, or ben and Ali.
type reading struct {
	particle Particle
	joined   bool // the particle was found inside a word
	sounds   []sound
	abjad    bool
	known    int // a well-known name of which it is a spelling, 0 for none
}

// A Name is a text read as parts. The zero Name matches nothing.
type Name struct {
	Text  string
	Kind  Kind
	Parts []Part // in reading order; the family first where a comma said so is moved to the end
	Comma bool   // the order is known, from a comma
	Cut   bool   // longer than what is read
	Born  Born   // uncertain date of birth; the zero value is unknown
}

// words are the parts that identify.
func (n Name) words() []Part {
	var out []Part
	for _, p := range n.Parts {
		if p.Role != Title && p.Role != Legal {
			out = append(out, p)
		}
	}
	return out
}
