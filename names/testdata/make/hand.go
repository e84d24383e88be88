package main

import "fmt"

// handPairs reads hand.tsv: group, kind, label, class, a, born, b, born. All
// pairs of a group go into one split.
func handPairs(file string) ([]Pair, error) {
	rows, err := readRows(file)
	if err != nil {
		return nil, err
	}
	var out []Pair
	for n, f := range rows {
		if len(f) != 8 {
			return nil, fmt.Errorf("%s: entry %d has %d columns", file, n+1, len(f))
		}
		out = append(out, Pair{splitOf("hand/" + f[0]), f[1], f[2], "by hand: " + f[3], f[4], f[5], f[6], f[7]})
	}
	return out, nil
}
