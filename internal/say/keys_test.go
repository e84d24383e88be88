package say

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
)

// A saying is one place in the code that says a key outright, with how many
// arguments it gives; -1 where that cannot be read there.
type saying struct {
	key  string
	args int
	at   token.Position
}

// sayings returns what a file's code says: the first argument of calls of
// methods T, N, print and under, and of usage, and the second of Refuse, where it looks like a key, and the
// field Key of a Refusal or a RefusedWhole.
func sayings(t *testing.T, name string, src any) []saying {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []saying
	ast.Inspect(file, func(n ast.Node) bool {
		said := sayingOf(n)
		if strings.Contains(said.key, ".") && !strings.ContainsAny(said.key, " \n") {
			said.at = set.Position(n.Pos())
			found = append(found, said)
		}
		return true
	})
	return found
}

func sayingOf(n ast.Node) saying {
	switch n := n.(type) {
	case *ast.CallExpr:
		return sayingOfCall(n)
	case *ast.CompositeLit:
		switch named(n.Type) {
		case "Refusal", "RefusedWhole":
			return sayingOfRefusal(n)
		}
	}
	return saying{}
}

// keysAt says which argument of a call is a key.
var keysAt = map[string]int{"T": 0, "N": 0, "print": 0, "under": 0, "Refuse": 1}

// shorthands are functions of single packages that take a key first.
var shorthands = map[string]bool{"denied": true, "invalid": true, "refuse": true, "usage": true}

func sayingOfCall(call *ast.CallExpr) saying {
	name := named(call.Fun)
	i, known := keysAt[name]
	_, method := call.Fun.(*ast.SelectorExpr)
	if known = known && (method || name == "Refuse") || shorthands[name] && !method; !known || i >= len(call.Args) {
		return saying{}
	}
	given := len(call.Args) - i - 1
	switch {
	case call.Ellipsis.IsValid():
		given = -1
	case name == "N":
		given-- // the number itself
	}
	return saying{key: literal(call.Args[i]), args: given}
}

func sayingOfRefusal(refusal *ast.CompositeLit) (said saying) {
	for _, field := range refusal.Elts {
		kv, ok := field.(*ast.KeyValueExpr)
		switch {
		case ok && named(kv.Key) == "Key":
			said.key = literal(kv.Value)
		case ok && named(kv.Key) == "Args":
			said.args = -1
			if list, ok := kv.Value.(*ast.CompositeLit); ok {
				said.args = len(list.Elts)
			}
		}
	}
	return said
}

func named(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		s, _ := strconv.Unquote(lit.Value)
		return s
	}
	return ""
}

// faultOf says what the catalogue lacks for what the code says, if anything.
func faultOf(said saying, c catalog) string {
	e, ok := c[said.key]
	if !ok {
		return fmt.Sprintf("key %q is in no catalogue", said.key)
	}
	for _, place := range arguments(e) {
		i, err := strconv.Atoi(strings.Trim(place, "{}"))
		if err == nil && said.args >= 0 && i >= said.args {
			return fmt.Sprintf("key %q is given %d arguments, and its sentence has %s", said.key, said.args, place)
		}
	}
	return ""
}

func TestEveryKeyTheCodeSaysIsThere(t *testing.T) {
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == "testdata" || name != ".." && strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, said := range sayings(t, path, src) {
			if fault := faultOf(said, catalogs()[fallback]); fault != "" {
				t.Errorf("%s: %s", said.at, fault)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysAreSeenInCode(t *testing.T) {
	said := sayings(t, "x.go", `package x
		func f() {
			p.T("a.b", 1)
			q.r.N("c.d", 2)
			p.T("not a key.")
			p.T(variable)
			other("e.f")
			T("e.g")
			_ = &mithaq.Refusal{Kind: mithaq.Denied, Key: "g.h", Args: []any{1, 2}}
			_ = Other{Key: "i.j"}
			_ = &mithaq.RefusedWhole{Key: "i.k"}
			_ = mithaq.Refuse(mithaq.Denied, "k.l", 1, 2, 3)
			_ = Refuse(Denied, "m.n", args...)
			_ = mithaq.Refuse(mithaq.Denied, "alone")
			_ = denied("o.p", 1)
			_ = x.denied("q.r", 1)
		}`)
	var got []string
	for _, s := range said {
		got = append(got, fmt.Sprintf("%s %d", s.key, s.args))
	}
	if !slices.Equal(got, []string{"a.b 1", "c.d 0", "g.h 2", "i.k 0", "k.l 3", "m.n -1", "o.p 1"}) {
		t.Error(got)
	}
}

func TestTheCatalogueIsHeldToWhatTheCodeGives(t *testing.T) {
	c := catalog{"a.b": entry{forms: map[plural.Form]string{plural.Other: "{n} from {0} to {1}"}}}
	for _, row := range []struct {
		said saying
		want string
	}{
		{saying{key: "a.c"}, "in no catalogue"},
		{saying{key: "a.b", args: 1}, "given 1 arguments, and its sentence has {1}"},
		{saying{key: "a.b", args: 2}, ""},
		{saying{key: "a.b", args: -1}, ""},
	} {
		if got := faultOf(row.said, c); !strings.Contains(got, row.want) || row.want == "" && got != "" {
			t.Errorf("%+v: %q, want %q", row.said, got, row.want)
		}
	}
}
