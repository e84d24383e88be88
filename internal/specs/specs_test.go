package specs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mithaq-hub/mithaq/internal/specs"
	"github.com/mithaq-hub/mithaq/internal/testdata"
)

func TestEveryReferenceInTheCodeHasALine(t *testing.T) {
	root := testdata.Root(t)
	file, err := os.Open(filepath.Join(root, "docs", "specs.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table, err := specs.Read(file)
	if err != nil {
		t.Fatalf("docs/specs.tsv: %v", err)
	}
	findings, err := table.Check(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}

// The specs of these tests are made up, and put together so that the check of
// this very module does not take them for references of its own.
const (
	spice = "SPICE" + " 2.1"
	rfc   = "RFC" + " 99999"
)

func table() specs.Table {
	return specs.Table{
		{Spec: spice, Title: "Spice", Section: "3", Status: specs.Full},
		{Spec: spice, Title: "Spice", Section: "3.7", Status: specs.None},
		{Spec: spice, Title: "Spice", Section: "B.2", Status: specs.Full},
		{Spec: "Charter of Tea", Title: "Charter", Section: "*", Status: specs.Partial, Note: "some"},
	}
}

func TestWhatTheTableBearsOut(t *testing.T) {
	tests := []struct {
		comment string
		want    string // the objection begins so; empty for none
	}{
		{"// nothing at all", ""},
		{"// as " + spice + " wants", ""},
		{"// " + spice + ", 3", ""},
		{"// " + spice + ", 3.2.1.", ""},
		{"// " + spice + ", section 3.2", ""},
		{"// (" + spice + " section 3.2)", ""},
		{"// " + spice + ", B.2.5", ""},
		{"// " + spice + ", 5.4", "it.go:3: " + spice + ", 5.4: docs/specs.tsv has no line for this section"},
		{"// " + spice + ", 33", "it.go:3: " + spice + ", 33: "},
		{"// " + spice + ", 3.7.1", "it.go:3: " + spice + ", 3.7.1: docs/specs.tsv says of section 3.7 that none"},
		{"// " + spice + ", sections 3.2 and 4", "it.go:3: " + spice + ", 4: "},
		{"// " + spice + ", 3.2, 3.3 and 6.1", "it.go:3: " + spice + ", 6.1: "},
		{"// " + spice + ", appendix C", "it.go:3: " + spice + ", C: "},
		{"// " + spice + ", A word begins here", ""},
		{"// one\n// two, " + spice + ",\n// 5.4 too", "it.go:4: " + spice + ", 5.4: "},
		{"/*\n * one\n * " + spice + ", 5.4\n */", "it.go:5: " + spice + ", 5.4: "},
		{"// Charter of Tea, article 9", ""},
		{"// " + rfc + ", 2", "it.go:3: " + rfc + ", 2: docs/specs.tsv has no line for this standard"},
		{"// " + rfc, "it.go:3: " + rfc + ": docs/specs.tsv has no line for this standard"},
	}
	for _, tt := range tests {
		t.Run(tt.comment, func(t *testing.T) {
			findings, err := table().Check(module("package it\n\n" + tt.comment + "\nvar X int\n"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" && len(findings) == 0 {
				return
			}
			if tt.want == "" || len(findings) != 1 || !strings.HasPrefix(findings[0].String(), tt.want) {
				t.Errorf("findings = %v, want one that begins %q", findings, tt.want)
			}
		})
	}
}

func TestCodeIsNotAComment(t *testing.T) {
	text := fmt.Sprintf("package it\n\nconst X = %q\n", rfc)
	references, err := table().References(module(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(references) != 0 {
		t.Errorf("references = %v, want none", references)
	}
}

func TestAListOfSectionsIsReadWhole(t *testing.T) {
	references, err := table().References(module("package it\n\n// " + spice + ", 3.1, 3.2 and B.2.5: see\nvar X int\n"))
	if err != nil {
		t.Fatal(err)
	}
	var sections []string
	for _, r := range references {
		sections = append(sections, r.Section)
	}
	if want := []string{"3.1", "3.2", "B.2.5"}; !slices.Equal(sections, want) {
		t.Errorf("sections = %q, want %q", sections, want)
	}
}

func TestMalformedLinesAreAllNamed(t *testing.T) {
	const head = "spec\ttitle\tsection\tstatus\tnote\n"
	tests := []struct{ text, want string }{
		{"spec\tsection\n", "line 1: want the columns"},
		{head + "X\tx\t1\n", "line 2: 3 columns"},
		{head + "X\tx\t1.a\tfull\t\n", "line 2: section"},
		{head + "X\tx\t1\tdone\t\n", "line 2: status"},
		{head + "X\tx\t1\tpartial\t\n", "line 2: partial wants a note"},
		{head + "\tx\t1\tfull\t\n", "line 2: spec and title"},
		{head + "X\tx\t1\tfull\t\nX\tx\t1\tnone\t\n", "line 3: X, 1 stands on line 2"},
		{head + "X\tx\t1\t\t\nX\tx\t?\tfull\t\n", "line 3: section"},
	}
	for _, tt := range tests {
		_, err := specs.Read(strings.NewReader(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Read(%q) = %v, want %q", tt.text, err, tt.want)
		}
	}
	if _, err := specs.Read(strings.NewReader(head + "X\tx\t1\tfull\t\n")); err != nil {
		t.Errorf("a good table: %v", err)
	}
}

func module(text string) fstest.MapFS {
	return fstest.MapFS{"it.go": &fstest.MapFile{Data: []byte(text)}}
}
