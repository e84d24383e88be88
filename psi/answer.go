package psi

import (
	"fmt"

	"github.com/mithaq-hub/mithaq"
)

const kindAnswer = "psi-answer"

type answerHeader struct {
	Version  int           `json:"v"`
	Kind     string        `json:"kind"`
	Question mithaq.Digest `json:"question"` // of its bytes
	Count    int           `json:"count"`
}

// Answer evaluates a question under the info that the answerer holds for this
// asker, with one proof for all. What is answered does not depend on any set.
// That the epoch is in force, that the budget has enough, and that the answer
// is stored in the same transaction, is for the caller.
func (k *Key) Answer(info Info, q *Question) ([]byte, error) {
	if err := k.alive(); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if err := q.Info.Is(info); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	elements, p, err := k.evaluate(q.elements, info.Bytes())
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return writeAnswer(answer{q.Digest, elements, p}), nil
}

func writeAnswer(a answer) []byte {
	h := answerHeader{Version, kindAnswer, a.question, len(a.elements)}
	out := appendElements(frame(h, len(a.elements)*elementSize+proofSize), a.elements)
	return append(out, a.proof[:]...)
}

// An answer is what came back, read strictly but not yet proven.
type answer struct {
	question mithaq.Digest
	elements []element
	proof    proof
}

func readAnswer(raw []byte) (*answer, error) {
	var h answerHeader
	body, err := unframe(raw, &h)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if err := wantVersion(h.Version, h.Kind, kindAnswer); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if h.Count < 1 || h.Count > MaxQuestion || len(body) != h.Count*elementSize+proofSize {
		return nil, fmt.Errorf("answer of %d elements in %d bytes: %w", h.Count, len(body), WrongCount)
	}
	cut := h.Count * elementSize
	elements, err := cutElements(body[:cut], h.Count)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return &answer{h.Question, elements, proof(body[cut:])}, nil
}
