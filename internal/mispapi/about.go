package mispapi

import (
	"github.com/mithaq-hub/mithaq/misp"
)

// asMISP is the release of MISP whose calls are answered.
const asMISP = "2.5.0"

func (c *call) version() error {
	return c.ok(map[string]any{
		"version": asMISP, "pymisp_recommended_version": asMISP, "uuid": c.s.org.UUID,
		"perm_sync": true, "perm_sighting": true, "perm_galaxy_editor": false, "perm_analyst_data": false,
		"request_encoding": []string{}, "filter_sightings": false,
	})
}

func (c *call) clientVersion() error { return c.ok(map[string]string{"version": asMISP}) }

// postTest tells a server that wants to push what of its request arrived.
func (c *call) postTest() error {
	rec, err := c.body()
	if err != nil {
		return err
	}
	return c.ok(map[string]any{"body": rec, "headers": map[string]string{
		"Accept": c.r.Header.Get("Accept"), "Content-type": c.r.Header.Get("Content-Type"),
	}})
}

func (c *call) noRules() error {
	return c.ok(map[string]any{"tags": []string{}, "organisations": []string{}})
}

// none answers with an empty list: of that kind nothing is kept here by itself.
func (c *call) none() error { return c.ok([]string{}) }

func (c *call) noSharingGroups() error {
	return c.ok(map[string]any{"response": []string{}})
}

// perms are what a token may do, as the role of a user.
func (c *call) perms() (map[string]any, error) {
	src, err := c.s.Source(c.ctx, c.v)
	if err != nil {
		return nil, err
	}
	writes := src.Profile != "" && c.v.MayImport()
	return map[string]any{
		"id": "1", "name": "Service", "perm_auth": true, "perm_sync": true, "perm_add": writes, "perm_modify": writes,
		"perm_modify_org": writes, "perm_publish": writes, "perm_tagger": writes, "perm_tag_editor": writes, "perm_sighting": writes,
		"perm_object_template": false, "perm_site_admin": false, "perm_admin": false, "perm_audit": false, "perm_delegate": false,
		"perm_sharing_group": false, "perm_template": false, "perm_regexp_access": false, "perm_decaying": false,
		"perm_galaxy_editor": false, "perm_warninglist": false, "perm_view_feed_correlations": false, "perm_analyst_data": false,
		"perm_publish_zmq": false, "perm_publish_kafka": false, "permission": map[bool]string{true: "3", false: "0"}[writes],
		"permission_description": map[bool]string{true: "publish", false: "read_only"}[writes],
		"default_role":           true, "memory_limit": "", "max_execution_time": "", "restricted_to_site_admin": false,
		"enforce_rate_limit": false, "rate_limit_count": "0",
	}, nil
}

func (c *call) user() error {
	if who := c.path.arg(0); who != "me" && who != "1" {
		return absent("user")
	}
	role, err := c.perms()
	if err != nil {
		return err
	}
	return c.ok(map[string]any{
		"User": map[string]any{
			"id": "1", "org_id": c.s.org.ID, "email": c.v.Token + "@" + string(c.s.Org), "role_id": "1", "autoalert": false,
			"invited_by": "0", "nids_sid": "0", "termsaccepted": true, "newsread": "0", "change_pw": false, "contactalert": false,
			"disabled": false, "expiration": nil, "current_login": "0", "last_login": "0", "force_logout": false,
		},
		"Role": role, "UserSetting": map[string]string{}, "Organisation": c.own(),
	})
}

func (c *call) roles() error {
	role, err := c.perms()
	if err != nil {
		return err
	}
	return c.ok([]any{map[string]any{"Role": role}})
}

func (c *call) own() organisation {
	o := c.s.org
	o.Local = true
	return o
}

func (c *call) organisations() error { return c.ok([]any{map[string]any{"Organisation": c.own()}}) }

func (c *call) organisation() error {
	switch c.path.arg(0) {
	case c.s.org.ID, c.s.org.UUID, c.s.org.Name:
		return c.ok(map[string]any{"Organisation": c.own()})
	}
	return absent("organisation")
}

// describeTypes lists the types of attributes.
func (c *call) describeTypes() error {
	type sane struct {
		Category string `json:"default_category"`
		ToIDs    int    `json:"to_ids"`
	}
	types, defaults, mappings := []string{}, map[string]sane{}, map[string][]string{}
	for t := range misp.AttributeTypes() {
		types = append(types, t.Name)
		d := sane{Category: t.Category}
		if t.ToIDs {
			d.ToIDs = 1
		}
		defaults[t.Name] = d
		for _, category := range t.Categories() {
			mappings[category] = append(mappings[category], t.Name)
		}
	}
	return c.ok(map[string]any{"result": map[string]any{
		"sane_defaults": defaults, "types": types, "categories": misp.Categories(), "category_type_mappings": mappings,
	}})
}
