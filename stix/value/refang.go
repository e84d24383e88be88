package value

import "strings"

// A fang is a way to write something so that no program follows it.
type fang struct{ blunt, sharp string }

// fangs by the last byte of the blunt form, in lower case.
var fangs = fangsByEnd(
	fang{"[.]", "."}, fang{"(.)", "."}, fang{"{.}", "."},
	fang{"[dot]", "."}, fang{"(dot)", "."}, fang{"{dot}", "."},
	fang{"[@]", "@"}, fang{"(@)", "@"}, fang{"{@}", "@"},
	fang{"[at]", "@"}, fang{"(at)", "@"}, fang{"{at}", "@"},
	fang{"[:]", ":"}, fang{"(:)", ":"}, fang{"{:}", ":"},
	fang{"[/]", "/"}, fang{"(/)", "/"}, fang{"[//]", "//"}, fang{"[://]", "://"}, fang{"(://)", "://"},
	fang{"hxxp:", "http:"}, fang{"hxxps:", "https:"}, fang{"hxtp:", "http:"}, fang{"hxtps:", "https:"},
	fang{"htxp:", "http:"}, fang{"htxps:", "https:"}, fang{"h**p:", "http:"}, fang{"h**ps:", "https:"},
	fang{"fxp:", "ftp:"},
)

func fangsByEnd(all ...fang) (byEnd [256][]fang) {
	for _, f := range all {
		end := f.blunt[len(f.blunt)-1]
		byEnd[end] = append(byEnd[end], f)
	}
	return byEnd
}

// Refang makes hxxp, [.], (at), [dot], [:]// and their like whole again,
// whatever their case; other text is untouched. What it returns holds none of
// them, even where one was hidden in another.
func Refang(s string) string {
	if !strings.ContainsAny(s, "[({xX*") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		b = sharpen(append(b, s[i]))
	}
	return keep(s, string(b))
}

// sharpen mends the end of b. What it puts there goes in byte by byte, since it
// may complete another: hxxp[://] first gets its colon.
func sharpen(b []byte) []byte {
	for _, f := range fangs[b[len(b)-1]] {
		if !endsIn(b, f) {
			continue
		}
		b = b[:len(b)-len(f.blunt)]
		for i := range len(f.sharp) {
			b = sharpen(append(b, f.sharp[i]))
		}
		return b
	}
	return b
}

// endsIn compares without case; a scheme must also begin a word.
func endsIn(b []byte, f fang) bool {
	from := len(b) - len(f.blunt)
	if from < 0 {
		return false
	}
	for i := range len(f.blunt) {
		c := b[from+i]
		if isUpper(c) {
			c |= 0x20
		}
		if c != f.blunt[i] {
			return false
		}
	}
	return !isLower(f.blunt[0]) || from == 0 || !isLower(b[from-1]|0x20) && !isDigit(b[from-1])
}
