package demo

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A survey is what a pact must name of a file for its objects to cross.
type survey struct {
	objects           int
	types, extensions []string
}

// surveyed reads a file to its end. What cannot be read is left to the import,
// which names the place.
func surveyed(path string) (s survey, err error) {
	f, err := openData(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	for o, err := range stix.NewReader(f, stix.Limits{}).Objects() {
		if err != nil {
			if syntax, ok := errors.AsType[*stix.SyntaxError](err); ok && !syntax.Fatal {
				continue
			}
			return s, err
		}
		s.objects++
		s.add(o)
	}
	return s, nil
}

func (s *survey) add(o *stix.Object) {
	if o.Type() == "observed-data" && o.IsVersion20() {
		s.addUpgraded(o)
	}
	if t := string(o.Type()); !slices.Contains(s.types, t) {
		s.types = append(s.types, t)
	}
	for e := range o.Extensions() {
		if !slices.Contains(s.extensions, e.Key) {
			s.extensions = append(s.extensions, e.Key)
		}
	}
}

// addUpgraded adds what comes out of an object of STIX 2.0 beside itself.
func (s *survey) addUpgraded(o *stix.Object) {
	upgraded, err := o.Upgrade()
	if err != nil {
		return
	}
	for _, u := range upgraded {
		if one, err := stix.Parse(u.Raw, stix.Limits{}); err == nil && !one.IsVersion20() {
			s.add(one)
		}
	}
}

// openData opens a file, inflating it where it is gzipped.
func openData(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(f, 1<<16)
	if magic, _ := b.Peek(2); len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return opened{b, f}, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return opened{z, f}, nil
}

type opened struct {
	io.Reader
	io.Closer
}
