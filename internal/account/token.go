package account

import (
	"cmp"
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
	Access  Access
	Ceiling stix.TLP // reads nothing above it, nor what has no level; zero: no ceiling
	Profile stix.ID  // the source profile of what it brings; "": none, so that nothing of it crosses
}

// Access is what a tool may do at all.
type Access string

// The kinds of access; a tool reads unless it is said.
const (
	Reads          Access = "read"
	Writes         Access = "write"
	ReadsAndWrites Access = "read-write"
)

func (s *Service) check() error {
	switch {
	case s.Name == "" || strings.ContainsAny(s.Name, " \t\r\n") || len(s.Name) > 64:
		return mithaq.Refuse(mithaq.Invalid, "account.service-name", s.Name)
	case s.Basis == "":
		return mithaq.Refuse(mithaq.Invalid, "account.service-basis", s.Name)
	case s.Budget < 1:
		return mithaq.Refuse(mithaq.Invalid, "account.service-budget", s.Name)
	case s.Access != Reads && s.Access != Writes && s.Access != ReadsAndWrites:
		return mithaq.Refuse(mithaq.Invalid, "account.service-access", string(s.Access))
	case s.Access == Reads && s.Profile != "":
		return mithaq.Refuse(mithaq.Invalid, "account.service-reads", s.Name)
	case s.Ceiling > stix.TLPRed:
		return mithaq.Refuse(mithaq.Invalid, "account.service-access", s.Ceiling.String())
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
	s.Access = cmp.Or(s.Access, Reads)
	if err := s.check(); err != nil {
		return "", err
	}
	if _, err := b.Person(tx, s.Owner); err != nil {
		return "", err
	}
	now := tx.Now().UnixMicro()
	_, err := tx.Exec(`INSERT INTO account_service(name, purpose, basis, matter, owner, budget, created, access, ceiling, profile)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, s.Name, string(s.Purpose), s.Basis, string(s.Case), string(s.Owner), s.Budget, now,
		string(s.Access), int64(s.Ceiling), string(s.Profile))
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
	return token, b.enter(tx, "service-added", v.Person, s.Owner, map[string]string{"service": s.Name, "access": string(s.Access), "ceiling": s.Ceiling.String(), "profile": string(s.Profile)})
}

// Service finds a tool by its name. NotFound: there is none.
func (b *Book) Service(tx *store.Tx, name string) (*Service, error) {
	s := &Service{Name: name}
	err := tx.QueryRow("SELECT purpose, basis, matter, owner, budget, access, ceiling, profile FROM account_service WHERE name = ?", name).
		Scan((*string)(&s.Purpose), &s.Basis, (*string)(&s.Case), (*string)(&s.Owner), &s.Budget, (*string)(&s.Access), &s.Ceiling, (*string)(&s.Profile))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "account.no-service", name)
	}
	return s, err
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

// serviceViewer is a tool as it acts. It ends with its owner's account, and with
// its case, or its owner's need to know it: the reason for its reads is then gone.
func (b *Book) serviceViewer(tx *store.Tx, name string) (mithaq.Viewer, error) {
	gone := mithaq.Refuse(mithaq.Unauthenticated, "account.sign-in")
	s, err := b.Service(tx, name)
	if errors.Is(err, mithaq.NotFound) {
		return mithaq.Viewer{}, gone
	}
	if err != nil {
		return mithaq.Viewer{}, err
	}
	owner, err := b.PersonViewer(tx, s.Owner)
	if errors.Is(err, mithaq.NotFound) {
		return mithaq.Viewer{}, gone
	}
	if err != nil {
		return mithaq.Viewer{}, err
	}
	v := mithaq.Viewer{
		Org: b.Org, Token: name, Reason: "service " + name, Purpose: s.Purpose, Basis: s.Basis,
		Ceiling: s.Ceiling, ReadOnly: s.Access == Reads, WriteOnly: s.Access == Writes,
	}
	if s.Case == "" {
		return v, nil
	}
	if b.Cases != nil && !owner.Knows(s.Case) {
		return mithaq.Viewer{}, gone
	}
	v.Cases = []stix.ID{s.Case}
	return v, nil
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
