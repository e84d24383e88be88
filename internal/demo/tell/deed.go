package tell

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// A Deed is one entry of a node's log, as a reader tells it.
type Deed struct {
	At     time.Time
	By     *Person // nil where a tool or the node itself did it
	Tool   string  // its name
	Did    string  // a key of demo.deed: accept, sign, import, ...
	Count  int     // of objects
	With   mithaq.OrgID
	Text   string // a file, a reason, an id
	Reason string // why something was taken back
}

// who is who did it: a first name, a tool, or the node.
func (s *Story) who(d *Deed) string {
	switch {
	case d.Did == "cut", d.Did == "heal":
		return s.T("demo.line")
	case d.By != nil:
		return string(s.first(*d.By))
	case d.Tool != "":
		return s.T("demo.tool", d.Tool)
	}
	return s.T("demo.node")
}

// did says what was done, in words.
func (s *Story) did(d *Deed) string {
	with := say.Text("")
	if d.With != "" {
		with = s.name(d.With)
	}
	text := say.Text(s.Iso(short(d.Text)))
	if d.Reason != "" {
		text = say.Text(s.T("demo.because." + d.Reason))
	}
	return s.N("demo.deed."+d.Did, d.Count, with, text)
}
