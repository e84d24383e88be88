package mispapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
)

// uuidOfEvent is the UUID of the event that an argument names: by its UUID or number.
func uuidOfEvent(l *gate.Look, arg string) (string, error) {
	if isUUID(arg) {
		return strings.ToLower(arg), nil
	}
	id, err := l.Numbered(arg)
	if err != nil || id.Type() != "grouping" && id.Type() != "report" {
		return "", errors.Join(err, absent("event"))
	}
	return id.UUID(), nil
}

// addEvent takes a new event in.
func (c *call) addEvent() error {
	if _, err := c.source(); err != nil {
		return err
	}
	in, err := c.readEvent()
	if err != nil {
		return err
	}
	defer in.whole.Close()
	uuid := in.head.Text("uuid")
	done, err := c.alone(uuid)
	if err != nil {
		return err
	}
	defer done()
	if err := c.unknown(uuid); err != nil {
		return err
	}
	r, err := in.whole.reader()
	if err != nil {
		return err
	}
	objects, _ := misp.Stream(r, misp.Limits{Record: maxRecord}, convert)
	k, err := c.keep(objects, nil)
	if err != nil {
		return err
	}
	return c.saved(in.head, k, in.faults)
}

// unknown refuses an event that is here, or was.
func (c *call) unknown(uuid string) error {
	var there []box
	var seen *box
	_, err := c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) (err error) {
		if there, err = boxes(l.Whole, uuid); err != nil {
			return err
		}
		seen, err = boxOf(l.Last, uuid)
		return err
	})
	switch {
	case err != nil || len(there) == 0:
		return err
	case seen != nil:
		return unsaved("add Event", map[string][]string{"uuid": {"Event already exists, if you would like to edit it, use events/edit/" + uuid}})
	}
	return unsaved("add Event", map[string][]string{"uuid": {"Event blocked: this UUID was deleted or is not for this token. A deletion is for good."}})
}

// saved answers with an event as it is held now, and what of it was not kept.
func (c *call) saved(sent *misp.Record, k *keeping, faults map[string][]string) error {
	all := merged(faults, k.refused)
	err := c.answerEvent(sent.Text("uuid"), all)
	if f, ok := errors.AsType[*fault](err); !ok || f.status != http.StatusNotFound {
		return err
	}
	body := map[string]any{"Event": sent} // kept, and not for this token to read: it is told what it sent itself
	if len(all) > 0 {
		body["errors"] = all
	}
	return c.ok(body)
}

// answerEvent answers with one event, one record in memory at a time.
func (c *call) answerEvent(arg string, faults map[string][]string) error {
	return c.answer(inJSON, func(l *gate.Look, a *answer) error {
		uuid, err := uuidOfEvent(l, arg)
		if err != nil {
			return err
		}
		b, err := boxOf(l.Last, uuid)
		if err != nil || b == nil {
			return orAbsent(err, "event")
		}
		_, _ = a.out.WriteString(`{"Event":`)
		if err := c.writeEvent(l, a, b); err != nil {
			return err
		}
		if len(faults) > 0 {
			raw, err := json.Marshal(faults, json.Deterministic(true))
			if err != nil {
				return err
			}
			_, _ = a.out.WriteString(`,"errors":` + string(raw))
		}
		return a.out.WriteByte('}')
	})
}

// event is an event as the caller may read it, with the numbers of our rows.
func (c *call) event(arg string) (rec *misp.Record, err error) {
	err = c.look(func(l *gate.Look) error {
		uuid, err := uuidOfEvent(l, arg)
		if err != nil {
			return err
		}
		h, err := load(l.Last, uuid)
		if err != nil {
			return err
		}
		if h == nil {
			return absent("event")
		}
		l.Gave(h.gave()...)
		rec = c.shown(h)
		return nil
	})
	return rec, err
}

// viewEvent answers with one event. HEAD asks whether it is there.
func (c *call) viewEvent() error {
	if _, err := c.body(); err != nil {
		return err
	}
	if c.r.Method == http.MethodHead {
		return c.isThere()
	}
	return c.answerEvent(c.path.arg(0), nil)
}

// isThere answers HEAD.
func (c *call) isThere() error {
	err := c.look(func(l *gate.Look) error {
		uuid, err := uuidOfEvent(l, c.path.arg(0))
		if err != nil {
			return err
		}
		b, err := boxOf(l.Last, uuid)
		if err != nil || b == nil {
			return orAbsent(err, "event")
		}
		l.Gave(b.Seen)
		return nil
	})
	if err != nil {
		return err
	}
	return c.ok(map[string]bool{"exists": true})
}

// A changer changes an event that is loaded, and tells what it could not.
type changer func(h *held, d *drafting) error

// change edits an event under its lock: it is loaded as the node holds it, since
// what the caller may not see stays in it, and written back where it changed.
func (c *call) change(arg string, edit changer) (*keeping, *drafting, string, error) {
	if _, err := c.source(); err != nil {
		return nil, nil, "", err
	}
	var uuid string
	_, err := c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) (err error) {
		if uuid, err = uuidOfEvent(l, arg); err != nil {
			return err
		}
		return c.seen(l, uuid)
	})
	if err != nil {
		return nil, nil, "", err
	}
	done, err := c.alone(uuid)
	if err != nil {
		return nil, nil, "", err
	}
	defer done()
	k, d, err := c.rewrite(uuid, edit)
	return k, d, uuid, err
}

// seen refuses what the caller may not read as if it were not there.
func (c *call) seen(l *gate.Look, uuid string) error {
	b, err := boxOf(l.Last, uuid)
	if err == nil && b == nil {
		return absent("event")
	}
	return err
}

func (c *call) rewrite(uuid string, edit changer) (*keeping, *drafting, error) {
	d := &drafting{now: c.s.Now()}
	var h *held
	_, err := c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) (err error) {
		if h, err = load(l.Whole, uuid); err == nil && h != nil {
			d.hidden, err = h.hidden(l)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if h == nil {
		return nil, nil, absent("event")
	}
	if err := edit(h, d); err != nil {
		return nil, nil, err
	}
	objects, _ := h.event.STIX(convert)
	old := h.gave()
	k, err := c.keep(objects, old)
	if err != nil {
		return nil, nil, err
	}
	return k, d, nil
}

// touch says that an event was changed now. A change that is not published makes
// it unpublished.
func touch(h *held, d *drafting, published bool) {
	e := &h.event.Record
	e.SetText("timestamp", later(e.Text("timestamp"), d.stamp()))
	if e.Bool("published") != published {
		e.Set("published", []byte(map[bool]string{true: "true", false: "false"}[published]))
	}
}

// later is the later of two times in seconds; a record's time never goes back.
func later(a, b string) string {
	if len(a) > len(b) || len(a) == len(b) && a > b {
		return a
	}
	return b
}

// editEvent merges what is sent into an event.
func (c *call) editEvent() error {
	in, err := c.unwrapped("Event")
	if err != nil {
		return err
	}
	arg := c.path.arg(0)
	if arg == "" {
		arg = in.Text("uuid")
	}
	k, d, uuid, err := c.change(arg, func(h *held, d *drafting) error { return merge(h, d, in) })
	if err != nil {
		return err
	}
	in.SetText("uuid", uuid)
	return c.saved(in, k, d.faults)
}

func (c *call) publishEvent() error { return c.setPublished(true) }

func (c *call) unpublishEvent() error { return c.setPublished(false) }

func (c *call) setPublished(to bool) error {
	_, _, _, err := c.change(c.path.arg(0), func(h *held, d *drafting) error {
		e := &h.event.Record
		if to {
			e.SetText("publish_timestamp", later(e.Text("publish_timestamp"), d.stamp()))
		}
		e.Set("published", []byte(map[bool]string{true: "true", false: "false"}[to]))
		return nil
	})
	if err != nil {
		return err
	}
	word := map[bool]string{true: "Job queued", false: "Event unpublished."}[to]
	return c.ok(map[string]any{"saved": true, "success": true, "name": word, "message": word, "url": c.r.URL.Path, "id": c.path.arg(0)})
}

// deleteEvent revokes everything that an event holds.
func (c *call) deleteEvent() error {
	if _, err := c.source(); err != nil {
		return err
	}
	var h *held
	_, err := c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) error {
		uuid, err := uuidOfEvent(l, c.path.arg(0))
		if err == nil {
			err = c.seen(l, uuid)
		}
		if err == nil {
			h, err = load(l.Whole, uuid)
		}
		return err
	})
	if err != nil {
		return err
	}
	done, err := c.alone(h.box.Ref.ID.UUID())
	if err != nil {
		return err
	}
	defer done()
	k, err := c.withdraw(h)
	if err != nil {
		return err
	}
	if len(k.refused) > 0 {
		return unsaved("delete Event", k.refused)
	}
	return c.ok(map[string]any{"saved": true, "success": true, "name": "Event deleted.", "message": "Event deleted.", "url": c.r.URL.Path})
}
