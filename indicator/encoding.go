package indicator

import (
	"bytes"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	utf16 "golang.org/x/text/encoding/unicode"
)

// An Encoding says how text lies in bytes. Only the Unicode ones are told from
// the bytes with certainty; the others are a person's word.
type Encoding string

// The encodings.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252" // western Europe
	Windows1254 Encoding = "windows-1254" // Turkish
	Windows1256 Encoding = "windows-1256" // Arabic
)

// ErrEncoding says that there is no such encoding.
var ErrEncoding = errors.New("want utf-8, utf-16le, utf-16be, windows-1252, windows-1254 or windows-1256")

// A LegacyError refuses bytes that are not Unicode: in which encoding they are,
// a person has to say.
type LegacyError struct {
	Line  int      // of the first byte that is not UTF-8
	Maybe Encoding // the likeliest
}

func (e *LegacyError) Error() string {
	return fmt.Sprintf("line %d is not UTF-8; it could be %s", e.Line, e.Maybe)
}

var legacy = map[Encoding]*charmap.Charmap{
	Windows1252: charmap.Windows1252, Windows1254: charmap.Windows1254, Windows1256: charmap.Windows1256,
}

// Decoder makes the decoder of an encoding. Bytes that have no character become
// U+FFFD, which callers refuse.
func (e Encoding) Decoder() (*encoding.Decoder, error) {
	switch e {
	case UTF8, "":
		return utf16.UTF8BOM.NewDecoder(), nil
	case UTF16LE:
		return utf16.UTF16(utf16.LittleEndian, utf16.UseBOM).NewDecoder(), nil
	case UTF16BE:
		return utf16.UTF16(utf16.BigEndian, utf16.UseBOM).NewDecoder(), nil
	}
	if m, ok := legacy[e]; ok {
		return m.NewDecoder(), nil
	}
	return nil, ErrEncoding
}

// Decode makes text of bytes. With no encoding it takes Unicode alone, and the
// error for anything else is a *LegacyError.
func Decode(raw []byte, e Encoding) (string, error) {
	if e == "" {
		guessed, sure := GuessEncoding(raw)
		if !sure {
			return "", &LegacyError{Line: 1 + bytes.Count(raw[:firstBad(raw)], []byte{'\n'}), Maybe: guessed}
		}
		e = guessed
	}
	d, err := e.Decoder()
	if err != nil {
		return "", err
	}
	text, err := d.Bytes(raw)
	if err != nil {
		return "", err
	}
	if before, _, ok := bytes.Cut(text, []byte("\ufffd")); ok && !bytes.Contains(raw, []byte("\ufffd")) {
		return "", fmt.Errorf("line %d is not %s", 1+bytes.Count(before, []byte{'\n'}), e)
	}
	return string(text), nil
}

// GuessEncoding tells the encoding of text from its beginning; sure is false
// where only the letters speak for it. A character cut off at the end counts for
// nothing.
func GuessEncoding(head []byte) (e Encoding, sure bool) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return UTF16LE, true
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return UTF16BE, true
	}
	odd, even := nulls(head)
	switch most := len(head) / 8; {
	case len(head) >= 8 && odd > most && even == 0:
		return UTF16LE, true
	case len(head) >= 8 && even > most && odd == 0:
		return UTF16BE, true
	case firstBad(head) == len(head):
		return UTF8, true
	}
	return likeliest(head), false
}

// nulls counts the zero bytes at odd and at even places.
func nulls(head []byte) (odd, even int) {
	for i, b := range head {
		switch {
		case b != 0:
		case i%2 == 1:
			odd++
		default:
			even++
		}
	}
	return odd, even
}

// firstBad is where UTF-8 ends; a character that the end cuts off is none.
func firstBad(raw []byte) int {
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			if !utf8.FullRune(raw[i:]) {
				return len(raw)
			}
			return i
		}
		i += size
	}
	return len(raw)
}

// likeliest is the encoding whose letters the bytes above 0x7f are: Arabic
// where most of them are Arabic letters, Turkish where there are letters that
// Turkish alone has.
func likeliest(head []byte) Encoding {
	high, arabic, turkish := 0, 0, 0
	for _, b := range head {
		if b < utf8.RuneSelf {
			continue
		}
		high++
		if unicode.Is(unicode.Arabic, charmap.Windows1256.DecodeByte(b)) {
			arabic++
		}
		if bytes.IndexByte([]byte{0xd0, 0xdd, 0xde, 0xf0, 0xfd, 0xfe}, b) >= 0 { // Ğ İ Ş ğ ı ş
			turkish++
		}
	}
	switch {
	case arabic*10 >= high*7 && runs(head)*2 >= high:
		return Windows1256
	case turkish > 0:
		return Windows1254
	}
	return Windows1252
}

// runs counts the high bytes that stand beside another: words of a script that
// is not Latin are full of them.
func runs(head []byte) (n int) {
	for i := 1; i < len(head); i++ {
		if head[i] >= utf8.RuneSelf && head[i-1] >= utf8.RuneSelf {
			n++
		}
	}
	return n
}
