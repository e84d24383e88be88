package mispapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
)

// indexEvents lists events without what they hold. The minimal form is what a
// server that pulls compares with what it has; it carries an ETag, so that a pull
// with nothing new is one request.
func (c *call) indexEvents() error {
	f, err := c.readFilter()
	if err != nil {
		return err
	}
	minimal := c.flag("minimal")
	rows := []*misp.Record{}
	err = c.look(func(l *gate.Look) error {
		return eachBox(l, func(b *box) error {
			e, err := c.indexed(l, f, b)
			if err != nil || e == nil {
				return err
			}
			l.Gave(b.Seen)
			if minimal {
				e = short(e)
			}
			rows = append(rows, e)
			return nil
		})
	})
	if err != nil {
		return err
	}
	if err := c.sort(rows); err != nil {
		return err
	}
	rows = paged(rows, f)
	if minimal && c.unchanged(rows) {
		return nil
	}
	c.w.Header().Set("X-Result-Count", strconv.Itoa(len(rows)))
	return c.ok(rows)
}

// indexed is the line of an event that fits, nil for another.
func (c *call) indexed(l *gate.Look, f *filter, b *box) (*misp.Record, error) {
	head, err := b.head()
	if err != nil {
		return nil, err
	}
	e := &head.Record
	if !f.fitsEvent(e, b, true) {
		return nil, nil
	}
	if f.byAttribute() && !f.fitsAlone(e) {
		if h, err := f.eventOf(l, b); err != nil || h == nil {
			return nil, err
		}
	}
	c.s.headOf(b, e)
	tags := list(e, "Tag")
	each := make([]*misp.Record, len(tags))
	for i, t := range tags {
		each[i] = new(misp.Record)
		each[i].Set("Tag", t.AppendJSON(nil))
	}
	e.SetRecords("EventTag", each)
	for _, name := range []string{"Tag", "Attribute", "Object", "EventReport", "Galaxy", "ShadowAttribute"} {
		e.Delete(name)
	}
	return e, nil
}

func short(e *misp.Record) *misp.Record {
	out := new(misp.Record)
	for _, name := range []string{"id", "timestamp", "published", "uuid"} {
		if raw := e.Raw(name); raw != nil {
			out.Set(name, raw)
		}
	}
	out.SetText("sighting_timestamp", "0")
	out.SetText("orgc_uuid", e.Record("Orgc").Text("uuid"))
	return out
}

func (c *call) sort(rows []*misp.Record) error {
	by := cmp.Or(c.param("sort"), "id")
	if !slices.Contains([]string{"id", "date", "timestamp", "publish_timestamp", "info", "uuid", "threat_level_id", "analysis", "distribution"}, by) {
		return bad("sort: %.40q is none that is served here.", by)
	}
	slices.SortStableFunc(rows, func(a, b *misp.Record) int {
		x, y := a.Text(by), b.Text(by)
		if isNumber(x) && isNumber(y) {
			return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
		}
		return cmp.Compare(x, y)
	})
	if strings.EqualFold(c.param("direction"), "desc") {
		slices.Reverse(rows)
	}
	return nil
}

func paged(rows []*misp.Record, f *filter) []*misp.Record {
	if f.limit == 0 {
		return rows
	}
	from := min(len(rows), max(0, f.page-1)*f.limit)
	return rows[from:min(len(rows), from+f.limit)]
}

// unchanged answers whoever has this list already. RFC 9110, 13.1.2
func (c *call) unchanged(rows []*misp.Record) bool {
	sum := sha256.New()
	for _, r := range rows {
		_, _ = sum.Write(r.AppendJSON(nil))
	}
	tag := fmt.Sprintf("%q", hex.EncodeToString(sum.Sum(nil)[:16]))
	c.w.Header().Set("ETag", tag)
	for have := range strings.SplitSeq(c.r.Header.Get("If-None-Match"), ",") {
		if have = strings.TrimPrefix(strings.TrimSpace(have), "W/"); have == tag {
			c.w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// eventsWanted tells a server that wants to push which of its events are newer than
// ours, or not here.
func (c *call) eventsWanted() error {
	sent, err := c.listSent()
	if err != nil {
		return err
	}
	wanted := []string{}
	_, err = c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) error {
		for _, one := range sent {
			if inner := one.Record("Event"); inner != nil {
				one = inner
			}
			newer, err := isNewer(l, one)
			if err != nil {
				return err
			}
			if newer {
				wanted = append(wanted, one.Text("uuid"))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.ok(wanted)
}

func isNewer(l *gate.Look, e *misp.Record) (bool, error) {
	if !isUUID(e.Text("uuid")) {
		return false, bad("uuid: want a UUID, have %.40q.", e.Text("uuid"))
	}
	b, err := boxOf(l.Last, e.Text("uuid"))
	if err != nil || b == nil {
		there, fault := boxes(l.Whole, e.Text("uuid")) // what was deleted is not taken again
		return err == nil && len(there) == 0, orElse(err, fault)
	}
	head, err := b.head()
	if err != nil {
		return false, err
	}
	ours := head.Text("timestamp")
	return later(ours, e.Text("timestamp")) != ours, nil
}

func orElse(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
