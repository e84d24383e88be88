package psi_test

import (
	"testing"

	"github.com/mithaq-hub/mithaq/names"
	"github.com/mithaq-hub/mithaq/psi"
)

// The keys by which names with a date are matched are the canonical keys of the
// package names, whatever script they were written in.
func TestKeysOfNamesAreIdentifiers(t *testing.T) {
	common := map[psi.Input]int{}
	for _, text := range []string{"عبد اللطيف حموشي", "Abdellatif Hammouchi", "HAMOUCHI, Abdul-Latif"} {
		n := names.ParsePerson(text)
		born, err := names.ParseBorn("1971-03-02")
		if err != nil {
			t.Fatal(err)
		}
		n.Born = born
		keys := names.BornKeys(n)
		if len(keys) == 0 {
			t.Errorf("%s has no key", text)
		}
		for _, k := range keys {
			in, err := psi.Read(psi.NameBirth, string(k))
			if err != nil {
				t.Errorf("%s of %s: %v", k, text, err)
			}
			common[in]++
		}
	}
	shared := 0
	for _, n := range common {
		if n == 3 {
			shared++
		}
	}
	if shared == 0 {
		t.Errorf("three spellings of one person share no key: %v", common)
	}
}
