package stix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mithaq-hub/mithaq/internal/testdata"
)

// closedLoader gives the schemas of OASIS from the folder of real data, and
// nothing from anywhere else.
type closedLoader struct{ root string }

const schemaBase = "http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/"

func (l closedLoader) Load(url string) (any, error) {
	name, ok := strings.CutPrefix(url, schemaBase)
	if !ok || !fs.ValidPath(name) {
		return nil, fmt.Errorf("no schema outside the folder: %s", url)
	}
	f, err := os.Open(filepath.Join(l.root, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return jsonschema.UnmarshalJSON(f)
}

// An oracle says what the schemas of OASIS think of an object.
type oracle struct {
	root    string
	schemas map[string]*jsonschema.Schema
	made    *jsonschema.Compiler
}

func newOracle(t testing.TB) *oracle {
	root := testdata.Shared(t, "stix/schemas")
	c := jsonschema.NewCompiler()
	c.UseLoader(closedLoader{root})
	return &oracle{root: root, made: c, schemas: make(map[string]*jsonschema.Schema)}
}

// file is the schema of a type. A custom type has none, and is held to the
// core of domain objects or of observables as customVersions would choose.
func (or *oracle) file(v map[string]any) string {
	name, _ := v["type"].(string)
	for _, dir := range []string{"sdos", "sros", "observables", "common"} {
		if dir == "common" && !slices.Contains([]string{"language-content", "marking-definition", "extension-definition"}, name) {
			continue
		}
		if _, err := os.Stat(filepath.Join(or.root, dir, name+".json")); err == nil && fs.ValidPath(name) {
			return dir + "/" + name + ".json"
		}
	}
	_, created := v["created"]
	_, modified := v["modified"]
	if created || modified {
		return "common/core.json"
	}
	return "common/cyber-observable-core.json"
}

// valid is the schema's verdict, with its reasons.
func (or *oracle) valid(t testing.TB, raw []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("not an object")
	}
	file := or.file(object)
	s := or.schemas[file]
	if s == nil {
		if s, err = or.made.Compile(schemaBase + file); err != nil {
			t.Fatal(err)
		}
		or.schemas[file] = s
	}
	return s.Validate(v)
}

// A mutant is an object that differs in one place from one in order.
type mutant struct {
	of   string // the type
	what string // e.g. "drop /name"
	raw  []byte
}

func (m mutant) String() string { return m.of + ": " + m.what }

// mutants makes all systematic changes to an object.
func mutants(t testing.TB, raw []byte) []mutant {
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	of, _ := v["type"].(string)
	var all []mutant
	emit := func(what string) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, mutant{of, what, b})
	}
	mutateObject(v, "", emit)
	for _, name := range slices.Sorted(maps.Keys(strangers)) {
		if _, there := v[name]; there {
			continue
		}
		v[name] = strangers[name]
		emit("add /" + name)
		delete(v, name)
	}
	return all
}

// strangers are properties to add to any object.
var strangers = map[string]any{
	"x_acme_score": 5, "x_acme_list": []any{}, "x_acme_null": nil, "x_acme_bin": "!!", "x_acme_hex": "xyz", "x_ok_hex": "0a",
	"Upper": 1, "ab": 1, "has-hyphen": 1, "9lives": 1, "severity": "high", "username": "u", "action": "a", "phone_number": "1",
	"defanged": true, "labels": []any{"l"}, "revoked": true, "confidence": 50, "lang": "ar",
	"created_by_ref":      "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
	"external_references": []any{map[string]any{"source_name": "s", "description": "d"}},
	"object_marking_refs": []any{"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"},
	"extensions":          map[string]any{"extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e": map[string]any{"extension_type": "property-extension", "rank": 1}},
}

func mutateObject(v map[string]any, at string, emit func(string)) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		old, p := v[name], at+"/"+name
		delete(v, name)
		emit("drop " + p)
		for _, to := range replacements(old) {
			v[name] = to
			emit(fmt.Sprintf("%s = %.60s", p, compact(to)))
		}
		v[name] = old
		descend(old, p, emit)
	}
}

func descend(v any, p string, emit func(string)) {
	switch v := v.(type) {
	case map[string]any:
		mutateObject(v, p, emit)
	case []any:
		for i, old := range v[:min(len(v), 2)] {
			q := fmt.Sprintf("%s/%d", p, i)
			for _, to := range replacements(old) {
				v[i] = to
				emit(fmt.Sprintf("%s = %.60s", q, compact(to)))
			}
			v[i] = old
			descend(old, q, emit)
		}
	}
}

func compact(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// replacements are what may stand wrongly, or rightly, in the place of v.
func replacements(v any) []any {
	all := []any{nil, true, "", 7, -1, 2.5, []any{}, map[string]any{}, []any{"x"}, map[string]any{"k": "v"}, "a stranger"}
	switch v := v.(type) {
	case string:
		all = append(all, replaceString(v)...)
	case float64:
		all = append(all, v+1e6, 91.0, 101.0, 1e10, 5.0)
	case bool:
		all = append(all, !v)
	case []any:
		all = append(all, []any{nil}, []any{1}, append(slices.Clone(v), "x"), slices.Concat(v, v))
	case map[string]any:
		more := maps.Clone(v)
		more["Some key"] = "v"
		other := maps.Clone(v)
		other["other_key"] = "v"
		all = append(all, more, other)
	}
	return all
}

func replaceString(s string) []any {
	all := []any{s + "x", strings.ToUpper(s), "x" + s}
	if isTimestamp([]byte(s)) {
		return append(all, "2016-13-01T00:00:00.000Z", "2021-02-29T00:00:00.000Z", "2016-01-01T24:00:00.000Z", "2016-01-01T00:00:60.000Z",
			"2016-12-31T23:59:60.000Z", "2016-01-01T00:00:00.000+00:00", "2016-01-01 00:00:00.000Z", "2016-01-01t00:00:00.000z",
			"2016-01-01T00:00:00.Z", "2016-01-01T00:00:00Z", "2016-01-01T00:00:00.5Z", "2016-01-01T00:00:00.123456789Z", "1999-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z")
	}
	if id := ID(s); id.Valid() {
		u := id.UUID()
		return append(all, "indicator--"+u, "bundle--"+u, "file--"+u, "relationship--"+u, "marking-definition--"+u, "x-custom--"+u,
			string(id.Type())+"--00000000-0000-0000-0000-000000000000", string(id.Type())+"--"+u[:14]+"6"+u[15:],
			string(id.Type())+"--"+strings.ToUpper(u), string(id.Type())+"-"+u, u, string(id.Type())+"--"+u[:35])
	}
	return all
}

// A divergence is a place where Validate and the schemas differ on purpose.
type divergence struct {
	why   string
	since func(m mutant, ours []Problem, theirs error) bool
}

func TestSchemasAgree(t *testing.T) {
	or := newOracle(t)
	counts := make(map[string]int)
	total := 0
	report := 0
	for _, base := range bases(t) {
		if err := or.valid(t, base); err != nil {
			t.Errorf("the schema refuses an object in order: %s\n%v", base, err)
		}
		if p := Validate(parse(t, string(base)), Options{}); len(p) > 0 {
			t.Errorf("an object in order: %s: %v", base, p)
		}
		for _, m := range mutants(t, base) {
			total++
			ours, theirs := verdict(t, m.raw), or.valid(t, m.raw)
			if (len(ours) == 0) == (theirs == nil) {
				continue
			}
			i := slices.IndexFunc(divergences, func(d divergence) bool { return d.since(m, ours, theirs) })
			if i >= 0 {
				counts[divergences[i].why]++
				continue
			}
			if report++; report <= 60 {
				t.Errorf("%v\n  ours: %v\n  theirs: %.600v", m, ours, theirs)
			}
		}
	}
	t.Logf("%d mutants, %d without agreement and without a reason", total, report)
	for _, d := range divergences {
		if counts[d.why] == 0 {
			t.Errorf("no mutant shows the divergence: %s", d.why)
		}
		t.Logf("%6d  %s", counts[d.why], d.why)
	}
}

// verdict is the MUSTs of an object; an object that does not parse has one.
func verdict(t testing.TB, raw []byte) []Problem {
	o, err := Parse(raw, Limits{})
	if err != nil {
		return []Problem{{Rule: "syntax", Level: Must, Text: err.Error()}}
	}
	return Validate(o, Options{})
}

// bases are the objects to change: the corpus, the examples, and some of
// each type of real data.
func bases(t testing.TB) [][]byte {
	var all [][]byte
	for _, raw := range corpus {
		all = append(all, []byte(raw))
	}
	seen := make(map[Type]int)
	for _, name := range append(examples(t), ics21) {
		for _, raw := range rawObjects(t, name) {
			typ := parse(t, string(raw)).Type()
			if seen[typ]++; seen[typ] <= 2 && len(raw) < 8<<10 {
				all = append(all, raw)
			}
		}
	}
	return all
}
