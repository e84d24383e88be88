package inquiry

import (
	"cmp"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Tally counts inquiries of one side with one partner under one pact.
type Tally struct {
	Side      mithaq.InquirySide    `json:"side"`
	Partner   mithaq.OrgID          `json:"partner"`
	Pact      stix.ID               `json:"pact,omitempty"`
	Inquiries int                   `json:"inquiries"`
	Open      int                   `json:"open"`
	Answered  int                   `json:"answered"`
	Refused   int                   `json:"refused"`
	Withdrawn int                   `json:"withdrawn"`
	Overdue   int                   `json:"overdue"`   // now, or until they were answered
	Elsewhere int                   `json:"elsewhere"` // not proven by us
	Median    int64                 `json:"median"`    // seconds from receipt to answer; 0 where nothing was answered
	Longest   int64                 `json:"longest"`   // likewise
	Grounds   map[mithaq.Ground]int `json:"by_ground"` // of refusal
	times     []time.Duration
}

type tallyKey struct {
	side    mithaq.InquirySide
	partner mithaq.OrgID
	pact    stix.ID
}

// Statistics counts inquiries that came to be here within a time: how long
// answers took, refusals by ground, what was overdue, by partner and pact. It
// names none. Denied: the viewer may not.
func (b *Book) Statistics(tx *store.Tx, v mithaq.Viewer, from, until time.Time) ([]Tally, error) {
	if !v.Is(mithaq.Supervisor, mithaq.LegalOfficer, mithaq.Auditor, mithaq.Analyst, mithaq.Releaser) {
		return nil, denied("inquiry.may-not-ask")
	}
	all, err := b.threads(tx, Filter{})
	if err != nil {
		return nil, err
	}
	tallies := map[tallyKey]*Tally{}
	for _, t := range all {
		if t.At.Before(from) || !until.IsZero() && !t.At.Before(until) {
			continue
		}
		key := tallyKey{t.Side, t.Partner, t.Pact}
		if tallies[key] == nil {
			tallies[key] = &Tally{Side: t.Side, Partner: t.Partner, Pact: t.Pact, Grounds: map[mithaq.Ground]int{}}
		}
		tallies[key].add(t, tx.Now())
	}
	return sorted(tallies), nil
}

func sorted(tallies map[tallyKey]*Tally) []Tally {
	list := make([]Tally, 0, len(tallies))
	for _, one := range slices.SortedFunc(maps.Values(tallies), func(x, y *Tally) int {
		return cmp.Or(cmp.Compare(x.Side, y.Side), cmp.Compare(x.Partner, y.Partner), cmp.Compare(x.Pact, y.Pact))
	}) {
		one.measure()
		list = append(list, *one)
	}
	return list
}

func (a *Tally) add(t *Thread, now time.Time) {
	a.Inquiries++
	count := func(is bool, n *int) {
		if is {
			*n++
		}
	}
	answered := !t.Ended.IsZero() && t.Ground == ""
	count(!t.Life.Stage.Over() && t.Ended.IsZero(), &a.Open)
	count(answered, &a.Answered)
	count(t.Ground != "", &a.Refused)
	count(t.Life.Stage == mithaq.StageWithdrawn, &a.Withdrawn)
	count(t.Late || t.Clock.Overdue(now), &a.Overdue)
	count(t.Elsewhere != nil, &a.Elsewhere)
	if t.Ground != "" {
		a.Grounds[t.Ground]++
	}
	if answered && !t.Began.IsZero() {
		a.times = append(a.times, t.Ended.Sub(t.Began))
	}
}

// measure finds the median and the longest of the times to an answer.
func (a *Tally) measure() {
	if len(a.times) == 0 {
		return
	}
	slices.Sort(a.times)
	a.Median, a.Longest = int64(a.times[len(a.times)/2].Seconds()), int64(a.times[len(a.times)-1].Seconds())
}

// WriteCSV writes tallies as CSV, one line each, grounds as ground=count. RFC 4180, 2
func WriteCSV(w io.Writer, list []Tally) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{{"side", "partner", "pact", "inquiries", "open", "answered", "refused", "withdrawn", "overdue", "elsewhere", "median_seconds", "longest_seconds", "refused_by_ground"}}
	for i := range list {
		rows = append(rows, list[i].row())
	}
	return out.WriteAll(rows)
}

func (a *Tally) row() []string {
	row := []string{string(a.Side), string(a.Partner), string(a.Pact)}
	for _, n := range []int{a.Inquiries, a.Open, a.Answered, a.Refused, a.Withdrawn, a.Overdue, a.Elsewhere, int(a.Median), int(a.Longest)} {
		row = append(row, strconv.Itoa(n))
	}
	var grounds []string
	for _, g := range slices.Sorted(maps.Keys(a.Grounds)) {
		grounds = append(grounds, string(g)+"="+strconv.Itoa(a.Grounds[g]))
	}
	return append(row, plain(strings.Join(grounds, "; ")))
}

// plain keeps a spreadsheet from taking a text for a formula.
func plain(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
