package shelf

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A next is a place in a collection, in microseconds, and half an HMAC that binds
// it to that collection. Rights and filters are asked again for each page.

// noteSeal names the store's note of the key, which outlives a restart, so that
// clients can go on.
const noteSeal = "shelf.seal"

// key is the node's own, made at its first use.
func (s *Shelf) key(ctx context.Context) ([]byte, error) {
	if k := s.seal.Load(); k != nil {
		return *k, nil
	}
	var text string
	err := s.Gate.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if text, err = tx.Noted(noteSeal); err != nil || text != "" {
			return err
		}
		text = rand.Text()
		return tx.Note(noteSeal, text)
	})
	if err != nil {
		return nil, err
	}
	k := []byte(text)
	s.seal.Store(&k)
	return k, nil
}

const macBytes = 16

func (s *Shelf) close(ctx context.Context, place int64, root, id string) (string, error) {
	key, err := s.key(ctx)
	raw := binary.BigEndian.AppendUint64(nil, uint64(place))
	return base64.RawURLEncoding.EncodeToString(append(raw, mac(key, raw, root, id)...)), err
}

func (s *Shelf) open(ctx context.Context, next, root, id string) (place int64, err error) {
	key, err := s.key(ctx)
	if err != nil {
		return 0, err
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(next)
	if err != nil || len(raw) != 8+macBytes || !hmac.Equal(raw[8:], mac(key, raw[:8], root, id)) {
		return 0, taxii.BadParameter("next", "was not given out for this collection")
	}
	return int64(binary.BigEndian.Uint64(raw)), nil
}

func mac(key, place []byte, root, id string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(h, "%s\x00%q\x00%q", place, root, id)
	return h.Sum(nil)[:macBytes]
}
