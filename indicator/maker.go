package indicator

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // UUIDv5 is defined over SHA-1
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Shape is what is made of a value.
type Shape string

// The shapes.
const (
	Indicators  Shape = "indicators"  // what to look for
	Observables Shape = "observables" // what was seen, without a claim that it is bad
	Both        Shape = "both"        // and that the indicator is based on the observable
)

// A Maker turns values into STIX 2.1. What it makes depends on nothing else than
// its members and what it is given.
type Maker struct {
	Shape  Shape     // Indicators where empty
	At     time.Time // of the source: created, modified and valid_from; to the millisecond
	Until  time.Time // valid_until; zero for none
	Source string    // whose indicators these are: part of their ids, so that those of two sources stay apart
	Labels []string
	Types  []string // indicator_types, STIX 2.1, 10.7
	TLP    stix.TLP // the marking of what is made; zero for none
}

// Details are what a source says about one value; they take the place of the
// Maker's where they are there.
type Details struct {
	Name, Description string
	Labels            []string // besides those of the Maker
	At, Until         time.Time
	TLP               stix.TLP // the stricter of the two holds
}

// What Objects cannot do.
var (
	ErrNoDate       = errors.New("indicator: the date of the source is not given")
	ErrNoObservable = errors.New("no observable holds a value of this kind alone")
	ErrUntil        = errors.New("what is valid until before it is valid from")
	ErrShape        = errors.New("want indicators, observables or both")
)

// Objects makes the STIX objects of a value, the observable before what refers
// to it. The error says why there is none.
func (m *Maker) Objects(v value.Value, d Details) ([][]byte, error) {
	w, err := m.work(v, d)
	if err != nil {
		return nil, err
	}
	switch m.Shape {
	case Indicators, "":
		return w.finding()
	case Observables:
		_, raw, err := w.observable()
		return [][]byte{raw}, err
	case Both:
		return w.both()
	}
	return nil, ErrShape
}

// work is the making of one value.
type work struct {
	*Maker
	v         value.Value
	d         Details
	at, until time.Time
	tlp       stix.TLP
}

func (m *Maker) work(v value.Value, d Details) (*work, error) {
	w := &work{Maker: m, v: v, d: d, at: m.At, until: m.Until, tlp: max(m.TLP, d.TLP)}
	if !d.At.IsZero() {
		w.at = d.At
	}
	if !d.Until.IsZero() {
		w.until = d.Until
	}
	switch {
	case w.at.IsZero():
		return nil, ErrNoDate
	case !w.until.IsZero() && !w.until.After(w.at):
		return nil, ErrUntil
	}
	return w, nil
}

// made is a domain object. STIX 2.1, 3.2
type made struct {
	Type        string   `json:"type"`
	Spec        string   `json:"spec_version"`
	ID          string   `json:"id"`
	Created     string   `json:"created"`
	Modified    string   `json:"modified"`
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	Types       []string `json:"indicator_types,omitempty"`
	Pattern     string   `json:"pattern,omitempty"`
	PatternType string   `json:"pattern_type,omitempty"`
	PatternVer  string   `json:"pattern_version,omitempty"`
	From        string   `json:"valid_from,omitempty"`
	Until       string   `json:"valid_until,omitempty"`
	External    []outer  `json:"external_references,omitempty"`
	Kind        string   `json:"relationship_type,omitempty"`
	Source      string   `json:"source_ref,omitempty"`
	Target      string   `json:"target_ref,omitempty"`
	Labels      []string `json:"labels,omitempty"`
	Marks       []string `json:"object_marking_refs,omitempty"`
}

// outer is an external reference. STIX 2.1, 2.5
type outer struct {
	Source string `json:"source_name"`
	ID     string `json:"external_id"`
}

func (w *work) object(typ string) made {
	at := stamp(w.at)
	o := made{Type: typ, Spec: "2.1", Created: at, Modified: at, Labels: w.labels()}
	if w.tlp != 0 {
		o.Marks = []string{string(stix.MarkingID(w.tlp))}
	}
	return o
}

func (w *work) labels() []string {
	all := slices.Concat(w.Labels, w.d.Labels)
	slices.Sort(all)
	return slices.Compact(all)
}

// finding is the indicator, or the vulnerability. STIX 2.1, 4.7 / STIX 2.1, 4.19
func (w *work) finding() ([][]byte, error) {
	_, raw, err := w.indicator()
	return [][]byte{raw}, err
}

func (w *work) indicator() (id string, raw []byte, err error) {
	if w.v.Kind == value.CVE {
		o := w.object("vulnerability")
		o.Name, o.Description, o.External = w.v.Text, w.d.Description, []outer{{"cve", w.v.Text}}
		return w.identified(o)
	}
	at, ok := placesOf[w.v.Kind]
	if !ok {
		return "", nil, ErrShape
	}
	o := w.object("indicator")
	o.Name, o.Description, o.Types = w.v.Text, w.d.Description, w.Types
	if w.d.Name != "" {
		o.Name = w.d.Name
	}
	o.Pattern, o.PatternType, o.PatternVer = "["+at.path+" = "+literal(w.v)+"]", "stix", "2.1"
	o.From = stamp(w.at)
	if !w.until.IsZero() {
		o.Until = stamp(w.until)
	}
	return w.identified(o)
}

// literal is the value in a pattern. STIX 2.1, 9.2
func literal(v value.Value) string {
	if v.Kind == value.ASN {
		return strings.TrimPrefix(v.Text, "AS")
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.Text) + "'"
}

// observable is the cyber-observable object. STIX 2.1, 6
func (w *work) observable() (id string, raw []byte, err error) {
	at := placesOf[w.v.Kind]
	if at.sco == "" {
		return "", nil, ErrNoObservable
	}
	o := map[string]any{"type": at.sco, "spec_version": "2.1", "id": at.sco + "--" + nilUUID}
	switch {
	case strings.Contains(at.path, ":hashes."):
		o["hashes"] = map[string]string{at.member: w.v.Text}
	case w.v.Kind == value.ASN:
		o[at.member] = json.RawMessage(literal(w.v))
	default:
		o[at.member] = w.v.Text
	}
	if w.tlp != 0 {
		o["object_marking_refs"] = []string{string(stix.MarkingID(w.tlp))}
	}
	return observed(o)
}

// nilUUID stands where an id will be.
const nilUUID = "00000000-0000-0000-0000-000000000000"

// observed gives an observable the id that follows from it. STIX 2.1, 2.9
func observed(o map[string]any) (id string, raw []byte, err error) {
	if raw, err = encode(o); err != nil {
		return "", nil, err
	}
	parsed, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return "", nil, err
	}
	derived, err := stix.SCOID(parsed)
	if err != nil {
		return "", nil, err
	}
	o["id"] = derived
	raw, err = encode(o)
	return string(derived), raw, err
}

// both adds that the one is based on the other. STIX 2.1, 5.1
func (w *work) both() ([][]byte, error) {
	at, seen, err := w.observable()
	if err != nil {
		return nil, err
	}
	id, found, err := w.indicator()
	if err != nil {
		return nil, err
	}
	o := w.object("relationship")
	o.Kind, o.Source, o.Target, o.Labels = "based-on", id, at, nil
	_, based, err := w.identified(o)
	return [][]byte{seen, found, based}, err
}

// identified gives an object the id that follows from everything it says.
func (w *work) identified(o made) (id string, raw []byte, err error) {
	if raw, err = encode(o); err != nil {
		return "", nil, err
	}
	o.ID = o.Type + "--" + uuid5(w.Maker.Source, string(raw))
	raw, err = encode(o)
	return o.ID, raw, err
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// namespace is that of the ids that are derived here.
var namespace = [16]byte{0x6f, 0x1d, 0x0a, 0x57, 0xc3, 0x0e, 0x4b, 0x6a, 0x9d, 0x54, 0x1b, 0x77, 0xe2, 0x88, 0x35, 0x2c}

// uuid5 derives a UUID from parts of a name. RFC 9562, 5.5
func uuid5(parts ...string) string {
	h := sha1.New()
	h.Write(namespace[:])
	for _, p := range parts {
		h.Write(strconv.AppendInt(nil, int64(len(p)), 10))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	x := hex.EncodeToString(u)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
