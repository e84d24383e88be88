package demo

import (
	"bytes"
	"context"
	"database/sql"
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
}

// forge alters the newest entry of what an organisation keeps of a lane that
// another sent on, as somebody could who holds the disk.
func (w *world) forge(ctx context.Context, org, sender mithaq.OrgID) (f *forgery, err error) {
	f = &forgery{file: filepath.Join(w.desks[org].dir, "mithaq.db")}
	err = f.onDisk(func(db *sql.DB) error {
		row := db.QueryRowContext(ctx, `SELECT log, origin, idx, account FROM entry JOIN log ON log.id = entry.log
			WHERE origin LIKE ? ORDER BY log.size DESC, idx DESC LIMIT 1`, string(sender)+"/mithaq/%/%")
		if err := row.Scan(&f.log, &f.origin, &f.index, &f.account); err != nil {
			return err
		}
		return f.write(ctx, db, altered(f.account))
	})
	return f, err
}

// undo puts the entry back.
func (f *forgery) undo(ctx context.Context) error {
	return f.onDisk(func(db *sql.DB) error { return f.write(ctx, db, f.account) })
}

func (f *forgery) onDisk(do func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", "file:"+f.file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	if err := errors.Join(do(db), db.Close()); err != nil {
		return fmt.Errorf("by hand in %s: %w", f.file, err)
	}
	return nil
}

func (f *forgery) write(ctx context.Context, db *sql.DB, account []byte) error {
	_, err := db.ExecContext(ctx, "UPDATE entry SET account = ? WHERE log = ? AND idx = ?", account, f.log, f.index)
	return err
}

// altered changes the last digit of an account: a count, or a time.
func altered(account []byte) []byte {
	other := bytes.Clone(account)
	if i := bytes.LastIndexAny(other, "0123456789"); i >= 0 {
		other[i] = '0' + (other[i]-'0'+1)%10
	}
	return other
}

// cheat alters Atlas's record, has the partners compare, and puts it back.
func (p *play) cheat(ctx context.Context) error {
	p.story.Step(tell.Cheat)
	f, err := p.world.forge(ctx, scene.Atlas, scene.Anatolia)
	if err != nil {
		return err
	}
	p.story.Altered(tell.Altered{Org: scene.Atlas, With: scene.Anatolia, Log: f.origin, Entry: int(f.index)})
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
	return p.restore(ctx, f)
}

// namedBy reports whether a check named this entry and no other.
func (f *forgery) namedBy(v tell.Verified) bool {
	return len(v.Differences) == 1 && v.Differences[0].Log == f.origin && v.Differences[0].Entry == int(f.index)
}

func (p *play) restore(ctx context.Context, f *forgery) error {
	if err := f.undo(ctx); err != nil {
		return err
	}
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
		v.Faults = append(v.Faults, fault.Text)
	}
	return v, nil
}
