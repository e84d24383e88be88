package web

import (
	"crypto/sha256"
	"net/url"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// again lets an act go on that its person confirms with a passkey where they
// decide things, or have one. Until it is confirmed, done is false, and the page
// that asks is shown.
func (v *visit) again(back string) (done bool, err error) {
	if err := v.form(); err != nil {
		return false, err
	}
	d := &v.site.Desk
	must, err := desk.Read(v.r.Context(), d, func(tx *store.Tx) (bool, error) { return d.Accounts.MustConfirm(tx, v.session) })
	if err != nil || !must {
		return err == nil, err
	}
	return v.confirm(back)
}

// confirm asks for a passkey before what the form says is done, and takes the
// answer that comes with the same form.
func (v *visit) confirm(back string) (done bool, err error) {
	d, act := &v.site.Desk, v.act()
	if answer := v.r.PostForm.Get("answer"); answer != "" {
		refused, err := desk.Write(v.r.Context(), d, func(tx *store.Tx) (*mithaq.Refusal, error) {
			return d.Accounts.Confirm(tx, v.session, act, []byte(answer))
		})
		err = refusedOr(refused, err)
		return err == nil, err
	}
	if err := v.here(); err != nil {
		return false, err
	}
	ask, err := desk.Write(v.r.Context(), d, func(tx *store.Tx) ([]byte, error) { return d.Accounts.AskAgain(tx, v.session, act) })
	if err != nil {
		return false, err
	}
	return false, v.show("passkey", v.say.T("web.passkey.confirm"), asking{
		For: "confirm", Do: "get", Ask: string(ask), Post: v.r.URL.Path, Next: back, Fields: v.fields(),
	})
}

// here refuses where passkeys work at another name of the pages than this one.
func (v *visit) here() error {
	if p := v.passkeys(); p.Origin != "" && !p.Here {
		return mithaq.Refuse(mithaq.Unavailable, "passkey.elsewhere", p.Origin)
	}
	return nil
}

// ofAsking are the fields of the page that asks, which are none of the act.
var ofAsking = []string{"answer", "next"}

// fields are those of the form that is confirmed.
func (v *visit) fields() (list []member) {
	for name, values := range v.r.PostForm {
		if slices.Contains(ofAsking, name) {
			continue
		}
		for _, value := range values {
			list = append(list, member{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(list, func(a, b member) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// act is the digest of what would be done: the path and every field, so that what
// is confirmed is what is done.
func (v *visit) act() mithaq.Digest {
	said := url.Values{"": {v.r.URL.Path}}
	for _, f := range v.fields() {
		said[f.Name] = append(said[f.Name], f.Value)
	}
	return sha256.Sum256([]byte(said.Encode()))
}
