package tell

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/stix"
)

// Altered is a record changed by hand, past the program.
type Altered struct {
	Org      mithaq.OrgID // whose record
	With     mithaq.OrgID // who sent what it tells of
	Log      string       // its name
	Entry    int          // its index, from 0
	At       time.Time    // when that was sent
	Was, Now int          // how many objects crossed, as it said and says
}

// Altered prints what the cheat did.
func (s *Story) Altered(a Altered) {
	s.Say("demo.altered", s.name(a.Org), a.Entry, a.Log)
	s.Say("demo.altered-what", s.name(a.With), a.Was, say.Text(clock(a.At)), a.Now)
}

// Flipped is one bit of an object's bytes changed by hand.
type Flipped struct {
	Org  mithaq.OrgID // in whose store
	From mithaq.OrgID // who gave the object
	ID   stix.ID
}

// Flipped prints it.
func (s *Story) Flipped(f Flipped) {
	s.line("")
	s.Say("demo.flipped", s.name(f.Org), s.name(f.From), short(string(f.ID)))
}

// A Difference is what a check found in one entry of one log.
type Difference struct {
	Log     string
	Entry   int          // its index, from 0
	Noticed mithaq.OrgID // who holds another
}

// A Fault is what a check by itself found: an entry of a log, an object in the
// store, or an object against the envelope it came in.
type Fault struct {
	Log      string
	Entry    int
	Item     stix.ID
	Envelope stix.ID
	Partner  mithaq.OrgID // of the envelope
	Text     string       // in the check's own words, where it is none of these
}

// Verified is the outcome of one organisation's check of its records, with a
// partner or, where With is empty, by themselves.
type Verified struct {
	Org         mithaq.OrgID
	With        mithaq.OrgID
	Entries     int
	Differences []Difference
	Faults      []Fault
}

func (v *Verified) faults() int { return len(v.Differences) + len(v.Faults) }

// Checked prints what the checks found, and who noticed.
func (s *Story) Checked(checks []Verified) {
	found := 0
	for _, v := range checks {
		s.verified(v)
		found += v.faults()
	}
	if found == 0 {
		s.Bad(s.T("demo.unnoticed"))
		return
	}
	s.Say("demo.noticed")
}

// Found prints what a check of a store found.
func (s *Story) Found(v Verified) {
	if v.faults() == 0 {
		s.Bad(s.T("demo.unnoticed"))
		return
	}
	s.verified(v)
}

// Restored prints that the record is as it was.
func (s *Story) Restored(checks []Verified) {
	s.line("")
	s.Say("demo.restored")
	for _, v := range checks {
		s.verified(v)
	}
}

func (s *Story) verified(v Verified) {
	switch {
	case v.faults() == 0 && v.With == "":
		s.Good(s.N("demo.own-good", v.Entries, s.name(v.Org)))
	case v.faults() == 0:
		s.Good(s.N("demo.same", v.Entries, s.name(v.Org), s.name(v.With)))
	case v.With == "":
		s.Bad(s.N("demo.own-bad", v.faults(), s.name(v.Org)))
	default:
		s.Bad(s.N("demo.differs", len(v.Differences), s.name(v.Org), s.name(v.With)))
	}
	for _, d := range v.Differences {
		s.para(bold, "    ", s.altered(d))
	}
	for i := range v.Faults {
		s.para(bold, "    ", s.fault(&v.Faults[i]))
	}
}

func (s *Story) altered(d Difference) string {
	if d.Noticed == "" {
		return s.T("demo.entry", d.Entry, d.Log)
	}
	return s.T("verify.altered", d.Entry, d.Log, s.name(d.Noticed))
}

func (s *Story) fault(f *Fault) string {
	switch {
	case f.Envelope != "" && f.Item == "":
		return s.T("demo.fault.message", short(string(f.Envelope)), s.name(f.Partner))
	case f.Envelope != "":
		return s.T("demo.fault.envelope", short(string(f.Item)), short(string(f.Envelope)), s.name(f.Partner))
	case f.Item != "":
		return s.T("demo.fault.item", short(string(f.Item)))
	case f.Log != "":
		return s.T("demo.entry", f.Entry, f.Log)
	}
	return s.Iso(f.Text)
}
