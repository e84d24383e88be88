package envelope

import (
	"crypto/sha256"
	"fmt"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// maxReceipt bounds a receipt: every object of the largest envelope may be
// refused, each with its clauses and a sentence.
const maxReceipt = 16 << 20

// SignReceipt signs a receipt of ours; raw is its JCS form with the signature.
func SignReceipt(r mithaq.Receipt, s sign.Signer) (raw []byte, digest mithaq.Digest, err error) {
	r.Signatures = nil
	signed, err := jcs.Marshal(&r)
	if err != nil {
		return nil, mithaq.Digest{}, err
	}
	sig, err := s.Sign(mithaq.UseReceipt, signed)
	if err != nil {
		return nil, mithaq.Digest{}, err
	}
	r.Signatures = []mithaq.Signature{sig}
	if err := r.Check(); err != nil {
		return nil, mithaq.Digest{}, fmt.Errorf("sign receipt: %w", err)
	}
	raw, err = jcs.Marshal(&r)
	return raw, sha256.Sum256(signed), err
}

// A ReadReceipt is a receipt that keeps its own rules, with what was signed.
type ReadReceipt struct {
	mithaq.Receipt
	Signed []byte // JCS form without signatures
	Digest mithaq.Digest
}

// ParseReceipt reads a receipt. The caller verifies the signature over Signed,
// by sign.VerifyBy, and holds it to the envelope by Receipt.Answers.
func ParseReceipt(raw []byte) (*ReadReceipt, error) {
	var r ReadReceipt
	canonical, err := strict.Signed(raw, maxReceipt, &r.Receipt)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	if r.Signed, _, err = jcs.Without(canonical, "signatures"); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	r.Digest = sha256.Sum256(r.Signed)
	return &r, nil
}
