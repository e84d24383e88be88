package psi

import (
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// MaxEpoch is the longest that a key may be in use.
const MaxEpoch = 31 * 24 * time.Hour

const kindAnnouncement = "psi-key"

// An Announcement names the public key of one epoch. It travels signed and is
// entered in both ledgers before the first question. An amendment of the pact
// ends the epoch, since it changes the pact's digest.
type Announcement struct {
	Version  int           `json:"v"`
	Kind     string        `json:"kind"`
	Suite    string        `json:"suite"`
	Pact     mithaq.Digest `json:"pact"`
	Answerer mithaq.Digest `json:"answerer"` // of its Card
	Epoch    int64         `json:"epoch"`
	Key      PublicKey     `json:"key"`
	From     mithaq.Time   `json:"from"`
	Until    mithaq.Time   `json:"until"` // the first instant that is outside
}

// Announce makes the announcement of a key.
func (k *Key) Announce(pact, answerer mithaq.Digest, epoch int64, from, until time.Time) (Announcement, error) {
	a := Announcement{
		Version: Version, Kind: kindAnnouncement, Suite: Suite, Pact: pact, Answerer: answerer,
		Epoch: epoch, Key: k.Public(), From: mithaq.At(from), Until: mithaq.At(until),
	}
	return a, a.Check()
}

// ReadAnnouncement reads and checks the canonical form.
func ReadAnnouncement(raw []byte) (a Announcement, err error) {
	if err := readHeader(raw, &a); err != nil {
		return a, fmt.Errorf("announcement: %w", err)
	}
	return a, a.Check()
}

// Bytes is the canonical form.
func (a Announcement) Bytes() []byte { return canonical(a) }

// Digest names the announcement.
func (a Announcement) Digest() mithaq.Digest { return mithaq.DigestOf(a.Bytes()) }

// Check says what is wrong with the announcement, if anything.
func (a Announcement) Check() error {
	if err := wantVersion(a.Version, a.Kind, kindAnnouncement); err != nil {
		return fmt.Errorf("announcement: %w", err)
	}
	switch length := a.Until.Sub(a.From.Time); {
	case a.Suite != Suite:
		return fmt.Errorf("announcement: suite %.40q, want %s: %w", a.Suite, Suite, WrongSuite)
	case a.Pact.IsZero() || a.Answerer.IsZero() || a.Epoch < 1 || a.Epoch > maxEpoch:
		return fmt.Errorf("announcement without pact, answerer or epoch: %w", Malformed)
	case a.From.IsZero() || a.Until.IsZero() || length <= 0 || length > MaxEpoch:
		return fmt.Errorf("announcement: from %s until %s, want at most 31 days: %w", a.From, a.Until, OutOfTime)
	}
	return a.Key.Check()
}

// InForce says whether a question may be asked or answered now. Clocks may be
// apart by skew; the error names the clock and the dates.
func (a Announcement) InForce(now time.Time, skew time.Duration) error {
	if now.Before(a.From.Add(-skew)) || !now.Before(a.Until.Add(skew)) {
		return fmt.Errorf("by this clock it is %s, and epoch %d is from %s until %s: %w", mithaq.At(now), a.Epoch, a.From, a.Until, OutOfTime)
	}
	return nil
}

// Follows says whether this announcement may come after the newest one from
// the same answerer under any version of the same pact; repeating that one is
// allowed. The zero Announcement stands for none.
func (a Announcement) Follows(before Announcement) error {
	switch {
	case a.Epoch > before.Epoch && a.Key != before.Key, a.Digest() == before.Digest():
		return nil
	case a.Epoch == before.Epoch:
		return fmt.Errorf("a second announcement for epoch %d: %w", a.Epoch, KeyChanged)
	case a.Key == before.Key:
		return fmt.Errorf("the key of epoch %d again in epoch %d: %w", before.Epoch, a.Epoch, KeyChanged)
	}
	return fmt.Errorf("epoch %d after %d: %w", a.Epoch, before.Epoch, KeyChanged)
}

// Covers says whether questions under an info are evaluated with this key.
func (a Announcement) Covers(i Info) error {
	ours := i
	ours.Pact, ours.Answerer, ours.Epoch = a.Pact, a.Answerer, a.Epoch
	return ours.Is(i)
}
