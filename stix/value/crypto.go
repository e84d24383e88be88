package value

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/sha3"
)

// cryptoAddress verifies the checksum that the address carries.
func cryptoAddress(s string) (string, error) {
	text, _, err := readAddress(s)
	return text, err
}

// Ledger names the ledger that a normalised crypto-address belongs to: bitcoin,
// litecoin, dogecoin, dash, zcash, tron, or ethereum for all that share its
// form; "" where it is no such address.
func Ledger(text string) string {
	_, ledger, _ := readAddress(text)
	return ledger
}

func readAddress(s string) (text, ledger string, err error) {
	lower := strings.ToLower(s)
	switch {
	case strings.HasPrefix(lower, "0x"):
		text, err = ethereum(s)
		return text, ledgerUnless(err, "ethereum"), err
	case strings.HasPrefix(lower, "bc1"):
		err = segwit(s, lower, "bc")
		return lower, ledgerUnless(err, "bitcoin"), err
	case strings.HasPrefix(lower, "ltc1"):
		err = segwit(s, lower, "ltc")
		return lower, ledgerUnless(err, "litecoin"), err
	}
	ledger, err = base58Ledger(s)
	return s, ledger, err
}

func ledgerUnless(err error, ledger string) string {
	if err != nil {
		return ""
	}
	return ledger
}

// ethereum takes 0x and 40 digits; mixed case must be the checksum of EIP-55.
func ethereum(s string) (string, error) {
	digits := s[2:]
	if len(digits) != 40 || !allOf(digits, isHex) {
		return "", flaw("want 0x and 40 hexadecimal digits")
	}
	lower := strings.ToLower(digits)
	sum := eip55(lower)
	if digits != lower && digits != strings.ToUpper(digits) && digits != sum {
		return "", flaw("the upper and lower case do not fit the checksum of EIP-55")
	}
	return keep(s, "0x"+sum), nil
}

func eip55(lower string) string {
	keccak := sha3.NewLegacyKeccak256()
	keccak.Write([]byte(lower))
	sum := hex.EncodeToString(keccak.Sum(nil))
	b := []byte(lower)
	for i, c := range b {
		if isLower(c) && sum[i] >= '8' {
			b[i] = c - 0x20
		}
	}
	return string(b)
}

// ledgers tells version bytes of Base58Check apart; the payload is 20 bytes.
var ledgers = map[string]string{
	"\x00": "bitcoin", "\x05": "bitcoin", "\x30": "litecoin", "\x32": "litecoin", "\x1e": "dogecoin", "\x16": "dogecoin",
	"\x4c": "dash", "\x10": "dash", "\x41": "tron", "\x1c\xb8": "zcash", "\x1c\xbd": "zcash",
}

// base58Ledger verifies Base58Check and finds the ledger of the version.
func base58Ledger(s string) (string, error) {
	if len(s) < 26 || len(s) > 36 {
		return "", flaw("want an address of Bitcoin, Litecoin, Dogecoin, Dash, Zcash, Tron or Ethereum")
	}
	raw, ok := base58(s)
	if !ok || len(raw) < 25 {
		return "", flaw("not Base58 of an address")
	}
	body, check := raw[:len(raw)-4], raw[len(raw)-4:]
	once := sha256.Sum256(body)
	if twice := sha256.Sum256(once[:]); !bytes.Equal(twice[:4], check) {
		return "", flaw("the checksum does not fit")
	}
	ledger, ok := ledgers[string(body[:len(body)-20])]
	if !ok {
		return "", flaw("the version belongs to no ledger known here")
	}
	return ledger, nil
}

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58 decodes at most 36 digits into at most 26 bytes and leading zeros.
func base58(s string) ([]byte, bool) {
	var number [32]byte // big-endian
	for i := range len(s) {
		carry := strings.IndexByte(base58Digits, s[i])
		if carry < 0 {
			return nil, false
		}
		for j := len(number) - 1; j >= 0; j-- {
			carry += int(number[j]) * 58
			number[j] = byte(carry)
			carry >>= 8
		}
	}
	zeros := len(s) - len(strings.TrimLeft(s, "1"))
	return append(make([]byte, zeros), bytes.TrimLeft(number[:], "\x00")...), true
}

const bech32Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// segwit verifies Bech32 (version 0) or Bech32m (versions 1 to 16) of BIP-173
// and BIP-350: prefix, 1, version, program, six check digits.
func segwit(s, lower, prefix string) error {
	if s != lower && s != strings.ToUpper(s) {
		return flaw("upper and lower case are mixed")
	}
	if len(s) > 90 || len(s) < len(prefix)+8 {
		return flaw("the length is not that of a Bech32 address")
	}
	data := make([]byte, 0, 90)
	for i := len(prefix) + 1; i < len(lower); i++ {
		d := strings.IndexByte(bech32Digits, lower[i])
		if d < 0 {
			return flaw("holds a character outside Bech32")
		}
		data = append(data, byte(d))
	}
	constant := uint32(0x2bc830a3)
	if data[0] == 0 {
		constant = 1
	}
	if polymod(prefix, data) != constant {
		return flaw("the checksum does not fit")
	}
	return checkProgram(data[0], data[1:len(data)-6])
}

func polymod(prefix string, data []byte) uint32 {
	sum := uint32(1)
	for i := range len(prefix) {
		sum = polystep(sum, prefix[i]>>5)
	}
	sum = polystep(sum, 0)
	for i := range len(prefix) {
		sum = polystep(sum, prefix[i]&31)
	}
	for _, d := range data {
		sum = polystep(sum, d)
	}
	return sum
}

var generator = [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}

func polystep(sum uint32, d byte) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ uint32(d)
	for i, g := range generator {
		if top>>i&1 == 1 {
			sum ^= g
		}
	}
	return sum
}

// checkProgram holds a witness program to its length and to zero padding.
func checkProgram(version byte, digits []byte) error {
	bits := len(digits) * 5
	size, padding := bits/8, bits%8
	switch {
	case version > 16:
		return flaw("no witness version is above 16")
	case size < 2 || size > 40 || version == 0 && size != 20 && size != 32:
		return flaw("the witness program has the wrong length")
	case padding > 4 || len(digits) > 0 && digits[len(digits)-1]&(1<<padding-1) != 0:
		return flaw("the padding is not zero")
	}
	return nil
}
