package taxii

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Query says which records of a collection are wanted. TAXII 2.1, 3.4
type Query struct {
	AddedAfter   time.Time // zero: from the oldest; strictly after
	Limit        int       // 1 or more
	Next         string
	IDs          []string
	Types        []string
	SpecVersions []string
	Versions     Versions
	// Manifest says that the records' bytes are not wanted.
	Manifest bool
}

// Versions says which versions of each object are wanted. TAXII 2.1, 3.4.1
type Versions struct {
	First, Last, All bool
	Exact            []time.Time
}

// LastOnly reports whether only the newest version of each object is wanted,
// which is what a request without match[version] asks for.
func (v Versions) LastOnly() bool {
	return !v.First && !v.All && len(v.Exact) == 0
}

// What each endpoint takes. The rest is ignored, as TAXII 2.1, 3.4 allows:
// the standard's own example has match[type] on a single object.
const (
	forObjects  = "added_after limit next match[id] match[type] match[version] match[spec_version]"
	forObject   = "added_after limit next match[version] match[spec_version]"
	forVersions = "added_after limit next match[spec_version]"
	forDelete   = "match[version] match[spec_version]"
)

// parseQuery reads the URL's parameters. A parameter given twice, or that
// cannot be read, is a 400 that names it. Without match[version] a DELETE
// means every version, and everything else the last. TAXII 2.1, 3.4
func parseQuery(raw, takes string, maxLimit int) (Query, error) {
	q := Query{Limit: maxLimit, Versions: Versions{Last: takes != forDelete, All: takes == forDelete}}
	if raw == "" {
		return q, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return Query{}, Errorf(http.StatusBadRequest, "the query cannot be read: %v", err)
	}
	known := strings.Fields(takes)
	for name, all := range values {
		if !slices.Contains(known, name) {
			continue
		}
		if len(all) > 1 {
			return Query{}, BadParameter(name, "given %d times, want once", len(all))
		}
		if all[0] == "" || !utf8.ValidString(all[0]) || strings.ContainsFunc(all[0], control) {
			return Query{}, BadParameter(name, "is empty, or has what cannot be read")
		}
		if err := q.set(name, all[0], maxLimit); err != nil {
			return Query{}, err
		}
	}
	return q, nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

func (q *Query) set(name, value string, maxLimit int) (err error) {
	switch name {
	case "added_after":
		q.AddedAfter, err = parseTime(name, value)
	case "limit":
		q.Limit, err = parseLimit(value, maxLimit)
	case "next":
		q.Next = value
	case "match[id]":
		q.IDs, err = list(name, value)
	case "match[type]":
		q.Types, err = list(name, value)
	case "match[spec_version]":
		q.SpecVersions, err = list(name, value)
	case "match[version]":
		q.Versions, err = parseVersions(value)
	}
	return err
}

// parseTime reads a timestamp in UTC. Six fraction digits are what TAXII
// writes; fewer are let pass, as clients copy STIX's three. More would name a
// time between two that exist here. TAXII 2.1, 2
func parseTime(name, value string) (time.Time, error) {
	const shape = "dddd-dd-ddTdd:dd:dd"
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || !shaped(value, shape) || !fraction(value[len(shape):]) {
		return time.Time{}, BadParameter(name, "want a timestamp such as 2026-06-01T12:00:00.000000Z")
	}
	return t, nil
}

// shaped reports whether s starts as shape says, where d is any digit.
func shaped(s, shape string) bool {
	if len(s) < len(shape) {
		return false
	}
	for i := range shape {
		if shape[i] == 'd' && (s[i] < '0' || s[i] > '9') || shape[i] != 'd' && s[i] != shape[i] {
			return false
		}
	}
	return true
}

// fraction reports whether s is Z, or a point, one to six digits, and Z.
func fraction(s string) bool {
	digits, ok := strings.CutSuffix(s, "Z")
	if !ok || digits == "" {
		return ok
	}
	return digits[0] == '.' && isDigits(digits[1:]) && len(digits) <= 7
}

func parseLimit(value string, maxLimit int) (int, error) {
	if !isDigits(value) || strings.Trim(value, "0") == "" {
		return 0, BadParameter("limit", "want a whole number above zero")
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return maxLimit, nil // more than fits is more than we give
	}
	return min(n, maxLimit), nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// list splits a comma-separated match value. TAXII 2.1, 3.4
func list(name, value string) ([]string, error) {
	all := strings.Split(value, ",")
	for _, v := range all {
		if v == "" || strings.Contains(v, " ") {
			return nil, BadParameter(name, "want values parted by single commas")
		}
	}
	return all, nil
}

// parseVersions reads match[version]. TAXII 2.1, 3.4.1
func parseVersions(value string) (Versions, error) {
	const name = "match[version]"
	all, err := list(name, value)
	if err != nil {
		return Versions{}, err
	}
	var v Versions
	seen := map[string]bool{}
	for _, one := range all {
		if seen[one] {
			return Versions{}, BadParameter(name, "%s is given twice", one)
		}
		seen[one] = true
		if err := v.add(one); err != nil {
			return Versions{}, err
		}
	}
	if v.All && len(all) > 1 {
		return Versions{}, BadParameter(name, "all stands alone")
	}
	return v, nil
}

func (v *Versions) add(one string) error {
	switch one {
	case "first":
		v.First = true
	case "last":
		v.Last = true
	case "all":
		v.All = true
	default:
		t, err := parseTime("match[version]", one)
		if err != nil {
			return err
		}
		v.Exact = append(v.Exact, t)
	}
	return nil
}
