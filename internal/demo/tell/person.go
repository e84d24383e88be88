package tell

import (
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// A Person is somebody at a desk. Their own desk knows their name, partners the
// pseudonym.
type Person struct {
	Org  mithaq.OrgID
	Seat scene.Seat
	ID   mithaq.PersonID
}

// first is what their desk calls somebody; the pseudonym of whom we do not know.
func (s *Story) first(p Person) say.Text {
	if name := scene.FirstName(p.Org, p.Seat, s.Lang()); name != "" {
		return say.Text(name)
	}
	return say.Text(s.Iso(short(string(p.ID))))
}

// full is somebody with what they do: "Elif, analyst of Anatolia".
func (s *Story) full(p Person) say.Text {
	if p.Seat == "" {
		return s.first(p)
	}
	return say.Text(s.T("demo.seat."+string(p.Seat), s.first(p), s.name(p.Org)))
}

// both lists persons of one desk as one says it.
func (s *Story) both(people []Person) string {
	said := say.Text("")
	for i, p := range people {
		if i == 0 {
			said = s.first(p)
			continue
		}
		said = say.Text(s.T("demo.and", said, s.first(p)))
	}
	return string(said)
}

// whole keeps a text on one line.
func whole(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

// clock writes a time of day, where the day is known.
func clock(t time.Time) string { return whole(t.UTC().Format("15:04 MST")) }
