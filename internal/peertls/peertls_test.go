package peertls

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"
)

func TestTheCertificateIsOfTheKeyAndNamesTheOrganisation(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	c, err := Certificate("atlas.example", key, from, from.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if !key.PublicKey.Equal(c.Leaf.PublicKey) {
		t.Error("the certificate is of another key")
	}
	if len(c.Leaf.DNSNames) != 1 || c.Leaf.DNSNames[0] != "atlas.example" {
		t.Errorf("it names %v", c.Leaf.DNSNames)
	}
	if err := c.Leaf.CheckSignature(c.Leaf.SignatureAlgorithm, c.Leaf.RawTBSCertificate, c.Leaf.Signature); err != nil {
		t.Error(err)
	}
}
