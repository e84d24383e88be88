package mithaq

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Time is an instant in UTC with exactly milliseconds, as our own objects
// write it: RFC 3339, "2026-11-03T09:15:00.000Z". The zero Time is "not said"
// and has the empty text. Make one with At, which cuts to the millisecond.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000Z"

// At returns an instant cut to whole milliseconds. The zero time.Time stays zero.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Millisecond)}
}

// ParseTime reads the text form, and only that.
func ParseTime(text string) (Time, error) {
	if text == "" {
		return Time{}, nil
	}
	t, err := time.Parse(timeLayout, text)
	if err != nil || t.Format(timeLayout) != text {
		return Time{}, fmt.Errorf("time %q: want UTC with milliseconds, such as 2026-11-03T09:15:00.000Z: %w", text, Invalid)
	}
	return Time{t}, nil
}

func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return At(t.Time).Format(timeLayout)
}

// MarshalText writes the text form.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the text form.
func (t *Time) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTime(string(text))
	return err
}

// MarshalJSON writes the text form as a JSON string.
func (t Time) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// UnmarshalJSON reads the text form from a JSON string.
func (t *Time) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("time: %w: %w", err, Invalid)
	}
	return t.UnmarshalText([]byte(text))
}

// Plus returns the instant d later.
func (t Time) Plus(d time.Duration) Time { return At(t.Add(d)) }

// earliest returns the earlier of two instants of which either may be unsaid.
func earliest(a, b Time) Time {
	switch {
	case a.IsZero():
		return b
	case b.IsZero(), a.Before(b.Time):
		return a
	}
	return b
}
