package match

import (
	"crypto/rand"
	"math/big"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
)

// Canaries are asked in the place of some of a question's dummies: neighbours of
// what is really asked, drawn at random, about which nobody should have offered
// anything. A set that was stuffed with a whole range of numbers has them, too.
// To the answerer they look like all the rest, and they cost nothing.

// enumerable are the types whose values can be guessed one after the other.
var enumerable = map[psi.Type]bool{psi.Phone: true, psi.Document: true, psi.Plate: true, psi.Account: true, psi.IP: true}

// ladder are the sizes that questions are padded to. docs/matching.md, 6
var ladder = []int{1, 16, 256, psi.MaxQuestion}

// maxCanaries bounds those of one question.
const maxCanaries = 16

// canaries draws some for a question, as far as it would have dummies.
func canaries(inputs []psi.Input) (list []psi.Input, err error) {
	if !enumerable[inputs[0].Type()] {
		return nil, nil
	}
	seen := make(map[psi.Input]bool, len(inputs))
	for _, in := range inputs {
		seen[in] = true
	}
	for range min(maxCanaries, room(len(inputs))/2) {
		in, err := neighbour(inputs)
		if err != nil {
			return nil, err
		}
		if in != "" && !seen[in] {
			seen[in] = true
			list = append(list, in)
		}
	}
	return list, nil
}

// room is how many dummies a question about n inputs would have.
func room(n int) int {
	for _, size := range ladder {
		if n <= size {
			return size - n
		}
	}
	return 0
}

// neighbour is one of the inputs with its last digits drawn anew; "" when that
// is none of its type.
func neighbour(inputs []psi.Input) (psi.Input, error) {
	i, err := below(len(inputs))
	if err != nil {
		return "", err
	}
	value := []byte(inputs[i].Value())
	left := 5
	for at := len(value) - 1; at >= 0 && left > 0; at-- {
		if value[at] < '0' || value[at] > '9' {
			continue
		}
		digit, err := below(10)
		if err != nil {
			return "", err
		}
		value[at] = byte('0' + digit)
		left--
	}
	in, err := psi.Read(inputs[i].Type(), strings.TrimSpace(string(value)))
	if err != nil {
		return "", nil // no such number can be
	}
	return in, nil
}

func below(n int) (int, error) {
	x, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0, err
	}
	return int(x.Int64()), nil
}

// stuffed tells people, and enters, that canaries hit.
func (b *Book) stuffed(tx *store.Tx, q *Question, caught int) error {
	if caught == 0 {
		return nil
	}
	const why = "match.warn-canary"
	if err := tx.Change(TopicWarning, string(q.Partner), []byte(why)); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: "match-warning", At: mithaq.At(tx.Now()), From: q.Partner, About: q.ID, Purpose: q.Purpose,
		Counts: map[string]int64{"canaries": int64(caught)}, Notes: map[string]string{"why": why},
	})
}
