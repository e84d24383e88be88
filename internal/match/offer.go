package match

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// TypeOffer begins the ids of offers. An offer never leaves the node.
const TypeOffer = "x-mithaq-offer"

// An Offering is what a person offers for a pact and a purpose: some
// identifiers of one type, all of one class, at one desk.
type Offering struct {
	Pact       stix.ID
	Purpose    mithaq.Purpose
	Type       psi.Type
	Values     []string
	Class      mithaq.Subjects // one category; none where nobody is concerned
	Desk       string          // whom to ask after a hit
	Item       stix.ID         // what we hold about it
	Case       stix.ID
	Assessment stix.ID // where it concerns a person
}

// An Offered says what became of one value.
type Offered struct {
	ID    stix.ID // of the offer; "" when it was refused
	Value string  // normalised, or as given
	Why   error   // nil when it is offered
}

// MaxOffering bounds the values of one offering.
const MaxOffering = 100_000

// offersAtOnce are the values that share a transaction.
const offersAtOnce = 1000

// MayOffer reports whether a viewer may offer and withdraw.
func MayOffer(v mithaq.Viewer) bool { return v.MayRelease() }

// Offer keeps what a person offers. A value that is malformed or offered already
// is refused by itself, and the others are kept.
//
// Denied: the viewer may not, or the pact or an assessment stands against it.
// Invalid: what is said of all of them. NotFound: pact, case or assessment.
func (b *Book) Offer(ctx context.Context, v mithaq.Viewer, o Offering) ([]Offered, error) {
	if len(o.Values) == 0 || len(o.Values) > MaxOffering {
		return nil, invalid("match.offer-count", len(o.Values), MaxOffering)
	}
	var all []Offered
	for values := range slices.Chunk(o.Values, offersAtOnce) {
		part := o
		part.Values = values
		err := b.write(ctx, func(tx *store.Tx) error {
			some, err := b.offer(tx, v, part)
			all = append(all, some...)
			return err
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func (b *Book) offer(tx *store.Tx, v mithaq.Viewer, o Offering) ([]Offered, error) {
	if !MayOffer(v) {
		return nil, denied("match.may-not-offer")
	}
	t, err := b.Pacts.InForce(tx, o.Pact)
	if err != nil {
		return nil, err
	}
	for _, check := range []func() error{
		func() error { return matched(t, o.Type, o.Purpose) },
		func() error { return o.checkClass() },
		func() error { return b.someoneGets(t, o.Class) },
		func() error { return b.answered(tx, v, &o) },
		func() error { return b.fits(tx, t, o) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	list, kept := make([]Offered, 0, len(o.Values)), 0
	for _, value := range o.Values {
		one, err := b.offerOne(tx, v, &o, value)
		if err != nil {
			return nil, err
		}
		if one.Why == nil {
			kept++
		}
		list = append(list, one)
	}
	return list, b.noteOffers(tx, v, &o, kept, len(list)-kept)
}

// noteOffers enters what was offered, and sees to it that a set is made.
func (b *Book) noteOffers(tx *store.Tx, v mithaq.Viewer, o *Offering, kept, refused int) error {
	if err := b.publishDaily(tx); err != nil {
		return err
	}
	if err := tx.Change(TopicOffer, string(o.Pact), nil); err != nil {
		return err
	}
	return b.enter(tx, v, "offer", mithaq.Account{
		Purpose: o.Purpose, Case: string(o.Case), About: o.Pact, Notes: map[string]string{"type": string(o.Type)},
		Counts: map[string]int64{"offered": int64(kept), "refused": int64(refused)},
	})
}

// matched wants an article about matching that has a type and a purpose.
func matched(t *pact.Text, typ psi.Type, purpose mithaq.Purpose) error {
	terms := &t.Pact.Terms
	switch {
	case terms.Match == nil:
		return denied("match.no-article", string(t.Pact.ID))
	case typ.Scheme() == "" || !slices.Contains(terms.Match.Identifiers, string(typ)):
		return denied("match.type", string(typ))
	case !slices.Contains(terms.Purposes, purpose):
		return denied("match.purpose", string(purpose))
	}
	return nil
}

func (o *Offering) checkClass() error {
	record := psi.Record{Reference: psi.Reference{1}, Class: o.Class, Desk: o.Desk}
	switch {
	case bits.OnesCount16(uint16(o.Class)) != 1:
		return invalid("match.one-class")
	case o.Class&mithaq.Protected != 0 || o.Class == mithaq.SubjectUnknown:
		return denied("match.never-offered", o.Class.Words()[0])
	}
	return faulty(record.Check())
}

// someoneGets wants a party to whom persons of the class may be given.
func (b *Book) someoneGets(t *pact.Text, class mithaq.Subjects) error {
	if len(askersOf(t.Pact, b.Org, class)) == 0 {
		return denied("match.class", class.Words()[0])
	}
	return nil
}

// askersOf lists the parties that learn of a class in our sets.
func askersOf(p *mithaq.Pact, answerer mithaq.OrgID, class mithaq.Subjects) (list []mithaq.OrgID) {
	for _, org := range p.Peers() {
		if org != answerer && gets(p, answerer, org, class) {
			list = append(list, org)
		}
	}
	return list
}

func gets(p *mithaq.Pact, answerer, asker mithaq.OrgID, class mithaq.Subjects) bool {
	flow := p.Terms.FlowBetween(answerer, asker)
	return flow != nil && class.Persons()&^flow.Subjects == 0
}

// personal are the types whose values are persons' own, whatever the class says.
var personal = []psi.Type{psi.Phone, psi.Email, psi.IBAN, psi.Account, psi.Document, psi.Plate, psi.NameBirth}

// concerns reports whether an offering is about persons.
func (o *Offering) concerns() bool {
	return o.Class.Persons() != 0 || slices.Contains(personal, o.Type)
}

// answered wants an open case of the viewer where one is named and, where it
// concerns a person, somebody's signed answers about what we hold of them.
func (b *Book) answered(tx *store.Tx, v mithaq.Viewer, o *Offering) error {
	if o.Case != "" {
		if err := b.openCase(tx, v, o.Case); err != nil {
			return err
		}
	}
	if !o.concerns() {
		return nil
	}
	if o.Item == "" || o.Assessment == "" {
		return denied("match.unassessed")
	}
	a, err := b.Cases.Assessment(tx, o.Assessment)
	if err != nil {
		return err
	}
	covers := slices.ContainsFunc(a.Covers, func(ref mithaq.ItemRef) bool { return ref.ID == o.Item })
	if a.Org != b.Org || !covers || a.Verdict() != mithaq.AssessedClear {
		return denied("match.not-cleared", string(o.Assessment), string(o.Item))
	}
	return nil
}

// openCase wants an open case in which the viewer has a need to know.
func (b *Book) openCase(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	c, err := b.Cases.Case(tx, id)
	switch {
	case err != nil:
		return err
	case !v.Knows(id):
		return notFound("gate.no-case", string(id))
	case !c.OpenAt(mithaq.At(tx.Now())):
		return mithaq.Refuse(mithaq.Conflict, "gate.case-closed", string(id))
	}
	return nil
}

// fits holds what is offered to the size of set that the pact allows.
func (b *Book) fits(tx *store.Tx, t *pact.Text, o Offering) error {
	var have int
	err := tx.QueryRow("SELECT count(*) FROM match_offer WHERE pact = ? AND purpose = ? AND scheme = ? AND withdrawn = 0",
		string(o.Pact), string(o.Purpose), string(o.Type.Scheme())).Scan(&have)
	if err != nil {
		return err
	}
	if most := t.Pact.Terms.Match.SetSize; have+len(o.Values) > most {
		return mithaq.Refuse(mithaq.TooLarge, "match.set-size", have, len(o.Values), most)
	}
	return nil
}

func (b *Book) offerOne(tx *store.Tx, v mithaq.Viewer, o *Offering, value string) (Offered, error) {
	in, err := psi.Read(o.Type, value)
	if err != nil {
		return Offered{Value: value, Why: faulty(err)}, nil
	}
	one := Offered{ID: stix.NewID(TypeOffer), Value: in.Value()}
	n, err := tx.Exec(`INSERT INTO match_offer(id, pact, purpose, scheme, input, class, desk, item, casefile, assessment, person, at, withdrawn, withdrawer)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '') ON CONFLICT(pact, purpose, scheme, input) WHERE withdrawn = 0 DO NOTHING`,
		string(one.ID), string(o.Pact), string(o.Purpose), string(o.Type.Scheme()), []byte(in), int64(o.Class), o.Desk,
		string(o.Item), string(o.Case), string(o.Assessment), string(v.Person), micro(tx.Now()))
	if err != nil {
		return one, err
	}
	if added, err := n.RowsAffected(); err != nil || added == 0 {
		return Offered{Value: one.Value, Why: mithaq.Refuse(mithaq.Conflict, "match.offered-already")}, err
	}
	return one, nil
}

// Withdraw takes offers back: the next set has them no more.
func (b *Book) Withdraw(tx *store.Tx, v mithaq.Viewer, ids ...stix.ID) error {
	if !MayOffer(v) {
		return denied("match.may-not-offer")
	}
	for _, id := range ids {
		o, err := b.OfferBy(tx, id)
		if err != nil {
			return err
		}
		if !o.Withdrawn.IsZero() {
			return mithaq.Refuse(mithaq.Conflict, "match.withdrawn", string(id))
		}
		if _, err := tx.Exec("UPDATE match_offer SET withdrawn = ?, withdrawer = ? WHERE id = ?", micro(tx.Now()), string(v.Person), string(id)); err != nil {
			return err
		}
		if err := tx.Change(TopicOffer, string(o.Pact), nil); err != nil {
			return err
		}
		if err := b.enter(tx, v, "offer-withdrawn", mithaq.Account{About: o.Pact, Purpose: o.Purpose, Case: string(o.Case)}); err != nil {
			return err
		}
	}
	return nil
}

// An Offer is an identifier as it was offered.
type Offer struct {
	ID         stix.ID
	Pact       stix.ID
	Purpose    mithaq.Purpose
	Input      psi.Input
	Class      mithaq.Subjects
	Desk       string
	Item       stix.ID
	Case       stix.ID
	Assessment stix.ID
	Person     mithaq.PersonID
	At         time.Time
	Withdrawn  time.Time // zero while it is offered
	Withdrawer mithaq.PersonID
}

const offerColumns = "id, pact, purpose, input, class, desk, item, casefile, assessment, person, at, withdrawn, withdrawer"

func scanOffer(scan func(...any) error) (o Offer, err error) {
	var input []byte
	var class, at, withdrawn int64
	err = scan((*string)(&o.ID), (*string)(&o.Pact), (*string)(&o.Purpose), &input, &class, &o.Desk, (*string)(&o.Item),
		(*string)(&o.Case), (*string)(&o.Assessment), (*string)(&o.Person), &at, &withdrawn, (*string)(&o.Withdrawer))
	o.Input, o.Class, o.At, o.Withdrawn = psi.Input(input), mithaq.Subjects(class), timeOf(at), timeOf(withdrawn)
	return o, err
}

// OfferBy is one offer by its id.
func (b *Book) OfferBy(tx *store.Tx, id stix.ID) (Offer, error) {
	o, err := scanOffer(tx.QueryRow("SELECT "+offerColumns+" FROM match_offer WHERE id = ?", string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound("match.no-offer", string(id))
	}
	return o, err
}

// Offers lists what is offered under a pact, the newest first, at most limit and
// those before an id when one is given. Whoever decides about cases and items
// sees them; an identifier is content.
func (b *Book) Offers(tx *store.Tx, v mithaq.Viewer, pact stix.ID, limit, offset int) ([]Offer, error) {
	if !v.Is(mithaq.Analyst, mithaq.Releaser, mithaq.Supervisor, mithaq.LegalOfficer) {
		return nil, denied("match.may-not-see")
	}
	rows, err := tx.Query("SELECT "+offerColumns+` FROM match_offer WHERE (? = '' OR pact = ?) AND withdrawn = 0
		ORDER BY at DESC, id LIMIT ? OFFSET ?`, string(pact), string(pact), limit, offset)
	return collect(rows, err, scanOffer)
}

// collect reads rows into a list.
func collect[T any](rows *store.Rows, err error, scan func(func(...any) error) (T, error)) (list []T, _ error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		one, err := scan(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("match: %w", err)
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
