package psi

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/cloudflare/circl/group"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/vectors"
)

const vectorDir = "../docs/vectors/psi"

type identifierVector struct {
	Type  Type   `json:"type"`
	Text  string `json:"text"`
	Input string `json:"input_hex,omitempty"`
	Value string `json:"value,omitempty"`
	Error string `json:"refused,omitempty"`
}

func TestVectorsOfIdentifiers(t *testing.T) {
	var list []identifierVector
	for _, c := range identifiers {
		v := identifierVector{Type: c.Type, Text: c.Text}
		in, err := Read(c.Type, c.Text)
		if err != nil {
			v.Error = err.Error()
		} else {
			v.Input, v.Value = hex.EncodeToString([]byte(in)), in.Value()
		}
		list = append(list, v)
	}
	vectors.Check(t, vectorDir, "identifiers", list)
}

// vectorWorld is the answerer and asker that all vectors are made of.
func vectorWorld(t *testing.T) *world {
	w := newWorld(t, 3)
	w.key = must[*Key](t)(OpenKey(bytes.Repeat([]byte{0x11}, SeedSize)))
	w.ann = must[Announcement](t)(w.key.Announce(w.info.Pact, w.info.Answerer, w.info.Epoch, noon, noon.Add(MaxEpoch)))
	w.random = &stream{label: "mithaq/v1/psi/vectors"}
	return w
}

type keyVector struct {
	Seed         string        `json:"seed_hex"`
	Public       string        `json:"public_hex"`
	Announcement string        `json:"announcement"`
	Digest       mithaq.Digest `json:"announcement_digest"`
	Info         string        `json:"info"`
}

func TestVectorsOfTheKey(t *testing.T) {
	w := vectorWorld(t)
	vectors.Check(t, vectorDir, "key", keyVector{
		hex.EncodeToString(w.key.Seed()), hexOf(w.ann.Key[:]), string(w.ann.Bytes()), w.ann.Digest(), string(w.info.Bytes()),
	})
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

type rowVector struct {
	Input     string   `json:"input_hex"`
	Output    string   `json:"output_hex"` // of the PRF
	Tag       string   `json:"tag_hex"`
	Key       string   `json:"key_hex"`
	Reference string   `json:"reference_hex"`
	Class     []string `json:"class"`
	Desk      string   `json:"desk"`
	Record    string   `json:"record_hex"`
	Row       string   `json:"row_hex"`
}

type setVector struct {
	Header string        `json:"header"`
	Digest mithaq.Digest `json:"header_digest"`
	Rows   []string      `json:"rows_hex"`
	Known  []rowVector   `json:"known"`
}

func TestVectorsOfASet(t *testing.T) {
	w := vectorWorld(t)
	set, rows := w.build()
	v := setVector{Header: string(set.Header().Bytes()), Digest: set.Header().Digest()}
	for r := range slices.Chunk(rows, RowSize) {
		v.Rows = append(v.Rows, hexOf(r))
	}
	for _, o := range w.offers {
		v.Known = append(v.Known, w.rowVector(t, set, o))
	}
	vectors.Check(t, vectorDir, "set", v)
}

func (w *world) rowVector(t *testing.T, set *Set, o Offer) rowVector {
	output := must[[]byte](t)(must[*evaluator](t)(w.key.under(w.info.Bytes())).full([]byte(o.Input)))
	both := rowSecret(t, output)
	r, there, err := set.find(tag(both))
	if err != nil || !there {
		t.Fatal(there, err)
	}
	record := o.Record.bytes()
	return rowVector{
		hexOf([]byte(o.Input)), hexOf(output), hexOf(both[:tagSize]), hexOf(both[tagSize:]), hexOf(o.Record.Reference[:]),
		o.Record.Class.Words(), o.Record.Desk, hexOf(record[:]), hexOf(r[:]),
	}
}

type deltaVector struct {
	Header string        `json:"header"`
	Digest mithaq.Digest `json:"header_digest"`
	Delta  string        `json:"delta_hex"`
	Rows   []string      `json:"rows_hex"`
}

func TestVectorsOfADelta(t *testing.T) {
	w := vectorWorld(t)
	set, _ := w.build()
	var rows bytes.Buffer
	next, delta, err := w.key.Update(set, Change{Withdrawn: phones(1), Offered: []Offer{offerOf(3)}}, &rows, w.later(2))
	if err != nil {
		t.Fatal(err)
	}
	v := deltaVector{Header: string(next.Bytes()), Digest: next.Digest(), Delta: hexOf(delta)}
	for r := range slices.Chunk(rows.Bytes(), RowSize) {
		v.Rows = append(v.Rows, hexOf(r))
	}
	vectors.Check(t, vectorDir, "delta", v)
}

type questionVector struct {
	Inputs   []string       `json:"inputs_hex"` // the dummies last
	Blinds   []string       `json:"blinds_hex"`
	Question string         `json:"question_hex"`
	Digest   mithaq.Digest  `json:"question_digest"`
	Nonce    string         `json:"proof_nonce_hex"` // for the vector alone: a node draws its own
	Answer   string         `json:"answer_hex"`
	Outputs  []string       `json:"outputs_hex"` // of the PRF
	Results  []resultVector `json:"results"`
	Opening  string         `json:"opening_hex"`
}

type resultVector struct {
	Hit       bool   `json:"hit"`
	Reference string `json:"reference_hex,omitempty"`
	Desk      string `json:"desk,omitempty"`
}

func TestVectorsOfQuestions(t *testing.T) {
	w := vectorWorld(t)
	set, _ := w.build()
	vectors.Check(t, vectorDir, "question", []questionVector{
		w.questionVector(t, set, phoneOf(0)), w.questionVector(t, set, phones(2, 7)...),
	})
}

func (w *world) questionVector(t *testing.T, set *Set, inputs ...Input) questionVector {
	asked := w.ask(inputs...)
	v := questionVector{
		Question: hexOf(asked.Bytes()), Digest: asked.question.Digest, Opening: hexOf(must[[]byte](t)(asked.Opening())),
	}
	for i, input := range asked.inputs {
		v.Inputs = append(v.Inputs, hexOf(input))
		v.Blinds = append(v.Blinds, hexOf(must[[]byte](t)(asked.blinds[i].MarshalBinary())))
	}
	answer, nonce := w.fixedAnswer(t, asked)
	v.Answer, v.Nonce = hexOf(answer), hexOf(nonce)
	for _, output := range must[[][]byte](t)(asked.outputs(answer)) {
		v.Outputs = append(v.Outputs, hexOf(output))
	}
	for _, r := range must[[]Result](t)(asked.Finalise(answer, set)) {
		one := resultVector{Hit: r.Hit, Desk: r.Record.Desk}
		if r.Hit {
			one.Reference = hexOf(r.Record.Reference[:])
		}
		v.Results = append(v.Results, one)
	}
	return v
}

// fixedAnswer is the answer that a node would give if it drew this nonce.
func (w *world) fixedAnswer(t *testing.T, asked *Asked) (answered, nonce []byte) {
	evaluated, _, err := w.key.evaluate(asked.question.elements, w.info.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	nonce = must[[]byte](t)(must[group.Scalar](t)(drawScalar(w.random)).MarshalBinary())
	p := proveWith(t, w.key, asked.question.elements, evaluated, w.info.Bytes(), nonce)
	return writeAnswer(answer{asked.question.Digest, evaluated, p}), nonce
}

type listVector struct {
	Grant     string    `json:"grant"`
	Inputs    []string  `json:"inputs_hex"`
	Salts     []Salt    `json:"salts"`
	Challenge Challenge `json:"challenge"`
	Drawn     []int     `json:"drawn"`
	Question  string    `json:"question_hex"`
	Entry     string    `json:"entry"` // the first of those drawn
}

func TestVectorsOfAnAccreditationList(t *testing.T) {
	w := vectorWorld(t)
	list := must[*List](t)(NewList(phones(upTo(40)...), w.random))
	c := must[Commitment](t)(list.Commit())
	asked := w.ask(list.Part(0)...)
	v := listVector{Grant: string(w.grant(c).Bytes()), Salts: list.Salts, Challenge: Challenge(digestOf("challenge")), Question: hexOf(asked.Bytes())}
	for _, in := range list.Inputs {
		v.Inputs = append(v.Inputs, hexOf([]byte(in)))
	}
	v.Drawn = Draw(v.Challenge, c)
	v.Entry = string(must[Entry](t)(list.Open(v.Drawn[0], asked)).Bytes())
	vectors.Check(t, vectorDir, "list", v)
}

type refusedVector struct {
	Name    string `json:"name"`
	Element string `json:"element_hex"`
	Fault   Fault  `json:"fault"`
}

// Elements that both sides refuse, and why.
func TestVectorsOfRefusedElements(t *testing.T) {
	var list []refusedVector
	for _, bad := range badElements {
		list = append(list, refusedVector{bad.name, bad.hex, bad.want})
	}
	vectors.Check(t, vectorDir, "refused", list)
}
