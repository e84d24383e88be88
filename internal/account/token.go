package account

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// tokenMark begins each token, so that scanners for leaked secrets can find it.
const tokenMark = "mithaq_"

// newToken gives 256 random bits as text, and their hash.
func newToken() (token string, hash [32]byte) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // crypto/rand never fails
	token = tokenMark + base64.RawURLEncoding.EncodeToString(random[:])
	return token, sha256.Sum256([]byte(token))
}

// SignIn makes a token for a person at set-up, good until a time. It is shown once.
func (b *Book) SignIn(tx *store.Tx, id mithaq.PersonID, label string, until time.Time) (string, error) {
	return b.signIn(tx, id, id, label, until)
}

func (b *Book) signIn(tx *store.Tx, maker, id mithaq.PersonID, label string, until time.Time) (string, error) {
	if _, err := b.Person(tx, id); err != nil {
		return "", err
	}
	token, hash := newToken()
	_, err := tx.Exec("INSERT INTO account_token(hash, person, service, label, created, expires, maker) VALUES (?, ?, '', ?, ?, ?, ?)",
		hash[:], string(id), label, tx.Now().UnixMicro(), until.UnixMicro(), string(maker))
	if err != nil {
		return "", err
	}
	return token, b.enter(tx, "signed-in", maker, id, map[string]string{"label": label})
}

// SignOut ends every token, link and session of a person at once. Denied: a service, which has
// no sign-in to end.
func (b *Book) SignOut(tx *store.Tx, id mithaq.PersonID) error {
	if id == "" {
		return mithaq.Refuse(mithaq.Denied, "account.persons-only")
	}
	if _, err := tx.Exec("DELETE FROM account_token WHERE person = ?", string(id)); err != nil {
		return err
	}
	if err := b.dropSessions(tx, id); err != nil {
		return err
	}
	return b.enter(tx, "signed-out", id, id, nil)
}

// A Service is a tool of ours that reads or writes by itself. What a person
// would be asked each time is answered for it once.
type Service struct {
	Name    string
	Purpose mithaq.Purpose
	Basis   string
	Case    stix.ID // "" for none
	Owner   mithaq.PersonID
	Budget  int64 // objects a day
}

func (s *Service) check() error {
	switch {
	case s.Name == "" || strings.ContainsAny(s.Name, " \t\r\n") || len(s.Name) > 64:
		return mithaq.Refuse(mithaq.Invalid, "account.service-name", s.Name)
	case s.Basis == "":
		return mithaq.Refuse(mithaq.Invalid, "account.service-basis", s.Name)
	case s.Budget < 1:
		return mithaq.Refuse(mithaq.Invalid, "account.service-budget", s.Name)
	}
	return s.Purpose.Check()
}

// AddService makes a service and its token, good until a time. It is shown once,
// to somebody who answers for what sources are read: an administrator, who reads
// no content, gets none by way of a tool. A case must be one the viewer knows.
func (b *Book) AddService(tx *store.Tx, v mithaq.Viewer, s Service, until time.Time) (string, error) {
	if !v.MayProfile() || s.Case != "" && !v.Knows(s.Case) {
		return "", mithaq.Refuse(mithaq.Denied, "account.may-not-add-service")
	}
	if err := s.check(); err != nil {
		return "", err
	}
	if _, err := b.Person(tx, s.Owner); err != nil {
		return "", err
	}
	now := tx.Now().UnixMicro()
	_, err := tx.Exec("INSERT INTO account_service(name, purpose, basis, matter, owner, budget, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
		s.Name, string(s.Purpose), s.Basis, string(s.Case), string(s.Owner), s.Budget, now)
	if errors.Is(err, mithaq.Conflict) {
		return "", mithaq.Refuse(mithaq.Conflict, "account.service-taken", s.Name)
	}
	if err != nil {
		return "", err
	}
	token, hash := newToken()
	_, err = tx.Exec("INSERT INTO account_token(hash, person, service, label, created, expires) VALUES (?, '', ?, ?, ?, ?)",
		hash[:], s.Name, s.Name, now, until.UnixMicro())
	if err != nil {
		return "", err
	}
	return token, b.enter(tx, "service-added", v.Person, s.Owner, map[string]string{"service": s.Name})
}

// DropService ends a service and its tokens at once.
func (b *Book) DropService(tx *store.Tx, v mithaq.Viewer, name string) error {
	if !v.MayAdminister() && !v.MayProfile() {
		return mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	}
	res, err := tx.Exec("DELETE FROM account_service WHERE name = ?", name)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return mithaq.Refuse(mithaq.NotFound, "account.no-service", name)
	}
	if _, err := tx.Exec("DELETE FROM account_token WHERE service = ?", name); err != nil {
		return err
	}
	return b.enter(tx, "service-dropped", v.Person, "", map[string]string{"service": name})
}

// Viewer says who bears a token. A person's reason, purpose and basis come
// with each request, and the caller adds them.
// Unauthenticated: no such token, or no longer good; the two are not told apart.
func (b *Book) Viewer(tx *store.Tx, token string) (mithaq.Viewer, error) {
	hash := sha256.Sum256([]byte(token))
	var person, service string
	var expires int64
	err := tx.QueryRow("SELECT person, service, expires FROM account_token WHERE hash = ?", hash[:]).Scan(&person, &service, &expires)
	if errors.Is(err, sql.ErrNoRows) || err == nil && tx.Now().UnixMicro() >= expires {
		return mithaq.Viewer{}, mithaq.Refuse(mithaq.Unauthenticated, "account.sign-in")
	}
	if err != nil {
		return mithaq.Viewer{}, err
	}
	if service != "" {
		return b.serviceViewer(tx, service)
	}
	return b.PersonViewer(tx, mithaq.PersonID(person))
}

// PersonViewer is a person as they act, without a reason yet.
func (b *Book) PersonViewer(tx *store.Tx, id mithaq.PersonID) (mithaq.Viewer, error) {
	p, err := b.Person(tx, id)
	if err != nil {
		return mithaq.Viewer{}, err
	}
	v := mithaq.Viewer{Org: b.Org, Person: id, Roles: p.Roles}
	if !p.Since.IsZero() {
		v.Since = mithaq.At(p.Since)
	}
	if b.Cases == nil {
		return v, nil
	}
	cases, err := b.Cases(tx, id)
	for _, c := range cases {
		v.Cases = append(v.Cases, stix.ID(c))
	}
	return v, err
}

func (b *Book) serviceViewer(tx *store.Tx, name string) (mithaq.Viewer, error) {
	var purpose, basis, matter string
	err := tx.QueryRow(`SELECT s.purpose, s.basis, s.matter FROM account_service s JOIN account_person p ON p.id = s.owner
		WHERE s.name = ? AND p.closed = 0`, name).Scan(&purpose, &basis, &matter) // a tool ends with its owner's account
	if errors.Is(err, sql.ErrNoRows) {
		return mithaq.Viewer{}, mithaq.Refuse(mithaq.Unauthenticated, "account.sign-in")
	}
	v := mithaq.Viewer{Org: b.Org, Token: name, Reason: "service " + name, Purpose: mithaq.Purpose(purpose), Basis: basis}
	if matter != "" {
		v.Cases = []stix.ID{stix.ID(matter)}
	}
	return v, err
}

const microsADay = int64(24 * time.Hour / time.Microsecond)

// Spend takes objects from a service's budget for the day.
// Busy: the day's budget does not cover them.
func (b *Book) Spend(tx *store.Tx, name string, objects int64) error {
	today := tx.Now().UnixMicro() / microsADay
	if _, err := tx.Exec("UPDATE account_service SET day = ?, used = 0 WHERE name = ? AND day <> ?", today, name, today); err != nil {
		return err
	}
	res, err := tx.Exec("UPDATE account_service SET used = used + ? WHERE name = ? AND used + ? <= budget", objects, name, objects)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return mithaq.Refuse(mithaq.Busy, "account.budget", name)
	}
	return nil
}
