package keys

import (
	"crypto"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
)

// A Ring is the operational keys of a node, in this process or behind a
// signer's socket. It is safe for concurrent use. Each method that takes a use
// gives the newest key of that use, or an error that unwraps to NotFound.
type Ring interface {
	// Message signs envelopes, receipts, pacts and the hop.
	Message() (Messages, error)
	// TLS signs handshakes; its public key is an ECDSA P-256 one.
	TLS() (crypto.Signer, error)
	// Notes signs checkpoints (log), cosignatures (witness) or statements
	// about mirrored tiles (mirror).
	Notes(use mithaq.KeyUse) (Notes, error)
	// Identity opens age files sealed to any seal key on the ring.
	Identity() (age.Identity, error)
	// OpenHPKE opens what was sealed to any seal key on the ring.
	OpenHPKE(info, sealed []byte) ([]byte, error)
	// Public lists the public halves, newest last, without dates.
	Public() []mithaq.PublicKey
}

// Messages signs what the message key signs.
type Messages interface {
	sign.Signer
	// SignHop makes a plain Ed25519 signature for HTTP message signatures.
	SignHop(base []byte) ([]byte, error)
}

// Notes signs the text of notes with both keys of a log, witness or mirror.
type Notes interface {
	Public() mithaq.PublicKey
	// SignEd25519 signs message with plain Ed25519.
	SignEd25519(message []byte) ([]byte, error)
	// SignMLDSA44 signs message with ML-DSA-44 under a context, often "".
	SignMLDSA44(message []byte, context string) ([]byte, error)
}
