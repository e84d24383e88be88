package mithaq

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// vocabulary gives the values of a small enumeration their words. Value 0 is
// "not said" and has the empty word; value i has word i-1.
type vocabulary struct {
	noun  string
	words []string
}

func (v *vocabulary) word(i uint8) string {
	if i == 0 || int(i) > len(v.words) {
		return ""
	}
	return v.words[i-1]
}

func (v *vocabulary) write(i uint8) ([]byte, error) {
	if int(i) > len(v.words) {
		return nil, fmt.Errorf("%s %d: no such value: %w", v.noun, i, Invalid)
	}
	return []byte(v.word(i)), nil
}

func (v *vocabulary) read(text []byte) (uint8, error) {
	if len(text) == 0 {
		return 0, nil
	}
	i := slices.Index(v.words, string(text))
	if i < 0 {
		return 0, fmt.Errorf("%s %q: want one of %s: %w", v.noun, text, strings.Join(v.words, ", "), Invalid)
	}
	return uint8(i + 1), nil
}

// A set over a vocabulary is a bit mask: bit i stands for word i.

func (v *vocabulary) list(set uint16) []string {
	list := make([]string, 0, bits.OnesCount16(set))
	for i, word := range v.words {
		if set&(1<<i) != 0 {
			list = append(list, word)
		}
	}
	return list
}

func (v *vocabulary) writeSet(set uint16) ([]byte, error) {
	if set>>len(v.words) != 0 {
		return nil, fmt.Errorf("%s set %#x: no such value: %w", v.noun, set, Invalid)
	}
	return json.Marshal(v.list(set))
}

func (v *vocabulary) readSet(raw []byte) (uint16, error) {
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return 0, fmt.Errorf("%s: want a list of words: %w: %w", v.noun, err, Invalid)
	}
	var set uint16
	for _, word := range list {
		i, err := v.read([]byte(word))
		if err != nil {
			return 0, err
		}
		if i == 0 {
			return 0, fmt.Errorf("%s: an empty word: %w", v.noun, Invalid)
		}
		set |= 1 << (i - 1)
	}
	return set, nil
}
