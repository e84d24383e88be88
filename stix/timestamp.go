package stix

import (
	"fmt"
	"strings"
	"time"
)

// A Timestamp is a moment exactly as it was written, to any number of digits.
// The zero Timestamp is no moment, and stands before all others.
//
// STIX writes a moment as YYYY-MM-DDTHH:mm:ss[.s+]Z, always in UTC. A leap
// second, 23:59:60, is accepted where one can be: on the last day of June or
// of December. STIX 2.1, 2.16 / RFC 3339, 5.7
type Timestamp struct{ text string }

// ParseTimestamp reads a moment; impossible dates and times are refused.
func ParseTimestamp(s string) (Timestamp, error) {
	if !isTimestamp([]byte(s)) {
		return Timestamp{}, fmt.Errorf("stix: %q is not a timestamp", s)
	}
	return Timestamp{s}, nil
}

// TimestampOf writes t in UTC with at least the three digits that created and
// modified need, and as many more as t has. STIX 2.1, 3.2
func TimestampOf(t time.Time) Timestamp {
	const seconds = "2006-01-02T15:04:05"
	t = t.UTC()
	if t.Nanosecond()%1e6 == 0 {
		return Timestamp{t.Format(seconds + ".000Z")}
	}
	return Timestamp{t.Format(seconds + ".999999999Z")}
}

// String is the moment as it was written.
func (t Timestamp) String() string { return t.text }

// IsZero tells whether t is no moment.
func (t Timestamp) IsZero() bool { return t.text == "" }

const wholeSeconds = len("2006-01-02T15:04:05")

// digits is the fraction of a second, without zeros at its end.
func (t Timestamp) digits() string {
	if len(t.text) <= wholeSeconds+1 {
		return ""
	}
	return strings.TrimRight(t.text[wholeSeconds+1:len(t.text)-1], "0")
}

// Compare is -1, 0 or 1 as t is before, at the same moment as, or after u.
// It compares all digits: .1 is the same moment as .100.
func (t Timestamp) Compare(u Timestamp) int {
	if t.IsZero() || u.IsZero() {
		return strings.Compare(t.text, u.text)
	}
	if c := strings.Compare(t.text[:wholeSeconds], u.text[:wholeSeconds]); c != 0 {
		return c
	}
	return strings.Compare(t.digits(), u.digits())
}

// Time is the moment to the nanosecond, cutting off further digits. A leap
// second becomes the second after it, as in Unix time.
func (t Timestamp) Time() time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	d := dateOf([]byte(t.text))
	frac := (t.digits() + "000000000")[:9]
	nanos := 0
	for _, c := range frac {
		nanos = nanos*10 + int(c-'0')
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, nanos, time.UTC)
}

// MarshalText writes the moment as it was written.
func (t Timestamp) MarshalText() ([]byte, error) { return []byte(t.text), nil }

// UnmarshalText reads a moment; empty text is the zero Timestamp.
func (t *Timestamp) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*t = Timestamp{}
		return nil
	}
	*t, err = ParseTimestamp(string(b))
	return err
}

type date struct{ year, month, day, hour, minute, second int }

// dateOf reads the first nineteen bytes; what is no digit makes no sense.
func dateOf(b []byte) date {
	two := func(i int) int { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
	return date{two(0)*100 + two(2), two(5), two(8), two(11), two(14), two(17)}
}

// isTimestamp checks the form and the sense of a moment.
func isTimestamp(b []byte) bool {
	if len(b) <= wholeSeconds || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[len(b)-1] != 'Z' {
		return false
	}
	for _, i := range [...]int{0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18} {
		if b[i]-'0' > 9 {
			return false
		}
	}
	return isFraction(b[wholeSeconds:len(b)-1]) && dateOf(b).possible()
}

func isFraction(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	if b[0] != '.' || len(b) == 1 {
		return false
	}
	for _, c := range b[1:] {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

func (d date) possible() bool {
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > daysIn(d.year, d.month) || d.hour > 23 || d.minute > 59 {
		return false
	}
	return d.second < 60 || d.second == 60 && d.leapSecond()
}

func (d date) leapSecond() bool {
	last := d.month == 6 && d.day == 30 || d.month == 12 && d.day == 31
	return last && d.hour == 23 && d.minute == 59
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// fractionDigits is how many digits of a second a well-formed moment has.
func fractionDigits(b []byte) int { return max(0, len(b)-wholeSeconds-2) }

// compareTimes orders two well-formed moments.
func compareTimes(a, b []byte) int {
	return Timestamp{string(a)}.Compare(Timestamp{string(b)})
}
