package account

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// again binds a challenge to a session's next act, apart from a passkey that may
// be on its way to being registered.
func again(s *Session) string { return "again " + s.ID }

// MustConfirm reports whether a session's person confirms an act with a passkey:
// who decides things does, and whoever has one.
func (b *Book) MustConfirm(tx *store.Tx, s *Session) (bool, error) {
	p, err := b.Person(tx, s.Person)
	if err != nil || p.Decides() {
		return err == nil, err
	}
	has, err := b.kept(tx, s.Person)
	return len(has) > 0, err
}

// MustConfirmKey reports whether a session's person confirms with a passkey that
// another one is added: unless they have none, or come by a link that was made
// since, because they lost them.
func (b *Book) MustConfirmKey(tx *store.Tx, s *Session) (bool, error) {
	if s.Registers {
		return false, nil
	}
	var older, newer int64
	err := tx.QueryRow(`SELECT count(*) FILTER (WHERE created < ?), count(*) FILTER (WHERE created >= ?) FROM account_passkey WHERE person = ?`,
		s.Created.UnixMicro(), s.Created.UnixMicro(), string(s.Person)).Scan(&older, &newer)
	if err != nil || older+newer == 0 {
		return false, err
	}
	lost, err := b.foreign(tx, s)
	return newer > 0 || !lost, err
}

// foreign reports whether another person made the link that began a session, as
// two do for somebody who lost what they sign in with.
func (b *Book) foreign(tx *store.Tx, s *Session) (bool, error) {
	var maker string
	err := tx.QueryRow("SELECT maker FROM account_session WHERE id = ?", s.ID).Scan(&maker)
	return s.Means == ByLink && maker != "" && maker != string(s.Person), err
}

// AskAgain asks the browser of a session for a passkey its person has, before one
// act. Denied: they have none. Unavailable: as with AskNewPasskey.
func (b *Book) AskAgain(tx *store.Tx, s *Session, act mithaq.Digest) (ask []byte, err error) {
	if b.Passkeys == nil {
		return nil, mithaq.Refuse(mithaq.Unavailable, "passkey.nowhere")
	}
	o, err := b.owner(tx, s.Person)
	if err != nil {
		return nil, err
	}
	if len(o.Records) == 0 {
		return nil, mithaq.Refuse(mithaq.Denied, "passkey.first")
	}
	ask, state, err := b.Passkeys.AskOf(o)
	if err != nil {
		return nil, err
	}
	return ask, b.keep(tx, again(s), challenge{act.String(), state})
}

// Confirm wants the answer of a passkey of a session's person to what was asked
// before this very act. It refuses as AddPasskey does, and as Recognise does where a
// counter did not go on.
func (b *Book) Confirm(tx *store.Tx, s *Session, act mithaq.Digest, answer []byte) (refused *mithaq.Refusal, err error) {
	return apart(b.confirm(tx, s, act, answer))
}

func (b *Book) confirm(tx *store.Tx, s *Session, act mithaq.Digest, answer []byte) error {
	if b.Passkeys == nil {
		return mithaq.Refuse(mithaq.Unavailable, "passkey.nowhere")
	}
	c, err := b.take(tx, again(s))
	if err != nil {
		return err
	}
	if c.name != act.String() {
		return mithaq.Refuse(mithaq.Unauthenticated, "passkey.again")
	}
	o, err := b.owner(tx, s.Person)
	if err != nil {
		return err
	}
	k, err := b.Passkeys.Of(o, c.state, answer)
	if err != nil {
		return err
	}
	return b.used(tx, s.Person, k)
}
