package keys

import (
	"crypto"
	"fmt"
	"slices"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
)

// A Node is the operational keys in this process.
type Node struct {
	Org mithaq.OrgID

	mu   sync.RWMutex
	keys []private // by age, newest last
}

type nodeFile struct {
	Type    string       `json:"type"` // mithaq-node-keys
	Version int          `json:"version"`
	Org     mithaq.OrgID `json:"org"`
	Keys    []keyInFile  `json:"keys"`
}

type keyInFile struct {
	Use  mithaq.KeyUse `json:"use"`
	Made mithaq.Time   `json:"made"`
	Seed []byte        `json:"seed"`
}

const typeNode = "mithaq-node-keys"

// NewNode makes one key of each operational use.
func NewNode(org mithaq.OrgID, now time.Time) (*Node, error) {
	if err := org.Check(); err != nil {
		return nil, err
	}
	n := &Node{Org: org}
	for _, use := range mithaq.OperationalUses {
		if _, err := n.Add(use, now); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// Add makes a new key of a use beside the old ones. It signs from now on, so
// that the Card that names it should be with the partners first.
func (n *Node) Add(use mithaq.KeyUse, now time.Time) (mithaq.PublicKey, error) {
	seed, err := newSeed(use)
	if err != nil {
		return mithaq.PublicKey{}, err
	}
	return n.put(keyInFile{Use: use, Made: mithaq.At(now), Seed: seed})
}

func (n *Node) put(k keyInFile) (mithaq.PublicKey, error) {
	p, err := fromSeed(k)
	if err != nil {
		return mithaq.PublicKey{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keys = append(n.keys, p)
	return p.public(), nil
}

// Forget drops a key. What was sealed to it cannot be opened afterwards.
func (n *Node) Forget(id mithaq.KeyID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keys = slices.DeleteFunc(n.keys, func(p private) bool { return p.public().ID == id })
}

// Save seals the keys into a file.
func (n *Node) Save(path string, s Sealing) error {
	f := nodeFile{Type: typeNode, Version: 1, Org: n.Org}
	n.mu.RLock()
	for _, p := range n.keys {
		f.Keys = append(f.Keys, p.file())
	}
	n.mu.RUnlock()
	defer wipe(f.Keys)
	return s.save(path, "passphrase of the node keys of "+string(n.Org), &f)
}

func wipe(list []keyInFile) {
	for _, k := range list {
		clear(k.Seed)
	}
}

// LoadNode opens such a file.
func LoadNode(path string, s Sealing) (*Node, error) {
	var f nodeFile
	if err := s.load(path, "passphrase of the node keys", &f); err != nil {
		return nil, err
	}
	defer wipe(f.Keys)
	if f.Type != typeNode || f.Version != 1 || f.Org.Check() != nil {
		return nil, fmt.Errorf("%s: not node keys of version 1: %w", path, mithaq.Invalid)
	}
	n := &Node{Org: f.Org}
	for _, k := range f.Keys {
		if _, err := n.put(keyInFile{Use: k.Use, Made: k.Made, Seed: slices.Clone(k.Seed)}); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return n, nil
}

// newest finds the newest key of a use.
func (n *Node) newest(use mithaq.KeyUse) (private, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, p := range slices.Backward(n.keys) {
		if p.public().Use == use {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no %s key: %w", use, mithaq.NotFound)
}

// Message gives the newest message key.
func (n *Node) Message() (Messages, error) {
	p, err := n.newest(mithaq.KeyMessage)
	if err != nil {
		return nil, err
	}
	return p.(messageKey).pair, nil
}

// TLS gives the newest TLS key.
func (n *Node) TLS() (crypto.Signer, error) {
	p, err := n.newest(mithaq.KeyTLS)
	if err != nil {
		return nil, err
	}
	return p.(tlsKey).key, nil
}

// Notes gives the newest key of one of the three uses that sign notes.
func (n *Node) Notes(use mithaq.KeyUse) (Notes, error) {
	p, err := n.newest(use)
	if err != nil {
		return nil, err
	}
	if k, ok := p.(noteKey); ok {
		return k, nil
	}
	return nil, fmt.Errorf("%s keys sign no notes: %w", use, mithaq.Invalid)
}

// Identity opens age files sealed to any of the seal keys.
func (n *Node) Identity() (age.Identity, error) {
	if _, err := n.newest(mithaq.KeySeal); err != nil {
		return nil, err
	}
	return anySeal{n}, nil
}

// OpenHPKE opens what was sealed to any of the seal keys.
func (n *Node) OpenHPKE(info, sealed []byte) ([]byte, error) {
	for _, k := range n.seals() {
		if plain, err := k.openHPKE(info, sealed); err == nil {
			return plain, nil
		}
	}
	return nil, fmt.Errorf("sealed to none of our keys, or damaged: %w", mithaq.Unauthenticated)
}

func (n *Node) seals() []sealKey {
	n.mu.RLock()
	defer n.mu.RUnlock()
	var list []sealKey
	for _, p := range slices.Backward(n.keys) {
		if k, ok := p.(sealKey); ok {
			list = append(list, k)
		}
	}
	return list
}

// Public lists the public halves, newest last, without dates.
func (n *Node) Public() []mithaq.PublicKey {
	n.mu.RLock()
	defer n.mu.RUnlock()
	list := make([]mithaq.PublicKey, len(n.keys))
	for i, p := range n.keys {
		list[i] = p.public()
	}
	return list
}

// anySeal tries each seal key, since an age file does not say whose it is.
type anySeal struct{ n *Node }

func (a anySeal) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, k := range a.n.seals() {
		if key, err := k.identity.Unwrap(stanzas); err == nil {
			return key, nil
		}
	}
	return nil, age.ErrIncorrectIdentity
}
