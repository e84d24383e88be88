package mispsync

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/misp/remote"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Move is what a MISP has that would be partners and pacts here. It is for people
// to complete: a MISP knows neither domains nor paper agreements.
type Move struct {
	URL           string      `json:"url"`
	Version       string      `json:"version"`
	Us            string      `json:"us"` // UUID of our organisation there
	Organisations []Newcomer  `json:"organisations"`
	Pacts         []DraftPact `json:"pacts"`
}

// A Newcomer is an organisation as a draft of a partner.
type Newcomer struct {
	UUID    string       `json:"uuid"`
	Name    string       `json:"name"`
	Org     mithaq.OrgID `json:"organisation"` // suggested; one that ends in .invalid is to be replaced
	Nation  string       `json:"nationality,omitempty"`
	Sector  string       `json:"sector,omitempty"`
	Local   bool         `json:"local"`            // it has users at that MISP
	Members []string     `json:"groups,omitempty"` // sharing groups, by name
}

// A DraftPact is a sharing group as a draft of a pact with plain parties.
type DraftPact struct {
	UUID          string       `json:"uuid"`
	Group         string       `json:"group"`
	Releasability string       `json:"releasability,omitempty"`
	Active        bool         `json:"active"`
	Roaming       bool         `json:"roaming"`
	Missing       []string     `json:"missing"` // before it can be kept as a draft
	Pact          *mithaq.Pact `json:"pact"`
}

// Moving says how pacts are drafted.
type Moving struct {
	Us    mithaq.Party // this organisation, as a pact names it
	Terms mithaq.Terms // from which each draft begins
}

// Survey asks a MISP what would move in. Denied: the viewer is no administrator.
func (b *Book) Survey(ctx context.Context, v mithaq.Viewer, r Road, key string, how Moving) (*Move, error) {
	if !v.MayAdminister() {
		return nil, mithaq.Refuse(mithaq.Denied, "misp.may-not-open")
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	err := b.Store.Write(ctx, func(tx *store.Tx) error {
		notes := map[string]string{"host": r.host()}
		return b.Enter(tx, mithaq.Account{Kind: "misp-survey", At: mithaq.At(tx.Now()), By: v.Person, Notes: notes})
	})
	if err != nil {
		return nil, err
	}
	m, err := survey(ctx, b.dial(&r, key), how, mithaq.At(b.Now()))
	if err != nil {
		return nil, mithaq.Refuse(mithaq.Unavailable, "misp.survey", r.host(), cut(err.Error()))
	}
	return m, nil
}

func survey(ctx context.Context, s *remote.Server, how Moving, at mithaq.Time) (*Move, error) {
	version, err := s.Version(ctx)
	if err != nil {
		return nil, err
	}
	us, err := s.Us(ctx)
	if err != nil {
		return nil, err
	}
	orgs, err := s.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := s.SharingGroups(ctx)
	if err != nil {
		return nil, err
	}
	m := &Move{URL: s.URL, Version: version.Version, Us: us.UUID, Organisations: []Newcomer{}, Pacts: []DraftPact{}}
	m.newcomers(orgs, groups)
	for _, g := range groups {
		m.Pacts = append(m.Pacts, m.draft(g, how, at))
	}
	return m, nil
}

// newcomers are all organisations but ours, those that only a group names too.
func (m *Move) newcomers(orgs []remote.Organisation, groups []*misp.SharingGroup) {
	taken := map[mithaq.OrgID]bool{}
	known := map[string]bool{strings.ToLower(m.Us): true}
	add := func(o remote.Organisation) {
		uuid := strings.ToLower(o.UUID)
		if uuid == "" || known[uuid] {
			return
		}
		known[uuid] = true
		n := Newcomer{UUID: uuid, Name: o.Name, Org: suggested(o, taken), Nation: o.Nationality, Sector: o.Sector, Local: o.Local}
		for _, g := range groups {
			if g.Has(uuid) {
				n.Members = append(n.Members, g.Name)
			}
		}
		m.Organisations = append(m.Organisations, n)
	}
	for _, o := range orgs {
		add(o)
	}
	for _, g := range groups {
		for _, o := range g.Orgs {
			add(remote.Organisation{Organisation: o.Organisation})
		}
	}
}

var notLabel = regexp.MustCompile(`[^a-z0-9]+`)

// suggested is a name for an organisation: its own where that is a domain, else the
// domain of its contact, else one that is plainly to be replaced.
func suggested(o remote.Organisation, taken map[mithaq.OrgID]bool) mithaq.OrgID {
	first := mithaq.OrgID(strings.ToLower(o.Name))
	if !strings.Contains(string(first), ".") || first.Check() != nil {
		first = ""
		if a, err := mail.ParseAddress(strings.TrimSpace(o.Contacts)); err == nil {
			_, domain, _ := strings.Cut(a.Address, "@")
			if org := mithaq.OrgID(strings.ToLower(domain)); org.Check() == nil {
				first = org
			}
		}
	}
	if first == "" {
		label := strings.Trim(notLabel.ReplaceAllString(strings.ToLower(o.Name), "-"), "-")
		label = strings.Trim(label[:min(len(label), 40)], "-")
		first = mithaq.OrgID(cmp.Or(label, "o"+o.UUID[:8]) + ".invalid")
	}
	for org, n := first, 2; ; n++ {
		if !taken[org] && org.Check() == nil {
			taken[org] = true
			return org
		}
		org = mithaq.OrgID(fmt.Sprintf("o%d-%s.invalid", n, o.UUID[:8]))
	}
}

// draft makes a pact of a sharing group: its organisations as parties without a
// node, with the terms given.
func (m *Move) draft(g *misp.SharingGroup, how Moving, at mithaq.Time) DraftPact {
	d := DraftPact{UUID: g.UUID, Group: g.Name, Releasability: g.Releasability, Active: g.Active, Roaming: g.Roaming, Missing: []string{}}
	parties := []mithaq.Party{how.Us}
	for _, n := range m.Organisations {
		if g.Has(n.UUID) {
			parties = append(parties, mithaq.Party{
				Org: n.Org, Name: map[string]string{"en": n.Name}, Kind: mithaq.Plain, Roles: mithaq.Gives | mithaq.Receives,
			})
		}
	}
	title := map[string]string{}
	for _, lang := range how.Terms.Languages {
		title[lang] = cmp.Or(g.Name, g.UUID)
	}
	d.Pact = mithaq.NewPact(stix.NewID(mithaq.TypePact), at, title, parties, how.Terms)
	d.Missing = append(d.Missing, missing(d.Pact)...)
	for _, n := range m.Organisations {
		if g.Has(n.UUID) && strings.HasSuffix(string(n.Org), ".invalid") {
			d.Missing = append(d.Missing, n.Name+": the organisation's domain")
		}
	}
	if !g.Active {
		d.Missing = append(d.Missing, "the group is not active")
	}
	return d
}

// missing is what Check says, line by line.
func missing(p *mithaq.Pact) []string {
	err := p.Check()
	if err == nil {
		return nil
	}
	lines := strings.Split(err.Error(), "\n")
	return slices.DeleteFunc(lines, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// FeedTerms are the terms of a pact with plain parties under which events of MISP go whole.
func FeedTerms() (mithaq.Terms, error) {
	t, err := mithaq.Template(mithaq.FeedTemplate)
	if err != nil {
		return t, err
	}
	own := []string{"x-misp-attribute", "x-misp-object", "x-misp-galaxy-cluster"}
	t.Impersonal = append(t.Impersonal, own...)
	t.Flows[0].Types = append(t.Flows[0].Types, own...)
	t.Flows[0].Extensions = append(t.Flows[0].Extensions, string(misp.Extension))
	return t, nil
}
