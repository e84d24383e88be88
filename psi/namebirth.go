package psi

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// nameBirth takes key|date. The key is a canonical key of a person's name, as a
// package that knows names across scripts makes it; a person with several keys
// is offered, and asked about, under each. The date is YYYY-MM-DD, or YYYY
// where no more is known: an uncertain date is asked about in each form that
// it may have.
func nameBirth(text string) (string, error) {
	key, date, ok := strings.Cut(text, "|")
	key, date = strings.TrimSpace(key), strings.TrimSpace(date)
	switch {
	case !ok:
		return "", flaw("want the canonical key of the name, | and the date of birth")
	case !isKey(key):
		return "", flaw("the key is not canonical: want words in lower case with single spaces between")
	case !isBirth(date):
		return "", flaw("the date of birth is no YYYY-MM-DD and no YYYY")
	}
	return key + "|" + date, nil
}

// isKey refuses what no canonical key has: another normal form, upper case,
// marks, and anything but letters, digits and single spaces.
func isKey(key string) bool {
	if key == "" || !norm.NFKC.IsNormalString(key) || strings.Join(strings.Fields(key), " ") != key {
		return false
	}
	return !strings.ContainsFunc(key, func(r rune) bool {
		return unicode.ToLower(r) != r || r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

func isBirth(date string) bool {
	layout := time.DateOnly
	if len(date) == 4 {
		layout = "2006"
	}
	t, err := time.Parse(layout, date)
	return err == nil && t.Year() >= 1850
}
