package mithaq

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// A Lane is one ordered way within a link. Control overtakes.
type Lane string

// The lanes of a link.
const (
	LaneControl Lane = "control"
	LaneCase    Lane = "case"
	LaneBulk    Lane = "bulk"
)

// Lanes lists them, the most urgent first.
var Lanes = []Lane{LaneControl, LaneCase, LaneBulk}

// A MessageKind says what an envelope is for.
type MessageKind string

// The kinds of envelope.
const (
	MessageItems         MessageKind = "items"
	MessageRecall        MessageKind = "recall"
	MessageNarrow        MessageKind = "narrow"
	MessageErased        MessageKind = "erased"
	MessageConsentAsk    MessageKind = "consent-ask"
	MessageConsent       MessageKind = "consent"
	MessagePact          MessageKind = "pact" // propose, counter, amend
	MessagePactSignature MessageKind = "pact-signature"
	MessagePactSuspend   MessageKind = "pact-suspend"
	MessagePactResume    MessageKind = "pact-resume"
	MessagePactEnd       MessageKind = "pact-end"
	MessageCard          MessageKind = "card" // rotation, revocation
	MessageReceipts      MessageKind = "receipts"
	MessageCheckpoint    MessageKind = "checkpoint"
	MessagePartnerNotice MessageKind = "partner-notice"
	MessageMark          MessageKind = "mark"
	MessageMatchKey      MessageKind = "match-key"      // a key of hit / no-hit is announced
	MessageMatchSet      MessageKind = "match-set"      // the header of a set
	MessageMatchRows     MessageKind = "match-rows"     // a piece of a set, or of its change
	MessageMatchQuestion MessageKind = "match-question" // blinded
	MessageMatchAnswer   MessageKind = "match-answer"
	MessageInquiry       MessageKind = "inquiry"
	MessageInquiryStep   MessageKind = "inquiry-step"
)

// MessageKinds lists every kind of envelope.
var MessageKinds = []MessageKind{
	MessageItems, MessageRecall, MessageNarrow, MessageErased, MessageConsentAsk, MessageConsent,
	MessagePact, MessagePactSignature, MessagePactSuspend, MessagePactResume, MessagePactEnd,
	MessageCard, MessageReceipts, MessageCheckpoint, MessagePartnerNotice, MessageMark,
	MessageMatchKey, MessageMatchSet, MessageMatchRows, MessageMatchQuestion, MessageMatchAnswer,
	MessageInquiry, MessageInquiryStep,
}

// Matching reports whether a kind belongs to hit / no-hit matching.
func (k MessageKind) Matching() bool { return strings.HasPrefix(string(k), "match-") }

// PassesSuspension says whether a kind crosses a suspended link: receipts,
// recalls, corrections, erasure statements, notices, key revocations and
// checkpoints always do, and so does what settles the pact itself.
func (k MessageKind) PassesSuspension() bool {
	return !k.Matching() && !slices.Contains([]MessageKind{MessageItems, MessageConsentAsk, MessageConsent, MessageInquiry, MessageInquiryStep}, k)
}

// NeedsPact says whether a kind makes sense only under a pact. The others may
// also travel on the acquaintance link, before any pact exists.
func (k MessageKind) NeedsPact() bool {
	return k.Matching() || slices.Contains([]MessageKind{
		MessageItems, MessageRecall, MessageNarrow, MessageErased, MessageConsentAsk, MessageConsent,
		MessagePactSuspend, MessagePactResume, MessagePactEnd, MessageMark, MessageInquiry, MessageInquiryStep,
	}, k)
}

// An EnvelopeHeader is the signed first object of a message, the same on
// every road. The content is bound by its root, the place in the lane by
// sequence, previous digest and tree.
type EnvelopeHeader struct {
	Head
	Version     int            `json:"version"` // 1
	Kind        MessageKind    `json:"kind"`
	Pact        Digest         `json:"pact"`              // "" on the acquaintance link
	PactID      stix.ID        `json:"pact_id,omitempty"` // absent on the acquaintance link
	From        OrgID          `json:"from"`
	To          OrgID          `json:"to"`
	FromCard    Digest         `json:"from_card"`
	ToCard      Digest         `json:"to_card"`
	Lane        Lane           `json:"lane"`
	Sequence    int64          `json:"sequence"` // from 1
	Previous    Digest         `json:"previous"` // of the header before on the lane; "" first
	NotAfter    Time           `json:"not_after"`
	Account     Account        `json:"account"`
	AccountSalt CommitmentSalt `json:"account_salt"` // base64
	ContentRoot Digest         `json:"content_root"`
	Objects     int            `json:"objects"`        // items that follow the opening
	Tree        Tree           `json:"tree"`           // the lane's log after this leaf: size is the sequence
	Own         string         `json:"own,omitempty"`  // checkpoint of the sender's own log, where pinned
	Seen        []string       `json:"seen,omitempty"` // newest checkpoints seen of other parties' own logs
	Signatures  []Signature    `json:"signatures,omitempty"`
}

// Limits of an envelope.
const (
	MaxEnvelopeObjects = 10_000
	MaxSeen            = 64
	MaxCheckpoint      = 64 << 10 // bytes of one note, both signatures and cosignatures
)

// An Opening is the unsigned second object: the salts that open the content
// root. It is erased with the content.
//
// What the sender took back before it was delivered does not follow: Erased
// gives its digest instead, under its index in decimal digits, and its salt is
// zeros.
type Opening struct {
	Type        string            `json:"type"` // x-mithaq-opening
	SpecVersion string            `json:"spec_version"`
	ID          stix.ID           `json:"id"`
	Envelope    stix.ID           `json:"envelope"`
	ContentSalt CommitmentSalt    `json:"content_salt"`
	Salts       []byte            `json:"salts"` // 16 bytes for each object, in order
	Erased      map[string]Digest `json:"erased,omitempty"`
}

// ErasedAt is the digest of the i-th object, from 0, if it was taken back.
func (o *Opening) ErasedAt(i int) (d Digest, erased bool) {
	if len(o.Erased) == 0 {
		return d, false
	}
	d, erased = o.Erased[strconv.Itoa(i)]
	return d, erased
}

// Salt is the salt of the i-th object, from 0.
func (o *Opening) Salt(i int) ObjectSalt { return ObjectSalt(o.Salts[16*i:]) }

// Check holds an opening to the header it opens.
func (o *Opening) Check(h *EnvelopeHeader) error {
	switch {
	case o.Type != TypeOpening || o.SpecVersion != "2.1":
		return invalidf("opening", "type %q, version %q", o.Type, o.SpecVersion)
	case !idOfType(o.ID, TypeOpening):
		return invalidf("opening", "id %q", string(o.ID))
	case o.Envelope != h.ID:
		return invalidf("opening", "of envelope %q, not %q", string(o.Envelope), string(h.ID))
	case len(o.Salts) != 16*h.Objects:
		return invalidf("opening", "salts for %d objects, want %d", len(o.Salts)/16, h.Objects)
	}
	return o.checkErased(h.Objects)
}

func (o *Opening) checkErased(objects int) error {
	for index, digest := range o.Erased {
		i, err := strconv.Atoi(index)
		if err != nil || i < 0 || i >= objects || strconv.Itoa(i) != index {
			return invalidf("opening", "erased %q of %d objects", index, objects)
		}
		if digest.IsZero() || o.Salt(i) != (ObjectSalt{}) {
			return invalidf("opening", "erased %d: want its digest and no salt", i)
		}
	}
	return nil
}

// Check holds a header to its own rules, without clock, link or keys.
func (h *EnvelopeHeader) Check() error {
	for _, check := range []func() error{
		func() error { return h.check(TypeEnvelope) },
		h.checkParties, h.checkPlace, h.checkContent, h.checkNotes,
		h.Account.Check,
		func() error { return checkSigned(h.Signatures, 1) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// Digest is what the next header on the lane and the receipt name it by.
func (h *EnvelopeHeader) Digest() Digest { return digestSigned(h) }

func (h *EnvelopeHeader) checkParties() error {
	switch {
	case h.Version != 1:
		return invalidf("version", "want 1, got %d", h.Version)
	case !slices.Contains(MessageKinds, h.Kind):
		return invalidf("kind", "unknown %q", string(h.Kind))
	case h.From == h.To:
		return invalidf("to", "the sender itself")
	case h.FromCard == Digest{} || h.ToCard == Digest{}:
		return invalidf("from_card", "both Cards are needed")
	case (h.Pact == Digest{}) != (h.PactID == ""):
		return invalidf("pact", "digest and pact_id go together")
	case h.PactID != "" && !idOfType(h.PactID, "x-mithaq-pact"):
		return invalidf("pact_id", "want x-mithaq-pact--UUIDv4, got %q", string(h.PactID))
	case h.PactID == "" && h.Kind.NeedsPact():
		return invalidf("pact", "%s needs one", h.Kind)
	}
	if err := h.From.Check(); err != nil {
		return err
	}
	return h.To.Check()
}

func (h *EnvelopeHeader) checkPlace() error {
	switch {
	case !slices.Contains(Lanes, h.Lane):
		return invalidf("lane", "unknown %q", string(h.Lane))
	case h.Sequence < 1 || h.Sequence >= maxInteger:
		return invalidf("sequence", "out of range: %d", h.Sequence)
	case (h.Sequence == 1) != (h.Previous == Digest{}):
		return invalidf("previous", "the first alone has none")
	case h.Tree.Size != h.Sequence || h.Tree.Root == Digest{}:
		return invalidf("tree", "size %d, want the sequence %d", h.Tree.Size, h.Sequence)
	case !h.NotAfter.After(h.Created.Time):
		return invalidf("not_after", "not after created")
	case !h.Modified.Equal(h.Created.Time):
		return invalidf("modified", "an envelope has one version")
	}
	return nil
}

func (h *EnvelopeHeader) checkContent() error {
	switch {
	case h.Objects < 0 || h.Objects > MaxEnvelopeObjects:
		return invalidf("objects", "want 0 to %d, got %d", MaxEnvelopeObjects, h.Objects)
	case (h.Objects == 0) != (h.ContentRoot == TreeRoot(nil)):
		return invalidf("content_root", "of the empty tree exactly when there are no objects")
	case h.AccountSalt == CommitmentSalt{}:
		return invalidf("account_salt", "missing")
	}
	return nil
}

func (h *EnvelopeHeader) checkNotes() error {
	if len(h.Seen) > MaxSeen {
		return invalidf("seen", "more than %d", MaxSeen)
	}
	for _, note := range append([]string{h.Own}, h.Seen...) {
		if len(note) > MaxCheckpoint {
			return invalidf("seen", "a checkpoint of %d bytes", len(note))
		}
	}
	if slices.Contains(h.Seen, "") {
		return invalidf("seen", "an empty checkpoint")
	}
	return nil
}

// Expected is what a receiver knows when a message arrives on a lane.
type Expected struct {
	Me, From OrgID
	Pact     Digest        // "" on the acquaintance link
	PactID   stix.ID       // likewise
	MyCards  []Digest      // Cards of ours that the sender may still go by
	Cards    []Digest      // Cards of the sender that we hold
	Sequence int64         // the next on the lane
	Previous Digest        // digest of the last header on the lane
	Now      time.Time     // our clock
	Skew     time.Duration // how far apart clocks may be
}

// Against holds a header to what the receiver expects. Before it, the caller
// looks the id up: a message seen before gets its stored receipt.
//
// Denied: not for us, or not from the partner on the line. Busy: a Card or
// pact version we do not hold yet, or a sequence that runs ahead. Conflict: a
// sequence already taken, or another chain. Expired: not_after has passed, or
// the clocks are further apart than the window; both times are named.
func (h *EnvelopeHeader) Against(e *Expected) error {
	for _, check := range []func(*Expected) *Refusal{h.againstParties, h.againstClock, h.againstPlace} {
		if r := check(e); r != nil {
			return r
		}
	}
	return nil
}

func (h *EnvelopeHeader) againstParties(e *Expected) *Refusal {
	switch {
	case h.To != e.Me:
		return &Refusal{Kind: Denied, Key: "envelope.not-for-us", Args: []any{h.To, e.Me}}
	case h.From != e.From:
		return &Refusal{Kind: Denied, Key: "envelope.not-from-partner", Args: []any{h.From, e.From}}
	case h.PactID != e.PactID:
		return &Refusal{Kind: Denied, Key: "envelope.other-pact", Args: []any{h.PactID, e.PactID}}
	case h.Pact != e.Pact:
		return &Refusal{Kind: Busy, Key: "envelope.pact-version", Args: []any{h.Pact, e.Pact}}
	case !slices.Contains(e.Cards, h.FromCard):
		return &Refusal{Kind: Busy, Key: "envelope.card-unknown", Args: []any{h.From, h.FromCard}}
	case !slices.Contains(e.MyCards, h.ToCard):
		return &Refusal{Kind: Busy, Key: "envelope.our-card", Args: []any{h.To, h.ToCard}}
	}
	return nil
}

func (h *EnvelopeHeader) againstClock(e *Expected) *Refusal {
	now := Time{e.Now}
	switch {
	case h.Created.After(e.Now.Add(e.Skew)):
		return &Refusal{Kind: Expired, Key: "envelope.clock", Args: []any{h.Created, now}}
	case e.Now.After(h.NotAfter.Add(e.Skew)):
		return &Refusal{Kind: Expired, Key: "envelope.expired", Args: []any{h.NotAfter, now}}
	}
	return nil
}

func (h *EnvelopeHeader) againstPlace(e *Expected) *Refusal {
	switch {
	case h.Sequence > e.Sequence:
		return &Refusal{Kind: Busy, Key: "envelope.ahead", Args: []any{h.Lane, h.Sequence, e.Sequence}}
	case h.Sequence < e.Sequence:
		return &Refusal{Kind: Conflict, Key: "envelope.sequence-taken", Args: []any{h.Lane, h.Sequence, e.Sequence}}
	case h.Previous != e.Previous:
		return &Refusal{Kind: Conflict, Key: "envelope.other-chain", Args: []any{h.Lane, h.Previous, e.Previous}}
	}
	return nil
}

// MarshalText writes the salt in padded standard base64.
func (s CommitmentSalt) MarshalText() ([]byte, error) { return encodeBase64(s[:]), nil }

// UnmarshalText reads 32 bytes of padded standard base64.
func (s *CommitmentSalt) UnmarshalText(text []byte) error { return decodeBase64(s[:], text) }
