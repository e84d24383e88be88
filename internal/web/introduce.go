package web

import (
	"strconv"

	"github.com/mithaq-hub/mithaq"
)

// positions are those of a fingerprint, from 1.
const positions = 12

// invite makes a code by which a stranger may introduce itself, shown once.
func (s *site) invite(v *visit) error {
	if done, err := v.again("/partners"); !done {
		return err
	}
	code, err := s.Desk.Peer.Invite(v.r.Context(), v.viewer, v.field("note"))
	if err != nil {
		return err
	}
	return v.show("secret", v.say.T("web.secret.code"), secret{"code", v.field("note"), code, "/partners"})
}

// introduce calls a node at an address with an invitation of theirs. Nothing is
// trusted by it.
func (s *site) introduce(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	p, err := s.Desk.Peer.Introduce(v.r.Context(), v.viewer, v.field("address"), v.field("invitation"))
	if err != nil {
		return err
	}
	return v.to("/partners/" + string(p.Org))
}

// accept is one person's word that a fingerprint was compared by voice.
func (s *site) accept(v *visit) error {
	org := mithaq.OrgID(v.r.PathValue("org"))
	if done, err := v.again("/partners/" + string(org)); !done {
		return err
	}
	heard := map[int]string{}
	for i := 1; i <= positions; i++ {
		if word := v.field("heard" + strconv.Itoa(i)); word != "" {
			heard[i] = word
		}
	}
	how := v.field("how")
	if how == "" {
		return mithaq.Refuse(mithaq.Invalid, "web.accept.how-missing")
	}
	if _, err := s.Desk.Peer.Accept(v.r.Context(), v.viewer, org, heard, how); err != nil {
		return err
	}
	return v.to("/partners/" + string(org))
}
