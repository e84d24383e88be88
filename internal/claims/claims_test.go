//go:build unix

package claims_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/claims"
	"github.com/mithaq-hub/mithaq/internal/testdata"
)

// limit is what a quick command may take, compiling included.
const limit = 3 * time.Minute

func TestQuickClaimsAreTrue(t *testing.T) {
	if os.Getenv(claims.Inside) != "" {
		t.Skip("this test was started by a claim's own command")
	}
	if testing.Short() {
		t.Skip("claims run whole commands")
	}
	if bubble.Detecting {
		t.Skip("the commands are run without the race detector, and nothing of it reaches them")
	}
	root := testdata.Root(t)
	dependOnTree(t, root)
	for _, claim := range table(t, root) {
		if !claim.Quick {
			continue
		}
		t.Run(claim.Text, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			if out, err := claim.Show(ctx, root); err != nil {
				t.Errorf("%s: %v\n%s", claim.Command, err, out)
			}
		})
	}
}

// dependOnTree reads every folder of the module, so that `go test` does not
// repeat a result from its cache once a file that a command reads has changed.
func dependOnTree(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestClaimsSayWhereTheyArePromised(t *testing.T) {
	root := testdata.Root(t)
	for _, claim := range table(t, root) {
		if _, err := os.Stat(filepath.Join(root, claim.File())); err != nil {
			t.Errorf("%q: %v", claim.Text, err)
		}
	}
}

func table(t *testing.T, root string) []claims.Claim {
	t.Helper()
	file, err := os.Open(filepath.Join(root, "docs", "claims.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table, err := claims.Read(file)
	if err != nil {
		t.Fatalf("docs/claims.tsv: %v", err)
	}
	if len(table) == 0 {
		t.Fatal("docs/claims.tsv: no claims")
	}
	return table
}

func TestMalformedLinesAreAllNamed(t *testing.T) {
	const head = "claim\twhere\tcommand\tquick\n"
	tests := []struct{ text, want string }{
		{"claim\tcommand\n", "line 1: want the columns"},
		{head + "a\tb\tc\n", "line 2: 3 columns"},
		{head + "a\tb\t \tyes\n", "line 2: command is empty"},
		{head + "a\tb\tc\tmaybe\n", "line 2: quick"},
		{head + "\n" + "a\tb\tc\t?\n", "line 3: quick"},
	}
	for _, tt := range tests {
		_, err := claims.Read(strings.NewReader(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Read(%q) = %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestShow(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "here"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	show := func(command string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return claims.Claim{Command: command}.Show(ctx, root)
	}
	if out, err := show("test -f here && echo yes && test -n \"$MITHAQ_INSIDE_CLAIM\""); err != nil || out != "yes\n" {
		t.Errorf("a true claim: %q, %v", out, err)
	}
	if out, err := show("echo why >&2; exit 3"); err == nil || out != "why\n" {
		t.Errorf("a false claim: %q, %v", out, err)
	}
	if _, err := show("sleep 60"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a slow claim: %v, want %v", err, context.DeadlineExceeded)
	}
}
