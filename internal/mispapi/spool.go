package mispapi

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// inMemory is how much of a spool is held in memory.
const inMemory = 4 << 20

// A spool keeps what is written to it until it is read: a little in memory, more in
// a file that has no name where the system allows that.
type spool struct {
	mem  bytes.Buffer
	file *os.File
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.mem.Len()+len(p) <= inMemory {
		return s.mem.Write(p)
	}
	if s.file == nil {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	return s.file.Write(p)
}

func (s *spool) spill() (err error) {
	if s.file, err = os.CreateTemp("", "mithaq-*"); err != nil {
		return err
	}
	_ = os.Remove(s.file.Name()) // again when it is closed, where this cannot be done while it is open
	_, err = s.file.Write(s.mem.Bytes())
	s.mem = bytes.Buffer{}
	return err
}

// reader is all that was written, from its beginning.
func (s *spool) reader() (io.ReadSeeker, error) {
	if s.file == nil {
		return bytes.NewReader(s.mem.Bytes()), nil
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return s.file, err
}

// Close forgets it.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if gone := os.Remove(s.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
