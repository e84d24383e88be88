package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"
	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// Sealing is how a key file is closed: age with one passphrase.
// C2SP age
type Sealing struct {
	Secret Secret
	Work   int // scrypt work factor as a power of two; 0 is DefaultWork
}

// DefaultWork takes about a second and 256 MB; maxWork bounds what a file that
// somebody slipped in can make us do.
const (
	DefaultWork = 18
	maxWork     = 22
	maxKeyFile  = 1 << 20
)

// save seals v into the file at path, in a folder of its owner's.
func (s Sealing) save(path, what string, v any) error {
	pass, err := s.Secret(what)
	if err != nil {
		return err
	}
	if len(pass) < MinPassphrase {
		return mithaq.Refuse(mithaq.Invalid, "keys.short", MinPassphrase)
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return err
	}
	defer clear(plain)
	sealed, err := s.seal(pass, plain)
	if err != nil {
		return fmt.Errorf("seal %s: %w", path, err)
	}
	if err := durable.Mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	return durable.WriteFile(path, sealed)
}

func (s Sealing) seal(pass string, plain []byte) ([]byte, error) {
	to, err := age.NewScryptRecipient(pass)
	if err != nil {
		return nil, err
	}
	work := s.Work
	if work == 0 {
		work = DefaultWork
	}
	to.SetWorkFactor(work)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// load opens the file at path into v.
// Unauthenticated: another passphrase. Invalid: not a key file of ours, or damaged.
func (s Sealing) load(path, what string, v any) error {
	if err := durable.Private(path); err != nil {
		return fmt.Errorf("open %s: %w", what, err)
	}
	sealed, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("open %s: %w", what, err)
	}
	pass, err := s.Secret(what)
	if err != nil {
		return err
	}
	plain, err := unseal(pass, sealed)
	if errors.Is(err, mithaq.Unauthenticated) {
		return mithaq.Refuse(mithaq.Unauthenticated, "keys.wrong-passphrase", path)
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer clear(plain)
	return strict.Decode(plain, maxKeyFile, v)
}

func unseal(pass string, sealed []byte) ([]byte, error) {
	id, err := age.NewScryptIdentity(pass)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(maxWork)
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if none, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, fmt.Errorf("%w: %w", none, mithaq.Unauthenticated)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mithaq.Invalid)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mithaq.Invalid)
	}
	return plain, nil
}
