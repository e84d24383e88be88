package seal

import "strings"

// age knows its keys by their Bech32 text, which a person can also give to the
// age program; we keep them as raw bytes in Cards.
// BIP 173

const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

func bech32(prefix string, data []byte) string {
	values := fiveBits(data)
	sum := checksum(prefix, values)
	var b strings.Builder
	b.WriteString(prefix + "1")
	for _, v := range append(values, sum[:]...) {
		b.WriteByte(charset[v])
	}
	return b.String()
}

func fiveBits(data []byte) []byte {
	var out []byte
	var acc, bits uint
	for _, b := range data {
		acc, bits = acc<<8|uint(b), bits+8
		for bits >= 5 {
			bits -= 5
			out = append(out, byte(acc>>bits)&31)
		}
	}
	if bits > 0 {
		out = append(out, byte(acc<<(5-bits))&31)
	}
	return out
}

func checksum(prefix string, values []byte) (sum [6]byte) {
	chk := uint32(1)
	step := func(v byte) {
		top := chk >> 25
		chk = (chk&0x1ffffff)<<5 ^ uint32(v)
		for i, g := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				chk ^= g
			}
		}
	}
	for _, c := range []byte(prefix) {
		step(c >> 5)
	}
	step(0)
	for _, c := range []byte(prefix) {
		step(c & 31)
	}
	for _, v := range append(append([]byte(nil), values...), 0, 0, 0, 0, 0, 0) {
		step(v)
	}
	chk ^= 1
	for i := range sum {
		sum[i] = byte(chk>>(5*(5-i))) & 31
	}
	return sum
}
