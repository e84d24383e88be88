package seal

import (
	"crypto/hpke"
	"fmt"

	"github.com/mithaq-hub/mithaq"
)

// Info names what an HPKE message is for, so that one sealed for one use opens
// for no other; parts are such as a pact's digest, a case, two organisations.
func Info(use string, parts ...string) []byte {
	info := append([]byte("mithaq/v1/hpke\x00"), use...)
	for _, p := range parts {
		info = append(append(info, 0), p...)
	}
	return info
}

// HPKE seals message to a Card's seal key: base mode, ML-KEM-768 with X25519,
// HKDF-SHA256, AES-256-GCM; the encapsulated key comes first.
// RFC 9180, 6.1
func HPKE(mlkem768x25519, info, message []byte) ([]byte, error) {
	pub, err := hpke.MLKEM768X25519().NewPublicKey(mlkem768x25519)
	if err != nil {
		return nil, fmt.Errorf("seal key: %w: %w", err, mithaq.Invalid)
	}
	return hpke.Seal(pub, hpke.HKDFSHA256(), hpke.AES256GCM(), info, pad(message))
}

// OpenHPKE opens it. Unauthenticated: sealed to another key, for another use,
// or damaged.
func OpenHPKE(k hpke.PrivateKey, info, sealed []byte) ([]byte, error) {
	plain, err := hpke.Open(k, hpke.HKDFSHA256(), hpke.AES256GCM(), info, sealed)
	if err != nil {
		return nil, fmt.Errorf("sealed: %w: %w", err, mithaq.Unauthenticated)
	}
	return unpad(plain)
}
