package scene

import (
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// fields are the properties of an object.
type fields map[string]any

// A maker makes the objects of one organisation, always the same ones.
type maker struct {
	scene   *Scene
	dice    *rand.Rand
	author  stix.ID // the organisation's identity
	tongues []string
	objects []json.RawMessage
}

// maker returns the maker for a part of what an organisation knows. Parts roll
// their own dice, so that a change in one leaves the others as they were.
func (s *Scene) maker(org mithaq.OrgID, part string, tongues ...string) *maker {
	seed := fnv.New64a()
	seed.Write([]byte(string(org) + "\x00" + part))
	dice := rand.New(rand.NewPCG(seed.Sum64(), 6))
	return &maker{scene: s, dice: dice, author: authorOf(org), tongues: tongues}
}

// authorOf returns the id of an organisation's identity.
func authorOf(org mithaq.OrgID) stix.ID {
	seed := fnv.New64a()
	seed.Write([]byte(org))
	return newID(rand.New(rand.NewPCG(seed.Sum64(), 0)), "identity")
}

func newID(dice *rand.Rand, typ stix.Type) stix.ID {
	var u [16]byte
	for i := range u {
		u[i] = byte(dice.Uint32())
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80 // RFC 9562, 5.4
	h := hex.EncodeToString(u[:])
	return stix.ID(string(typ) + "--" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// recent returns a time in the three weeks before the day.
func (m *maker) recent() time.Time {
	return m.scene.day.Add(-time.Duration(1+m.dice.IntN(3*7*24*3600)) * time.Second)
}

// tongue chooses the language of an object.
func (m *maker) tongue() string { return m.tongues[m.dice.IntN(len(m.tongues))] }

// pick chooses one of a list.
func pick[T any](m *maker, list []T) T { return list[m.dice.IntN(len(list))] }

// add makes an object with an id, times and an author. STIX 2.1, 3.2
func (m *maker) add(typ stix.Type, tlp stix.TLP, f fields) stix.ID {
	id := newID(m.dice, typ)
	return m.keep(typ, id, tlp, f)
}

func (m *maker) keep(typ stix.Type, id stix.ID, tlp stix.TLP, f fields) stix.ID {
	at := stamp(m.recent())
	f["id"], f["created"], f["modified"], f["created_by_ref"] = id, at, at, m.author
	m.write(typ, tlp, f)
	return id
}

// observe makes an observable, whose id follows from its value. STIX 2.1, 2.9
func (m *maker) observe(typ stix.Type, tlp stix.TLP, value string) stix.ID {
	bare, err := stix.Parse(encode(fields{"type": typ, "spec_version": "2.1", "id": string(typ) + "--0", "value": value}), stix.Limits{})
	if err != nil {
		panic(err) // our own words, held by the tests
	}
	id, err := stix.SCOID(bare)
	if err != nil {
		panic(err)
	}
	m.write(typ, tlp, fields{"id": id, "value": value})
	return id
}

func (m *maker) write(typ stix.Type, tlp stix.TLP, f fields) {
	f["type"], f["spec_version"] = typ, "2.1"
	if tlp != 0 {
		f["object_marking_refs"] = []stix.ID{stix.MarkingID(tlp)}
	}
	m.objects = append(m.objects, encode(f))
}

// relate ties two objects. STIX 2.1, 5.1
func (m *maker) relate(source stix.ID, how string, target stix.ID) {
	m.add("relationship", stix.TLPGreen, fields{"relationship_type": how, "source_ref": source, "target_ref": target})
}

// say adds a text of the scene in some language.
func (m *maker) say(f fields, property string, texts []words) fields {
	lang := m.tongue()
	f["lang"], f[property] = lang, pick(m, texts)[lang]
	return f
}

// encode writes an object, its members in alphabetical order.
func encode(f fields) json.RawMessage {
	raw, err := json.Marshal(f)
	if err != nil {
		panic(err) // our own words, held by the tests
	}
	return raw
}

// stamp writes a time as STIX does. STIX 2.1, 2.16
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// bundle wraps what was made. STIX 2.1, 8
func (m *maker) bundle() []byte {
	return encode(fields{"type": "bundle", "id": newID(m.dice, "bundle"), "objects": m.objects})
}
