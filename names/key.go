package names

import (
	"fmt"
	"slices"
	"strings"
)

// A Key is a canonical text that spellings of one name share. Two names that have a
// key in common may be one; names without are taken for different. Its form is
//
//	n1:hms+krm               two parts of a person's name, by their skeletons, in byte order
//	n1:hms                   the only part of a person's name
//	n1:bank+nkhl ... as o1:  an organisation's stems and what languages translate
//	n1:hms+krm/1971-02.03    with the date of birth, the smaller of day and month first
//	n1:hms+krm/1971          with the year of birth
//
// Keys are compared byte for byte between partners, so any change to what Keys or
// BornKeys return for a name raises KeyVersion, the number in the prefix.
type Key string

// KeyVersion is the version of the keys that this package makes.
const KeyVersion = 1

// MaxKeys bounds the keys of one name.
const MaxKeys = 32

// keyedParts is how many parts of a name are paired with each other: the first and the last ones.
const keyedParts = 4

// Keys are the canonical keys of a name without its date of birth, sorted. A name
// with no part that has a consonant has none.
func Keys(n Name) []Key {
	return n.keys("")
}

// BornKeys are the keys of a name with its date of birth: with the whole date, if it
// is known, and with the year, or with each year that it may be. Two names of
// which one knows the year alone share the key with the year.
func BornKeys(n Name) []Key {
	b := n.Born
	if b.Year == 0 {
		return nil
	}
	var out []Key
	if b.exact() {
		out = n.keys(fmt.Sprintf("/%04d-%02d.%02d", b.Year, min(b.Day, b.Month), max(b.Day, b.Month)))
	}
	for year := b.Year - b.Around; year <= b.Year+b.Around; year++ {
		out = append(out, n.keys(fmt.Sprintf("/%04d", year))...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (n Name) keys(suffix string) []Key {
	var parts [][]string
	for _, p := range n.words() {
		if s := p.skeletons(); len(s) > 0 {
			parts = append(parts, s)
		}
	}
	if len(parts) > keyedParts {
		parts = append(parts[:keyedParts-1:keyedParts-1], parts[len(parts)-1])
	}
	prefix := "n"
	if n.Kind == Organisation {
		prefix = "o"
	}
	return sorted(fmt.Sprintf("%s%d:", prefix, KeyVersion), pairs(parts), suffix)
}

func sorted(prefix string, bodies []string, suffix string) []Key {
	slices.Sort(bodies)
	bodies = slices.Compact(bodies)
	var out []Key
	for _, b := range bodies[:min(len(bodies), MaxKeys)] {
		out = append(out, Key(prefix+b+suffix))
	}
	return out
}

// pairs are all two of the parts, each in each of its skeletons.
func pairs(parts [][]string) []string {
	if len(parts) == 1 {
		return parts[0]
	}
	var out []string
	for i := range parts {
		for j := i + 1; j < len(parts); j++ {
			for _, a := range parts[i] {
				for _, b := range parts[j] {
					out = append(out, min(a, b)+"+"+max(a, b))
				}
			}
		}
	}
	return out
}

// skeletons of a part in all its readings, none for an initial.
func (p Part) skeletons() []string {
	if p.Role == Initial || p.Role == Title || p.Role == Legal {
		return nil
	}
	if p.Value != "" {
		return []string{clip(p.Value)}
	}
	var out []string
	for _, r := range p.readings {
		for _, s := range r.skeletons() {
			if !slices.Contains(out, s) && len(out) < maxSkeletons {
				out = append(out, s)
			}
		}
	}
	return out
}

// clip keeps a value that is no skeleton short: a key is at most 256 bytes.
func clip(s string) string {
	const most = 96
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

func (r reading) skeletons() []string {
	if r.particle == OfGod {
		return []string{"abd.allah"}
	}
	var out []string
	for _, s := range skeletons(r.sounds) {
		switch {
		case s == "":
			continue
		case r.particle == Servant:
			s = "abd." + s
		case r.particle == Faith:
			s += ".din"
		}
		out = append(out, s)
	}
	return out
}
