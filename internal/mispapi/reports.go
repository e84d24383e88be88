package mispapi

import (
	"github.com/mithaq-hub/mithaq/misp"
)

func (c *call) addReport() error {
	in, err := c.unwrapped("EventReport")
	if err != nil {
		return err
	}
	k, d, event, err := c.change(c.path.arg(0), func(h *held, d *drafting) error {
		e := &h.event.Record
		switch {
		case !d.report(in):
			return unsaved("add EventReport", d.faults)
		case find(e, in.Text("uuid")) != nil:
			return unsaved("add EventReport", map[string][]string{"uuid": {"A report with this UUID exists already."}})
		}
		e.SetRecords("EventReport", append(list(e, "EventReport"), in))
		touch(h, d, false)
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.kept("EventReport", in.Text("uuid"), k, d); err != nil {
		return err
	}
	return c.showReport(place{event, in.Text("uuid")})
}

func (c *call) editReport() error {
	in, err := c.unwrapped("EventReport")
	if err != nil {
		return err
	}
	in.Delete("timestamp") // a client that edits sends the old one
	p, err := c.edit("report", c.path.arg(0), func(f *found, h *held, d *drafting) error {
		if f.kind != "EventReport" {
			return absent("report")
		}
		if d.mergeOne(f.rec, in, (*drafting).mergeReport) {
			touch(h, d, false)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.showReport(p)
}

func (c *call) viewReport() error {
	p, err := c.place("report", c.path.arg(0))
	if err != nil {
		return err
	}
	return c.showReport(p)
}

func (c *call) showReport(p place) error {
	f, e, err := c.one(p)
	if err != nil {
		return err
	}
	if f.kind != "EventReport" {
		return absent("report")
	}
	return c.ok(map[string]any{"EventReport": f.rec, "Event": brief(e)})
}

// indexReports lists the reports of one event.
func (c *call) indexReports() error {
	e, err := c.event(c.param("event_id"))
	if err != nil {
		return err
	}
	shown := []any{}
	for _, r := range list(e, "EventReport") {
		shown = append(shown, map[string]*misp.Record{"EventReport": r, "Event": brief(e)})
	}
	return c.ok(shown)
}

func (c *call) deleteReport() error {
	_, err := c.edit("report", c.path.arg(0), func(f *found, h *held, d *drafting) error {
		if f.kind != "EventReport" || f.rec.Bool("deleted") {
			return absent("report")
		}
		removed(f, d)
		touch(h, d, false)
		return nil
	})
	if err != nil {
		return err
	}
	return c.ended("EventReport")
}
