package mispapi

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
)

// tagArgs are what record is tagged, and the tag: in the body, or in the URL as
// MISP takes them too.
func (c *call) tagArgs() (uuid, name string, err error) {
	rec, err := c.body()
	if err != nil {
		return "", "", err
	}
	uuid, name = rec.Text("uuid"), rec.Text("tag")
	if uuid == "" {
		uuid = c.path.arg(0)
	}
	if name == "" {
		name = c.path.arg(1)
	}
	if !isUUID(uuid) {
		return "", "", bad("uuid: want the UUID of an event or attribute.")
	}
	if name = strings.TrimSpace(name); name == "" {
		return "", "", bad("tag: want the name of a tag.")
	}
	return uuid, name, nil
}

func (c *call) attachTag() error {
	uuid, name, err := c.tagArgs()
	if err != nil {
		return err
	}
	item := new(misp.Record)
	item.SetText("name", name)
	for _, extra := range []string{"local", "relationship_type"} {
		if v := c.asks.Raw(extra); v != nil && v.Kind() != 'n' && string(v) != "false" {
			item.Set(extra, v)
		}
	}
	return c.retag(uuid, name, "attached to", func(rec *misp.Record) bool { return tag(rec, item) })
}

func (c *call) removeTag() error {
	uuid, name, err := c.tagArgs()
	if err != nil {
		return err
	}
	return c.retag(uuid, name, "removed from", func(rec *misp.Record) bool { return untag(rec, name) })
}

// retag changes the tags of an event or attribute.
func (c *call) retag(uuid, name, did string, change func(*misp.Record) bool) error {
	kind := ""
	_, err := c.edit("target", uuid, func(f *found, h *held, d *drafting) error {
		kind = f.kind
		if kind != "Event" && kind != "Attribute" {
			return absent("target")
		}
		if !change(f.rec) {
			return nil
		}
		if kind == "Attribute" {
			d.touched(f)
		}
		touch(h, d, false)
		return nil
	})
	if err != nil {
		return err
	}
	text := "Tag " + name + " successfully " + did + " " + kind + "(" + uuid + ")."
	return c.ok(map[string]any{"saved": true, "success": true, "name": text, "message": text, "url": c.r.URL.Path})
}

// tagsInSight are the tags of events that the caller may read, with how many events
// have each. Tags of attributes are with their attributes.
func (c *call) tagsInSight() (names []string, count map[string]int, err error) {
	count = map[string]int{}
	err = c.look(func(l *gate.Look) error {
		return eachBox(l, func(b *box) error {
			e, err := b.head()
			if err != nil {
				return err
			}
			l.Gave(b.Seen)
			for _, t := range list(&e.Record, "Tag") {
				count[t.Text("name")]++
			}
			return nil
		})
	})
	return slices.Sorted(maps.Keys(count)), count, err
}

func tagShown(i int, name string, events int) *misp.Record {
	t := new(misp.Record)
	t.SetText("id", strconv.Itoa(i+1))
	t.SetText("name", name)
	t.SetText("colour", "#0088cc")
	for _, m := range [][2]string{{"exportable", "true"}, {"hide_tag", "false"}, {"is_galaxy", "false"}, {"is_custom_galaxy", "false"}, {"local_only", "false"}} {
		t.Set(m[0], []byte(m[1]))
	}
	t.Set("count", []byte(strconv.Itoa(events)))
	return t
}

func (c *call) indexTags() error {
	names, count, err := c.tagsInSight()
	if err != nil {
		return err
	}
	shown := []*misp.Record{}
	for i, name := range names {
		shown = append(shown, tagShown(i, name, count[name]))
	}
	return c.ok(map[string]any{"Tag": shown})
}

func (c *call) searchTags() error {
	if _, err := c.body(); err != nil {
		return err
	}
	names, count, err := c.tagsInSight()
	if err != nil {
		return err
	}
	want := pattern(c.param("tagname"))
	if want == nil && c.path.arg(0) != "" {
		want = pattern(c.path.arg(0))
	}
	shown := []any{}
	for i, name := range names {
		if want == nil || want(name) || !c.flag("strict_tagname") && strings.Contains(strings.ToLower(name), strings.ToLower(strings.Trim(c.param("tagname"), "%"))) {
			shown = append(shown, map[string]any{"Tag": tagShown(i, name, count[name]), "Taxonomy": []string{}})
		}
	}
	return c.ok(shown)
}
