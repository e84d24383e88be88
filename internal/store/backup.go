package store

import (
	"bufio"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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
//	table   = 'T' uvarint length, JSON: name, columns, whether sealed; its rows follow
//	row     = 'R' values, as many as the table has columns; see rowcodec.go
//	end     = 'E' uvarint number of rows in the file
//
// A row of a sealed table, item and those of Migration.Sealed, is two values
// instead: the item's number, and the row's values sealed with AES-256-GCM under
// the item's key: a random nonce of 12 bytes, then the ciphertext, with the table's
// name, a zero byte and the number (8 bytes, big-endian) as additional data. What is
// derived (name, value, edge, and item.found) is left out, and built anew by
// Reindex. The rows are the same on both engines.

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
	Sealed  bool     `json:"sealed,omitzero"`
}

// Tables that are derived, kept apart, or in the head.
var notInBody = map[string]bool{
	"migration": true, "item_key": true,
	"name": true, "name_new": true, "value": true, "value_new": true, "edge": true, "edge_new": true,
	"fulltext": true, "fulltext_place": true,
}

// builtApart are derived tables that neither a backup nor a move has: who keeps
// them finds them empty, and builds them anew.
var builtApart = map[string]bool{"fulltext": true, "fulltext_place": true}

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
	w := &backingUp{body: b, keys: k, sealed: s.sealed(), extra: map[int64][]byte{}}
	if err := s.Read(ctx, w.all); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := s.Write(ctx, w.keepExtra); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// keepExtra keeps the keys that were made meanwhile, of items that are still there.
func (w *backingUp) keepExtra(tx *Tx) error {
	for item, key := range w.extra {
		_, err := tx.Exec(`INSERT INTO item_key(item, key) SELECT i.seq, ? FROM item i WHERE i.seq = ?
			ON CONFLICT DO NOTHING`, key, item)
		if err != nil {
			return err
		}
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

// sealed are the tables to be sealed, with their column for the item's number.
func (s *Store) sealed() map[string]string {
	all := maps.Clone(ownMigration().Sealed)
	for _, m := range s.cfg.Migrations {
		maps.Copy(all, m.Sealed)
	}
	return all
}

// backingUp is one backup under way.
type backingUp struct {
	tx         *Tx
	body, keys *backupFile
	sealed     map[string]string
	extra      map[int64][]byte // keys of items that had none in the snapshot
}

// all writes both files from one snapshot.
func (w *backingUp) all(tx *Tx) error {
	w.tx = tx
	head, err := tx.head()
	if err != nil {
		return err
	}
	tables, err := tx.tables()
	if err != nil {
		return err
	}
	w.body.head(head)
	for _, t := range tables {
		if notInBody[t.name] {
			continue
		}
		if err := w.table(t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if err := w.allKeys(head); err != nil {
		return err
	}
	return w.body.end()
}

// allKeys writes the key file: the keys in the snapshot, and those made for this backup.
func (w *backingUp) allKeys(head BackupHead) error {
	w.keys.head(BackupHead{Made: head.Made})
	w.keys.table(tableHead{Name: "item_key", Columns: []string{"item", "key"}})
	if err := w.tx.stream("SELECT item, key FROM item_key", w.keys.row); err != nil {
		return err
	}
	for item, key := range w.extra {
		if err := w.keys.row([]any{item, key}); err != nil {
			return err
		}
	}
	return w.keys.end()
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

func (w *backingUp) table(t table) error {
	col, sealed := w.sealed[t.name]
	w.body.table(tableHead{t.name, t.cols, sealed})
	if !sealed {
		return w.tx.stream("SELECT "+quoted(t.cols)+" FROM "+quoted([]string{t.name}), w.body.row)
	}
	at := slices.Index(t.cols, col)
	if at < 0 {
		return fmt.Errorf("it has no column %s for the item's number", col)
	}
	// What a capability still keeps of an erased item does not go into a backup.
	query := fmt.Sprintf("SELECT (SELECT k.key FROM item_key k WHERE k.item = t.%[1]s), %[2]s FROM %[3]s t WHERE EXISTS (SELECT 1 FROM item i WHERE i.seq = t.%[1]s)",
		quoted([]string{col}), quoted(t.cols), quoted([]string{t.name}))
	return w.tx.stream(query, func(vals []any) error { return w.sealedRow(t, at, vals[0], vals[1:]) })
}

// sealedRow writes a row under the key of its item.
func (w *backingUp) sealedRow(t table, at int, key any, vals []any) error {
	item, ok := vals[at].(int64)
	if !ok {
		return fmt.Errorf("%s: want the number of an item", t.cols[at])
	}
	if t.name == "item" {
		vals[slices.Index(t.cols, "found")] = []byte{}
	}
	sealed, err := sealRow(w.key(item, key), t.name, item, vals)
	if err != nil {
		return err
	}
	return w.body.row([]any{item, sealed})
}

// key is the item's, or a new one: the item came since keys were given.
func (w *backingUp) key(item int64, key any) []byte {
	if k, ok := key.([]byte); ok {
		return k
	}
	if w.extra[item] == nil {
		w.extra[item] = newKey()
	}
	return w.extra[item]
}

func itemCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func sealRow(key []byte, table string, item int64, vals []any) ([]byte, error) {
	plain, err := appendRow(nil, vals)
	if err != nil {
		return nil, err
	}
	aead, err := itemCipher(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(nonce, nonce, plain, sealedAs(table, item)), nil
}

func openRow(key []byte, table string, item int64, sealed []byte) ([]byte, error) {
	aead, err := itemCipher(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("shorter than its nonce")
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], sealedAs(table, item))
}

func sealedAs(table string, item int64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(table), 0), uint64(item))
}

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

func (f *backupFile) table(t tableHead) {
	f.write([]byte{'T'})
	f.json(t)
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
