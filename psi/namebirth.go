package psi

import (
	"strings"
	"time"
	"unicode"
)

// nameBirth takes a person's canonical key with a date of birth, as the package
// names makes it, whose spelling it holds but does not make:
//
//	n1:hms+krm/1971-02.03    one or two parts in byte order, the smaller of day and month first
//	n1:hms+krm/1971          where the year alone is known
//
// A person has several keys, and is offered, and asked about, under each. The
// number is the version of the keys; another is another version of this type.
func nameBirth(text string) (string, error) {
	key := strings.TrimSpace(text)
	body, ok := strings.CutPrefix(key, "n1:")
	slash := strings.LastIndexByte(body, '/')
	switch {
	case !ok || slash < 0:
		return "", flaw("want a canonical key of version 1 with a date of birth: n1:PART+PART/DATE")
	case !areParts(strings.Split(body[:slash], "+")):
		return "", flaw("want one or two parts in lower case and in byte order")
	case !isBorn(body[slash+1:]):
		return "", flaw("want the date of birth as YYYY, or as YYYY-NN.NN with the smaller of day and month first")
	}
	return key, nil
}

func areParts(parts []string) bool {
	if len(parts) > 2 || len(parts) == 2 && parts[0] > parts[1] {
		return false
	}
	for _, part := range parts {
		if part == "" || strings.ToLower(part) != part || strings.ContainsFunc(part, notInKey) {
			return false
		}
	}
	return true
}

func notInKey(r rune) bool { return r == '/' || r == '|' || !unicode.IsPrint(r) || unicode.IsSpace(r) }

// isBorn reads 1971 or 1971-02.03; that there is such a day in one order at
// least is for who knew which of the two is the month.
func isBorn(born string) bool {
	year, day, exact := strings.Cut(born, "-")
	if t, err := time.Parse("2006", year); err != nil || t.Year() < 1850 {
		return false
	}
	smaller, larger, ok := strings.Cut(day, ".")
	return !exact || ok && smaller <= larger && isOf(smaller, "12") && isOf(larger, "31")
}

func isOf(number, most string) bool {
	return len(number) == 2 && isDigit(number[0]) && isDigit(number[1]) && number >= "01" && number <= most
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
