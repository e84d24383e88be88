package mithaq

import (
	"encoding/hex"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// The leaves and roots that the authors of RFC 6962 published with their
// implementation (certificate-transparency, merkletree tests).
func TestRFC6962Roots(t *testing.T) {
	leaves := []string{
		"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
	}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var b RootBuilder
	for i, want := range roots {
		if got := b.Root(); hex.EncodeToString(got[:]) != want {
			t.Errorf("%d leaves: %x, want %s", i, got, want)
		}
		if i < len(leaves) {
			data, _ := hex.DecodeString(leaves[i])
			b.Add(data)
		}
	}
}

// The ledger's own library must find the same root for any number of leaves.
func TestRootsAgreeWithTheLedgersLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var leaves []Digest
		var hashes []tlog.Hash
		reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			list := make([]tlog.Hash, len(indexes))
			for i, x := range indexes {
				list[i] = hashes[x]
			}
			return list, nil
		})
		for i := range rapid.IntRange(0, 70).Draw(t, "leaves") {
			d := Digest(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "leaf"))
			stored, err := tlog.StoredHashes(int64(i), d[:], reader)
			if err != nil {
				t.Fatal(err)
			}
			leaves, hashes = append(leaves, d), append(hashes, stored...)
		}
		want, err := tlog.TreeHash(int64(len(leaves)), reader)
		if got := TreeRoot(leaves); err != nil || got != Digest(want) {
			t.Fatalf("%d leaves: %v, want %v %v", len(leaves), got, want, err)
		}
	})
}
