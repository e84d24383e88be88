package misp

import (
	"fmt"
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// templates say for objects of MISP where the values of their attributes stand
// in STIX, by the relation of the attribute to the object. What is not listed
// is carried with the rest of the object.
var templates = makeTemplates()

func makeTemplates() map[string]map[string]path {
	all := map[string]map[string]path{}
	for name, text := range templateTexts {
		relations := map[string]path{}
		for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
			relation, at, _ := strings.Cut(strings.TrimSpace(line), " ")
			relations[relation] = parsePath(at)
		}
		all[name] = relations
	}
	return all
}

const hostRelations = `
	ip-src network-traffic:src_ref.value
	ip-dst network-traffic:dst_ref.value
	src-port network-traffic:src_port
	dst-port network-traffic:dst_port
	protocol network-traffic:protocols[*]`

var templateTexts = map[string]string{
	"asn": `
		asn autonomous-system:number
		description autonomous-system:name`,
	"cpe-asset": `
		cpe software:cpe
		product software:name
		vendor software:vendor
		version software:version
		language software:languages[*]`,
	"credential": `
		username user-account:user_id
		password user-account:credential`,
	"directory": `
		path directory:path
		path-encoding directory:path_enc`,
	"domain-ip": `
		domain domain-name:value
		ip domain-name:resolves_to_refs[*].value`,
	"email": `
		from email-message:from_ref.value
		to email-message:to_refs[*].value
		cc email-message:cc_refs[*].value
		bcc email-message:bcc_refs[*].value
		subject email-message:subject
		message-id email-message:message_id
		email-body email-message:body
		reply-to email-message:additional_header_fields.'Reply-To'
		x-mailer email-message:additional_header_fields.'X-Mailer'`,
	"file": `
		filename file:name
		md5 file:hashes.MD5
		sha1 file:hashes.'SHA-1'
		sha224 file:hashes.'SHA-224'
		sha256 file:hashes.'SHA-256'
		sha384 file:hashes.'SHA-384'
		sha512 file:hashes.'SHA-512'
		ssdeep file:hashes.SSDEEP
		tlsh file:hashes.TLSH
		vhash file:hashes.VHASH
		authentihash file:hashes.AUTHENTIHASH
		imphash file:hashes.IMPHASH
		size-in-bytes file:size
		mimetype file:mime_type
		file-encoding file:name_enc
		path file:parent_directory_ref.path`,
	"ip-port": `
		ip network-traffic:dst_ref.value
		ip-dst network-traffic:dst_ref.value
		ip-src network-traffic:src_ref.value
		src-port network-traffic:src_port
		dst-port network-traffic:dst_port
		protocol network-traffic:protocols[*]`,
	"mutex": `
		name mutex:name`,
	"netflow":            hostRelations,
	"network-connection": hostRelations,
	"network-socket":     hostRelations,
	"process": `
		pid process:pid
		command-line process:command_line
		current-directory process:cwd
		image process:image_ref.name`,
	"registry-key": `
		key windows-registry-key:key
		name windows-registry-key:values[*].name
		data windows-registry-key:values[*].data
		data-type windows-registry-key:values[*].data_type`,
	"url": `
		url url:value`,
	"user-account": `
		username user-account:account_login
		user-id user-account:user_id
		display-name user-account:display_name
		account-type user-account:account_type`,
	"x509": `
		x509-fingerprint-md5 x509-certificate:hashes.MD5
		x509-fingerprint-sha1 x509-certificate:hashes.'SHA-1'
		x509-fingerprint-sha256 x509-certificate:hashes.'SHA-256'
		issuer x509-certificate:issuer
		subject x509-certificate:subject
		serial-number x509-certificate:serial_number
		version x509-certificate:version
		signature_algorithm x509-certificate:signature_algorithm
		pubkey-info-algorithm x509-certificate:subject_public_key_algorithm`,
}

// accountTemplates are the objects that are accounts of one service.
var accountTemplates = map[string]string{
	"facebook-account": "facebook", "github-user": "github", "gitlab-user": "gitlab",
	"parler-account": "parler", "reddit-account": "reddit", "telegram-account": "telegram",
	"twitter-account": "twitter",
}

var accountRelations = map[string]path{
	"account-id": parsePath("user-account:user_id"), "id": parsePath("user-account:user_id"),
	"account-name": parsePath("user-account:account_login"), "username": parsePath("user-account:account_login"),
	"user-fullname": parsePath("user-account:display_name"), "display-name": parsePath("user-account:display_name"),
}

func (c *converter) objects() error {
	if err := c.findForeign(); err != nil {
		return err
	}
	i := 0
	for rec, err := range c.records("Object") {
		if err != nil {
			return err
		}
		if c.isForeign(rec, i) {
			err = c.foreign(rec)
		} else {
			err = c.object(rec, i)
		}
		if err != nil {
			return err
		}
		i++
	}
	return nil
}

func (c *converter) object(rec *Record, position int) error {
	it := c.item(rec, "Object", position, "", "timestamp")
	if err := c.objectLevel(it); err != nil {
		return err
	}
	parts := rec.list("Attribute")
	for _, form := range []func(*item, []*Record) *draft{c.objectForm, c.namedObject, c.customObject} {
		d := form(it, parts)
		if d == nil {
			continue
		}
		done, err := c.publish(d, it)
		if err != nil {
			return err
		}
		if done {
			return c.objectParts(it, parts, d.id)
		}
	}
	return fmt.Errorf("misp: object %d: it cannot be written as STIX", position)
}

// objectLevel marks an object as strictly as its strictest attribute: objects
// have no tags of their own.
func (c *converter) objectLevel(it *item) error {
	for _, part := range it.rec.list("Attribute") {
		if !part.Has("Tag") {
			continue
		}
		_, level := marked(tagNames(part))
		it.level = stix.StrictestTLP(it.level, level)
	}
	return c.mark(it.level)
}

// objectParts makes the attributes of an object known, for what refers to them.
func (c *converter) objectParts(it *item, parts []*Record, id stix.ID) error {
	for _, part := range parts {
		if uuid := part.Text("uuid"); uuid != "" && c.anchors[uuid] == "" {
			c.anchors[uuid] = id
		}
		c.link(part, id, it)
		if err := c.galaxies(part, id); err != nil {
			return err
		}
	}
	return nil
}

func (it *item) objectLabels() []string {
	return []string{
		mispLabel("name", it.rec.Text("name")),
		mispLabel("meta-category", it.rec.Text("meta-category")),
	}
}

// objectForm is an indicator, where an attribute is for detection, or an
// observation, of the values that the template has places for.
func (c *converter) objectForm(it *item, parts []*Record) *draft {
	all, detect := objectFindings(it, parts)
	if len(all) == 0 {
		return nil
	}
	if !detect {
		return c.objectObservation(it, all)
	}
	text := patternOf(all)
	if !isPattern(text) {
		return nil
	}
	d := new(draft)
	d.id = c.open(&d.o, it, "indicator")
	d.o.some("description", it.rec.Text("comment"))
	d.o.text("pattern", text)
	d.o.text("pattern_type", "stix")
	d.o.text("pattern_version", "2.1")
	d.o.text("valid_from", it.at.Format(toSeconds))
	c.phase(&d.o, it.rec.Text("meta-category"))
	d.o.marks(it, it.objectLabels()...)
	if c.beside(it) {
		c.besideIndicator(d, it, all)
	}
	return d
}

func (c *converter) objectObservation(it *item, all []finding) *draft {
	sides, refs, ok := c.observables(it, all)
	if !ok {
		return nil
	}
	d := &draft{sides: sides}
	d.id = c.observed(&d.o, it, refs)
	d.o.marks(it, it.objectLabels()...)
	return d
}

// objectFindings are the values that the object's template has places for.
func objectFindings(it *item, parts []*Record) (all []finding, detect bool) {
	name := it.rec.Text("name")
	relations := templates[name]
	if service, ok := accountTemplates[name]; ok {
		relations = accountRelations
		all = append(all, finding{parsePath("user-account:account_type"), service, it.uuid})
	}
	fixed := len(all)
	for _, part := range parts {
		at, ok := relations[part.Text("object_relation")]
		value := part.Text("value")
		if !ok || value == "" || part.Bool("deleted") {
			continue
		}
		if part.Text("type") == "regkey" {
			value = fullKey(value)
		}
		all = append(all, finding{at, value, partUUID(it, part)})
		detect = detect || part.Bool("to_ids")
	}
	if len(all) == fixed {
		return nil, false
	}
	return all, detect
}

func partUUID(it *item, part *Record) string {
	if uuid := part.Text("uuid"); usable(uuid) {
		return uuid
	}
	return uuid5(it.uuid, part.Text("object_relation"), part.Text("value"))
}

// namedTemplates are the objects that are domain objects of STIX: the type, and
// the relations that hold its name and description.
var namedTemplates = map[string]struct{ typ, name, description, class string }{
	"attack-pattern":   {"attack-pattern", "name", "summary", ""},
	"course-of-action": {"course-of-action", "name", "description", ""},
	"vulnerability":    {"vulnerability", "id", "summary", ""},
	"weakness":         {"attack-pattern", "name", "description", ""},
	"organization":     {"identity", "name", "description", "organization"},
	"legal-entity":     {"identity", "name", "text", "organization"},
	"news-agency":      {"identity", "name", "text", "organization"},
	"person":           {"identity", "full-name", "text", "individual"},
}

// namedObject is a domain object with the name that the template has.
func (c *converter) namedObject(it *item, parts []*Record) *draft {
	t, ok := namedTemplates[it.rec.Text("name")]
	if !ok {
		return nil
	}
	name := related(parts, t.name)
	if name == "" {
		return nil
	}
	d := new(draft)
	d.id = c.open(&d.o, it, t.typ)
	d.o.text("name", name)
	d.o.some("description", related(parts, t.description))
	d.o.some("identity_class", t.class)
	if t.typ == "vulnerability" {
		d.o.cve(name)
	}
	d.o.marks(it, it.objectLabels()...)
	return d
}

// related is the value of the first attribute with a relation.
func related(parts []*Record, relation string) string {
	for _, part := range parts {
		if part.Text("object_relation") == relation && !part.Bool("deleted") {
			return part.Text("value")
		}
	}
	return ""
}

// customObject takes any object.
func (c *converter) customObject(it *item, parts []*Record) *draft {
	d := new(draft)
	d.id = c.open(&d.o, it, "x-misp-object")
	d.o.some("x_misp_name", it.rec.Text("name"))
	d.o.some("x_misp_meta_category", it.rec.Text("meta-category"))
	d.o.some("x_misp_comment", it.rec.Text("comment"))
	if len(parts) > 0 {
		d.o.raw("x_misp_attributes", shortParts(parts))
	}
	d.o.marks(it, it.objectLabels()...)
	return d
}

// shortParts says of an object's attributes what readers of STIX may want.
func shortParts(parts []*Record) []byte {
	b := []byte{'['}
	for i, part := range parts {
		if i > 0 {
			b = append(b, ',')
		}
		var o builder
		o.text("type", part.Text("type"))
		o.some("object_relation", part.Text("object_relation"))
		o.some("value", part.Text("value"))
		o.truth("to_ids", part.Bool("to_ids"))
		b = append(b, o.done()...)
	}
	return append(b, ']')
}
