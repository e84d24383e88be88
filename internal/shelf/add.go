package shelf

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// Add takes an envelope in, under the source profile of the caller's token; what
// is refused is told object by object. An envelope that cannot be read to its end
// is refused whole.
func (s *Shelf) Add(ctx context.Context, root, id string, body io.Reader) (taxii.Status, error) {
	v, c, err := s.find(ctx, root, id)
	if err != nil {
		return taxii.Status{}, err
	}
	if !c.told(&v).CanWrite {
		return taxii.Status{}, taxii.Errorf(http.StatusForbidden, "nothing is taken in here")
	}
	select {
	case s.bringing <- struct{}{}:
		defer func() { <-s.bringing }()
	default:
		return taxii.Status{}, &taxii.Error{
			Status: http.StatusServiceUnavailable, Title: "busy", Description: "others are bringing something", RetryAfter: retryAfter,
		}
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return taxii.Status{}, err
	}
	if err := checkEnvelope(raw); err != nil {
		return taxii.Status{}, err
	}
	return s.take(ctx, v, root, c, raw)
}

// take keeps what an envelope holds, and the status that tells of it. Both are
// durable when it returns.
func (s *Shelf) take(ctx context.Context, v mithaq.Viewer, root string, c *collection, raw []byte) (taxii.Status, error) {
	tool, err := s.toolOf(ctx, v)
	if err != nil {
		return taxii.Status{}, err
	}
	b := &bringing{now: s.Now().UTC()}
	b.status = taxii.Status{ID: stix.NewID("status").UUID(), Status: "complete", RequestTimestamp: b.now.Format(taxii.TimeFormat)}
	_, err = s.Gate.Intake(ctx, v, bytes.NewReader(raw), gate.Import{Profile: tool.Profile, Case: c.matter, Name: "taxii", Each: b.count})
	if err != nil {
		return taxii.Status{}, told(err)
	}
	err = s.Gate.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.Gate.Store.Reveal(tx, c.source.Name, b.again...); err != nil {
			return err
		}
		return keepStatus(tx, who(&v), root, &b.status)
	})
	return b.status, err
}

// toolOf is what stands behind the caller.
func (s *Shelf) toolOf(ctx context.Context, v mithaq.Viewer) (tool Tool, err error) {
	if s.Tool == nil || v.Token == "" {
		return tool, nil
	}
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		tool, err = s.Tool(tx, v.Token)
		return err
	})
	return tool, err
}

// bringing gathers what became of the objects of one envelope.
type bringing struct {
	now    time.Time
	status taxii.Status
	again  []int64 // what was here already
}

func (b *bringing) count(r gate.Result) {
	b.status.TotalCount++
	detail := taxii.StatusDetail{ID: string(r.ID), Version: version(r.Version, time.Time{}, time.UnixMicro(r.Item).UTC())}
	if r.Fate == gate.Refused {
		if detail.ID == "" {
			detail.ID = "objects/" + itoa(r.Index)
		}
		if r.Version == "" {
			detail.Version = b.now.Format(taxii.TimeFormat)
		}
		detail.Message = sentence(r.Why)
		b.status.FailureCount++
		b.status.Failures = append(b.status.Failures, detail)
		return
	}
	if r.Fate != gate.Kept {
		b.again = append(b.again, r.Item)
	}
	b.status.SuccessCount++
	b.status.Successes = append(b.status.Successes, detail)
}

// checkEnvelope wants one envelope with objects; what they are is not looked at
// here. TAXII 2.1, 3.7 and 5.5
func checkEnvelope(raw []byte) error {
	in := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	objects := -1
	if in.PeekKind() != '{' {
		return noEnvelope("it begins with something else")
	}
	_, _ = in.ReadToken()
	for in.PeekKind() != '}' {
		name, err := in.ReadToken()
		if err != nil {
			return noEnvelope(err.Error())
		}
		known := name.String() == "objects"
		switch {
		case known && objects >= 0:
			return noEnvelope("objects comes twice")
		case known && in.PeekKind() != '[':
			return noEnvelope("objects is no list")
		case known:
			objects, err = length(in)
		default:
			err = in.SkipValue() // TAXII 2.1, 7.1.1: what is not known is ignored
		}
		if err != nil {
			return noEnvelope(err.Error())
		}
	}
	_, _ = in.ReadToken()
	if _, err := in.ReadToken(); !errors.Is(err, io.EOF) {
		return noEnvelope("something follows it")
	}
	if objects <= 0 {
		return noEnvelope("it has no objects")
	}
	return nil
}

// length counts the values of a list.
func length(in *jsontext.Decoder) (n int, err error) {
	if _, err := in.ReadToken(); err != nil {
		return 0, err
	}
	for in.PeekKind() != ']' {
		if err := in.SkipValue(); err != nil {
			return n, err
		}
		n++
	}
	_, err = in.ReadToken()
	return n, err
}

func noEnvelope(why string) error {
	return taxii.Errorf(http.StatusUnprocessableEntity, "the body is not an envelope: %s", why)
}
