package taxonomy_test

import (
	"errors"
	"testing"

	"github.com/mithaq-hub/mithaq/misp/taxonomy"
)

const made = `{"namespace":"desk","expanded":"Desk","description":"made for tests","version":3,"exclusive":false,"uuid":"later",
"predicates":[{"value":"open","expanded":"Still open"},{"value":"level","expanded":"How sure"},{"value":"note"},{"value":"ex:chr"}],
"values":[{"predicate":"level","entry":[{"value":"high","expanded":"Very sure"},{"value":"low"}]},{"predicate":"note","entry":[{"value":"$text"}]}]}`

func TestTaxonomy(t *testing.T) {
	x, err := taxonomy.Parse([]byte(made))
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, tag := range x.Tags() {
		tags = append(tags, tag.Tag+" "+tag.Expanded)
	}
	want := []string{"desk:open Still open", `desk:level="high" Very sure`, `desk:level="low" `, "desk:note= ", "desk:ex:chr "}
	if len(tags) != len(want) {
		t.Fatal(tags)
	}
	for i := range want {
		if tags[i] != want[i] {
			t.Errorf("%q, want %q", tags[i], want[i])
		}
	}
	for tag, spelled := range map[string]string{
		"desk:open": "desk:open", "Desk:OPEN": "desk:open", `desk:level="HIGH"`: `desk:level="high"`, `desk:note="Any thing"`: `desk:note="Any thing"`,
		"desk:level": "", `desk:level="middle"`: "", `desk:level=high`: "", `desk:level=""`: "", "desk:shut": "", "desk:ex:chr": "desk:ex:chr", "tlp:green": "", "desk": "", `desk:open="x"`: "", `desk:note="a"b"`: "", "": "",
	} {
		got, err := x.Check(tag)
		if got != spelled || errors.Is(err, taxonomy.ErrNoTag) != (spelled == "") {
			t.Errorf("%s: %q, %v", tag, got, err)
		}
	}
}

func TestNoTaxonomy(t *testing.T) {
	for _, raw := range []string{
		``, `{}`, `{"namespace":"a"}`, `{"namespace":"a:b","predicates":[{"value":"x"}]}`, `{"namespace":"a","predicates":[{"value":""}]}`,
		`{"namespace":"a","predicates":[{"value":"x"}],"values":[{"predicate":"y","entry":[]}]}`,
		`{"namespace":"a","predicates":[{"value":"x"}],"values":[{"predicate":"x","entry":[{"value":"a\"b"}]}]}`,
	} {
		if x, err := taxonomy.Parse([]byte(raw)); err == nil {
			t.Errorf("%s was taken: %+v", raw, x)
		}
	}
}

// Each label of a vocabulary that can be read is held to be one of it, as it is spelled.
func FuzzParse(f *testing.F) {
	f.Add(made)
	f.Fuzz(func(t *testing.T, raw string) {
		x, err := taxonomy.Parse([]byte(raw))
		if err != nil {
			return
		}
		for _, tag := range x.Tags() {
			if _, err := x.Check(tag.Tag); err != nil && tag.Tag[len(tag.Tag)-1] != '=' {
				t.Errorf("%q of %s: %v", tag.Tag, raw, err)
			}
		}
	})
}
