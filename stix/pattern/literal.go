package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"
)

// unescape takes \' and \\ out of a string that the lexer has checked.
func unescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	b := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
		}
		b = append(b, text[i])
	}
	return string(b)
}

// readLiteral decodes a literal token; complaint is empty where it is sound.
func readLiteral(t token) (l Literal, complaint string) {
	switch t.kind {
	case quoted:
		return String(unescape(t.text)), ""
	case whole:
		n, err := strconv.ParseInt(t.text, 10, 64)
		return Int(n), unless(err == nil, "the integer does not fit into 64 bits")
	case decimal:
		f, err := strconv.ParseFloat(t.text, 64)
		return Float(f), unless(err == nil && !math.IsInf(f, 0), "the number is beyond a double")
	case hexed:
		b, err := hex.DecodeString(t.text)
		return Hex(b), unless(err == nil, "h'…' holds pairs of hexadecimal digits only")
	case based:
		return readBinary(t.text)
	case timed:
		_, complaint = readTimestamp(t.text)
		return Timestamp(t.text), complaint
	}
	return Bool(t.text == "true"), ""
}

// readBinary wants whole groups of four, and at least one, as the grammar does;
// line feeds count for nothing.
// STIX 2.1, 9.2
func readBinary(text string) (Literal, string) {
	b, err := base64.StdEncoding.DecodeString(text)
	sound := err == nil && len(b) > 0 && !strings.Contains(text, "\r")
	return Binary(b), unless(sound, "b'…' holds Base64 with its padding, and is not empty")
}

func unless(ok bool, complaint string) string {
	if ok {
		return ""
	}
	return complaint
}

const timestampForm = "t'…' holds a time such as 2016-06-01T01:30:00.123Z"

// readTimestamp reads YYYY-MM-DDThh:mm:ss[.f…]Z. Second 60 is a leap second.
// STIX 2.1, 9.2
func readTimestamp(text string) (time.Time, string) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[len(text)-1] != 'Z' {
		return time.Time{}, timestampForm
	}
	second := text[17:19]
	body, leap := text, second == "60"
	if leap {
		body = text[:17] + "59" + text[19:]
	}
	if fraction := text[19 : len(text)-1]; fraction != "" && !isFraction(fraction) {
		return time.Time{}, timestampForm
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", body[:19]+"Z")
	if err != nil {
		return time.Time{}, "t'…' holds no possible date and time"
	}
	at = at.Add(nanoseconds(text[19 : len(text)-1]))
	if leap {
		at = at.Add(time.Second)
	}
	return at, ""
}

func isFraction(s string) bool {
	return len(s) > 1 && s[0] == '.' && digits(s, 1) == len(s)
}

func nanoseconds(fraction string) time.Duration {
	var n time.Duration
	for i := 1; i <= 9; i++ {
		n *= 10
		if i < len(fraction) {
			n += time.Duration(fraction[i] - '0')
		}
	}
	return n
}

func quoteRune(r rune) string { return strconv.QuoteRune(r) }
