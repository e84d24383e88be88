package names

import (
	"fmt"
	"strconv"
	"strings"
)

// Born is a date of birth as far as it is known. The zero value is unknown.
type Born struct {
	Year       int // 0 is unknown
	Month, Day int // 0 is unknown
	Around     int // the year may be wrong by so many
}

// aroundYears is what "around", "vers" and حوالي leave open.
const aroundYears = 2

var aroundWords = set("around about circa ca c approx vers environ yaklaşık yaklasik civarı حوالي نحو حدود تقريبا")

// ParseBorn reads a date of birth: 1971, 1971-03, 1971-03-02, 02/03/1971 (day
// first), "around 1971", "vers 1971", حوالي ١٩٧١, with the digits of any script.
// The empty text is the unknown date; what else has no year is an error.
func ParseBorn(text string) (Born, error) {
	if strings.TrimSpace(text) == "" {
		return Born{}, nil
	}
	if len(text) > 100 {
		return Born{}, fmt.Errorf("date of birth: %d bytes are too many", len(text))
	}
	var b Born
	var numbers []int
	for w := range strings.FieldsFuncSeq(fold(text), notWord) {
		if n, err := strconv.Atoi(w); err == nil {
			numbers = append(numbers, n)
		} else if aroundWords[w] {
			b.Around = aroundYears
		} else {
			return Born{}, fmt.Errorf("date of birth %q: cannot read %q", text, w)
		}
	}
	return b.of(numbers, text)
}

func notWord(r rune) bool {
	return r == ' ' || r == '.' || r == ',' || r == '/' || r == '-' || r == '~'
}

func (b Born) of(n []int, text string) (Born, error) {
	switch {
	case len(n) == 1:
		b.Year = n[0]
	case len(n) == 2 && n[0] > 31:
		b.Year, b.Month = n[0], n[1]
	case len(n) == 2:
		b.Month, b.Year = n[0], n[1]
	case len(n) == 3 && n[0] > 31:
		b.Year, b.Month, b.Day = n[0], n[1], n[2]
	case len(n) == 3:
		b.Day, b.Month, b.Year = n[0], n[1], n[2]
	}
	if b.Month > 12 && b.Day <= 12 && b.Day > 0 {
		b.Month, b.Day = b.Day, b.Month
	}
	if b.Year < 1800 || b.Year > 2200 || b.Month < 0 || b.Month > 12 || b.Day < 0 || b.Day > 31 {
		return Born{}, fmt.Errorf("date of birth %q: no year, month and day can be read", text)
	}
	return b, nil
}

func (b Born) before(c Born) bool {
	x, y := [4]int{b.Year, b.Month, b.Day, b.Around}, [4]int{c.Year, c.Month, c.Day, c.Around}
	for i := range x {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}

// exact says that day, month and year are known. The first of January is what
// registers write where they know the year alone.
func (b Born) exact() bool {
	return b.Around == 0 && b.Day > 0 && b.Month > 0 && (b.Day != 1 || b.Month != 1)
}

// withBorn weighs the dates of birth, where both are known.
func withBorn(value float64, a, b Born, why *Explanation) float64 {
	if a.Year == 0 || b.Year == 0 {
		return value
	}
	rule, factor := a.against(b)
	why.Factors = append(why.Factors, Factor{rule, factor})
	if factor > 1 {
		return value + (1-value)*(factor-1)*value
	}
	return value * factor
}

// against compares two known years: a factor above 1 is the share by which agreement raises a score.
func (b Born) against(c Born) (Rule, float64) {
	years := max(b.Year, c.Year) - min(b.Year, c.Year)
	both := b.exact() && c.exact()
	switch {
	case years == 0 && both && (b.Day == c.Day && b.Month == c.Month):
		return RuleBornSame, 1.4
	case years == 0 && both && (b.Day == c.Month && b.Month == c.Day):
		return RuleBornSame, 1.2
	case years == 0 && both && (b.Day != c.Day && b.Month != c.Month):
		return RuleBornNear, 0.6
	case years == 0 && both:
		return RuleBornNear, 0.9
	case years == 0:
		return RuleBornSame, 1.1
	case years <= b.Around+c.Around:
		return RuleBornNear, 1
	case both && b.Day == c.Day && b.Month == c.Month && (years == 1 || years == 10):
		return RuleBornNear, 0.85
	case !both && years <= 1+2*(b.Around+c.Around):
		return RuleBornNear, 0.8
	}
	return RuleBornDiffer, 0.3
}
