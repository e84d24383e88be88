package indicator_test

import (
	"errors"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/mithaq-hub/mithaq/indicator"
)

func TestEncodings(t *testing.T) {
	const english, arabic, turkish, french = "evil.example,bad", "الموقع الضار,شبكة.example", "kötü site, ağ ve ışık", "réseau caché à Lyon"
	encode := func(m *charmap.Charmap, s string) []byte {
		b, err := m.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	wide := func(e unicode.Endianness, b unicode.BOMPolicy, s string) []byte {
		raw, err := unicode.UTF16(e, b).NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for _, row := range []struct {
		name string
		raw  []byte
		want indicator.Encoding
		sure bool
		text string
	}{
		{"ASCII", []byte(english), indicator.UTF8, true, english},
		{"UTF-8", []byte(arabic), indicator.UTF8, true, arabic},
		{"UTF-8 with a mark", []byte("\ufeff" + arabic), indicator.UTF8, true, arabic},
		{"UTF-16 with a mark", wide(unicode.LittleEndian, unicode.UseBOM, arabic), indicator.UTF16LE, true, arabic},
		{"UTF-16 big with a mark", wide(unicode.BigEndian, unicode.UseBOM, arabic), indicator.UTF16BE, true, arabic},
		{"UTF-16 without", wide(unicode.LittleEndian, unicode.IgnoreBOM, english), indicator.UTF16LE, true, english},
		{"UTF-16 big without", wide(unicode.BigEndian, unicode.IgnoreBOM, english), indicator.UTF16BE, true, english},
		{"Arabic", encode(charmap.Windows1256, arabic), indicator.Windows1256, false, arabic},
		{"Turkish", encode(charmap.Windows1254, turkish), indicator.Windows1254, false, turkish},
		{"French", encode(charmap.Windows1252, french), indicator.Windows1252, false, french},
	} {
		got, sure := indicator.GuessEncoding(row.raw)
		if got != row.want || sure != row.sure {
			t.Errorf("%s: guessed %s (%v), want %s (%v)", row.name, got, sure, row.want, row.sure)
		}
		_, err := indicator.Decode(row.raw, "")
		if l, ok := errors.AsType[*indicator.LegacyError](err); ok == row.sure || ok && (l.Maybe != row.want || l.Line != 1) {
			t.Errorf("%s: decoded unasked: %v", row.name, err)
		}
		text, err := indicator.Decode(row.raw, row.want)
		if err != nil || text != row.text {
			t.Errorf("%s: decoded to %q, %v", row.name, text, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, row := range []struct {
		raw  string
		e    indicator.Encoding
		want string
	}{
		{"a\nb\n\xc3\x28", "", "line 3 is not UTF-8; it could be windows-1252"},
		{"a\n\xff", indicator.UTF8, "line 2 is not utf-8"},
		{"a\n\x81", indicator.Windows1252, "line 2 is not windows-1252"},
		{"a", "koi8-r", indicator.ErrEncoding.Error()},
	} {
		if text, err := indicator.Decode([]byte(row.raw), row.e); err == nil || err.Error() != row.want {
			t.Errorf("%q as %q: %q, %v; want %s", row.raw, row.e, text, err, row.want)
		}
	}
}
