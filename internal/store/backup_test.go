package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// derive reads back what object put in.
func derive(raw []byte) (store.Derived, error) {
	var props map[string]string
	if err := json.Unmarshal(raw, &props); err != nil {
		return store.Derived{}, err
	}
	d := store.Derived{TLP: stix.TLPGreen}
	var n int
	_, _ = fmt.Sscanf(props["id"], "indicator--%08d", &n)
	d.Values = []store.Value{{Kind: "ipv4-addr", Text: fmt.Sprintf("10.0.0.%d", n%10)}}
	for k, v := range props {
		if strings.HasSuffix(k, "_ref") {
			d.Refs = append(d.Refs, store.Ref{Kind: k, Target: stix.ID(v)})
		}
	}
	return d, nil
}

// backedUp fills a store, and backs it up twice: before and after one item is erased.
type backedUp struct {
	key                  *age.X25519Identity
	body, keys           bytes.Buffer
	laterBody, laterKeys bytes.Buffer
	puts                 []store.Put
}

func backUp(t *testing.T, s *store.Store) *backedUp {
	key, err := age.GenerateX25519Identity()
	must(t, err)
	b := &backedUp{key: key}
	items := []store.NewItem{object(2, 1, store.Ref{Kind: "x_about_ref", Target: object(1, 1).ID})}
	for n := range 40 {
		items = append(items, object(100+n, 1))
	}
	b.puts = put(t, s, append(items, object(1, 1), object(1, 2))...)
	hold(t, s, profile, caseA, mithaq.Handling{TLP: stix.TLPAmber}, b.puts...)
	write(t, s, func(tx *store.Tx) {
		must(t, insert(7)(tx))
		_, err := tx.Exec("INSERT INTO pair(a, b) VALUES(1, 7)")
		must(t, err)
		for _, p := range b.puts[:2] {
			_, err = tx.Exec("INSERT INTO original(item, raw) VALUES(?, ?)", p.Seq, []byte("the original"))
			must(t, err)
		}
		must(t, tx.Change("item", "x", nil))
		must(t, tx.Note("name", "ميثاق"))
	})
	must(t, s.Backup(t.Context(), &b.body, &b.keys, key.Recipient()))
	victim := b.puts[0].Seq
	write(t, s, func(tx *store.Tx) {
		_, err := s.SetState(tx, []store.HoldingKey{{Item: victim, Giver: najd, Under: profile, Case: caseA}}, mithaq.Recalled)
		must(t, err)
		must(t, s.Erase(tx, victim))
	})
	must(t, s.Backup(t.Context(), &b.laterBody, &b.laterKeys, key.Recipient()))
	return b
}

func restored(t *testing.T, cfg store.Config) *store.Store {
	t.Helper()
	s := storetest.Open(t, cfg)
	write(t, s, func(tx *store.Tx) {
		_, err := s.Put(tx, []store.NewItem{object(9, 1)}, nil)
		want(t, "nothing new before the indexes are whole", errors.Is(err, mithaq.Unavailable), true)
		reason, err := tx.Quarantined()
		must(t, err)
		want(t, "quarantine", strings.HasPrefix(reason, "restored from the backup of "), true)
	})
	bad, err := s.Reindex(t.Context(), derive, nil)
	must(t, err)
	want(t, "not derived", bad, 0)
	return s
}

// From each engine into each engine.
func TestBackupAndRestore(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, from store.Config) {
		b := backUp(t, s)
		storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
			cfg := fresh(t)
			cfg.Migrations = from.Migrations
			done, err := store.Restore(t.Context(), cfg, bytes.NewReader(b.body.Bytes()), bytes.NewReader(b.keys.Bytes()), b.key)
			must(t, err)
			want(t, "items", done.Items, 43)
			want(t, "lost", done.Lost, 0)
			r := restored(t, cfg)
			faults, err := r.Check(t.Context())
			must(t, err)
			want(t, "faults", fmt.Sprint(faults), "[]")
			read(t, r, func(tx *store.Tx) {
				raw, err := r.Raw(tx, node, b.puts[0].Seq)
				must(t, err)
				want(t, "byte for byte", string(raw), string(object(2, 1, store.Ref{Kind: "x_about_ref", Target: object(1, 1).ID}).Raw))
				found, err := r.ByValue(tx, analyst(caseA), "ipv4-addr", "10.0.0.1", 0)
				must(t, err)
				want(t, "found by value", seqs(found), "101/02 111/02 121/02 131/02 1/02 1/03")
				ns, err := r.Neighbours(tx, node, object(1, 1).ID, 0)
				must(t, err)
				want(t, "found by reference", len(ns) == 1 && ns[0].Ref.ID == object(2, 1).ID, true)
				name, err := tx.Noted("name")
				must(t, err)
				want(t, "notes", name, "ميثاق")
				must(t, tx.QueryRow("SELECT a FROM pair WHERE b = 7").Scan(new(int)))
			})
			again := put(t, r, object(1, 1))
			want(t, "known again", again[0], store.Put{Seq: b.puts[41].Seq})
			write(t, r, func(tx *store.Tx) { must(t, tx.Quarantine("")) })
			_, err = store.Restore(t.Context(), cfg, bytes.NewReader(b.body.Bytes()), bytes.NewReader(b.keys.Bytes()), b.key)
			want(t, "not into a full one", errors.Is(err, mithaq.Conflict), true)
		})
	})
}

func TestErasureReachesOlderBackups(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, from store.Config) {
		b := backUp(t, s)
		cfg := store.Config{Dir: t.TempDir(), Migrations: from.Migrations}
		done, err := store.Restore(t.Context(), cfg, &b.body, &b.laterKeys, b.key)
		must(t, err)
		want(t, "items", done.Items, 42)
		want(t, "lost", done.Lost, 1)
		r := restored(t, cfg)
		faults, err := r.Check(t.Context())
		must(t, err)
		want(t, "faults", fmt.Sprint(faults), "[]")
		read(t, r, func(tx *store.Tx) {
			_, err := r.Raw(tx, node, b.puts[0].Seq)
			want(t, "erased", errors.Is(err, mithaq.NotFound), true)
			var item int64
			must(t, tx.QueryRow("SELECT item FROM original").Scan(&item))
			want(t, "what a capability kept of the other", item, b.puts[1].Seq)
		})
	})
}

func TestDamagedBackupsAreRefused(t *testing.T) {
	cfg := store.Config{Dir: t.TempDir(), Migrations: []store.Migration{numbers}}
	b := backUp(t, storetest.Open(t, cfg))
	restore := func(body, keys []byte) error {
		into := store.Config{Dir: t.TempDir(), Migrations: cfg.Migrations}
		_, err := store.Restore(t.Context(), into, bytes.NewReader(body), bytes.NewReader(keys), b.key)
		if err != nil {
			if s, err := store.Open(t.Context(), into); err == nil {
				read(t, s, func(tx *store.Tx) {
					var n int
					must(t, tx.QueryRow("SELECT count(*) FROM item").Scan(&n))
					want(t, "items in a database that opens after a failed restore", n, 0)
				})
				must(t, s.Close())
			}
		}
		return err
	}
	body, keys := b.body.Bytes(), b.keys.Bytes()
	must(t, restore(body, keys))
	for cut := range 20 {
		want(t, "cut off", restore(body[:len(body)*cut/20], keys) != nil, true)
	}
	want(t, "cut off keys", restore(body, keys[:len(keys)-1]) != nil, true)
	flipped := bytes.Clone(body)
	flipped[len(flipped)-100] ^= 1
	want(t, "flipped", restore(flipped, keys) != nil, true)
	want(t, "swapped", restore(keys, body) != nil, true)
	want(t, "other recipient", func() error {
		other, err := age.GenerateX25519Identity()
		must(t, err)
		_, err = store.Restore(t.Context(), store.Config{Dir: t.TempDir()}, bytes.NewReader(body), bytes.NewReader(keys), other)
		return err
	}() != nil, true)
	unknown := store.Config{Dir: t.TempDir()}
	_, err := store.Restore(t.Context(), unknown, bytes.NewReader(body), bytes.NewReader(keys), b.key)
	want(t, "unknown migration", err != nil && strings.Contains(err.Error(), "numbers 0001_number"), true)
}

// A backup made before a migration is brought up to date when it is opened.
func TestOldBackupIsMigrated(t *testing.T) {
	b := backUp(t, storetest.Open(t, store.Config{Dir: t.TempDir(), Migrations: []store.Migration{numbers}}))
	newer := fstest.MapFS{"0002_more.sql": {Data: []byte("ALTER TABLE number ADD COLUMN more INTEGER NOT NULL DEFAULT 3;")}}
	newer["0001_number.sql"] = numbers.FS.(fstest.MapFS)["0001_number.sql"]
	cfg := store.Config{Dir: t.TempDir(), Migrations: []store.Migration{{Capability: "numbers", FS: newer}}}
	_, err := store.Restore(t.Context(), cfg, &b.body, &b.keys, b.key)
	must(t, err)
	read(t, restored(t, cfg), func(tx *store.Tx) {
		var more int
		must(t, tx.QueryRow("SELECT more FROM number WHERE n = 7").Scan(&more))
		want(t, "more", more, 3)
	})
}

func TestBackupHoldsNoClearText(t *testing.T) {
	s := storetest.Open(t, store.Config{Dir: t.TempDir(), Migrations: []store.Migration{numbers}})
	b := backUp(t, s)
	plain, err := age.Decrypt(bytes.NewReader(b.body.Bytes()), b.key)
	must(t, err)
	all, err := io.ReadAll(plain)
	must(t, err)
	for _, it := range []store.NewItem{object(1, 1), object(100, 1)} {
		digest := mithaq.DigestOf(it.Raw)
		want(t, "bytes in the body", bytes.Contains(all, it.Raw), false)
		want(t, "id in the body", bytes.Contains(all, []byte(it.ID)), false)
		want(t, "digest in the body", bytes.Contains(all, digest[:]), false)
	}
	want(t, "what a capability keeps of an item in the body", bytes.Contains(all, []byte("the original")), false)
	want(t, "value in the body", bytes.Contains(all, []byte("10.0.0.")), false)
	want(t, "the rest is there", bytes.Contains(all, []byte("atlas")) || bytes.Contains(all, []byte("najd")), true)
}

// What comes while a backup is being written is in it or not, and whatever is
// in it can be read with the keys of that backup and with those of the next.
func TestBackupWhileOthersWrite(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, from store.Config) {
		key, err := age.GenerateX25519Identity()
		must(t, err)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for n := 1; ; n++ {
				select {
				case <-stop:
					return
				default:
					must(t, writeOne(context.Background(), s, n))
				}
			}
		}()
		var body, keys, laterBody, laterKeys bytes.Buffer
		must(t, s.Backup(t.Context(), &body, &keys, key.Recipient()))
		must(t, s.Backup(t.Context(), &laterBody, &laterKeys, key.Recipient()))
		close(stop)
		<-stopped
		for _, k := range []*bytes.Buffer{&keys, &laterKeys} {
			cfg := store.Config{Dir: t.TempDir(), Migrations: from.Migrations}
			done, err := store.Restore(t.Context(), cfg, bytes.NewReader(body.Bytes()), bytes.NewReader(k.Bytes()), key)
			must(t, err)
			want(t, "lost", done.Lost, 0)
			faults, err := restored(t, cfg).Check(t.Context())
			must(t, err)
			want(t, "faults", fmt.Sprint(faults), "[]")
		}
	})
}
