package store

// Most objects of a large import are new, and to look each up in the twin of
// names touches a page of a tree that no longer fits the cache. A Bloom filter in
// memory says which hashes cannot be there (Bloom, CACM 13(7), 1970): two bytes a
// name, four probes, about 3 in 1,000 looked up in vain.
//
// It is of use to the one writer of a database on SQLite alone. It holds every
// name that is stored, and those of transactions that were taken back, which
// costs a look. When another process has written, it is made anew. To make it
// reads all names, so it waits until an eighth as many were looked up, and in a
// store so large that this would hold the writer for seconds there is none.

const (
	manyNames   = 1000    // looked up before a filter is thought of
	leastNames  = 1 << 20 // what it is made for: 2 MB
	mostPages   = 1 << 20 // of a store whose names are read to make it: 4 GB
	bitsPerName = 16
	probes      = 4
)

type nameFilter struct {
	least   int      // names to be made for
	bits    []uint64 // nil: there is none
	room    int      // names it was made for
	had     int      // names added
	asked   int      // names looked up before
	version int64    // PRAGMA data_version when it was made
}

// sift keeps the hashes that may be there; all of them when there is no filter.
func (f *nameFilter) sift(tx *Tx, hashes []int64) ([]int64, error) {
	if err := f.ready(tx, len(hashes)); err != nil || f.bits == nil {
		return hashes, err
	}
	var may []int64
	for _, h := range hashes {
		if f.has(h) {
			may = append(may, h)
		}
	}
	return may, nil
}

// ready drops a filter that is too small, or of a database that another process
// has written to since, and makes one where that is worth it.
func (f *nameFilter) ready(tx *Tx, n int) error {
	if tx.Postgres() || f.bits == nil && !f.wanted(n) {
		return nil
	}
	var version int64
	if err := tx.QueryRow("PRAGMA data_version").Scan(&version); err != nil {
		return err
	}
	if f.bits != nil && version == f.version && f.had+n <= f.room {
		return nil
	}
	*f = nameFilter{least: f.least, asked: f.asked + f.had}
	return f.build(tx, n, version)
}

// wanted counts names looked up without a filter: were there many?
func (f *nameFilter) wanted(n int) bool {
	f.asked += n
	return f.asked >= manyNames
}

// worth says whether enough was asked for the reading of what is there, by the
// pages it takes: four objects a page, of the size that ours have.
func (f *nameFilter) worth(tx *Tx) (bool, error) {
	var pages int
	err := tx.QueryRow("PRAGMA page_count").Scan(&pages)
	return f.asked >= pages/2 && pages <= mostPages, err
}

// build reads every name, where that is worth it. It keeps nothing when that fails.
func (f *nameFilter) build(tx *Tx, n int, version int64) error {
	if worth, err := f.worth(tx); err != nil || !worth {
		return err
	}
	var stored int
	if err := tx.QueryRow("SELECT (SELECT count(*) FROM name) + (SELECT count(*) FROM name_new)").Scan(&stored); err != nil {
		return err
	}
	room := max(f.least, 2*(stored+n))
	made := nameFilter{least: f.least, bits: make([]uint64, (room*bitsPerName+63)/64), room: room, version: version}
	rows, err := tx.Query("SELECT hash FROM name UNION ALL SELECT hash FROM name_new")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var h int64
		if err := rows.Scan(&h); err != nil {
			return err
		}
		made.add(h)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	*f = made
	return nil
}

// add notes a name that is being stored.
func (f *nameFilter) add(hash int64) {
	if f.bits == nil {
		return
	}
	f.had++
	for i := range uint64(probes) {
		bit := f.probe(hash, i)
		f.bits[bit/64] |= 1 << (bit % 64)
	}
}

func (f *nameFilter) has(hash int64) bool {
	for i := range uint64(probes) {
		if bit := f.probe(hash, i); f.bits[bit/64]>>(bit%64)&1 == 0 {
			return false
		}
	}
	return true
}

// probe is one bit of a name, by double hashing: the hash is a part of a
// SHA-256, so that its halves are independent.
// Kirsch and Mitzenmacher, Less hashing, same performance (2006)
func (f *nameFilter) probe(hash int64, i uint64) uint64 {
	low, high := uint64(hash)&0xffffffff, uint64(hash)>>32|1
	return (low + i*high) * 0x9e3779b97f4a7c15 >> 20 % (uint64(len(f.bits)) * 64)
}
