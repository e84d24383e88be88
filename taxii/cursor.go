package taxii

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// A Cursor is how far a collection has been read. Its zero value is the start.
// It comes with each page, to be kept in the same breath as what the page
// brought, and is text to whoever keeps it.
type Cursor struct {
	// After is the date_added up to which everything was read when the present
	// run of pages began, as the server gave it.
	After time.Time
	// Next and Skip are a place within a run: TAXII 2.1's next, or TAXII 2.0's
	// count of items. Last is the date_added up to which the run has come.
	Next string
	Skip int
	Last time.Time
}

// MarshalText writes a Cursor as URL parameters, such as v=1&after=2026-....
func (c Cursor) MarshalText() ([]byte, error) {
	v := url.Values{"v": {"1"}}
	for name, t := range map[string]time.Time{"after": c.After, "last": c.Last} {
		if !t.IsZero() {
			v.Set(name, t.UTC().Format(TimeFormat))
		}
	}
	if c.Next != "" {
		v.Set("next", c.Next)
	}
	if c.Skip > 0 {
		v.Set("skip", strconv.Itoa(c.Skip))
	}
	return []byte(v.Encode()), nil
}

// UnmarshalText reads what MarshalText wrote. An empty text is the start.
func (c *Cursor) UnmarshalText(text []byte) error {
	*c = Cursor{}
	if len(text) == 0 {
		return nil
	}
	v, err := url.ParseQuery(string(text))
	if err != nil || v.Get("v") != "1" {
		return fmt.Errorf("cursor %q: not one of ours", text)
	}
	for name, t := range map[string]*time.Time{"after": &c.After, "last": &c.Last} {
		if v.Get(name) == "" {
			continue
		}
		if *t, err = time.Parse(TimeFormat, v.Get(name)); err != nil {
			return fmt.Errorf("cursor %q: %w", text, err)
		}
	}
	c.Next = v.Get("next")
	if n := v.Get("skip"); n != "" {
		if c.Skip, err = strconv.Atoi(n); err != nil || c.Skip < 0 {
			return fmt.Errorf("cursor %q: skip", text)
		}
	}
	return nil
}

// fallen is the Cursor for a server that does not know its next again: from
// the last date that was read, that date with it, since several objects may
// have it. Nothing is lost, as a run is in the order of dates; a few objects
// come twice.
func (c Cursor) fallen() Cursor {
	return Cursor{After: later(c.After, c.Last.Add(-time.Microsecond))}
}

// done is the Cursor behind a run that came to its end.
func (c Cursor) done() Cursor { return Cursor{After: later(c.After, c.Last)} }

// resumes reports whether c stands within a run.
func (c Cursor) resumes() bool { return c.Next != "" || c.Skip > 0 }
