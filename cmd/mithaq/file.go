package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/mithaq-hub/mithaq/internal/durable"
)

// writeWhole writes a file that appears whole or not at all.
func writeWhole(path string, r io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".mithaq-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}

// openPlain opens a file, or standard input for "-", as it is.
func (a *app) openPlain(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(a.in), nil
	}
	return os.Open(path)
}
