package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) openingRoutes() {
	verb(s, op{http.MethodPost, "/v1/log/openings", "openings", "The openings of one case, sealed to the auditor who asks", 0}, s.openings)
}

// OpeningsIn asks for the openings of a case.
type OpeningsIn struct {
	Case stix.ID `json:"case"`
	To   string  `json:"to" doc:"the age recipient of the auditor, age1…"`
}

type openingsIn struct{ Body OpeningsIn }

// Sealed are openings that only the auditor's own key opens.
type Sealed struct {
	Case    stix.ID `json:"case"`
	Entries int     `json:"entries"`
	File    []byte  `json:"file"` // an age file; see ledger.Openings
}

// openings gives an auditor what opens the entries of a case. That they were
// given is an entry, and it lasts before the first byte leaves.
func (s *server) openings(ctx context.Context, v mithaq.Viewer, in *openingsIn) (Sealed, error) {
	if !v.MayAudit() {
		return Sealed{}, mithaq.Refuse(mithaq.Denied, "log.openings-auditor")
	}
	if strings.TrimSpace(v.Reason) == "" {
		return Sealed{}, mithaq.Refuse(mithaq.Invalid, "log.openings-reason")
	}
	to, err := seal.ParseRecipient(in.Body.To)
	if err != nil {
		return Sealed{}, mithaq.Refuse(mithaq.Invalid, "cli.want-recipient", in.Body.To)
	}
	if _, err := s.Ledger.Refresh(ctx); err != nil {
		return Sealed{}, err
	}
	o, err := s.opened(ctx, v, in.Body.Case)
	if err != nil {
		return Sealed{}, err
	}
	file, err := sealed(o, to)
	if err != nil {
		return Sealed{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (Sealed, error) {
		_, _, err := s.Ledger.Own(tx, mithaq.Account{
			Kind: "openings", At: mithaq.At(tx.Now()), By: v.Person, Case: string(o.Case), Purpose: v.Purpose, Basis: v.Basis,
			Counts: map[string]int64{"entries": int64(len(o.Entries))}, Notes: map[string]string{"reason": v.Reason},
		})
		return Sealed{o.Case, len(o.Entries), file}, err
	})
}

func (s *server) opened(ctx context.Context, v mithaq.Viewer, id stix.ID) (*ledger.Openings, error) {
	return read(ctx, s, func(tx *store.Tx) (*ledger.Openings, error) {
		if _, err := s.Gate.Case(tx, id); err != nil {
			return nil, err
		}
		o := &ledger.Openings{
			Type: ledger.TypeOpenings, Version: 1, Organisation: s.Org, Case: id, Auditor: v.Person, At: mithaq.At(tx.Now()),
		}
		var err error
		if o.Entries, err = ledger.OpenCase(tx, id, s.Peer.Objects); err != nil {
			return nil, err
		}
		return o, s.addCards(tx, o)
	})
}

// addCards adds the Cards of all whose logs are among the entries.
func (s *server) addCards(tx *store.Tx, o *ledger.Openings) error {
	seen := map[mithaq.OrgID]bool{}
	for i := range o.Entries {
		org := ledger.OwnerOf(o.Entries[i].Origin)
		if seen[org] {
			continue
		}
		seen[org] = true
		raws, err := s.Peer.Cards(tx, org)
		if err != nil {
			return err
		}
		for _, raw := range raws {
			o.Cards = append(o.Cards, raw)
		}
	}
	return nil
}

func sealed(o *ledger.Openings, to age.Recipient) ([]byte, error) {
	plain, err := jcs.Marshal(o)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
