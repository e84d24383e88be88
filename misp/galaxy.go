package misp

import (
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// galaxyTypes are the galaxies whose clusters are domain objects of STIX.
var galaxyTypes = makeGalaxyTypes()

func makeGalaxyTypes() map[string]string {
	all := map[string]string{}
	for typ, galaxies := range map[string]string{
		"attack-pattern": "cmtmf-attack-pattern mitre-attack-pattern mitre-enterprise-attack-attack-pattern " +
			"mitre-ics-techniques mitre-mobile-attack-attack-pattern mitre-pre-attack-attack-pattern stix-2.1-attack-pattern",
		"vulnerability":    "branded-vulnerability stix-2.1-vulnerability",
		"course-of-action": "mitre-course-of-action mitre-enterprise-attack-course-of-action mitre-mobile-attack-course-of-action stix-2.1-course-of-action",
		"intrusion-set": "mitre-enterprise-attack-intrusion-set mitre-intrusion-set mitre-mobile-attack-intrusion-set " +
			"mitre-pre-attack-intrusion-set stix-2.1-intrusion-set",
		"malware": "android backdoor banker cryptominers malpedia mitre-enterprise-attack-malware mitre-ics-software " +
			"mitre-malware mitre-mobile-attack-malware ransomware stealer stix-2.1-malware",
		"threat-actor": "360net-threat-actor microsoft-activity-group mitre-ics-groups threat-actor stix-2.1-threat-actor",
		"tool":         "botnet exploit-kit mitre-enterprise-attack-tool mitre-mobile-attack-tool mitre-tool rat tds tool stix-2.1-tool",
		"campaign":     "stix-2.1-campaign",
		"identity":     "sector",
	} {
		for name := range strings.FieldsSeq(galaxies) {
			all[name] = typ
		}
	}
	return all
}

// indicated are the types that an indicator indicates. STIX 2.1, 4.7.2
var indicated = map[stix.Type]bool{
	"attack-pattern": true, "campaign": true, "intrusion-set": true,
	"malware": true, "threat-actor": true, "tool": true,
}

// eventGalaxies writes the clusters that the event itself is tagged with.
func (c *converter) eventGalaxies() error {
	c.link(c.event, c.container, &item{at: c.at})
	return c.eachCluster(c.event, func(id stix.ID) error { return nil })
}

// galaxies writes the clusters that a record is tagged with, and the
// relationships to them. The record carries its galaxies, so these are views.
func (c *converter) galaxies(rec *Record, from stix.ID) error {
	if !rec.Has("Galaxy") {
		return nil
	}
	return c.eachCluster(rec, func(id stix.ID) error {
		verb := "related-to"
		if from.Type() == "indicator" && indicated[id.Type()] {
			verb = "indicates"
		}
		s := relation(verb, from, id, c.date, c.at, c.level)
		return c.emitOnce(s.id, func() []byte { return s.raw })
	})
}

func (c *converter) eachCluster(rec *Record, then func(stix.ID) error) error {
	for _, galaxy := range rec.list("Galaxy") {
		for _, cluster := range galaxy.list("GalaxyCluster") {
			id, raw := c.cluster(galaxy, cluster)
			if raw == nil {
				count(&c.report.omitted, "GalaxyCluster", galaxy.Text("type"), cluster.Text("uuid"))
				continue
			}
			if err := c.clusterOnce(id, raw); err != nil {
				return err
			}
			if err := then(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *converter) clusterOnce(id stix.ID, raw []byte) error {
	if _, done := c.once[id]; done {
		return nil
	}
	if err := c.emitOnce(id, func() []byte { return raw }); err != nil {
		return err
	}
	if c.opts.Kept {
		return nil // what is there under the id may be another's
	}
	return c.hold(id)
}

// cluster is a cluster as a domain object, nil where it has no name.
func (c *converter) cluster(galaxy, cluster *Record) (stix.ID, []byte) {
	kind, name := galaxy.Text("type"), cluster.Text("value")
	if name == "" {
		return "", nil
	}
	typ := galaxyTypes[kind]
	if typ == "" {
		typ = "x-misp-galaxy-cluster"
	}
	uuid := cluster.Text("uuid")
	if !usable(uuid) {
		uuid = uuid5("cluster", kind, name)
	}
	id := stix.ID(typ + "--" + uuid)
	if raw := c.clusterObject(id, galaxy, cluster, true); check(raw) != nil {
		return id, raw
	}
	raw := c.clusterObject(id, galaxy, cluster, false)
	if check(raw) == nil {
		return id, nil
	}
	return id, raw
}

func (c *converter) clusterObject(id stix.ID, galaxy, cluster *Record, meta bool) []byte {
	var o builder
	custom := id.Type() == "x-misp-galaxy-cluster"
	o.open(id, "", minTime(c.date, c.at), c.at)
	if custom {
		o.text("x_misp_name", galaxy.Text("name"))
		o.text("x_misp_type", galaxy.Text("type"))
		o.text("x_misp_value", cluster.Text("value"))
		o.some("x_misp_description", cluster.Text("description"))
	} else {
		o.text("name", cluster.Text("value"))
		o.some("description", cluster.Text("description"))
	}
	switch id.Type() {
	case "malware":
		o.truth("is_family", true)
	case "identity":
		o.text("identity_class", "class")
	}
	if meta && !custom {
		clusterMeta(&o, id.Type(), cluster.Record("meta"))
	}
	o.texts("labels", []string{
		mispLabel("galaxy-name", galaxy.Text("name")), mispLabel("galaxy-type", galaxy.Text("type")),
	})
	o.view(custom)
	return o.done()
}

// clusterMeta writes what of a cluster's details STIX has properties for.
func clusterMeta(o *builder, typ stix.Type, meta *Record) {
	if meta == nil {
		return
	}
	switch typ {
	case "attack-pattern", "campaign", "intrusion-set", "malware", "threat-actor", "tool":
		o.texts("aliases", metaTexts(meta, "synonyms"))
	}
	var refs []byte
	for _, url := range metaTexts(meta, "refs") {
		refs = append(append(append(refs, `,{"source_name":"url","url":`...), quote(url)...), '}')
	}
	for _, id := range metaTexts(meta, "external_id") {
		refs = append(append(append(refs, `,{"source_name":"misp-galaxy","external_id":`...), quote(id)...), '}')
	}
	if len(refs) > 0 {
		refs[0] = '['
		o.raw("external_references", append(refs, ']'))
	}
}

// metaTexts is a detail that may be one text or a list of them.
func metaTexts(meta *Record, name string) []string {
	if text := meta.Text(name); text != "" {
		return []string{text}
	}
	return textsOf(meta.Raw(name))
}
