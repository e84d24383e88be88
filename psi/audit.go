package psi

import (
	"fmt"
	"iter"
)

// Audit is what the answerer's auditor does while the epoch lives: it looks up
// each of the offers that it holds to be all, and says whether the rows of the
// set are theirs and dummies and nothing else: neither stuffed nor short.
func (k *Key) Audit(s *Set, offers iter.Seq2[Offer, error]) error {
	maker, err := k.rowMaker(s.header.Info, Building{})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	defer maker.prf.forget()
	offered, err := maker.compare(s, offers)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	others := 0
	for r, err := range s.all() {
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		if !maker.dummies.has(r.tag()) {
			others++
		}
	}
	if others != offered {
		return fmt.Errorf("audit: %d rows are no dummies, %d identifiers were offered: %w", others, offered, SetChanged)
	}
	return nil
}

// compare holds each offer to its row, and counts them.
func (m *rowMaker) compare(s *Set, offers iter.Seq2[Offer, error]) (n int, err error) {
	for offer, err := range offers {
		if err != nil {
			return n, err
		}
		output, err := m.evaluate(offer.Input)
		if err != nil {
			return n, err
		}
		record, there, err := s.look(output)
		clear(output)
		switch {
		case err != nil:
			return n, fmt.Errorf("offer %d: %w", n, err)
		case !there:
			return n, fmt.Errorf("offer %d has no row: %w", n, NotOffered)
		case record != offer.Record:
			return n, fmt.Errorf("offer %d has another record in the set: %w", n, SetChanged)
		}
		n++
	}
	return n, nil
}

// Committed says whether a set has an identifier under a reference. The answerer
// asks it when an inquiry quotes one: a reference that was never committed is
// refused. The error unwraps to NotOffered.
func (k *Key) Committed(s *Set, in Input, reference Reference) error {
	maker, err := k.rowMaker(s.header.Info, Building{})
	if err != nil {
		return fmt.Errorf("committed: %w", err)
	}
	defer maker.prf.forget()
	if err := s.header.Info.Scheme.holds(in); err != nil {
		return fmt.Errorf("committed: %w", err)
	}
	output, err := maker.evaluate(in)
	if err != nil {
		return fmt.Errorf("committed: %w", err)
	}
	defer clear(output)
	record, there, err := s.look(output)
	if err == nil && (!there || record.Reference != reference) {
		err = fmt.Errorf("the reference quoted was not committed for this %s: %w", in.Type(), NotOffered)
	}
	return err
}
