package misp

import (
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// Tags become labels, and those of the Traffic Light Protocol become markings.
// What is not marked itself is marked as its event is, since STIX does not
// pass markings on: silence must not read as permission.

// tagNames are the names of the tags of a record.
func tagNames(rec *Record) []string {
	var names []string
	for _, tag := range rec.list("Tag") {
		if name := tag.Text("name"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// tlpOf is the level that a tag names.
func tlpOf(tag string) (stix.TLP, bool) {
	name, ok := strings.CutPrefix(strings.ToLower(tag), "tlp:")
	if !ok {
		return 0, false
	}
	if name == "ex:chr" || name == "unclear" {
		return 0, false
	}
	level, err := stix.ParseTLP(name)
	return level, err == nil
}

// marked is what tags say: labels, and the strictest level.
func marked(names []string) (labels []string, level stix.TLP) {
	for _, name := range names {
		if t, ok := tlpOf(name); ok {
			level = stix.StrictestTLP(level, t)
			continue
		}
		labels = append(labels, name)
	}
	return labels, level
}

// tagsFrom are the tags that labels and a marking speak of, as MISP would list
// them at the least. A level that is the event's is not the record's own.
func tagsFrom(o *stix.Object, event stix.TLP) []*Record {
	var list []*Record
	if level, ok := o.TLP(); ok && level != event {
		list = append(list, named("tlp:"+strings.ToLower(tlpName(level))))
	}
	for _, label := range o.Labels() {
		if !strings.HasPrefix(label, labelPrefix) {
			list = append(list, named(label))
		}
	}
	return list
}

func tlpName(level stix.TLP) string {
	text, err := level.MarshalText()
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(string(text)), "tlp:")
}

func named(name string) *Record {
	tag := new(Record)
	tag.SetText("name", name)
	return tag
}

// Labels that say what a STIX object was in MISP begin so, as those of
// misp-stix do.
const labelPrefix = "misp:"

func mispLabel(name, value string) string {
	return labelPrefix + name + `="` + value + `"`
}

// labelled is the value of a label that mispLabel has made.
func labelled(o *stix.Object, name string) (string, bool) {
	prefix := labelPrefix + name + `="`
	for _, label := range o.Labels() {
		if v, ok := strings.CutPrefix(label, prefix); ok && strings.HasSuffix(v, `"`) {
			return v[:len(v)-1], true
		}
	}
	return "", false
}
