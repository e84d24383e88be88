package web

import (
	"time"

	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// approve asks a second person's passkey to sign the release's digest, and takes
// its answer.
func (s *site) approve(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	id := stix.ID(v.r.PathValue("id"))
	path := "/releases/" + string(id)
	if answer := v.r.PostForm.Get("answer"); answer != "" {
		if err := s.Desk.ApproveByPasskey(v.r.Context(), v.viewer, id, []byte(answer)); err != nil {
			return err
		}
		return v.to(path)
	}
	if err := v.here(); err != nil {
		return err
	}
	ask, err := s.Desk.AskApproval(v.r.Context(), v.viewer, id)
	if err != nil {
		return err
	}
	return v.show("passkey", v.say.T("web.passkey.approve"), asking{For: "approve", Do: "get", Ask: string(ask), Post: path + "/approve", Next: path})
}

// signing is how the viewer may sign an approval at this page.
type signing struct {
	Passkeys passkeys
	Has      bool      // a passkey of theirs
	From     time.Time // when the first of them may approve; zero: one may now
}

func (s *site) signing(v *visit) (signing, error) {
	return desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (signing, error) {
		g := signing{Passkeys: v.passkeys()}
		keys, err := s.Desk.Accounts.PasskeysOf(tx, v.viewer.Person)
		for _, k := range keys {
			if !tx.Now().Before(k.Counts) {
				return signing{Passkeys: g.Passkeys, Has: true}, err
			}
			if !g.Has || k.Counts.Before(g.From) {
				g.From = k.Counts
			}
			g.Has = true
		}
		return g, err
	})
}

// A beside is one item of a release, and what it changes for its recipient.
type beside struct {
	row
	Changes []change
}

// A review is a release's items beside what was shared before.
type review struct {
	New, Changed, Same int
	Differ             []beside // those that change something they have
}

func reviewOf(all []gate.Beside) (r review) {
	for i := range all {
		b := &all[i]
		switch {
		case b.Same:
			r.Same++
		case b.Before == nil:
			r.New++
		default:
			r.Changed++
			r.Differ = append(r.Differ, beside{row: rowOf(&b.Item, nil), Changes: changes(b.Before.Raw, b.Raw)})
		}
	}
	return r
}
