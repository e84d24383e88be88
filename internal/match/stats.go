package match

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Tally is what passed between us and a partner under a pact.
type Tally struct {
	Partner mithaq.OrgID
	Pact    stix.ID

	Asked       int // questions of ours that were answered
	Identifiers int // in them
	Hits        int
	Canaries    int // asked beside them, to see whether a set is stuffed
	Caught      int // canaries that hit
	Refused     int // questions of ours that were refused, or whose answer did not hold

	Questions int // of theirs that we answered
	Elements  int // in them, dummies among them
	Repeats   int // the same bytes asked again
	Over      int // refused since the budget of the day was spent
	Warnings  int // days on which a person was told
}

// HitRate is the part of what we asked that was among what they offered, from 0 to 1.
func (t *Tally) HitRate() float64 {
	if t.Identifiers == 0 {
		return 0
	}
	return float64(t.Hits) / float64(t.Identifiers)
}

// Tallies counts for each partner and pact.
func (b *Book) Tallies(tx *store.Tx, v mithaq.Viewer) ([]Tally, error) {
	if !v.Is(mithaq.Analyst, mithaq.Releaser, mithaq.Supervisor, mithaq.LegalOfficer, mithaq.Auditor, mithaq.Administrator) {
		return nil, denied("match.may-not-see")
	}
	rows, err := tx.Query(`SELECT partner, pact, sum(asked), sum(inputs), sum(hits), sum(canaries), sum(caught), sum(refused),
			sum(questions), sum(elements), sum(repeats), sum(beyond), sum(warned) FROM (
		SELECT partner, pact, count(*) AS asked, coalesce(sum(inputs), 0) AS inputs, coalesce(sum(hits), 0) AS hits,
			coalesce(sum(canaries), 0) AS canaries, coalesce(sum(caught), 0) AS caught, 0 AS refused, 0 AS questions, 0 AS elements, 0 AS repeats, 0 AS beyond, 0 AS warned
			FROM match_question WHERE state = 'answered' GROUP BY partner, pact
		UNION ALL SELECT partner, pact, 0, 0, 0, 0, 0, count(*), 0, 0, 0, 0, 0 FROM match_question WHERE state IN ('refused', 'failed') GROUP BY partner, pact
		UNION ALL SELECT partner, pact, 0, 0, 0, 0, 0, 0, coalesce(sum(questions), 0), coalesce(sum(spent), 0), 0, coalesce(sum(refused), 0), coalesce(sum(warned), 0)
			FROM match_day GROUP BY partner, pact
		UNION ALL SELECT partner, pact, 0, 0, 0, 0, 0, 0, 0, 0, coalesce(sum(repeats), 0), 0, 0 FROM match_asked GROUP BY partner, pact
		) AS parts GROUP BY partner, pact ORDER BY partner, pact`)
	return collect(rows, err, func(scan func(...any) error) (t Tally, err error) {
		return t, scan((*string)(&t.Partner), (*string)(&t.Pact), &t.Asked, &t.Identifiers, &t.Hits, &t.Canaries, &t.Caught, &t.Refused,
			&t.Questions, &t.Elements, &t.Repeats, &t.Over, &t.Warnings)
	})
}

// A Shelf is a set as it stands: what can be asked of whom.
type Shelf struct {
	Answerer, Asker mithaq.OrgID
	Pact            stix.ID
	Purpose         mithaq.Purpose
	Scheme          string
	Rows            int64 // dummies among them
	Serial          int64
	At, Until       mithaq.Time // of the set, and of its epoch
}

// Shelves lists the sets that are ready: ours, and those of partners.
func (b *Book) Shelves(tx *store.Tx) ([]Shelf, error) {
	ready, err := collectSets(tx, "state = '"+setReady+"'")
	list := make([]Shelf, 0, len(ready))
	for _, s := range ready {
		e, err := epochOf(tx, s.answerer, s.pact, s.epoch)
		if err != nil {
			return nil, err
		}
		list = append(list, Shelf{s.answerer, s.asker, s.pact, s.purpose, string(s.scheme), s.header.Count, s.serial, s.header.At, e.ann.Until})
	}
	return list, err
}
