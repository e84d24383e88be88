package taxii

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Pushed says what became of objects that were sent.
type Pushed struct {
	Stored  int
	Refused []StatusDetail // by the server, with its reasons
	TooLong []int          // places in what was given: longer than the server takes
	Status  []string       // ids of the status resources, one an envelope
}

// most is how many objects an envelope gets; what servers process in a breath.
const most = 1000

// Push sends objects to a collection, byte for byte, in as many envelopes as
// the server's max_content_length asks for, and follows the status of each to
// its end. On an error, what Pushed says has happened has; sending all again
// does no harm, as an exact duplicate is a success. TAXII 2.1, 5.5
func (f *Feed) Push(ctx context.Context, objects []jsontext.Value) (Pushed, error) {
	var done Pushed
	about, err := f.Client.Root(ctx, f.Root)
	if err != nil {
		return done, err
	}
	open, closing := f.wrapping()
	room := int(min(about.MaxContentLength, 1<<30)) - len(open) - len(closing)
	rest := make([]jsontext.Value, 0, len(objects))
	for i, o := range objects {
		if about.MaxContentLength > 0 && len(o) > room {
			done.TooLong = append(done.TooLong, i)
		} else {
			rest = append(rest, o)
		}
	}
	for len(rest) > 0 {
		n := fitting(rest, room, about.MaxContentLength > 0)
		if err := f.pushOne(ctx, rest[:n], &done); err != nil {
			return done, fmt.Errorf("push to %s: %w", f.Collection, err)
		}
		rest = rest[n:]
	}
	return done, nil
}

// fitting is how many objects fit into one envelope, at least one.
func fitting(objects []jsontext.Value, room int, limited bool) int {
	n, size := 0, -1
	for n < min(len(objects), most) {
		size += len(objects[n]) + 1
		if limited && size > room {
			break
		}
		n++
	}
	return max(1, n)
}

func (f *Feed) wrapping() (open, closing string) {
	if f.old() {
		return `{"type":"bundle","id":"bundle--` + newUUID() + `","spec_version":"2.0","objects":[`, "]}"
	}
	return `{"objects":[`, "]}"
}

// pushOne sends one envelope; a server that finds it too long after all gets halves.
func (f *Feed) pushOne(ctx context.Context, objects []jsontext.Value, done *Pushed) error {
	at, err := f.Client.join(f.Root, "collections/"+url.PathEscape(f.Collection)+"/objects/")
	if err != nil {
		return err
	}
	open, closing := f.wrapping()
	body := slices.Concat([]byte(open), join(objects), []byte(closing))
	d := f.Client.dialect()
	got, err := f.Client.do(ctx, request{method: http.MethodPost, url: at, accept: d.taxii, contentType: d.objects, body: body})
	if statusOf(err) == http.StatusRequestEntityTooLarge && len(objects) > 1 {
		half := len(objects) / 2
		if err := f.pushOne(ctx, objects[:half], done); err != nil {
			return err
		}
		return f.pushOne(ctx, objects[half:], done)
	}
	if err != nil {
		return err
	}
	var st wireStatus
	if err := json.Unmarshal(got.body, &st); err != nil || st.ID == "" {
		return &AnswerError{Why: "it is no status resource"}
	}
	return f.follow(ctx, st.status(), done)
}

func join(objects []jsontext.Value) []byte {
	raws := make([][]byte, len(objects))
	for i, o := range objects {
		raws[i] = o
	}
	return bytes.Join(raws, []byte{','})
}

// follow asks for a status until it is complete. TAXII 2.1, 4.3
func (f *Feed) follow(ctx context.Context, st Status, done *Pushed) error {
	done.Status = append(done.Status, st.ID)
	end := time.Now().Add(cmp.Or(f.Client.Patience, 15*time.Minute))
	for wait := time.Second; st.Status == "pending"; wait = min(wait*3/2, 30*time.Second) {
		if time.Now().Add(wait).After(end) {
			return &StuckError{f.Collection, 0, fmt.Sprintf("status %s is still pending, with %d objects", st.ID, st.PendingCount)}
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		next, err := f.Client.Status(ctx, f.Root, st.ID)
		if err != nil {
			return err
		}
		next.ID = st.ID
		st = next
	}
	if st.Status != "complete" {
		return &AnswerError{Why: fmt.Sprintf("status %q is neither pending nor complete", st.Status)}
	}
	done.Stored += st.SuccessCount
	done.Refused = append(done.Refused, st.Failures...)
	if missing := st.FailureCount - len(st.Failures); missing > 0 {
		done.Refused = append(done.Refused, slices.Repeat([]StatusDetail{{Message: "refused; the server does not say which"}}, min(missing, most))...)
	}
	return nil
}

// wireStatus is a Status of either version: TAXII 2.0 lists successes and
// pendings by id alone.
type wireStatus struct {
	Status
	Successes []wireDetail `json:"successes"`
	Failures  []wireDetail `json:"failures"`
	Pendings  []wireDetail `json:"pendings"`
}

type wireDetail struct{ StatusDetail }

func (d *wireDetail) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &d.ID)
	}
	return json.Unmarshal(raw, &d.StatusDetail)
}

func (w wireStatus) status() Status {
	st := w.Status
	st.Successes, st.Failures, st.Pendings = details(w.Successes), details(w.Failures), details(w.Pendings)
	return st
}

func details(wire []wireDetail) (all []StatusDetail) {
	for _, d := range wire {
		all = append(all, d.StatusDetail)
	}
	return all
}
