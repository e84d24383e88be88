package bench

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// A maker makes the objects of a data set, the same ones each time: such as
// feeds hold, seven in ten an indicator, two a domain or address, one a
// relationship to what came before.
type maker struct {
	r     *rand.Rand
	made  int
	known []stix.ID // some of the indicators made, to refer to
}

func newMaker() *maker { return &maker{r: rand.New(rand.NewPCG(1, 2))} }

// author made all of a data set.
const author = "identity--4a1f1c4e-6f0b-4f8e-9a1e-0d1c2b3a4f5e"

// since is when the objects of a data set begin.
var since = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (m *maker) uuid() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(m.r.Uint32())
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// next is one object of 400 to 900 bytes.
func (m *maker) next() []byte {
	m.made++
	switch m.made % 10 {
	case 3:
		return fmt.Appendf(nil, `{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--%s","value":"%s"}`, m.uuid(), m.address())
	case 6:
		return fmt.Appendf(nil, `{"type":"domain-name","spec_version":"2.1","id":"domain-name--%s","value":"%s"}`, m.uuid(), m.domain())
	case 9:
		return m.relationship()
	}
	return m.indicator()
}

func (m *maker) address() string {
	return fmt.Sprintf("%d.%d.%d.%d", 1+m.r.IntN(223), m.r.IntN(256), m.r.IntN(256), m.r.IntN(256))
}

func (m *maker) domain() string { return fmt.Sprintf("tickets-%x.example", m.r.Uint64()) }

func (m *maker) when() string {
	return since.Add(time.Duration(m.made) * 20 * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
}

func (m *maker) indicator() []byte {
	id, at := stix.ID("indicator--"+m.uuid()), m.when()
	if len(m.known) < 10_000 {
		m.known = append(m.known, id)
	} else {
		m.known[m.r.IntN(len(m.known))] = id
	}
	pattern := fmt.Sprintf("[ipv4-addr:value = '%s']", m.address())
	if m.r.IntN(2) == 0 {
		pattern = fmt.Sprintf("[domain-name:value = '%s' OR url:value = 'https://%s/buy']", m.domain(), m.domain())
	}
	return fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"%s","created_by_ref":"%s","created":"%s","modified":"%s",`+
		`"name":"Sells tickets that do not exist, %d","description":"Seen in %d reports of buyers who were turned away at the gate; the seller asks for a transfer and answers no more.",`+
		`"indicator_types":["malicious-activity"],"pattern":"%s","pattern_type":"stix","valid_from":"%s","labels":["ticket-fraud","event"],`+
		`"external_references":[{"source_name":"desk","external_id":"T-%08d"}]}`,
		id, author, at, at, m.made, 1+m.r.IntN(40), pattern, at, m.made)
}

func (m *maker) relationship() []byte {
	at := m.when()
	a, b := m.known[m.r.IntN(len(m.known))], m.known[m.r.IntN(len(m.known))]
	return fmt.Appendf(nil, `{"type":"relationship","spec_version":"2.1","id":"relationship--%s","created_by_ref":"%s","created":"%s","modified":"%s",`+
		`"relationship_type":"related-to","source_ref":"%s","target_ref":"%s","description":"The same seller, by the account that the money went to."}`,
		m.uuid(), author, at, at, a, b)
}

// write makes a bundle of some objects in a file.
func (m *maker) write(path string, objects int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintf(w, `{"type":"bundle","id":"bundle--%s","objects":[`, m.uuid())
	for i := range objects {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		_, _ = w.Write(m.next())
	}
	_, _ = w.WriteString("]}")
	return w.Flush()
}

// open opens a bundle, gzipped or not.
func open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(f, 1<<16)
	if magic, _ := b.Peek(2); len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return reading{b, f}, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return reading{z, f}, nil
}

type reading struct {
	io.Reader
	io.Closer
}

// sample is the first objects of a file, at most so many.
func sample(path string, most int) (raws [][]byte, err error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := stix.NewReader(f, stix.Limits{})
	for len(raws) < most {
		raw, err := r.Next()
		if errors.Is(err, io.EOF) {
			return raws, nil
		}
		if err != nil {
			return nil, err
		}
		raws = append(raws, slices.Clone(raw))
	}
	return raws, nil
}
