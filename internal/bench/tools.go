package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// The targets of the port for tools.
const (
	postTarget = 80.0 // µs of processor time an object, in envelopes of a thousand
	readTarget = 3.0  // µs an object
	pollTarget = 1.0  // ms, of an empty poll and of one object by its id
)

const (
	perEnvelope = 1000
	oneIn       = 1000 // objects that the reader of little may read
	asks        = 200  // of which the median is given
)

// tooling measures TAXII 2.1 over HTTP on loopback, client and server together.
func (o *Options) tooling(ctx context.Context) ([]Figure, error) {
	return o.inWorld(ctx, func(w *world) ([]Figure, error) {
		w.tools = true
		d, err := w.add(ctx, "atlas.example")
		if err != nil {
			return nil, err
		}
		s := &tools{d: d, m: newMaker(), base: "http://" + d.Config().Tools + "/own/collections/own/"}
		if err := s.hire(ctx); err != nil {
			return nil, err
		}
		var list []Figure
		for _, measure := range []func(context.Context, int) ([]Figure, error){s.posting, s.reading, s.asking, s.polling} {
			some, err := measure(ctx, o.Size)
			if err != nil {
				return nil, err
			}
			list = append(list, some...)
		}
		for i := range list {
			list[i].Part = fmt.Sprintf("tools, made set of %d", o.Size)
		}
		return list, nil
	})
}

// tools are those of one organisation.
type tools struct {
	d                     *desk
	m                     *maker
	base                  string
	bulk, few, all, green string // tokens: who brings much, and little; who reads all, and what is green
	last                  string // when the last was added
	id                    string // of one object
	room                  []byte // for an answer
}

// hire makes the tools: what the first brings is amber, and green what the second does.
func (s *tools) hire(ctx context.Context) error {
	v, err := s.d.viewer(ctx, chief)
	if err != nil {
		return err
	}
	return s.d.Store().Write(ctx, func(tx *store.Tx) error {
		for name, t := range map[string]struct {
			token   *string
			access  account.Access
			tlp     stix.TLP
			ceiling stix.TLP
		}{
			"bulk": {&s.bulk, account.Writes, stix.TLPAmber, 0}, "few": {&s.few, account.Writes, stix.TLPGreen, 0},
			"all": {&s.all, account.Reads, 0, 0}, "green": {&s.green, account.Reads, 0, stix.TLPGreen},
		} {
			service := account.Service{
				Name: name, Purpose: purpose, Basis: basis, Owner: v.Person, Budget: 1 << 40, Access: t.access, Ceiling: t.ceiling,
			}
			if t.access == account.Writes {
				p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(tx.Now()), name)
				p.Org, p.Person, p.Basis = s.d.org, v.Person, mithaq.LegalBasis{Ref: basis}
				p.Default = mithaq.Handling{TLP: t.tlp, Originator: s.d.org}
				if _, err := s.d.Gate().KeepProfile(tx, v, p); err != nil {
					return err
				}
				service.Profile = p.ID
			}
			var err error
			if *t.token, err = s.d.Accounts().AddService(tx, v, service, tx.Now().Add(24*time.Hour)); err != nil {
				return err
			}
		}
		return nil
	})
}

// posting brings a made set in envelopes, and one in a thousand objects by a tool of its own.
func (s *tools) posting(ctx context.Context, size int) ([]Figure, error) {
	var used time.Duration
	began, spent := time.Now(), time.Duration(0)
	for done := 0; done < size; done += perEnvelope {
		making := time.Now()
		n := min(perEnvelope, size-done)
		green := s.envelope(max(1, n/oneIn))
		body := s.envelope(n - max(1, n/oneIn))
		spent += time.Since(making)
		if err := s.post(ctx, s.few, green); err != nil {
			return nil, err
		}
		from := cpu()
		if err := s.post(ctx, s.bulk, body); err != nil {
			return nil, err
		}
		used += cpu() - from
	}
	wall := time.Since(began) - spent
	return []Figure{
		{Name: "objects", Value: float64(size)},
		{Name: "POST: processor time per object", Value: micros(used) / float64(size), Unit: "µs", Target: postTarget},
		{Name: "– wall time per object", Value: micros(wall) / float64(size), Unit: "µs"},
	}, nil
}

func (s *tools) envelope(n int) []byte {
	b := []byte(`{"objects":[`)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, s.m.next()...)
	}
	return append(b, "]}"...)
}

func (s *tools) post(ctx context.Context, token string, body []byte) error {
	got, err := s.ask(ctx, http.MethodPost, "objects/", token, body)
	if err == nil && !bytes.Contains(got.body, []byte(`"failure_count":0`)) {
		err = fmt.Errorf("refused: %.300s", got.body)
	}
	return err
}

// reading reads all that two readers may, in pages of a thousand.
func (s *tools) reading(ctx context.Context, size int) (list []Figure, err error) {
	whole, last, err := s.pages(ctx, s.all)
	if err != nil {
		return nil, err
	}
	s.last = last
	little, _, err := s.pages(ctx, s.green)
	if err != nil {
		return nil, err
	}
	if whole.objects != size {
		return nil, fmt.Errorf("%d of %d objects are read", whole.objects, size)
	}
	list = []Figure{
		{Name: "reading all: processor time per object", Value: whole.each(0, 10), Unit: "µs", Target: readTarget},
		{Name: fmt.Sprintf("reading one in %d, by rights: processor time per object", oneIn), Value: little.each(0, 10), Unit: "µs"},
		{Name: "– of all objects", Value: micros(little.at[len(little.at)-1]-little.at[0]) / float64(size), Unit: "µs"},
	}
	if err := s.spared(ctx, &list[0], size); err != nil {
		return nil, err
	}
	if len(whole.at) > 20 {
		list = append(list, Figure{Name: "– last tenth of all to the first", Value: whole.each(9, 10) / whole.each(0, 1), Unit: "×"})
	}
	return list, nil
}

// spared sets beside a figure what reading cannot spare.
func (s *tools) spared(ctx context.Context, f *Figure, size int) error {
	rows, err := bareRows(ctx, s.d.Store(), size)
	if err != nil {
		return err
	}
	page, err := s.ask(ctx, http.MethodGet, "objects/?limit=1000", s.all, nil)
	if err != nil {
		return err
	}
	wire, err := s.bareHTTP(ctx, bytes.Clone(page.body), min(size, 1000))
	f.beside("its row read and its bytes sent, bare", rows+wire)
	return err
}

// A perusal is a collection read to its end: what it had cost before each page.
type perusal struct {
	objects int
	at      []time.Duration
}

// each is the cost of an object from one tenth to another.
func (p *perusal) each(from, to int) float64 {
	n := len(p.at) - 1
	a, b := n*from/10, n*to/10
	return micros(p.at[b]-p.at[a]) / max(1, float64(p.objects)*float64(b-a)/float64(n))
}

func (s *tools) pages(ctx context.Context, token string) (p perusal, last string, err error) {
	for next := ""; ; {
		p.at = append(p.at, cpu())
		got, err := s.ask(ctx, http.MethodGet, "objects/?limit=1000"+next, token, nil)
		if err != nil {
			return p, "", err
		}
		p.objects += bytes.Count(got.body, []byte(`"spec_version":`))
		s.id = string(between(got.body, `"id":"`))
		if more := between(got.body[:min(len(got.body), 100)], `"next":"`); more != nil {
			next = "&next=" + string(more)
			continue
		}
		p.at = append(p.at, cpu())
		return p, got.header.Get("X-TAXII-Date-Added-Last"), nil
	}
}

// between is what stands behind a mark, up to a quote.
func between(body []byte, mark string) []byte {
	_, rest, ok := bytes.Cut(body, []byte(mark))
	if !ok {
		return nil
	}
	found, _, _ := bytes.Cut(rest, []byte{'"'})
	return found
}

// asking is what tools do all day.
func (s *tools) asking(ctx context.Context, _ int) (list []Figure, err error) {
	for _, q := range []struct{ name, path string }{
		{"an empty poll, median", "objects/?added_after=" + s.last},
		{"one object by its id, median", "objects/" + s.id + "/"},
	} {
		took := make([]time.Duration, asks)
		for i := range took {
			began := time.Now()
			if _, err := s.ask(ctx, http.MethodGet, q.path, s.all, nil); err != nil {
				return nil, err
			}
			took[i] = time.Since(began)
		}
		slices.Sort(took)
		list = append(list, Figure{Name: q.name, Value: micros(took[asks/2]) / 1000, Unit: "ms", Target: pollTarget})
	}
	return list, nil
}

type answered struct {
	header http.Header
	body   []byte
}

func (s *tools) ask(ctx context.Context, method, path, token string, body []byte) (a answered, err error) {
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	r.Header = http.Header{"Accept": {taxii.MediaType}, "Authorization": {"Bearer " + token}, "Content-Type": {taxii.MediaType}}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	a.header = res.Header
	if a.body, err = s.body(res); err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %.300s", method, path, res.StatusCode, a.body)
	}
	return a, err
}
