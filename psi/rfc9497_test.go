package psi

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/zk/dleq"
	"pgregory.net/rapid"
)

// RFC 9497, A.1.3
type rfcVectors struct {
	Seed    string `json:"seed"`
	KeyInfo string `json:"key_info"`
	Secret  string `json:"secret"`
	Public  string `json:"public"`
	Vectors []rfcVector
}

type rfcVector struct {
	Info      string
	Inputs    []string
	Blinds    []string
	Blinded   []string
	Evaluated []string
	Proof     string
	Nonce     string `json:"proof_nonce"`
	Outputs   []string
}

func rfc(t *testing.T) (v rfcVectors) {
	raw := must[[]byte](t)(os.ReadFile("testdata/rfc9497.json"))
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Vectors) != 3 {
		t.Fatalf("%d vectors, want the three of the RFC", len(v.Vectors))
	}
	return v
}

func unhex(t *testing.T, text string) []byte { return must[[]byte](t)(hex.DecodeString(text)) }

func (v rfcVectors) key(t *testing.T) *Key {
	private := must[*oprf.PrivateKey](t)(oprf.DeriveKey(suite, oprf.PartialObliviousMode, unhex(t, v.Seed), unhex(t, v.KeyInfo)))
	return &Key{private: private}
}

func TestTheVectorsOfTheRFC(t *testing.T) {
	all := rfc(t)
	key := all.key(t)
	public := key.Public()
	if got := hex.EncodeToString(public[:]); got != all.Public {
		t.Fatalf("public key %s, want %s", got, all.Public)
	}
	for _, v := range all.Vectors {
		checkVector(t, key, v)
	}
}

func checkVector(t *testing.T, key *Key, v rfcVector) {
	inputs, blinds := rfcInputs(t, v)
	kept, blinded, err := blind(inputs, blinds)
	if err != nil {
		t.Fatal(err)
	}
	wantElements(t, "blinded", blinded, v.Blinded)
	evaluated, ours, err := key.evaluate(blinded, unhex(t, v.Info))
	if err != nil {
		t.Fatal(err)
	}
	wantElements(t, "evaluated", evaluated, v.Evaluated)
	for name, p := range map[string]proof{"the RFC's proof": proof(unhex(t, v.Proof)), "our proof": ours} {
		outputs, err := unblind(key.Public(), kept, evaluated, p, unhex(t, v.Info))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, output := range outputs {
			full := must[[]byte](t)(must[*evaluator](t)(key.under(unhex(t, v.Info))).full(inputs[i]))
			if hex.EncodeToString(output) != v.Outputs[i] || !bytes.Equal(full, output) {
				t.Errorf("%s: output %d: %x, alone %x, want %s", name, i, output, full, v.Outputs[i])
			}
		}
	}
	if again := proveWith(t, key, blinded, evaluated, unhex(t, v.Info), unhex(t, v.Nonce)); hex.EncodeToString(again[:]) != v.Proof {
		t.Errorf("proof with the RFC's nonce: %x, want %s", again, v.Proof)
	}
}

func rfcInputs(t *testing.T, v rfcVector) (inputs [][]byte, blinds []group.Scalar) {
	for i := range v.Inputs {
		inputs = append(inputs, unhex(t, v.Inputs[i]))
		blinds = append(blinds, must[group.Scalar](t)(readScalar(unhex(t, v.Blinds[i]))))
	}
	return inputs, blinds
}

func wantElements(t *testing.T, name string, got []element, want []string) {
	t.Helper()
	for i := range want {
		if hex.EncodeToString(got[i][:]) != want[i] {
			t.Errorf("%s %d: %x, want %s", name, i, got[i], want[i])
		}
	}
}

// proveWith makes a proof whose nonce is given, as the vectors need it and a
// node must never have it.
func proveWith(t testing.TB, key *Key, blinded, evaluated []element, info, nonce []byte) proof {
	t.Helper()
	m := suite.Group().HashToScalar(framed([]byte("Info"), info), domain("HashToScalar-"))
	secret := must[[]byte](t)(key.private.MarshalBinary())
	tweaked := must[group.Scalar](t)(readScalar(secret))
	tweaked.Add(tweaked, m)
	prover := dleq.Prover{Params: dleq.Params{G: suite.Group(), H: crypto.SHA512, DST: domain("")}}
	p, err := prover.ProveBatchWithRandomnessRFC9497(
		tweaked, suite.Group().NewElement().MulGen(tweaked),
		must[[]group.Element](t)(decodeAll(evaluated)), must[[]group.Element](t)(decodeAll(blinded)),
		must[group.Scalar](t)(readScalar(nonce)))
	if err != nil {
		t.Fatal(err)
	}
	return proof(must[[]byte](t)(p.MarshalBinary()))
}

// The evaluator is the library's, but faster.
func TestTheEvaluatorIsTheLibrarys(t *testing.T) {
	key := must[*Key](t)(NewKey(&stream{label: t.Name()}))
	rapid.Check(t, func(t *rapid.T) {
		info := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "info")
		input := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "input")
		prf, err := key.under(info)
		if err != nil {
			t.Fatal(err)
		}
		got, err := prf.full(input)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := key.server().FullEvaluate(input, info); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%x, the library %x %v", got, want, err)
		}
	})
}
