// Package testdata finds the files that tests read: the module's own, and the
// real data that is too large for the repository.
//
// The real data lies in a folder beside the module's root:
//
//	mithaq/            the module, with go.mod
//	shared/data/       what Shared looks in
//	  stix/  misp/
//
// The environment variable MITHAQ_SHARED names another folder in place of
// shared/data.
package testdata

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Env is the environment variable that names the folder of real data.
const Env = "MITHAQ_SHARED"

// Shared returns the absolute path of a file of real data, such as
// "stix/ics-attack-2.1.json.gz" (slashes on every system). Where the file is
// not there the test is skipped, with a line that says where it was looked for.
// A name that leaves the folder fails the test.
func Shared(t testing.TB, name string) string {
	t.Helper()
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		t.Fatalf("shared data %q: want a path inside the folder", name)
	}
	folder, err := sharedFolder()
	if err != nil {
		t.Fatalf("find shared data: %v", err)
	}
	path := filepath.Join(folder, filepath.FromSlash(name))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("shared data %s is not in %s (set %s to the folder that has it)", name, folder, Env)
	} else if err != nil {
		t.Fatalf("find shared data: %v", err)
	}
	return path
}

// Root returns the absolute path of the module's root.
func Root(t testing.TB) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatalf("find the module's root: %v", err)
	}
	return root
}

func sharedFolder() (string, error) {
	if folder := os.Getenv(Env); folder != "" {
		return filepath.Abs(folder)
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(root), "shared", "data"), nil
}

// moduleRoot walks up from the working directory, which for a test is the
// folder of its package.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod in %s or above it", start)
		}
	}
}
