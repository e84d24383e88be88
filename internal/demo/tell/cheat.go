package tell

import "github.com/mithaq-hub/mithaq"

// Altered is a record changed by hand, past the program.
type Altered struct {
	Org   mithaq.OrgID // whose record
	With  mithaq.OrgID // of the lane with whom
	Log   string       // its name
	Entry int          // its index, from 0
}

// Altered prints what the cheat did.
func (s *Story) Altered(a Altered) {
	s.Say("demo.altered", s.name(a.Org), a.Entry, a.Log, s.name(a.With))
}

// A Difference is what a check found in one entry of one log.
type Difference struct {
	Log     string
	Entry   int          // its index, from 0
	Noticed mithaq.OrgID // who holds another
}

// Verified is the outcome of one organisation's check of its records, with a
// partner or, where With is empty, by themselves.
type Verified struct {
	Org         mithaq.OrgID
	With        mithaq.OrgID
	Entries     int
	Differences []Difference
	Faults      []string // what a check by itself found, in its own words
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
	for _, fault := range v.Faults {
		s.Aside(s.Iso(fault))
	}
}

func (s *Story) altered(d Difference) string {
	if d.Noticed == "" {
		return s.T("demo.entry", d.Entry, d.Log)
	}
	return s.T("verify.altered", d.Entry, d.Log, s.name(d.Noticed))
}
