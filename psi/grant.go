package psi

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq"
)

const kindGrant = "psi-grant"

// MaxList bounds one accreditation list.
const MaxList = 1 << 20

// A Grant lets a whole accreditation list be checked once, outside the daily
// budget. The asker signs it with the root of the list, so that the list is
// fixed before the first question; the answerer signs that it agrees.
type Grant struct {
	Version  int            `json:"v"`
	Kind     string         `json:"kind"`
	Pact     mithaq.Digest  `json:"pact"`
	Asker    mithaq.Digest  `json:"asker"`
	Answerer mithaq.Digest  `json:"answerer"`
	Purpose  mithaq.Purpose `json:"purpose"`
	Event    string         `json:"event"`
	Lists    []Commitment   `json:"lists"`  // one for each type of identifier
	Notice   string         `json:"notice"` // how the persons were told, and how they can contest
	From     mithaq.Time    `json:"from"`
	Until    mithaq.Time    `json:"until"`
}

// A Commitment is the size and the root of one list.
type Commitment struct {
	Scheme Scheme        `json:"type"`
	Number int           `json:"number"`
	Root   mithaq.Digest `json:"root"`
}

// ReadGrant reads and checks the canonical form.
func ReadGrant(raw []byte) (g Grant, err error) {
	if err := readHeader(raw, &g); err != nil {
		return g, fmt.Errorf("grant: %w", err)
	}
	return g, g.Check()
}

// Bytes is the canonical form.
func (g Grant) Bytes() []byte { return canonical(g) }

// Check says what is wrong with the grant, if anything.
func (g Grant) Check() error {
	if err := wantVersion(g.Version, g.Kind, kindGrant); err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	switch {
	case g.Pact.IsZero() || g.Asker.IsZero() || g.Answerer.IsZero() || g.Asker == g.Answerer:
		return fmt.Errorf("grant without pact, asker or answerer: %w", Malformed)
	case !isSentence(g.Event, 200) || !isSentence(g.Notice, 1000):
		return fmt.Errorf("grant: want the event in up to 200 bytes, and the notice given to the persons in up to 1000: %w", Malformed)
	case g.From.IsZero() || !g.From.Before(g.Until.Time) || g.Until.Sub(g.From.Time) > MaxEpoch:
		return fmt.Errorf("grant from %s until %s, want at most 31 days: %w", g.From, g.Until, OutOfTime)
	case len(g.Lists) == 0 || len(g.Lists) > len(rules):
		return fmt.Errorf("grant of %d lists: %w", len(g.Lists), WrongCount)
	}
	if err := g.Purpose.Check(); err != nil {
		return fmt.Errorf("grant: %w: %w", Malformed, err)
	}
	return g.checkLists()
}

func isSentence(text string, most int) bool {
	return text != "" && len(text) <= most && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func (g Grant) checkLists() error {
	seen := map[Scheme]bool{}
	for _, list := range g.Lists {
		if err := list.Scheme.Check(); err != nil {
			return fmt.Errorf("grant: %w", err)
		}
		if list.Number < 1 || list.Number > MaxList || list.Root.IsZero() || seen[list.Scheme] {
			return fmt.Errorf("grant: list of %d of type %s: %w", list.Number, list.Scheme, WrongCount)
		}
		seen[list.Scheme] = true
	}
	return nil
}

// Covers says whether a question may be answered under the grant now, as number
// asked of the list of its type: 0 for the first.
func (g Grant) Covers(q *Question, number int, now time.Time) error {
	want := Info{Version, g.Pact, g.Asker, g.Answerer, q.Info.Scheme, g.Purpose, q.Info.Epoch}
	if err := want.Is(q.Info); err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	if now.Before(g.From.Time) || !now.Before(g.Until.Time) {
		return fmt.Errorf("grant: by this clock it is %s, and it is from %s until %s: %w", mithaq.At(now), g.From, g.Until, OutOfTime)
	}
	for _, list := range g.Lists {
		if list.Scheme == q.Info.Scheme {
			return list.holds(number, q.Count)
		}
	}
	return fmt.Errorf("grant: no list of type %s: %w", q.Info.Scheme, WrongInfo)
}

// holds wants full questions, and one for what is left at the end.
func (c Commitment) holds(number, count int) error {
	left := c.Number - number*MaxQuestion
	if number < 0 || left < 1 || count != paddedCount(min(left, MaxQuestion)) {
		return fmt.Errorf("grant: question %d of %d elements, of a list of %d: %w", number, count, c.Number, OverBudget)
	}
	return nil
}
