package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
)

const (
	noteQuarantine = "quarantine"
	noteRestore    = "restore"
)

// Quarantined says why the node is in quarantine, "" when it is not: nothing is
// sent, answered or cosigned until what happened since the backup was learnt from the partners.
func (tx *Tx) Quarantined() (reason string, err error) { return tx.Noted(noteQuarantine) }

// Quarantine puts the node in quarantine, or lets it out with an empty reason.
func (tx *Tx) Quarantine(reason string) error {
	if reason == "" {
		return tx.Unnote(noteQuarantine)
	}
	return tx.Note(noteQuarantine, reason)
}

// Restored says what a restore brought back.
type Restored struct {
	Head   BackupHead
	Items  int64
	Lost   int64 // items that their key, if any, does not open: erased since, or the key file is of another time
	Tables int
}

// Restore reads a backup into an empty database, in quarantine, and without
// indexes: open it and Reindex before use. The database is brought to the schema
// of the backup first, filled, and brought up to date when it is next opened. An
// interrupted restore leaves a database that refuses to be opened.
func Restore(ctx context.Context, cfg Config, body, keys io.Reader, identities ...age.Identity) (Restored, error) {
	r := &restoring{cfg: cfg}
	for _, step := range []func() error{
		func() error { return r.readKeys(keys, identities) },
		func() error { return r.openBody(body, identities) },
		func() error { return r.openStore(ctx) },
		func() error { return r.fill(ctx) },
	} {
		if err := step(); err != nil {
			return Restored{}, errors.Join(fmt.Errorf("restore: %w", err), r.close())
		}
	}
	return r.done, r.close()
}

type restoring struct {
	cfg  Config
	keys map[int64][]byte
	in   *backupReader
	s    *Store
	done Restored
}

func (r *restoring) close() error {
	if r.s == nil {
		return nil
	}
	return r.s.Close()
}

// readKeys reads the key file to its end, since age tells only there that it is whole.
func (r *restoring) readKeys(keys io.Reader, identities []age.Identity) error {
	in, _, err := openBackup(keys, magicKeys, identities)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	r.keys = map[int64][]byte{}
	err = in.each(func(*tableHead) (int, error) { return 2, nil }, func(t *tableHead, row []any) error {
		seq, ok := row[0].(int64)
		key, ok2 := row[1].([]byte)
		if !ok || !ok2 || len(key) != 32 {
			return errors.New("not a key")
		}
		r.keys[seq] = key
		return nil
	})
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

func (r *restoring) openBody(body io.Reader, identities []age.Identity) (err error) {
	r.in, r.done.Head, err = openBackup(body, magicBody, identities)
	return err
}

// openStore makes an empty database with the schema that the backup had.
func (r *restoring) openStore(ctx context.Context) error {
	cfg := r.cfg
	cfg.only = r.done.Head.Migrations
	s, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	r.s = s
	return s.Write(ctx, func(tx *Tx) error {
		for _, table := range []string{"item", "change", "word", "meta"} {
			var n int
			if err := tx.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("the database is not empty: %w", mithaq.Conflict)
			}
		}
		return tx.Note(noteRestore, "under way")
	})
}

// fill replaces what the migrations put into the tables by what the backup holds.
func (r *restoring) fill(ctx context.Context) error {
	if err := r.s.Write(ctx, func(tx *Tx) error { return tx.emptyTables() }); err != nil {
		return err
	}
	f := &filling{r: r, ctx: ctx}
	if err := r.in.each(f.table, f.row); err != nil {
		return err
	}
	if err := f.flush(); err != nil {
		return err
	}
	return r.s.Write(ctx, func(tx *Tx) error { return r.finish(tx) })
}

func (tx *Tx) emptyTables() error {
	tables, err := tx.tables()
	if err != nil {
		return err
	}
	for _, t := range slices.Backward(tables) {
		if t.name == "migration" {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM "` + t.name + `"`); err != nil {
			return err
		}
	}
	return tx.Note(noteRestore, "under way")
}

// finish marks the holdings of lost items, and leaves the notes that the next opening goes by.
func (r *restoring) finish(tx *Tx) error {
	_, err := tx.Exec("UPDATE holding SET state = ? WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.seq = holding.item)", mithaq.Erased)
	if err != nil {
		return err
	}
	reason := "restored from the backup of " + r.done.Head.Made.UTC().Format("2006-01-02T15:04:05Z")
	return errors.Join(tx.Quarantine(reason), tx.Note(noteReindex, "restored without indexes"), tx.Unnote(noteRestore))
}

// filling inserts the rows of one table after the other, many at a time.
type filling struct {
	r    *restoring
	ctx  context.Context
	t    *tableHead
	rows [][]any
	keys [][]any
}

const fillRows = 2000

// table begins a table; sealed rows have two values.
func (f *filling) table(t *tableHead) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	if notInBody[t.Name] {
		return 0, fmt.Errorf("table %s does not belong in a backup", t.Name)
	}
	f.t = t
	f.r.done.Tables++
	if t.Sealed {
		return 2, f.known(t)
	}
	return len(t.Columns), f.known(t)
}

// known refuses a table or column that the schema does not have: names go into statements.
func (f *filling) known(t *tableHead) error {
	return f.r.s.Read(f.ctx, func(tx *Tx) error {
		tables, err := tx.tables()
		if err != nil {
			return err
		}
		for _, have := range tables {
			if have.name == t.Name && slices.Equal(slices.Sorted(slices.Values(have.cols)), slices.Sorted(slices.Values(t.Columns))) {
				return nil
			}
		}
		return fmt.Errorf("table %s: its columns are not those of its migrations", t.Name)
	})
}

func (f *filling) row(t *tableHead, row []any) (err error) {
	if t.Sealed {
		if row, err = f.open(row); row == nil {
			return err
		}
	}
	f.rows = append(f.rows, row)
	if len(f.rows) < fillRows {
		return nil
	}
	return f.flush()
}

// open unseals a row; nil when its key is gone, or another.
func (f *filling) open(row []any) ([]any, error) {
	item, ok := row[0].(int64)
	sealed, ok2 := row[1].([]byte)
	if !ok || !ok2 {
		return nil, fmt.Errorf("table %s: not a sealed row", f.t.Name)
	}
	key, ok := f.r.keys[item]
	plain, err := openRow(key, f.t.Name, item, sealed)
	ok = ok && err == nil
	if f.t.Name == "item" {
		f.count(item, key, ok)
	}
	if !ok {
		return nil, nil // age vouches for the bytes: it is the key that is missing
	}
	return readRow(bufio.NewReader(bytes.NewReader(plain)), len(f.t.Columns))
}

// count counts an item as restored or lost, and keeps its key.
func (f *filling) count(item int64, key []byte, opened bool) {
	if !opened {
		f.r.done.Lost++
		return
	}
	f.r.done.Items++
	f.keys = append(f.keys, []any{item, key})
}

func (f *filling) flush() error {
	rows, keys, t := f.rows, f.keys, f.t
	f.rows, f.keys = f.rows[:0], f.keys[:0]
	if len(rows) == 0 {
		return nil
	}
	return f.r.s.Write(f.ctx, func(tx *Tx) error {
		if err := tx.fill(t.Name, t.Columns, rows); err != nil {
			return err
		}
		return tx.fill("item_key", []string{"item", "key"}, keys)
	})
}

func (tx *Tx) fill(name string, cols []string, rows [][]any) error {
	tail := ""
	if name == "meta" {
		tail = "ON CONFLICT DO NOTHING" // the note of this restore
	}
	_, err := tx.insert(`"`+name+`"(`+quoted(cols)+")", tail, len(cols), len(rows), func(args []any, i int) []any {
		return append(args, rows[i]...)
	})
	if err != nil {
		return fmt.Errorf("table %s: %w", name, err)
	}
	return nil
}

// backupReader reads what backupFile wrote.
type backupReader struct{ r *bufio.Reader }

func openBackup(in io.Reader, magic string, identities []age.Identity) (*backupReader, BackupHead, error) {
	var head BackupHead
	plain, err := age.Decrypt(in, identities...)
	if err != nil {
		return nil, head, err
	}
	b := &backupReader{bufio.NewReaderSize(plain, 64<<10)}
	got := make([]byte, len(magic))
	if _, err := io.ReadFull(b.r, got); err != nil || string(got) != magic {
		return nil, head, fmt.Errorf("not a file that begins with %q", magic)
	}
	return b, head, b.json(&head)
}

func (b *backupReader) json(v any) error {
	raw, err := readBytes(b.r)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

// each calls table at each table, which says how many values its rows have, and row at each row, to the end.
func (b *backupReader) each(table func(*tableHead) (int, error), row func(*tableHead, []any) error) error {
	var t *tableHead
	var width int
	for rows := uint64(0); ; {
		tag, err := b.r.ReadByte()
		if err != nil {
			return short(err)
		}
		switch {
		case tag == 'T':
			t = &tableHead{}
			if err := b.json(t); err != nil {
				return err
			}
			if width, err = table(t); err != nil {
				return err
			}
		case tag == 'R' && t != nil:
			vals, err := readRow(b.r, width)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
			if err := row(t, vals); err != nil {
				return err
			}
			rows++
		case tag == 'E':
			return b.end(rows)
		default:
			return fmt.Errorf("backup: unknown part 0x%02x", tag)
		}
	}
}

// end holds the number of rows read to what was written, and reads on to where age says that nothing was cut off.
func (b *backupReader) end(rows uint64) error {
	n, err := binary.ReadUvarint(b.r)
	if err != nil {
		return short(err)
	}
	if n != rows {
		return fmt.Errorf("backup: %d rows read, %d written", rows, n)
	}
	if _, err := b.r.ReadByte(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("backup: something follows its end")
		}
		return err
	}
	return nil
}
