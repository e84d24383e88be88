package psi

import (
	"fmt"
	"io"
	"iter"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
)

// Asked is a question from the asker's side: with it goes what is needed to
// read the answer, and to open the question later. One goroutine uses it at
// a time.
type Asked struct {
	question *Question
	raw      []byte
	inputs   [][]byte // the last ones are dummies
	real     int
	blinds   []group.Scalar
	blinded  *oprf.FinalizeData
	key      PublicKey
}

// Ask makes the question about some inputs, padded with dummies to 1, 16, 256
// or 4,096. Whether the announcement is in force is for the caller's clock.
func Ask(a Announcement, info Info, c Case, inputs []Input, random io.Reader) (*Asked, error) {
	if err := checkInputs(info, inputs); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	if err := a.Covers(info); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	asked := &Asked{real: len(inputs), key: a.Key}
	for _, in := range inputs {
		asked.inputs = append(asked.inputs, []byte(in))
	}
	if err := asked.pad(random); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	if err := asked.write(info, c); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	return asked, nil
}

func checkInputs(info Info, inputs []Input) error {
	if err := info.Check(); err != nil {
		return err
	}
	if len(inputs) < 1 || len(inputs) > MaxQuestion {
		return fmt.Errorf("%d inputs, want 1 to %d: %w", len(inputs), MaxQuestion, WrongCount)
	}
	seen := make(map[Input]struct{}, len(inputs))
	for i, in := range inputs {
		if err := info.Scheme.holds(in); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
		if _, twice := seen[in]; twice {
			return fmt.Errorf("input %d is there twice: %w", i, Duplicate)
		}
		seen[in] = struct{}{}
	}
	return nil
}

// A dummy is a zero byte and 32 random ones: no type begins so.
const dummySize = 1 + 32

func isDummy(input []byte) bool { return len(input) == dummySize && input[0] == 0 }

// pad adds dummies, and draws the blinds.
func (a *Asked) pad(random io.Reader) error {
	for range paddedCount(a.real) - a.real {
		dummy := make([]byte, dummySize)
		if _, err := io.ReadFull(random, dummy[1:]); err != nil {
			return fmt.Errorf("randomness: %w", err)
		}
		a.inputs = append(a.inputs, dummy)
	}
	for range a.inputs {
		blind, err := drawScalar(random)
		if err != nil {
			return err
		}
		a.blinds = append(a.blinds, blind)
	}
	return nil
}

// write blinds, and writes the question.
func (a *Asked) write(info Info, c Case) error {
	kept, elements, err := blind(a.inputs, a.blinds)
	if err != nil {
		return err
	}
	a.blinded = kept
	a.raw = writeQuestion(questionHeader{Version, kindQuestion, info, c, len(elements)}, elements)
	a.question, err = ReadQuestion(a.raw)
	return err
}

// Bytes is the question to send. Sent again as it is, it costs nothing more.
func (a *Asked) Bytes() []byte { return a.raw }

// Question is what the answerer sees.
func (a *Asked) Question() *Question { return a.question }

// Forget wipes inputs and blinds; after it nothing can be read or opened.
//
// BUG(psi): what the library and Go's runtime have copied is freed, not wiped,
// and neither are the strings that inputs were made of.
func (a *Asked) Forget() {
	for i := range a.inputs {
		clear(a.inputs[i])
	}
	for _, blind := range a.blinds {
		blind.SetUint64(0)
	}
	a.inputs, a.blinds, a.blinded, a.real = nil, nil, nil, 0
}

// Batches cuts many inputs into questions: full ones, then, where at most four
// are enough, some of 256, so that little is spent on dummies.
func Batches(inputs []Input) iter.Seq[[]Input] {
	size := func(n int) int {
		if n <= 1024 && n > 16 {
			return 256
		}
		return MaxQuestion
	}
	return func(yield func([]Input) bool) {
		for len(inputs) > 0 {
			n := min(len(inputs), size(len(inputs)))
			if !yield(inputs[:n]) {
				return
			}
			inputs = inputs[n:]
		}
	}
}
