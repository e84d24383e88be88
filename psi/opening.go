package psi

import (
	"encoding/binary"
	"fmt"

	"github.com/cloudflare/circl/group"

	"github.com/mithaq-hub/mithaq"
)

const kindOpening = "psi-opening"

type openingHeader struct {
	Version  int           `json:"v"`
	Kind     string        `json:"kind"`
	Question mithaq.Digest `json:"question"` // of its bytes
	Count    int           `json:"count"`
}

// Opening is the inputs and blinds of a question, dummies among them: who has it
// and the question sees what was asked, and nobody can open the question to
// anything else. It is kept sealed to the asker's auditor. It is also what the
// asker needs to read an answer that comes after a restart.
func (a *Asked) Opening() ([]byte, error) {
	if a.blinded == nil {
		return nil, fmt.Errorf("opening: the question was forgotten: %w", Destroyed)
	}
	h := openingHeader{Version, kindOpening, a.question.Digest, len(a.inputs)}
	out := frame(h, len(a.inputs)*(scalarSize+2+dummySize))
	for i, input := range a.inputs {
		blind, err := a.blinds[i].MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("opening: %w", err)
		}
		out = append(out, blind...)
		out = binary.BigEndian.AppendUint16(out, uint16(len(input)))
		out = append(out, input...)
	}
	return out, nil
}

// Reopen verifies that an opening is that of a question, whole, and gives the
// question as the asker had it.
func Reopen(a Announcement, question, opening []byte) (*Asked, error) {
	q, err := ReadQuestion(question)
	if err != nil {
		return nil, fmt.Errorf("reopen: %w", err)
	}
	if err := a.Covers(q.Info); err != nil {
		return nil, fmt.Errorf("reopen: %w", err)
	}
	asked := &Asked{key: a.Key}
	if err := asked.readOpening(q, opening); err != nil {
		return nil, fmt.Errorf("reopen: %w", err)
	}
	if err := asked.write(q.Info, q.Case); err != nil {
		return nil, fmt.Errorf("reopen: %w: %w", BadOpening, err)
	}
	if asked.question.Digest != q.Digest {
		return nil, fmt.Errorf("reopen: what is opened gives another question: %w", BadOpening)
	}
	return asked, nil
}

// Open is what an auditor does: it says what a question asked, in order and
// without the dummies.
func Open(a Announcement, question, opening []byte) ([]Input, error) {
	asked, err := Reopen(a, question, opening)
	if err != nil {
		return nil, err
	}
	inputs := make([]Input, asked.real)
	for i := range inputs {
		inputs[i] = Input(asked.inputs[i])
	}
	return inputs, nil
}

func (a *Asked) readOpening(q *Question, raw []byte) error {
	var h openingHeader
	body, err := unframe(raw, &h)
	if err != nil {
		return err
	}
	if err := wantVersion(h.Version, h.Kind, kindOpening); err != nil {
		return err
	}
	if h.Question != q.Digest || h.Count != q.Count {
		return fmt.Errorf("opening of %s: %w", h.Question, WrongQuestion)
	}
	for i := range h.Count {
		input, blind, rest, err := cutOpened(body)
		if err != nil {
			return fmt.Errorf("opened element %d: %w", i, err)
		}
		body = rest
		if err := a.takeOpened(q.Info, input, blind); err != nil {
			return fmt.Errorf("opened element %d: %w", i, err)
		}
	}
	if len(body) != 0 || a.real == 0 || paddedCount(a.real) != q.Count {
		return fmt.Errorf("opening with %d bytes after its end and %d inputs: %w", len(body), a.real, Malformed)
	}
	return nil
}

// takeOpened takes an input, and after the inputs the dummies.
func (a *Asked) takeOpened(info Info, input []byte, blind group.Scalar) error {
	if !isDummy(input) {
		if err := info.Scheme.holds(Input(input)); err != nil {
			return err
		}
		if a.real != len(a.inputs) {
			return fmt.Errorf("an input after a dummy: %w", Malformed)
		}
		a.real++
	}
	a.inputs = append(a.inputs, append([]byte(nil), input...))
	a.blinds = append(a.blinds, blind)
	return nil
}

func cutOpened(body []byte) (input []byte, blind group.Scalar, rest []byte, err error) {
	const head = scalarSize + 2
	if len(body) < head {
		return nil, nil, nil, fmt.Errorf("cut off: %w", Malformed)
	}
	if blind, err = readScalar(body[:scalarSize]); err != nil {
		return nil, nil, nil, err
	}
	n := int(binary.BigEndian.Uint16(body[scalarSize:]))
	if n > MaxInput || n > len(body)-head {
		return nil, nil, nil, fmt.Errorf("an input of %d bytes: %w", n, Malformed)
	}
	return body[head : head+n], blind, body[head+n:], nil
}
