package psi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/mithaq-hub/mithaq"
)

const kindQuestion = "psi-question"

// ladder are the numbers of elements that a question may have, so that its
// size says little.
var ladder = []int{1, 16, 256, 4096}

// MaxQuestion is the most that one question may ask.
const MaxQuestion = 4096

// paddedCount is how many elements a question about n inputs has.
func paddedCount(n int) int {
	return ladder[slices.IndexFunc(ladder, func(c int) bool { return n <= c })]
}

// A Case is the pseudonym of the asker's case, by which the answerer can tell
// questions of one case from those of another; 16 bytes in hexadecimal.
type Case [16]byte

// Pseudonym gives the pseudonym that a case has towards one partner under one
// pact; the secret is the asker's, so that two partners cannot compare.
func Pseudonym(secret []byte, pact, answerer mithaq.Digest, id string) (c Case) {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("mithaq/v1/psi/case\x00"))
	h.Write(pact[:])
	h.Write(answerer[:])
	h.Write([]byte(id))
	copy(c[:], h.Sum(nil))
	return c
}

// MarshalText writes the pseudonym.
func (c Case) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, c[:]), nil }

// UnmarshalText reads the pseudonym.
func (c *Case) UnmarshalText(text []byte) error {
	if n, err := hex.Decode(make([]byte, len(text)), text); err != nil || n != len(c) {
		return fmt.Errorf("case pseudonym: want 32 hexadecimal digits: %w", Malformed)
	}
	_, err := hex.Decode(c[:], text)
	return err
}

type questionHeader struct {
	Version int    `json:"v"`
	Kind    string `json:"kind"`
	Info    Info   `json:"info"`
	Case    Case   `json:"case"`
	Count   int    `json:"count"`
}

// A Question is what the answerer sees of one.
type Question struct {
	Info   Info
	Case   Case
	Count  int           // elements, dummies among them: what it costs
	Digest mithaq.Digest // of its bytes; the same bytes again are the same question

	elements []element
}

// ReadQuestion reads a question strictly: elements that are not canonical, the
// identity, or there twice are refused here. What passes may still hold an
// element off the group, which Answer refuses.
func ReadQuestion(raw []byte) (*Question, error) {
	var h questionHeader
	body, err := unframe(raw, &h)
	if err != nil {
		return nil, fmt.Errorf("question: %w", err)
	}
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("question: %w", err)
	}
	elements, err := cutElements(body, h.Count)
	if err != nil {
		return nil, fmt.Errorf("question: %w", err)
	}
	return &Question{h.Info, h.Case, h.Count, mithaq.DigestOf(raw), elements}, nil
}

func (h questionHeader) check() error {
	if err := wantVersion(h.Version, h.Kind, kindQuestion); err != nil {
		return err
	}
	if !slices.Contains(ladder, h.Count) {
		return fmt.Errorf("%d elements, want one of %d: %w", h.Count, ladder, WrongCount)
	}
	return h.Info.Check()
}

func writeQuestion(h questionHeader, elements []element) []byte {
	return appendElements(frame(h, len(elements)*elementSize), elements)
}
