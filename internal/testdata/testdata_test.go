package testdata_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/testdata"
)

func TestRootHoldsTheModule(t *testing.T) {
	if _, err := os.Stat(filepath.Join(testdata.Root(t), "go.mod")); err != nil {
		t.Error(err)
	}
}

func TestSharedFollowsTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(testdata.Env, dir)
	want := filepath.Join(dir, "stix", "one.json")
	if err := os.MkdirAll(filepath.Dir(want), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := testdata.Shared(t, "stix/one.json"); got != want {
		t.Errorf("Shared = %s, want %s", got, want)
	}
}

func TestSharedLooksBesideTheModule(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "module", "deep", "down")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(parent, "shared", "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join(parent, "module", "go.mod"), filepath.Join(data, "x")} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(testdata.Env, "")
	t.Chdir(dir)
	got, err := filepath.EvalSymlinks(testdata.Shared(t, "x"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.EvalSymlinks(filepath.Join(data, "x"))
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("Shared = %s, want %s", got, want)
	}
}

func TestSharedSkipsWhatIsAbsent(t *testing.T) {
	t.Setenv(testdata.Env, t.TempDir())
	var inner *testing.T
	t.Run("inner", func(t *testing.T) {
		inner = t
		testdata.Shared(t, "absent.json")
		t.Error("Shared returned for an absent file")
	})
	if !inner.Skipped() {
		t.Error("the test was not skipped")
	}
}
