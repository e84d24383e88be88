package vectors

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/mldsa"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/envelope"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/stix"
)

// Everything below grows from these seeds. They are printed: never use them.
const dir = "../../docs/vectors"

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func seed(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

func pair(t *testing.T, b byte) *sign.Pair {
	t.Helper()
	p, err := sign.FromSeed(seed(b, sign.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	return p.Deterministic()
}

func id(kind string, n int) stix.ID {
	return stix.ID(fmt.Sprintf("%s--%08d-0000-4000-8000-000000000000", kind, n))
}

// counter gives the bytes 00 01 02 … for salts.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = c.n
		c.n++
	}
	return len(p), nil
}

var _ io.Reader = (*counter)(nil)

func ok[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

type keyVector struct {
	Use         mithaq.KeyUse `json:"use"`
	Seed        string        `json:"seed_hex"` // Ed25519's 32 bytes, ML-DSA's 32 bytes
	Ed25519     []byte        `json:"ed25519"`
	MLDSA       []byte        `json:"mldsa"`
	ID          mithaq.KeyID  `json:"id"`
	Fingerprint mithaq.Digest `json:"fingerprint,omitzero"`
}

func TestVectorsOfKeys(t *testing.T) {
	org, msg := pair(t, 1).Public(), pair(t, 2).Public()
	o := mithaq.OrganisationKey{ID: org.ID(), Ed25519: org.Ed25519(), MLDSA65: org.MLDSA65()}
	Check(t, dir, "keys", []keyVector{
		{mithaq.KeyOrganisation, hex.EncodeToString(seed(1, 64)), o.Ed25519, o.MLDSA65, o.ID, o.Fingerprint()},
		{mithaq.KeyMessage, hex.EncodeToString(seed(2, 64)), msg.Ed25519(), msg.MLDSA65(), msg.ID(), mithaq.Digest{}},
	})
}

// cardKeys has two keys; a real Card has one of each use.
func cardKeys(t *testing.T) []mithaq.PublicKey {
	t.Helper()
	msg := pair(t, 2).Public()
	ed := ed25519.NewKeyFromSeed(seed(3, 32)).Public().(ed25519.PublicKey)
	m44 := ok[*mldsa.PrivateKey](t)(mldsa.NewPrivateKey(mldsa.MLDSA44(), seed(3, 32)))
	list := []mithaq.PublicKey{
		{Use: mithaq.KeyMessage, Ed25519: msg.Ed25519(), MLDSA65: msg.MLDSA65()},
		{Use: mithaq.KeyLog, Ed25519: ed, MLDSA44: m44.PublicKey().Bytes()},
	}
	for i := range list {
		list[i].ID = list[i].Computed()
	}
	return card.Dated(list, noon, 365*24*time.Hour)
}

type signedVector struct {
	About  string          `json:"about"`
	Seed   string          `json:"signer_seed_hex"`
	Object json.RawMessage `json:"object"` // in any spelling: its JCS form counts
	Signed string          `json:"signed"` // its JCS form without signatures: what both keys signed
	Digest mithaq.Digest   `json:"digest"`
}

func signed(t *testing.T, about string, signer byte, raw []byte) signedVector {
	t.Helper()
	message, digest, err := sign.Bytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	return signedVector{about, hex.EncodeToString(seed(signer, 64)), raw, string(message), digest}
}

func cards(t *testing.T) []*card.Signed {
	t.Helper()
	must, org := ok[*card.Signed](t), pair(t, 1)
	first := must(card.New(card.Details{
		Org: "atlas.example", Name: map[string]string{"ar": "أطلس", "en": "Atlas"}, Addresses: []string{"https://atlas.example:8443"},
		Contacts: []mithaq.CardContact{{Kind: "phone", Value: "+212 5 00 00 00 00", Languages: []string{"ar", "fr"}, Always: true}},
	}, cardKeys(t), org, id(mithaq.TypeCard, 1), noon))
	lost := []mithaq.KeyID{first.Keys[1].ID}
	return []*card.Signed{first, must(card.Revoke(first, org, noon.Add(24*time.Hour), 41, "disk lost", lost))}
}

func TestVectorsOfCards(t *testing.T) {
	var list []signedVector
	for i, c := range cards(t) {
		raw := ok[[]byte](t)(jcs.Marshal(&c.Card))
		list = append(list, signed(t, []string{"the first", "the next, which revokes its log key"}[i], 1, raw))
		if got, err := card.Read(raw); err != nil || got.Digest != c.Digest {
			t.Fatal(err)
		}
	}
	Check(t, dir, "card", list)
}

type commitmentVector struct {
	About      string        `json:"about"`
	Account    string        `json:"account"` // JCS
	Salt       []byte        `json:"account_salt"`
	Content    []byte        `json:"content_salt"`
	Root       mithaq.Digest `json:"content_root"`
	AccountIs  mithaq.Digest `json:"account_commitment"`
	ContentIs  mithaq.Digest `json:"content_commitment"`
	LeafData   mithaq.Digest `json:"leaf_data"`
	TreeOfLeaf mithaq.Digest `json:"root_of_a_tree_with_this_leaf_alone"`
}

func TestVectorsOfEntries(t *testing.T) {
	account := ok[[]byte](t)(jcs.Marshal(&mithaq.Account{
		Kind: "read", At: mithaq.At(noon), By: "person-7", Purpose: "event-security", Basis: "police-act-12", Case: "final", Counts: map[string]int64{"objects": 3},
	}))
	salt, content := mithaq.CommitmentSalt(seed(4, 32)), mithaq.CommitmentSalt(seed(5, 32))
	root := mithaq.TreeRoot(nil)
	a, c := mithaq.AccountCommitment(salt, account), mithaq.ContentCommitment(content, root)
	leaf := mithaq.LeafData(a, c)
	Check(t, dir, "entry", []commitmentVector{{
		"an entry without content", string(account), salt[:], content[:], root, a, c, leaf, mithaq.TreeRoot([]mithaq.Digest{leaf}),
	}})
}

type rootVector struct {
	Salts   [][]byte        `json:"salts"`
	Items   []string        `json:"items"`
	Digests []mithaq.Digest `json:"object_digests"`
	Root    mithaq.Digest   `json:"content_root"`
}

func TestVectorsOfContentRoots(t *testing.T) {
	var list []rootVector
	for n := range 6 {
		var v rootVector
		for i := range n {
			salt := mithaq.ObjectSalt(seed(byte(16+i), 16))
			item := fmt.Sprintf(`{"type":"note","content":"العدد %d"}`, i)
			v.Salts, v.Items = append(v.Salts, salt[:]), append(v.Items, item)
			v.Digests = append(v.Digests, mithaq.ObjectDigest(salt, []byte(item)))
		}
		v.Root = mithaq.TreeRoot(v.Digests)
		list = append(list, v)
	}
	Check(t, dir, "content-root", list)
}

func TestVectorsOfOrigins(t *testing.T) {
	pact := id("x-mithaq-pact", 1)
	origins := map[string]string{"own log of atlas.example": mithaq.OwnOrigin("atlas.example")}
	for _, lane := range mithaq.Lanes {
		origins[fmt.Sprintf("%s, atlas.example to najd.example, %s", pact, lane)] = mithaq.LaneOrigin(pact, "atlas.example", "najd.example", lane)
		origins[fmt.Sprintf("no pact, najd.example to atlas.example, %s", lane)] = mithaq.LaneOrigin("", "najd.example", "atlas.example", lane)
	}
	Check(t, dir, "origin", origins)
}

type envelopeVector struct {
	About       string        `json:"about"`
	Seed        string        `json:"signer_seed_hex"`
	Raw         string        `json:"raw"`    // the whole TAXII envelope
	Signed      string        `json:"signed"` // JCS form of the header without signatures
	Digest      mithaq.Digest `json:"digest"`
	Account     string        `json:"account"` // JCS
	AccountSalt []byte        `json:"account_salt"`
	ContentSalt []byte        `json:"content_salt"`
	Leaf        mithaq.Digest `json:"leaf_data"`
	Items       []string      `json:"items"`
}

// message builds the first message on a lane.
func message(t *testing.T, items ...[]byte) *envelope.Built {
	t.Helper()
	from := cards(t)[0]
	h := mithaq.EnvelopeHeader{
		Head: mithaq.NewHead(mithaq.TypeEnvelope, id(mithaq.TypeEnvelope, 1), mithaq.At(noon)), Version: 1, Kind: mithaq.MessageItems,
		Pact: mithaq.Digest(seed(0xaa, 32)), PactID: id("x-mithaq-pact", 1), From: "atlas.example", To: "najd.example",
		FromCard: from.Digest, ToCard: mithaq.Digest(seed(0xbb, 32)), Lane: mithaq.LaneCase, Sequence: 1, NotAfter: mithaq.At(noon.Add(24 * time.Hour)),
		Account: mithaq.Account{
			Kind: "release", At: mithaq.At(noon), From: "atlas.example", To: "najd.example", Pact: mithaq.Digest(seed(0xaa, 32)),
			Purpose: "event-security", Counts: map[string]int64{"objects": int64(len(items))},
		},
		AccountSalt: mithaq.CommitmentSalt(seed(6, 32)),
	}
	c := ok[*envelope.Content](t)(envelope.NewContent(items, &counter{}))
	leaf, _, err := c.Leaf(&h.Account, h.AccountSalt)
	if err != nil {
		t.Fatal(err)
	}
	h.Tree = mithaq.Tree{Size: 1, Root: mithaq.TreeRoot([]mithaq.Digest{leaf})}
	return ok[*envelope.Built](t)(envelope.Build(h, c, id(mithaq.TypeOpening, 1), pair(t, 2)))
}

func TestVectorsOfEnvelopes(t *testing.T) {
	var list []envelopeVector
	for about, items := range map[string][][]byte{
		"two items, one with white space and an escape": {
			[]byte(`{"type":"indicator","id":"indicator--00000001-0000-4000-8000-000000000000",  "name":"تذاكر"}`),
			[]byte("{\"type\":\"note\",\n \"abstract\":\"\\u0041\"}"),
		},
		"no items": nil,
	} {
		b := message(t, items...)
		p, err := envelope.Read(bytes.NewReader(b.Raw), envelope.DefaultLimits, func(h *mithaq.EnvelopeHeader, signed []byte, _ mithaq.Digest) error {
			return sign.VerifyBy(&cards(t)[0].Card, noon, mithaq.UseEnvelope, signed, &h.Signatures[0])
		})
		if err != nil {
			t.Fatal(err)
		}
		v := envelopeVector{
			About: about, Seed: hex.EncodeToString(seed(2, 64)), Raw: string(b.Raw), Signed: string(p.Signed), Digest: p.Digest,
			Account: string(p.Account), AccountSalt: p.Header.AccountSalt[:], ContentSalt: p.Opening.ContentSalt[:], Leaf: p.Leaf,
		}
		for _, raw := range p.Items {
			v.Items = append(v.Items, string(raw))
		}
		list = append(list, v)
	}
	if list[0].Items == nil { // a map has no order, vectors have one
		list[0], list[1] = list[1], list[0]
	}
	Check(t, dir, "envelope", list)
}

func TestVectorsOfReceipts(t *testing.T) {
	b := message(t, []byte(`{"type":"note"}`), []byte(`{"type":"report"}`))
	r := mithaq.Receipt{
		Head: mithaq.NewHead(mithaq.TypeReceipt, id(mithaq.TypeReceipt, 1), mithaq.At(noon.Add(time.Second))), Version: 1,
		Envelope: b.Header.ID, EnvelopeDigest: b.Digest, Pact: b.Header.Pact, From: "najd.example", To: "atlas.example",
		Lane: mithaq.LaneCase, Sequence: 1, StoredAt: mithaq.At(noon.Add(time.Second)), Accepted: 1,
		Refused: []mithaq.RefusedObject{{Index: 1, Clauses: []string{"types"}, Text: "reports do not cross"}}, Tree: b.Header.Tree,
	}
	whole := r
	whole.ID, whole.Accepted, whole.Refused = id(mithaq.TypeReceipt, 2), 0, nil
	whole.RefusedAll = &mithaq.RefusedWhole{Kind: mithaq.Denied, Key: "gate.speaks-for-another", Args: []string{"atlas.example"}, Text: "it speaks for another"}
	var list []signedVector
	for i, r := range []mithaq.Receipt{r, whole} {
		raw, digest, err := envelope.SignReceipt(r, pair(t, 7))
		if err != nil {
			t.Fatal(err)
		}
		got, err := envelope.ParseReceipt(raw)
		if err != nil || got.Digest != digest || got.Answers(&b.Header, b.Digest) != nil {
			t.Fatal(err)
		}
		list = append(list, signed(t, []string{"one object refused", "the whole envelope refused"}[i], 7, raw))
	}
	Check(t, dir, "receipt", list)
}

type sealedVector struct {
	Seed    string `json:"seal_seed_hex"`
	Message string `json:"message"`
	File    []byte `json:"age_file"`
	Info    []byte `json:"hpke_info"`
	HPKE    []byte `json:"hpke"`
}

// Sealing is random: these are to be opened, not to be made again.
func TestVectorsOfSealing(t *testing.T) {
	key := ok[hpke.PrivateKey](t)(hpke.MLKEM768X25519().NewPrivateKey(seed(8, 32)))
	v := sealedVector{Seed: hex.EncodeToString(seed(8, 32)), Message: "the signed envelope", Info: seal.Info("test", "najd.example")}
	if *update {
		var file bytes.Buffer
		pub := key.PublicKey().Bytes()
		if err := seal.To(&file, []byte(v.Message), pub); err != nil {
			t.Fatal(err)
		}
		v.File, v.HPKE = file.Bytes(), ok[[]byte](t)(seal.HPKE(pub, v.Info, []byte(v.Message)))
		Check(t, dir, "sealed", v)
	}
	raw := ok[[]byte](t)(os.ReadFile(filepath.Join(dir, "sealed.json")))
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	id := ok[age.Identity](t)(seal.Identity(seed(8, 32)))
	if got := ok[[]byte](t)(seal.Open(bytes.NewReader(v.File), id, 1000)); string(got) != v.Message {
		t.Errorf("age file: %q", got)
	}
	if got := ok[[]byte](t)(seal.OpenHPKE(key, v.Info, v.HPKE)); string(got) != v.Message {
		t.Errorf("HPKE: %q", got)
	}
}

func TestVectorsOfPadding(t *testing.T) {
	lengths := map[string]int{}
	for _, n := range []int{16, 17, 100, 1000, 1025, 4096, 65537, 1_000_000, 67_108_864} {
		lengths[fmt.Sprint(n)] = seal.Padded(n)
	}
	Check(t, dir, "padding", lengths)
}

// By the libraries alone, with the contexts written out.
func TestVectorsSignaturesAreBoth(t *testing.T) {
	raw := ok[[]byte](t)(jcs.Marshal(&cards(t)[0].Card))
	var c struct {
		Signatures []struct{ Ed25519, MLDSA string }
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	ed := ok[[]byte](t)(base64.StdEncoding.DecodeString(c.Signatures[0].Ed25519))
	m := ok[[]byte](t)(base64.StdEncoding.DecodeString(c.Signatures[0].MLDSA))
	text, _, err := sign.Bytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	pub := pair(t, 1).Public()
	if err := ed25519.VerifyWithOptions(pub.Ed25519(), text, ed, &ed25519.Options{Context: "mithaq/v1/card ed25519"}); err != nil {
		t.Error(err)
	}
	key := ok[*mldsa.PublicKey](t)(mldsa.NewPublicKey(mldsa.MLDSA65(), pub.MLDSA65()))
	if err := mldsa.Verify(key, text, m, &mldsa.Options{Context: "mithaq/v1/card mldsa"}); err != nil {
		t.Error(err)
	}
}
