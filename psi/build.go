package psi

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/mithaq-hub/mithaq"
)

// An Offer is an identifier that a person has offered, and what a hit is told.
type Offer struct {
	Input  Input
	Record Record
}

// A Scratch keeps what does not fit in memory while a set is built, such as
// an *os.File that is empty and goes afterwards. It holds no identifiers.
type Scratch interface {
	io.Writer
	io.ReaderAt
}

// A Building says how a set is built.
type Building struct {
	At      mithaq.Time
	Random  io.Reader // crypto/rand.Reader
	Workers int       // how many rows are made at once; 0 is 1
	Scratch Scratch   // of Build alone; nil keeps all in memory
}

const (
	blockSize = 4096    // offers that are evaluated together
	runSize   = 1 << 15 // rows that are sorted in memory, 3.5 MB
)

// Build writes the first set of an info, sorted by tag and padded with dummies
// to the next power of two, to rows and gives its header. Memory is bounded
// whatever the number of offers. An identifier may be offered once.
func (k *Key) Build(info Info, offers iter.Seq2[Offer, error], rows io.Writer, how Building) (Header, error) {
	h := Header{Version: Version, Kind: kindSet, Info: info, Serial: 1, At: how.At}
	maker, err := k.rowMaker(info, how)
	if err != nil {
		return h, fmt.Errorf("build set: %w", err)
	}
	defer maker.prf.forget()
	sorted := newSorter(how.Scratch)
	n, err := maker.each(offers, sorted.add)
	if err != nil {
		return h, fmt.Errorf("build set: %w", err)
	}
	h.Count = padded(n)
	if err := maker.dummies.each(uint32(h.Serial), int(h.Count-n), sorted.add); err != nil {
		return h, fmt.Errorf("build set: %w", err)
	}
	h.Root, err = writeRows(rows, sorted.all())
	if err != nil {
		return h, fmt.Errorf("build set: %w", err)
	}
	return h, h.Check()
}

// writeRows writes rows in their order, and gives their root.
func writeRows(to io.Writer, rows iter.Seq2[row, error]) (mithaq.Digest, error) {
	out := bufio.NewWriterSize(to, 1<<16)
	var order ordered
	for r, err := range rows {
		if err != nil {
			return mithaq.Digest{}, err
		}
		if err := order.add(&r); err != nil {
			return mithaq.Digest{}, err
		}
		if _, err := out.Write(r[:]); err != nil {
			return mithaq.Digest{}, err
		}
	}
	return order.root.Root(), out.Flush()
}

// ordered takes rows one after the other, and refuses one that does not come
// after the one before it.
type ordered struct {
	root mithaq.RootBuilder
	last tag
}

func (o *ordered) add(r *row) error {
	if o.root.Size() > 0 {
		switch o.last.compare(r.tag()) {
		case 0:
			return fmt.Errorf("row %d: the tag %x is there twice: %w", o.root.Size(), o.last, Duplicate)
		case 1:
			return fmt.Errorf("row %d is not sorted: %w", o.root.Size(), SetChanged)
		}
	}
	o.last = r.tag()
	o.root.Add(r[:])
	return nil
}

// A rowMaker makes the rows of one info.
type rowMaker struct {
	info    Info
	prf     *evaluator
	dummies dummies
	how     Building
}

func (k *Key) rowMaker(info Info, how Building) (*rowMaker, error) {
	if err := k.alive(); err != nil {
		return nil, err
	}
	if err := info.Check(); err != nil {
		return nil, err
	}
	prf, err := k.under(info.Bytes())
	if err != nil {
		return nil, err
	}
	d, err := k.dummies(info, how.Random)
	return &rowMaker{info, prf, d, how}, err
}

// each makes the rows of offers, in no certain order, and counts them.
func (m *rowMaker) each(offers iter.Seq2[Offer, error], add func(row) error) (n int64, err error) {
	block := make([]Offer, 0, blockSize)
	flush := func() error {
		made, err := m.makeAll(block)
		for i := 0; err == nil && i < len(made); i++ {
			err = add(made[i])
		}
		n += int64(len(block))
		block = block[:0]
		return err
	}
	for offer, err := range offers {
		if err != nil {
			return n, err
		}
		if n+int64(len(block)) == MaxSet {
			return n, fmt.Errorf("more than %d offers: %w", MaxSet, SetTooLarge)
		}
		if block = append(block, offer); len(block) == blockSize {
			if err := flush(); err != nil {
				return n, err
			}
		}
	}
	return n, flush()
}

// makeAll makes the rows of some offers, several at once. Randomness is read in
// the order of the offers.
func (m *rowMaker) makeAll(offers []Offer) ([]row, error) {
	nonces := make([][nonceSize]byte, len(offers))
	for i := range nonces {
		if _, err := io.ReadFull(m.how.Random, nonces[i][:]); err != nil {
			return nil, fmt.Errorf("randomness: %w", err)
		}
	}
	made := make([]row, len(offers))
	return made, atOnce(m.how.Workers, len(offers), func(i int) (err error) {
		made[i], err = m.make(offers[i], nonces[i])
		return err
	})
}

func (m *rowMaker) make(offer Offer, nonce [nonceSize]byte) (row, error) {
	if err := m.info.Scheme.holds(offer.Input); err != nil {
		return row{}, err
	}
	if err := offer.Record.Check(); err != nil {
		return row{}, err
	}
	output, err := m.evaluate(offer.Input)
	if err != nil {
		return row{}, err
	}
	defer clear(output)
	return sealRow(output, nonce, offer.Record, m.info.Epoch)
}

func (m *rowMaker) evaluate(in Input) ([]byte, error) { return m.prf.full([]byte(in)) }

// tags gives where inputs stand in the set.
func (m *rowMaker) tags(inputs []Input) ([]tag, error) {
	tags := make([]tag, len(inputs))
	return tags, atOnce(m.how.Workers, len(inputs), func(i int) error {
		output, err := m.evaluate(inputs[i])
		if err != nil {
			return err
		}
		defer clear(output)
		tags[i], _, err = rowKeys(output)
		return err
	})
}

func sortRows(rows []row) {
	slices.SortFunc(rows, func(a, b row) int { return a.tag().compare(b.tag()) })
}
