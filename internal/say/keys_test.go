package say

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// saidKeys returns the keys that a file's code says outright, by place: the
// first argument of calls of methods T and N, where it looks like a key, and
// the field Key of a Refusal.
func saidKeys(t *testing.T, name string, src any) map[string]token.Position {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]token.Position{}
	ast.Inspect(file, func(n ast.Node) bool {
		if key := keyOf(n); strings.Contains(key, ".") && !strings.ContainsAny(key, " \n") {
			found[key] = set.Position(n.Pos())
		}
		return true
	})
	return found
}

func keyOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CallExpr:
		method, ok := n.Fun.(*ast.SelectorExpr)
		if ok && len(n.Args) > 0 && (method.Sel.Name == "T" || method.Sel.Name == "N") {
			return literal(n.Args[0])
		}
	case *ast.CompositeLit:
		if named(n.Type) != "Refusal" {
			return ""
		}
		for _, field := range n.Elts {
			if kv, ok := field.(*ast.KeyValueExpr); ok && named(kv.Key) == "Key" {
				return literal(kv.Value)
			}
		}
	}
	return ""
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
		for key, at := range saidKeys(t, path, src) {
			if _, ok := catalogs()[fallback][key]; !ok {
				t.Errorf("%s: key %q is in no catalogue", at, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysAreSeenInCode(t *testing.T) {
	got := saidKeys(t, "x.go", `package x
		func f() {
			p.T("a.b", 1)
			q.r.N("c.d", 2)
			p.T("not a key.")
			p.T(variable)
			other("e.f")
			_ = &mithaq.Refusal{Kind: mithaq.Denied, Key: "g.h"}
			_ = Other{Key: "i.j"}
		}`)
	if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, []string{"a.b", "c.d", "g.h"}) {
		t.Error(got)
	}
}
