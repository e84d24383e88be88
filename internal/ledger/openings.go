package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// maxOpenings bounds the entries that one case may have; an opening is for a
// person to read.
const maxOpenings = 50_000

// Openings are what an auditor gets of one case: every entry of every log here
// that names the case or one of its releases, opened and proven, with the Cards
// by whose keys the proofs are checked. No content is among them.
type Openings struct {
	Type         string            `json:"type"` // "mithaq-openings"
	Version      int               `json:"version"`
	Organisation mithaq.OrgID      `json:"organisation"`
	Case         stix.ID           `json:"case"`
	Auditor      mithaq.PersonID   `json:"auditor"`
	At           mithaq.Time       `json:"at"`
	Cards        []json.RawMessage `json:"cards"`
	Entries      []Opened          `json:"entries"`
}

// TypeOpenings is the type of Openings.
const TypeOpenings = "mithaq-openings"

// An Opened is one entry with what opens and what proves it.
type Opened struct {
	Origin      string                `json:"origin"`
	Index       int64                 `json:"index"`
	Account     string                `json:"account"` // in JCS form, exactly
	AccountSalt mithaq.CommitmentSalt `json:"account_salt"`
	ContentRoot mithaq.Digest         `json:"content_root,omitzero"`
	ContentSalt mithaq.CommitmentSalt `json:"content_salt,omitzero"`
	Content     mithaq.Digest         `json:"content,omitzero"` // in place of root and salt, once they are erased
	Objects     []OpenedObject        `json:"objects,omitempty"`
	Proof       string                `json:"proof,omitempty"` // .tlog-proof; none while no checkpoint covers the entry
}

// An OpenedObject is an object of a message, by its salted digest: who has its
// bytes can show with the salt that they crossed. Without salt it is erased.
type OpenedObject struct {
	Digest mithaq.Digest     `json:"digest"`
	Salt   mithaq.ObjectSalt `json:"salt,omitzero"`
}

// OpenCase gathers the entries of a case from every log that we hold leaves of.
// objects gives those of the message that stands at an index of a lane's log.
// TooLarge: more entries than one opening holds.
func OpenCase(tx *store.Tx, id stix.ID, objects func(tx *store.Tx, origin string, index int64) ([]OpenedObject, error)) ([]Opened, error) {
	logs, err := Logs(tx)
	if err != nil {
		return nil, err
	}
	releases, err := releasesOf(tx, logs, id)
	if err != nil {
		return nil, err
	}
	var all []Opened
	for _, log := range logs {
		err := eachEntry(tx, log, func(e *Entry) error {
			if !ofCase(e.Account, id, releases) {
				return nil
			}
			if len(all) == maxOpenings {
				return fmt.Errorf("case %s has more than %d entries: %w", id, maxOpenings, mithaq.TooLarge)
			}
			one, err := open(tx, log, e)
			if err == nil {
				one.Objects, err = objects(tx, log.Origin, e.Index)
			}
			all = append(all, one)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", log.Origin, err)
		}
	}
	return all, nil
}

// releasesOf are the releases that any entry names together with the case.
func releasesOf(tx *store.Tx, logs []Log, id stix.ID) (map[stix.ID]bool, error) {
	found := map[stix.ID]bool{}
	for _, log := range logs {
		err := eachEntry(tx, log, func(e *Entry) error {
			var a mithaq.Account
			if bytes.Contains(e.Account, []byte(id)) && json.Unmarshal(e.Account, &a) == nil &&
				a.Case == string(id) && a.About.Type() == mithaq.TypeRelease {
				found[a.About] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func ofCase(account []byte, id stix.ID, releases map[stix.ID]bool) bool {
	var a mithaq.Account
	return json.Unmarshal(account, &a) == nil && (a.Case == string(id) || releases[a.About])
}

// eachEntry hands over the entries of a log in order.
func eachEntry(tx *store.Tx, log Log, do func(*Entry) error) error {
	if log.Kind == Mirror { // leaf hashes alone
		return nil
	}
	const page = 1000
	for from := int64(0); ; {
		entries, err := Find(tx, log.ID, Filter{After: from, Limit: page})
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := do(e); err != nil {
				return err
			}
			from = e.Index + 1
		}
		if len(entries) < page {
			return nil
		}
	}
}

func open(tx *store.Tx, log Log, e *Entry) (Opened, error) {
	proof, err := ProofOf(tx, log.ID, e.Index)
	if errors.Is(err, mithaq.Busy) {
		err = nil
	}
	return Opened{
		Origin: log.Origin, Index: e.Index, Account: string(e.Account), AccountSalt: e.AccountSalt,
		ContentRoot: e.ContentRoot, ContentSalt: e.ContentSalt, Content: e.Content, Proof: string(proof),
	}, err
}

// OwnerOf is the organisation that signs the log of an origin.
func OwnerOf(origin string) mithaq.OrgID {
	org, _, _ := strings.Cut(origin, "/mithaq/")
	return mithaq.OrgID(org)
}

// opening is the Opening that the entry was opened from.
func (o *Opened) opening() *Opening {
	return &Opening{
		Account: []byte(o.Account), AccountSalt: o.AccountSalt, ContentRoot: o.ContentRoot, ContentSalt: o.ContentSalt, Content: o.Content,
	}
}

// Check checks the entry off line: the account and the content are those of a
// leaf that the log has, and the objects those of the content. ErrMalformed: it
// has no proof, or one that is none. ErrInconsistent: it does not fit.
func (o *Opened) Check(log *Verifier) error {
	if o.Proof == "" {
		return fmt.Errorf("%w: %s, entry %d: no checkpoint covers it yet", ErrMalformed, o.Origin, o.Index)
	}
	p, err := CheckProof([]byte(o.Proof), o.opening().Leaf(), log)
	if err != nil {
		return err
	}
	if p.Origin != o.Origin || p.Index != o.Index {
		return fmt.Errorf("%w: the proof is of %s, entry %d", ErrInconsistent, p.Origin, p.Index)
	}
	return o.checkObjects()
}

func (o *Opened) checkObjects() error {
	erased := o.opening().Erased()
	if erased && slices.ContainsFunc(o.Objects, func(c OpenedObject) bool { return c.Salt != mithaq.ObjectSalt{} }) {
		return fmt.Errorf("%w: %s, entry %d: objects of a content that is erased", ErrInconsistent, o.Origin, o.Index)
	}
	if erased || len(o.Objects) == 0 {
		return nil
	}
	digests := make([]mithaq.Digest, len(o.Objects))
	for i := range o.Objects {
		digests[i] = o.Objects[i].Digest
	}
	if mithaq.TreeRoot(digests) != o.ContentRoot {
		return fmt.Errorf("%w: %s, entry %d: the objects are not those of the content root", ErrInconsistent, o.Origin, o.Index)
	}
	return nil
}

// Carried says at which position a message carried exactly these bytes; -1: it
// did not, or they are erased. It says so of an entry that Check found in order.
func (o *Opened) Carried(raw []byte) int {
	for i := range o.Objects {
		if s := o.Objects[i].Salt; s != (mithaq.ObjectSalt{}) && mithaq.ObjectDigest(s, raw) == o.Objects[i].Digest {
			return i
		}
	}
	return -1
}
