package gate

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/passkey/passkeytest"
	"github.com/mithaq-hub/mithaq/stix"
)

const pagesOf = "https://pages."

// telephone gives a person a passkey for the pages of their node.
func (n *node) telephone(v mithaq.Viewer) *passkeytest.Authenticator {
	n.w.t.Helper()
	phone := &passkeytest.Authenticator{Origin: pagesOf + string(n.org), Step: 1}
	n.passkeys[v.Person] = n.register(phone)
	return phone
}

func (n *node) register(phone *passkeytest.Authenticator) *mithaq.PublicPasskey {
	n.w.t.Helper()
	p, err := passkey.New(pagesOf+string(n.org), "pages")
	n.check(err)
	o := &passkey.Owner{Person: "person-0000000000000003", Name: "Salma"}
	ask, state, err := p.AskNew(o)
	n.check(err)
	answer, err := phone.Create(ask)
	n.check(err)
	k, err := p.New(o, state, answer)
	n.check(err)
	public, err := p.Public(k.Record)
	n.check(err)
	return public
}

func (n *node) check(err error) {
	n.w.t.Helper()
	if err != nil {
		n.w.t.Fatal(err)
	}
}

// assert is what a telephone signs of a digest at the pages of the node.
func (n *node) assert(phone *passkeytest.Authenticator, digest mithaq.Digest) *mithaq.Assertion {
	n.w.t.Helper()
	answer, err := phone.Get([]byte(`{"challenge":"` + digest.Challenge() + `","rpId":"pages.` + string(n.org) + `"}`))
	n.check(err)
	a, err := passkey.AssertionOf(answer)
	n.check(err)
	return a
}

// asserted approves a release's digest by a telephone.
func (n *node) asserted(v mithaq.Viewer, phone *passkeytest.Authenticator, digest mithaq.Digest) *mithaq.Approval {
	n.w.t.Helper()
	a := mithaq.NewApproval(stix.NewID(mithaq.TypeApproval), mithaq.At(n.w.now), n.org, digest, v.Person, n.passkeys[v.Person].KeyID(), mithaq.Passkey)
	a.Assertion = n.assert(phone, digest)
	return a
}

// waiting is a world in which a release waits for a second person.
func waiting(t *testing.T) (*world, *Proposal) {
	t.Helper()
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a := w.nodes[atlas]
	profile := a.profile(suspects)
	a.take21(profile, mailbox)
	a.check(a.assess(a.analyst(), a.versions(mailboxID)[0].Ref, nil))
	p := a.propose(a.ask(profile))
	if p.State != Proposed {
		t.Fatalf("%+v", p)
	}
	return w, &p
}

func TestAPasskeyApprovesARelease(t *testing.T) {
	w, p := waiting(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	phone := a.telephone(a.second())
	a.check(a.Approve(context.Background(), a.second(), a.asserted(a.second(), phone, p.Digest)))
	w.carry()
	a.expect(p.Release.ID, mithaq.Acknowledged, 1, 0)
	if len(b.versions(mailboxID)) != 1 {
		t.Error("najd does not hold it")
	}
	if err := a.Approve(context.Background(), a.second(), a.asserted(a.second(), phone, p.Digest)); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("approved twice: %v", err)
	}
}

// Web Authentication Level 3, 7.2
func TestTheSendersGateTakesNoOtherAssertion(t *testing.T) {
	w, p := waiting(t)
	a := w.nodes[atlas]
	phone := a.telephone(a.second())
	try := func(what string, want error, v mithaq.Viewer, edit func(*mithaq.Approval)) {
		t.Helper()
		x := a.asserted(a.second(), phone, p.Digest)
		edit(x)
		if err := a.Approve(context.Background(), v, x); !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wrong := func(spoil func(*passkeytest.Authenticator)) func(*mithaq.Approval) {
		other := *phone
		spoil(&other)
		return func(x *mithaq.Approval) { x.Assertion = a.assert(&other, p.Digest) }
	}
	second := a.second()
	try("of another digest", mithaq.Unauthenticated, second, func(x *mithaq.Approval) { x.Assertion = a.assert(phone, mithaq.DigestOf(nil)) })
	try("at another origin", mithaq.Unauthenticated, second, wrong(func(p *passkeytest.Authenticator) { p.Origin = "https://pages.atlas.example:7490" }))
	try("for another host", mithaq.Unauthenticated, second, wrong(func(p *passkeytest.Authenticator) { p.RPID = "atlas.example" }))
	try("nobody checked", mithaq.Unauthenticated, second, wrong(func(p *passkeytest.Authenticator) { p.Unverified = true }))
	try("changed", mithaq.Unauthenticated, second, func(x *mithaq.Approval) { x.Assertion.Authenticator[36] ^= 1 })
	try("in another's name", mithaq.Denied, a.analyst(), func(*mithaq.Approval) {})
	try("of one's own", mithaq.Denied, a.releaser(), func(x *mithaq.Approval) { x.Person = a.releaser().Person })
	try("with a signature beside", mithaq.Invalid, second, func(x *mithaq.Approval) { x.Signatures = a.approval(second, p.Digest).Signatures })
	try("without an assertion", mithaq.Invalid, second, func(x *mithaq.Approval) { x.Assertion = nil })
	if kinds := a.entries(); !slices.Contains(kinds, "approval-refused") || slices.Contains(kinds, "release-approved") {
		t.Errorf("entries %v", kinds)
	}
}

// approvalIn is the approval in a letter, changed.
func (l *letter) approvalIn(edit func(*mithaq.Approval)) {
	for i, raw := range l.raws {
		if typeOf(raw) != mithaq.TypeApproval {
			continue
		}
		var a mithaq.Approval
		_ = json.Unmarshal(raw, &a) // written by us
		edit(&a)
		l.raws[i], _ = canonical(&a)
	}
}

// credentialIn is the certificate in a letter, changed and certified again.
func (l *letter) credentialIn(n *node, kind mithaq.CredentialKind, edit func(*mithaq.Credential)) {
	for i, raw := range l.raws {
		if typeOf(raw) != mithaq.TypeCredential {
			continue
		}
		var c mithaq.Credential
		_ = json.Unmarshal(raw, &c) // written by us
		if c.Kind == kind {
			edit(&c)
			l.raws[i], _ = n.seal(&c, mithaq.TypeCredential, &c.Signatures)
		}
	}
}

// The receiver's gate checks the assertion itself, exactly.
func TestTheReceiverTakesNoOtherAssertion(t *testing.T) {
	w, p := waiting(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	phone := a.telephone(a.second())
	w.cut = true
	a.check(a.Approve(context.Background(), a.second(), a.asserted(a.second(), phone, p.Digest)))
	l := a.out[len(a.out)-1]
	whole := slices.Clone(l.raws)
	try := func(what string, edit func()) {
		t.Helper()
		l.header.ID, l.state, l.raws = stix.NewID(mithaq.TypeEnvelope), "waiting", slices.Clone(whole)
		edit()
		a.check(w.deliver(a, l))
		if l.receipt.RefusedAll != nil || len(l.receipt.Refused) != 1 || !slices.Equal(l.receipt.Refused[0].Clauses, []string{"7.1"}) {
			t.Errorf("%s: %+v", what, l.receipt)
		}
	}
	swap := func(phone *passkeytest.Authenticator, digest mithaq.Digest) func() {
		return func() { l.approvalIn(func(x *mithaq.Approval) { x.Assertion = a.assert(phone, digest) }) }
	}
	wrong := func(spoil func(*passkeytest.Authenticator)) func() {
		other := *phone
		spoil(&other)
		return swap(&other, p.Digest)
	}
	try("replayed from another release", swap(phone, mithaq.DigestOf([]byte("another"))))
	try("at another origin", wrong(func(p *passkeytest.Authenticator) { p.Origin = "https://pages.atlas.example.evil.example" }))
	try("at another port", wrong(func(p *passkeytest.Authenticator) { p.Origin += ":8443" }))
	try("written otherwise", wrong(func(p *passkeytest.Authenticator) { p.Origin = "HTTPS://PAGES.atlas.example" }))
	try("for another host", wrong(func(p *passkeytest.Authenticator) { p.RPID = "atlas.example" }))
	try("nobody checked", wrong(func(p *passkeytest.Authenticator) { p.Unverified = true }))
	try("inside another's page", wrong(func(p *passkeytest.Authenticator) { p.Framed = true }))
	try("a registration", wrong(func(p *passkeytest.Authenticator) { p.Type = "webauthn.create" }))
	stranger := &passkeytest.Authenticator{Origin: phone.Origin, Step: 1}
	public := a.register(stranger)
	try("by a passkey that nobody certified", func() {
		l.approvalIn(func(x *mithaq.Approval) {
			x.Assertion, x.Credential = a.assert(stranger, p.Digest), public.KeyID()
		})
	})
	try("by another than the certified", swap(stranger, p.Digest))
	try("certified for another person", func() {
		l.credentialIn(a, mithaq.Passkey, func(c *mithaq.Credential) { c.Person = a.analyst().Person })
	})
	try("of one's own release", func() {
		l.credentialIn(a, mithaq.Passkey, func(c *mithaq.Credential) { c.Person = a.releaser().Person })
		l.approvalIn(func(x *mithaq.Approval) { x.Person = a.releaser().Person })
	})
	try("as if by a software key", func() {
		l.approvalIn(func(x *mithaq.Approval) { x.Kind, x.Assertion = mithaq.SoftwareKey, nil })
	})
	if len(b.versions(mailboxID)) != 0 {
		t.Fatal("najd took it")
	}
	l.header.ID, l.state, l.raws = l.sent.Envelope, "waiting", whole
	w.cut = false
	w.carry()
	if len(b.versions(mailboxID)) != 1 {
		t.Error("najd did not take the whole")
	}
}

// A counter that stood for one release stands for no other: there would be two
// passkeys.
func TestACounterStandsForOneRelease(t *testing.T) {
	w, p := waiting(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	phone := a.telephone(a.second())
	copied := phone.Copy()
	a.check(a.Approve(context.Background(), a.second(), a.asserted(a.second(), phone, p.Digest)))
	w.carry()
	profile := a.profile(suspects)
	const other = `{"type":"email-addr","spec_version":"2.1","id":"email-addr--2d77a846-6264-5d51-b586-e43822ea1ea4","value":"jim@example.com"}`
	a.take21(profile, other)
	a.check(a.assess(a.analyst(), a.versions("email-addr--2d77a846-6264-5d51-b586-e43822ea1ea4")[0].Ref, nil))
	next := a.propose(a.ask(profile))
	a.check(a.Approve(context.Background(), a.second(), a.asserted(a.second(), copied, next.Digest)))
	w.carry()
	a.expect(next.Release.ID, mithaq.PartRefused, 0, 1)
	if len(b.versions("email-addr--2d77a846-6264-5d51-b586-e43822ea1ea4")) != 0 {
		t.Error("najd took what a copy approved")
	}
}
