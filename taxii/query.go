package taxii

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
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

// parameters lists what each endpoint takes, so that a known parameter in the wrong
// place is told apart from a field of another's, which a server may ignore.
const (
	forObjects  = "added_after limit next match[id] match[type] match[version] match[spec_version]"
	forObject   = "added_after limit next match[version] match[spec_version]"
	forVersions = "added_after limit next match[spec_version]"
	forDelete   = "match[version] match[spec_version]"
)

// parseQuery reads the URL's parameters. A parameter given twice, or that
// cannot be read, is a 400 that names it. TAXII 2.1, 3.4
func parseQuery(raw, takes string, maxLimit int) (Query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return Query{}, Errorf(http.StatusBadRequest, "the query cannot be read: %v", err)
	}
	q := Query{Limit: maxLimit, Versions: Versions{Last: true}}
	known := strings.Fields(takes)
	for name, all := range values {
		if !slices.Contains(known, name) {
			continue // TAXII 2.1, 3.4: servers MAY ignore fields they do not understand
		}
		if len(all) > 1 {
			return Query{}, badParameter(name, "given %d times, want once", len(all))
		}
		if err := q.set(name, all[0], maxLimit); err != nil {
			return Query{}, err
		}
	}
	return q, nil
}

func badParameter(name, format string, args ...any) *Error {
	e := Errorf(http.StatusBadRequest, name+": "+format, args...)
	e.Details = map[string]any{"parameter": name}
	return e
}

func (q *Query) set(name, value string, maxLimit int) (err error) {
	switch name {
	case "added_after":
		q.AddedAfter, err = parseTime(name, value)
	case "limit":
		q.Limit, err = parseLimit(value, maxLimit)
	case "next":
		if value == "" {
			return badParameter(name, "is empty")
		}
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

func parseTime(name, value string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || !strings.HasSuffix(value, "Z") {
		return time.Time{}, badParameter(name, "want a timestamp such as 2026-06-01T12:00:00.000000Z")
	}
	return t, nil
}

func parseLimit(value string, maxLimit int) (int, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil && isDigits(value) {
		return maxLimit, nil // more than fits is more than we give
	}
	if err != nil || n <= 0 {
		return 0, badParameter("limit", "want a whole number above zero")
	}
	return int(min(n, int64(maxLimit))), nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// list splits a comma-separated match value. TAXII 2.1, 3.4
func list(name, value string) ([]string, error) {
	all := strings.Split(value, ",")
	for _, v := range all {
		if v == "" || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			return nil, badParameter(name, "want values parted by single commas")
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
			return Versions{}, badParameter(name, "%s is given twice", one)
		}
		seen[one] = true
		if err := v.add(one); err != nil {
			return Versions{}, err
		}
	}
	if v.All && len(all) > 1 {
		return Versions{}, badParameter(name, "all stands alone")
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
