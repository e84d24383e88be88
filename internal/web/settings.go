package web

import (
	"cmp"
	"strconv"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/redline"
	"github.com/mithaq-hub/mithaq/internal/shelf"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A settingsPage is the organisation and its node at one glance.
type settingsPage struct {
	Version    string
	Card       mithaq.Digest
	Quarantine string
	Links      []link
	Sources    []*mithaq.SourceProfile
	Searches   []shelf.Search
	Lines      []string
	Schema     string
	Cedar      string // what was typed to be checked
	Checked    []string
	Fault      string
}

func (s *site) settings(v *visit) error { return s.showSettings(v, &settingsPage{}) }

func (s *site) showSettings(v *visit, p *settingsPage) error {
	p.Version, p.Schema = s.Desk.Version, redline.Schema()
	if named, ok := s.Desk.Gate.Lines.(interface{ Names() []string }); ok {
		p.Lines = named.Names()
	}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		if _, p.Card, err = s.Desk.Peer.Card(tx); err != nil {
			return err
		}
		if p.Quarantine, err = tx.Quarantined(); err != nil {
			return err
		}
		if p.Links, err = s.links(tx); err != nil {
			return err
		}
		if p.Sources, err = s.Desk.Gate.Profiles(tx); err != nil {
			return err
		}
		p.Searches, err = shelf.Searches(tx, &v.viewer)
		return err
	})
	if err != nil {
		return err
	}
	return v.show("settings", v.say.T("web.settings"), p)
}

// checkLines reads red lines as they were typed, and says what is wrong with
// them. They are put in force by the node's configuration, not here.
func (s *site) checkLines(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	p := &settingsPage{Cedar: v.r.PostForm.Get("cedar")}
	lines, err := redline.Parse("red.cedar", []byte(p.Cedar))
	if err != nil {
		p.Fault = v.sentence(err)
	} else {
		p.Checked = lines.Names()
	}
	return s.showSettings(v, p)
}

// A toolsPage is the tools of ours, and a form for a new one.
type toolsPage struct {
	Tools    []tool
	Purposes []mithaq.Purpose
	Access   []account.Access
	Levels   []string
	Sources  []*mithaq.SourceProfile
	Cases    []stix.ID
	Adds     bool
	Drops    bool
}

type tool struct {
	account.Listed
	By string // the owner's name
}

func (s *site) tools(v *visit) error {
	p := toolsPage{
		Purposes: mithaq.Purposes(), Access: []account.Access{account.Reads, account.Writes, account.ReadsAndWrites},
		Levels: draftWords["tlp"], Adds: v.viewer.MayProfile(), Drops: v.viewer.MayProfile() || v.viewer.MayAdminister(), Cases: v.viewer.Cases,
	}
	if !p.Drops && !v.viewer.MayAudit() {
		return mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		all, err := s.Desk.Accounts.Services(tx)
		for _, l := range all {
			p.Tools = append(p.Tools, tool{l, s.personName(tx, l.Owner)})
		}
		if err != nil {
			return err
		}
		p.Sources, err = s.Desk.Gate.Profiles(tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show("tools", v.say.T("web.tools"), p)
}

// addTool makes a tool and shows its token once, after its person has confirmed it.
func (s *site) addTool(v *visit) error {
	if done, err := v.again("/settings/tools"); !done {
		return err
	}
	service := account.Service{
		Name: v.field("name"), Purpose: mithaq.Purpose(v.field("purpose")), Basis: v.field("basis"), Case: stix.ID(v.field("case")),
		Owner: v.viewer.Person, Access: account.Access(v.field("access")), Profile: stix.ID(v.field("source")),
	}
	days, err := strconv.Atoi(v.field("days"))
	if err != nil || days < 1 || days > 366 {
		return mithaq.Refuse(mithaq.Invalid, "web.tools.days.wrong", 366)
	}
	service.Budget, _ = strconv.ParseInt(v.field("budget"), 10, 64) // 0 is refused by name
	if level := v.field("tlp"); level != "" {
		if service.Ceiling, err = stix.ParseTLP(level); err != nil {
			return mithaq.Refuse(mithaq.Invalid, "shelf.tlp", level)
		}
	}
	token, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (string, error) {
		if service.Profile != "" {
			if _, err := s.Desk.Gate.Profile(tx, service.Profile); err != nil {
				return "", err
			}
		}
		return s.Desk.Accounts.AddService(tx, v.viewer, service, tx.Now().AddDate(0, 0, days))
	})
	if err != nil {
		return err
	}
	return v.show("secret", v.say.T("web.secret.token"), secret{"token", cmp.Or(service.Name, "-"), token, "/settings/tools"})
}

// dropTool ends a tool and its tokens at once.
func (s *site) dropTool(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return s.Desk.Accounts.DropService(tx, v.viewer, v.field("name")) })
	if err != nil {
		return err
	}
	return v.to("/settings/tools")
}
