package misp

import "strings"

// A SharingGroup is who may have what is distributed to it: organisations, on
// servers.
type SharingGroup struct {
	UUID, Name, Description, Releasability string
	// Active is whether new records may be given to it. What was given to it
	// goes to its members still.
	Active bool
	// Roaming is whether members get it on any server, not on those listed alone.
	Roaming bool
	Org     Organisation // that made it
	Orgs    []GroupOrg
	Servers []GroupServer
}

// An Organisation is one as records name it.
type Organisation struct{ UUID, Name string }

// A GroupOrg is an organisation of a sharing group.
type GroupOrg struct {
	Organisation
	Extend bool // it may change the group
}

// A GroupServer is a server of a sharing group.
type GroupServer struct {
	URL     string // "" of the server itself that says so
	Local   bool
	AllOrgs bool // all organisations of that server are members
}

// ReadSharingGroup reads a sharing group, as it stands in an event or in a list of
// them, where its own members are in a member SharingGroup. nil for none: it
// has no members.
func ReadSharingGroup(rec *Record) *SharingGroup {
	g := &SharingGroup{}
	if rec == nil {
		return g
	}
	own := rec
	if inner := rec.Record("SharingGroup"); inner != nil {
		own = inner
	}
	g.UUID, g.Name, g.Description, g.Releasability = own.Text("uuid"), own.Text("name"), own.Text("description"), own.Text("releasability")
	g.Active, g.Roaming = !own.Has("active") || own.Bool("active"), own.Bool("roaming")
	g.Org = organisationOf(rec.Record("Organisation"))
	for _, o := range rec.list("SharingGroupOrg") {
		g.Orgs = append(g.Orgs, GroupOrg{organisationOf(o.Record("Organisation")), o.Bool("extend")})
	}
	for _, s := range rec.list("SharingGroupServer") {
		g.Servers = append(g.Servers, serverOf(s))
	}
	return g
}

func organisationOf(rec *Record) Organisation {
	if rec == nil {
		return Organisation{}
	}
	return Organisation{strings.ToLower(rec.Text("uuid")), rec.Text("name")}
}

func serverOf(rec *Record) GroupServer {
	s := GroupServer{Local: rec.Text("server_id") == "0", AllOrgs: rec.Bool("all_orgs")}
	if at := rec.Record("Server"); at != nil {
		s.URL = baseURL(at.Text("url"))
	}
	return s
}

func baseURL(url string) string { return strings.ToLower(strings.TrimRight(url, "/")) }

// Has tells whether an organisation is listed.
func (g *SharingGroup) Has(org string) bool {
	for _, o := range g.Orgs {
		if org != "" && strings.EqualFold(o.UUID, org) {
			return true
		}
	}
	return false
}

// at is whether a server is listed, and whether all its organisations are members.
func (g *SharingGroup) at(server string) (listed, all bool) {
	for _, s := range g.Servers {
		if s.URL != "" && s.URL == baseURL(server) {
			listed, all = true, all || s.AllOrgs
		}
	}
	return listed, all
}

// allHere is whether all organisations of the server that says so are members.
func (g *SharingGroup) allHere() bool {
	for _, s := range g.Servers {
		if s.Local && s.AllOrgs {
			return true
		}
	}
	return false
}

// takesEvent is whether an event for a sharing group goes. On a push the server
// must be listed, unless the group roams, and the organisation too, even where
// the server is listed with all of them. On a pull the organisation is listed,
// or all of the server that is pulled from are.
func (h *Hop) takesEvent(g *SharingGroup) bool {
	if h.Way == Pull {
		return h.Internal || g.Has(h.Org) || g.allHere()
	}
	listed, _ := g.at(h.Server)
	return (g.Roaming || h.Internal || listed) && g.Has(h.Org)
}

// takesPart is whether a record in an event goes: as its event would, but that a
// server listed with all its organisations is enough, and that a group without
// servers is one for its organisations wherever they are.
func (h *Hop) takesPart(g *SharingGroup) bool {
	switch {
	case h.Way == Pull || h.Internal:
		return h.Internal || h.takesEvent(g)
	case g.Roaming || len(g.Servers) == 0:
		return g.Has(h.Org)
	}
	listed, all := g.at(h.Server)
	return listed && (all || g.Has(h.Org))
}
