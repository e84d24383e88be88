package psi

import (
	"fmt"

	"github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/zk/dleq"

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
// Asking for less than the budget has, and storing the answer in the same
// transaction, is for the caller. The nonce of the proof is drawn from the
// system and never given, since one used twice would give the key away.
func (k *Key) Answer(info Info, q *Question) ([]byte, error) {
	if err := k.alive(); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if err := q.Info.Is(info); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	points, err := decodeAll(q.elements)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	done, err := k.server().Evaluate(&oprf.EvaluationRequest{Elements: points}, info.Bytes())
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return writeAnswer(q, done)
}

func writeAnswer(q *Question, done *oprf.Evaluation) ([]byte, error) {
	h := answerHeader{Version, kindAnswer, q.Digest, q.Count}
	out, err := appendElements(frame(h, q.Count*elementSize+proofSize), done.Elements)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	proof, err := done.Proof.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return append(out, proof...), nil
}

// An answer is what came back, read strictly but not yet proven.
type answer struct {
	question mithaq.Digest
	elements []element
	proof    []byte
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
	return &answer{h.Question, elements, body[cut:]}, nil
}

// evaluation makes of an answer what the library verifies.
func (a *answer) evaluation() (*oprf.Evaluation, error) {
	points, err := decodeAll(a.elements)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	proof := new(dleq.Proof)
	if err := proof.UnmarshalBinary(suite.Group(), a.proof); err != nil {
		return nil, fmt.Errorf("answer: proof: %w: %w", BadProof, err)
	}
	return &oprf.Evaluation{Elements: points, Proof: proof}, nil
}
