package psi

import (
	"errors"
	"fmt"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/zk/dleq"
)

// Suite names the PRF: RFC 9497, 4.1, in the partially oblivious mode 0x02.
const Suite = "ristretto255-SHA512"

var suite = oprf.SuiteRistretto255

const proofSize = 64

// A proof says that all elements of an answer were evaluated with one key.
type proof [proofSize]byte

// blinder blinds. Blinding needs no key, but the library wants one: here the
// generator, which is nobody's.
var blinder = oprf.NewPartialObliviousClient(suite, generator())

func generator() *oprf.PublicKey {
	e, err := encode(suite.Group().Generator())
	if err != nil {
		panic(fmt.Errorf("psi: generator: %w", err))
	}
	key := new(oprf.PublicKey)
	if err := key.UnmarshalBinary(suite, e[:]); err != nil {
		panic(fmt.Errorf("psi: generator: %w", err))
	}
	return key
}

// blind gives the elements to send, and what unblind wants. RFC 9497, 3.3.3
func blind(inputs [][]byte, blinds []group.Scalar) (*oprf.FinalizeData, []element, error) {
	kept, request, err := blinder.DeterministicBlind(inputs, blinds)
	if err != nil {
		return nil, nil, err
	}
	elements, err := encodeAll(request.Elements)
	return kept, elements, err
}

// evaluate is the key's holder's step, with one proof for all. The nonce of the
// proof is drawn from the system and never given, since one used twice would
// give the key away. RFC 9497, 3.3.3
func (k *Key) evaluate(elements []element, info []byte) ([]element, proof, error) {
	points, err := decodeAll(elements)
	if err != nil {
		return nil, proof{}, err
	}
	done, err := k.server().Evaluate(&oprf.EvaluationRequest{Elements: points}, info)
	if err != nil {
		return nil, proof{}, err
	}
	raw, err := done.Proof.MarshalBinary()
	if err != nil {
		return nil, proof{}, err
	}
	evaluated, err := encodeAll(done.Elements)
	return evaluated, proof(raw), err
}

// unblind verifies, and gives the outputs. RFC 9497, 3.3.3
func unblind(key PublicKey, kept *oprf.FinalizeData, evaluated []element, p proof, info []byte) ([][]byte, error) {
	server, err := key.open()
	if err != nil {
		return nil, err
	}
	points, err := decodeAll(evaluated)
	if err != nil {
		return nil, err
	}
	opened := new(dleq.Proof)
	if err := opened.UnmarshalBinary(suite.Group(), p[:]); err != nil {
		return nil, fmt.Errorf("%w: %w", BadProof, err)
	}
	done := &oprf.Evaluation{Elements: points, Proof: opened}
	outputs, err := oprf.NewPartialObliviousClient(suite, server).Finalize(kept, done, info)
	if errors.Is(err, oprf.ErrInvalidProof) {
		return nil, fmt.Errorf("%w: %w", BadProof, err)
	}
	return outputs, err
}

func (k *Key) server() oprf.PartialObliviousServer {
	return oprf.NewPartialObliviousServer(suite, k.private)
}
