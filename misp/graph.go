package misp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// A graph is what findings make: one cyber-observable object for each type
// that a path starts at, and one for each reference on the way.
type graph struct {
	uuid  string // for the ids of the objects at the start of paths
	nodes []*node
}

type node struct {
	typ   string
	id    stix.ID
	props dict
}

// A dict is an object of JSON in the order in which it is filled. Values are
// string, int64, bool, stix.ID, *dict and []any.
type dict struct {
	names  []string
	values []any
}

func (d *dict) at(name string) any {
	if i := slices.Index(d.names, name); i >= 0 {
		return d.values[i]
	}
	return nil
}

func (d *dict) set(name string, v any) {
	if i := slices.Index(d.names, name); i >= 0 {
		d.values[i] = v
		return
	}
	d.names = append(d.names, name)
	d.values = append(d.values, v)
}

// graphOf builds the objects that hold the findings. It is false where a value
// does not suit its place.
func graphOf(uuid string, all []finding) (*graph, bool) {
	g := &graph{uuid: uuid}
	for _, f := range all {
		root := g.root(f.at.sco)
		if !g.put(&root.props, f.at.steps, f) {
			return nil, false
		}
	}
	for _, n := range g.nodes {
		n.complete()
	}
	g.join()
	return g, true
}

// root is the object that paths of this type start at.
func (g *graph) root(typ string) *node {
	for _, n := range g.nodes {
		if n.typ == typ && n.id.UUID() == g.uuid {
			return n
		}
	}
	return g.add(typ, g.uuid)
}

// add makes an object; where the id is taken, one that is derived from it.
func (g *graph) add(typ, uuid string) *node {
	id := stix.ID(typ + "--" + uuid)
	for i := 2; g.has(id); i++ {
		id = stix.ID(typ + "--" + uuid5(uuid, typ, strconv.Itoa(i)))
	}
	n := &node{typ: typ, id: id}
	g.nodes = append(g.nodes, n)
	return n
}

func (g *graph) has(id stix.ID) bool {
	return slices.ContainsFunc(g.nodes, func(n *node) bool { return n.id == id })
}

func (g *graph) put(d *dict, steps []step, f finding) bool {
	s := steps[0]
	switch {
	case len(steps) == 1:
		return putValue(d, s, f)
	case s.ref():
		return g.put(g.follow(d, s, f), steps[1:], f)
	case s.many:
		return g.put(firstItem(d, s.name), steps[1:], f)
	}
	inner, ok := d.at(s.name).(*dict)
	if !ok {
		inner = new(dict)
		d.set(s.name, inner)
	}
	return g.put(inner, steps[1:], f)
}

// hives are short names of parts of the registry. STIX wants them in full.
// STIX 2.1, 6.17
var hives = map[string]string{
	"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT",
	"HKU": "HKEY_USERS", "HKCC": "HKEY_CURRENT_CONFIG",
}

// fullKey spells out the hive of a registry key.
func fullKey(key string) string {
	short, rest, ok := strings.Cut(key, `\`)
	if long := hives[strings.ToUpper(short)]; ok && long != "" {
		return long + `\` + rest
	}
	return key
}

func putValue(d *dict, s step, f finding) bool {
	var v any = f.value
	if f.at.isWhole() {
		n, err := strconv.ParseInt(f.value, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != f.value {
			return false
		}
		v = n
	}
	if !s.many {
		free := d.at(s.name) == nil
		d.set(s.name, v)
		return free // two values for one place do not fit
	}
	list, _ := d.at(s.name).([]any)
	d.set(s.name, append(list, v))
	return true
}

// firstItem is the object at the start of a list.
func firstItem(d *dict, name string) *dict {
	if list, ok := d.at(name).([]any); ok {
		return list[0].(*dict)
	}
	item := new(dict)
	d.set(name, []any{item})
	return item
}

// follow makes the object that a reference leads to.
func (g *graph) follow(d *dict, s step, f finding) *dict {
	if id, ok := d.at(s.name).(stix.ID); ok && !s.many {
		i := slices.IndexFunc(g.nodes, func(n *node) bool { return n.id == id })
		return &g.nodes[i].props
	}
	n := g.add(refType(s.name, f.value), f.uuid)
	if s.many {
		list, _ := d.at(s.name).([]any)
		d.set(s.name, append(list, n.id))
	} else {
		d.set(s.name, n.id)
	}
	return &n.props
}

// refType is the type of object that a reference of this name leads to.
func refType(name, value string) string {
	switch name {
	case "from_ref", "sender_ref", "to_refs", "cc_refs", "bcc_refs":
		return "email-addr"
	case "content_ref", "raw_email_ref":
		return "artifact"
	case "parent_directory_ref":
		return "directory"
	case "body_raw_ref", "image_ref":
		return "file"
	case "creator_user_ref":
		return "user-account"
	}
	return hostType(value)
}

// complete adds what the standard asks of every object of a type.
// STIX 2.1, 6.6 / STIX 2.1, 6.12
func (n *node) complete() {
	switch n.typ {
	case "network-traffic":
		if n.props.at("protocols") == nil {
			n.props.set("protocols", []any{"tcp"})
		}
		n.lowerProtocols()
	case "email-message":
		n.props.set("is_multipart", n.props.at("body_multipart") != nil)
	case "process":
		n.wholeProcess()
	}
}

func (n *node) lowerProtocols() {
	list, _ := n.props.at("protocols").([]any)
	for i, p := range list {
		if s, ok := p.(string); ok {
			list[i] = strings.ToLower(s)
		}
	}
}

func (n *node) wholeProcess() {
	if v, ok := n.props.at("is_hidden").(string); ok {
		n.props.set("is_hidden", v == "1" || strings.EqualFold(v, "true"))
	}
}

// join makes network traffic without an end go to the host that stands beside it.
func (g *graph) join() {
	var host, traffic *node
	for _, n := range g.nodes {
		switch n.typ {
		case "domain-name", "ipv4-addr", "ipv6-addr":
			host = n
		case "network-traffic":
			traffic = n
		}
	}
	if host == nil || traffic == nil || traffic.props.at("dst_ref") != nil || traffic.props.at("src_ref") != nil {
		return
	}
	traffic.props.set("dst_ref", host.id)
}
