package psi

import "fmt"

// A Result is what one input came to. A miss reads: not among what they
// offered for this purpose.
type Result struct {
	Input  Input
	Hit    bool
	Record Record // of a hit
}

// Finalise verifies an answer to this very question, and looks every input up
// in the set, at home. All results come, or none: a half answer is a refusal.
// PRF outputs are wiped before it returns.
func (a *Asked) Finalise(raw []byte, set *Set) ([]Result, error) {
	if err := a.question.Info.Is(set.header.Info); err != nil {
		return nil, fmt.Errorf("finalise: set: %w", err)
	}
	outputs, err := a.outputs(raw)
	if err != nil {
		return nil, fmt.Errorf("finalise: %w", err)
	}
	defer func() {
		for i := range outputs {
			clear(outputs[i])
		}
	}()
	results := make([]Result, a.real)
	for i := range results {
		results[i].Input = Input(a.inputs[i])
		results[i].Record, results[i].Hit, err = set.look(outputs[i])
		if err != nil {
			return nil, fmt.Errorf("finalise: input %d: %w", i, err)
		}
	}
	return results, nil
}

// outputs verifies that an answer is one to this question, and unblinds it.
func (a *Asked) outputs(raw []byte) ([][]byte, error) {
	if a.blinded == nil {
		return nil, fmt.Errorf("the question was forgotten: %w", Destroyed)
	}
	ans, err := readAnswer(raw)
	if err != nil {
		return nil, err
	}
	if ans.question != a.question.Digest {
		return nil, fmt.Errorf("answer to %s, asked %s: %w", ans.question, a.question.Digest, WrongQuestion)
	}
	if len(ans.elements) != a.question.Count {
		return nil, fmt.Errorf("answer of %d elements to a question of %d: %w", len(ans.elements), a.question.Count, WrongCount)
	}
	return unblind(a.key, a.blinded, ans.elements, ans.proof, a.question.Info.Bytes())
}
