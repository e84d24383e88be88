package stix

// hashes is a dictionary of hashes by algorithm. STIX 2.1, 2.7
func hashes(c *checker, i int) { c.hashes(i, false) }

// standardHashes is the same, of the standard's algorithms only. STIX 2.1, 2.5.1
func standardHashes(c *checker, i int) { c.hashes(i, true) }

func (c *checker) hashes(i int, standard bool) {
	if !c.isKind(i, kindObject, "2.7") {
		return
	}
	empty := true
	for k, v := range c.o.members(i) {
		empty = false
		c.hash(k, v, standard)
	}
	if empty {
		c.must(i, RuleEmpty, "2.3", "an empty dictionary")
	}
}

func (c *checker) hash(k, v int, standard bool) {
	name := c.o.bytes(k)
	form, known := hashForms[string(name)]
	switch {
	case known:
	case !isDictionaryKey(name) || len(name) < 3:
		c.must(k, RuleKey, "2.7", "not the name of a hash algorithm")
	case standard:
		c.must(k, RuleHash, "2.5.1", "not a value of hash-algorithm-ov")
	default:
		c.advise(k, RuleHash, "10.7", "not a value of hash-algorithm-ov")
	}
	if c.isKind(v, kindString, "2.7") && known && !form(c.o.bytes(v)) {
		c.must(v, RuleHash, "2.7", "not a hash of this algorithm")
	}
}

// hashForms are the forms of the standard's hashes. STIX 2.1, 10.7
var hashForms = map[string]func([]byte) bool{
	"MD5":      hexDigits(32),
	"SHA-1":    hexDigits(40),
	"SHA-256":  hexDigits(64),
	"SHA-512":  hexDigits(128),
	"SHA3-256": hexDigits(64),
	"SHA3-512": hexDigits(128),
	"SSDEEP":   isSSDEEP,
	"TLSH":     isTLSH,
}

func hexDigits(n int) func([]byte) bool {
	return func(b []byte) bool {
		if len(b) != n {
			return false
		}
		for _, c := range b {
			if hexClass[c] == 0 {
				return false
			}
		}
		return true
	}
}

func isSSDEEP(b []byte) bool {
	if len(b) == 0 || len(b) > 128+20 {
		return false
	}
	for _, c := range b {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '/' || c == '+' || c == ':' || c == '.') {
			return false
		}
	}
	return true
}

// isTLSH takes 35 bytes in hexadecimal, with or without the later prefix T1.
func isTLSH(b []byte) bool {
	if len(b) == 72 && b[0] == 'T' && b[1] == '1' {
		b = b[2:]
	}
	return len(b) == 70 && isAlphanumeric(string(b))
}

// idHash chooses the one hash that contributes to an id: by the standard's
// order of preference, else the first by name, so that the order in which
// hashes are written makes no difference. STIX 2.1, 6.7.1
func (o *Object) idHash(i int) int {
	for _, name := range []string{"MD5", "SHA-1", "SHA-256", "SHA-512"} {
		if v := o.member(i, name); v != 0 {
			return v - 1
		}
	}
	best := 0
	for k := range o.members(i) {
		if best == 0 || string(o.bytes(k)) < string(o.bytes(best)) {
			best = k
		}
	}
	return best
}
