package demo

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	_ "modernc.org/sqlite" // the cheat opens the database past the program

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
)

// ErrUnnoticed says that a record was altered by hand and no check named it.
var ErrUnnoticed = errors.New("demo: an altered record was not named")

// A forgery is one entry of a log that was altered by hand.
type forgery struct {
	file    string
	log     int64
	origin  string
	index   int64
	account []byte // as it was
	told    mithaq.Account
	now     int64 // objects, as the altered account says
}

// forge alters the newest entry of what an organisation keeps of a lane that
// another sent on, as somebody could who holds the disk.
func (w *world) forge(ctx context.Context, org, sender mithaq.OrgID) (f *forgery, err error) {
	f = &forgery{file: filepath.Join(w.desks[org].dir, "mithaq.db")}
	err = f.onDisk(func(db *sql.DB) error {
		row := db.QueryRowContext(ctx, `SELECT log, origin, idx, account FROM entry JOIN log ON log.id = entry.log
			WHERE origin LIKE ? ORDER BY log.size DESC, idx DESC LIMIT 1`, string(sender)+"/mithaq/%/"+string(mithaq.LaneBulk))
		if err := row.Scan(&f.log, &f.origin, &f.index, &f.account); err != nil {
			return err
		}
		if err := json.Unmarshal(f.account, &f.told); err != nil {
			return err
		}
		f.now = f.told.Counts["items"] + 1
		return f.write(ctx, db, f.altered())
	})
	return f, err
}

// undo puts the entry back.
func (f *forgery) undo(ctx context.Context) error {
	return f.onDisk(func(db *sql.DB) error { return f.write(ctx, db, f.account) })
}

func (f *forgery) onDisk(do func(*sql.DB) error) error { return onDisk(f.file, do) }

// onDisk opens a node's database past the program.
func onDisk(file string, do func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	if err := errors.Join(do(db), db.Close()); err != nil {
		return fmt.Errorf("by hand in %s: %w", file, err)
	}
	return nil
}

func (f *forgery) write(ctx context.Context, db *sql.DB, account []byte) error {
	_, err := db.ExecContext(ctx, "UPDATE entry SET account = ? WHERE log = ? AND idx = ?", account, f.log, f.index)
	return err
}

// altered is the account with one object more than crossed.
func (f *forgery) altered() []byte {
	return bytes.Replace(f.account, fmt.Appendf(nil, `"items":%d`, f.told.Counts["items"]), fmt.Appendf(nil, `"items":%d`, f.now), 1)
}

// cheat alters Atlas's record, has the partners compare, and puts it back.
func (p *play) cheat(ctx context.Context) error {
	p.story.Step(tell.Cheat)
	f, err := p.world.forge(ctx, scene.Atlas, scene.Anatolia)
	if err != nil {
		return err
	}
	p.story.Altered(tell.Altered{
		Org: scene.Atlas, With: scene.Anatolia, Log: f.origin, Entry: int(f.index), At: f.told.At.Time,
		Was: int(f.told.Counts["items"]), Now: int(f.now),
	})
	own, err := p.world.desks[scene.Atlas].verify(ctx)
	if err != nil {
		return err
	}
	found, err := p.world.verifyWith(ctx, scene.Anatolia, scene.Atlas)
	if err != nil {
		return err
	}
	others, err := p.world.verifyWith(ctx, scene.Najd, scene.Atlas)
	if err != nil {
		return err
	}
	p.story.Checked([]tell.Verified{own, found, others})
	if len(own.Faults) == 0 || !f.namedBy(found) || len(others.Differences) > 0 {
		return ErrUnnoticed
	}
	if err := f.undo(ctx); err != nil {
		return err
	}
	return p.flip(ctx)
}

// namedBy reports whether a check named this entry and no other.
func (f *forgery) namedBy(v tell.Verified) bool {
	return len(v.Differences) == 1 && v.Differences[0].Log == f.origin && v.Differences[0].Entry == int(f.index)
}

// restored runs the checks again that found something.
func (p *play) restored(ctx context.Context) error {
	own, err := p.world.desks[scene.Atlas].verify(ctx)
	if err != nil {
		return err
	}
	again, err := p.world.verifyWith(ctx, scene.Anatolia, scene.Atlas)
	if err != nil {
		return err
	}
	p.story.Restored([]tell.Verified{own, again})
	if len(own.Faults)+len(again.Differences) > 0 {
		return ErrDiffers
	}
	return nil
}

// verify has a node recompute everything it keeps.
func (d *desk) verify(ctx context.Context) (tell.Verified, error) {
	v := tell.Verified{Org: d.org}
	found, err := d.node.Verify(ctx, nil)
	if err != nil {
		return v, fmt.Errorf("%s verifies: %w", d.org, err)
	}
	v.Entries = int(found.Entries)
	for _, fault := range found.Faults {
		one := tell.Fault{Log: fault.Log, Item: fault.Item, Envelope: fault.Envelope, Partner: fault.Partner, Text: fault.Text}
		if fault.Entry != nil {
			one.Entry = int(*fault.Entry)
		}
		v.Faults = append(v.Faults, one)
	}
	return v, nil
}
