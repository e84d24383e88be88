package store

import (
	"bufio"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"filippo.io/age"
)

// A backup is two age files, made from one snapshot while the node works: the
// body, and the content keys without which no item in the body can be read. Keep
// key files for at most 30 days: an item erased here loses its key, and once the
// last key file with it is gone, so is the item from every body ever made.
//
//	file    = magic head { table | row } end
//	magic   = "mithaq backup 1\n" or "mithaq keys 1\n"
//	head    = uvarint length, JSON: when, and the migrations applied
//	table   = 'T' uvarint length, JSON: name and columns; its rows follow
//	row     = 'R' values, as many as the table has columns; see rowcodec.go
//	end     = 'E' uvarint number of rows in the file
//
// A row of item is two values instead: seq, and the row's values sealed with
// AES-256-GCM under the item's key, zero nonce (a key seals nothing else), with
// seq as additional data. What is derived (name, value, edge, and item.found) is
// left out, and built anew by Reindex. The rows are the same on both engines.

const (
	magicBody = "mithaq backup 1\n"
	magicKeys = "mithaq keys 1\n"
)

// A BackupHead says what a backup is of.
type BackupHead struct {
	Made       time.Time       `json:"made"`
	Migrations []MigrationHead `json:"migrations,omitempty"`
}

// A MigrationHead names a migration that was applied.
type MigrationHead struct {
	Capability string `json:"capability"`
	Number     int    `json:"number"`
	Name       string `json:"name"`
	Digest     string `json:"digest"`
}

type tableHead struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// Tables that are derived, kept apart, or in the head.
var notInBody = map[string]bool{
	"migration": true, "item_key": true,
	"name": true, "name_new": true, "value": true, "value_new": true, "edge": true, "edge_new": true,
}

// Backup writes a snapshot of everything to body and the content keys to keys,
// each encrypted to recipients. The node goes on working meanwhile.
func (s *Store) Backup(ctx context.Context, body, keys io.Writer, recipients ...age.Recipient) error {
	if err := s.giveKeys(ctx); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	b, err := newBackupFile(body, magicBody, recipients)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	k, err := newBackupFile(keys, magicKeys, recipients)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	err = s.Read(ctx, func(tx *Tx) error { return tx.backup(b, k) })
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// giveKeys gives each item without a content key one, a few at a time so that others can write between.
func (s *Store) giveKeys(ctx context.Context) error {
	for after, more := int64(-1), true; more; {
		err := s.Write(ctx, func(tx *Tx) error {
			seqs, err := tx.keyless(after, 2000)
			if err != nil || len(seqs) == 0 {
				more = false
				return err
			}
			after = seqs[len(seqs)-1]
			_, err = tx.insert("item_key(item, key)", "ON CONFLICT DO NOTHING", 2, len(seqs), func(args []any, i int) []any {
				return append(args, seqs[i], newKey())
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) keyless(after int64, limit int) (seqs []int64, err error) {
	err = tx.rows(`SELECT i.seq FROM item i WHERE i.seq > ? AND NOT EXISTS (SELECT 1 FROM item_key k WHERE k.item = i.seq)
		ORDER BY i.seq LIMIT ?`, []any{after, limit}, func(r *Rows) error {
		var seq int64
		err := r.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	})
	return seqs, err
}

func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}

// backup writes both files from one snapshot.
func (tx *Tx) backup(body, keys *backupFile) error {
	head, err := tx.head()
	if err != nil {
		return err
	}
	tables, err := tx.tables()
	if err != nil {
		return err
	}
	body.head(head)
	keys.head(BackupHead{Made: head.Made})
	keys.table("item_key", []string{"item", "key"})
	for _, t := range tables {
		if notInBody[t.name] {
			continue
		}
		if err := tx.backupTable(t, body, keys); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if err := keys.end(); err != nil {
		return err
	}
	return body.end()
}

func (tx *Tx) head() (BackupHead, error) {
	head := BackupHead{Made: tx.now.UTC()}
	err := tx.rows("SELECT capability, number, name, digest FROM migration ORDER BY capability, number", nil, func(r *Rows) error {
		var m MigrationHead
		err := r.Scan(&m.Capability, &m.Number, &m.Name, &m.Digest)
		head.Migrations = append(head.Migrations, m)
		return err
	})
	return head, err
}

func (tx *Tx) backupTable(t table, body, keys *backupFile) error {
	body.table(t.name, t.cols)
	if t.name == "item" {
		return tx.backupItems(t, body, keys)
	}
	return tx.stream("SELECT "+quoted(t.cols)+` FROM "`+t.name+`"`, body.row)
}

// backupItems seals each item under its key. Items that came since keys were
// given have none yet: they get one for this backup alone.
func (tx *Tx) backupItems(t table, body, keys *backupFile) error {
	seq, blank := slices.Index(t.cols, "seq"), slices.Index(t.cols, "found")
	query := "SELECT (SELECT k.key FROM item_key k WHERE k.item = item.seq), " + quoted(t.cols) + " FROM item ORDER BY seq"
	return tx.stream(query, func(vals []any) error {
		key, _ := vals[0].([]byte)
		vals = vals[1:]
		if key == nil {
			key = newKey()
		}
		number := vals[seq].(int64)
		vals[blank] = []byte{}
		sealed, err := sealRow(key, number, vals)
		if err != nil {
			return err
		}
		if err := keys.row([]any{number, key}); err != nil {
			return err
		}
		return body.row([]any{number, sealed})
	})
}

func itemCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

var zeroNonce [12]byte

func sealRow(key []byte, seq int64, vals []any) ([]byte, error) {
	plain, err := appendRow(nil, vals)
	if err != nil {
		return nil, err
	}
	aead, err := itemCipher(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(plain[:0], zeroNonce[:], plain, seqBytes(seq)), nil
}

func seqBytes(seq int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(seq)) }

func appendRow(b []byte, vals []any) (_ []byte, err error) {
	for _, v := range vals {
		if b, err = appendValue(b, v); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// backupFile writes one file; the first error stays.
type backupFile struct {
	seal io.WriteCloser
	w    *bufio.Writer
	buf  []byte
	rows uint64
	err  error
}

func newBackupFile(w io.Writer, magic string, recipients []age.Recipient) (*backupFile, error) {
	seal, err := age.Encrypt(w, recipients...)
	if err != nil {
		return nil, err
	}
	f := &backupFile{seal: seal, w: bufio.NewWriterSize(seal, 64<<10)}
	f.write([]byte(magic))
	return f, nil
}

func (f *backupFile) write(b []byte) {
	if f.err == nil {
		_, f.err = f.w.Write(b)
	}
}

func (f *backupFile) json(v any) {
	b, err := json.Marshal(v)
	if err != nil && f.err == nil {
		f.err = err
	}
	f.write(binary.AppendUvarint(nil, uint64(len(b))))
	f.write(b)
}

func (f *backupFile) head(h BackupHead) { f.json(h) }

func (f *backupFile) table(name string, cols []string) {
	f.write([]byte{'T'})
	f.json(tableHead{name, cols})
}

func (f *backupFile) row(vals []any) error {
	b, err := appendRow(append(f.buf[:0], 'R'), vals)
	if err != nil {
		return err
	}
	f.buf = b
	f.rows++
	f.write(b)
	return f.err
}

func (f *backupFile) end() error {
	f.write(binary.AppendUvarint([]byte{'E'}, f.rows))
	if f.err != nil {
		return f.err
	}
	if err := f.w.Flush(); err != nil {
		return err
	}
	return f.seal.Close()
}
