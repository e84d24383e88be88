package mithaq

import "encoding/base64"

var strictBase64 = base64.StdEncoding.Strict()

func encodeBase64(b []byte) []byte { return strictBase64.AppendEncode(nil, b) }

// decodeBase64 fills dst exactly, from the one text form dst has.
// RFC 4648, 4
func decodeBase64(dst, text []byte) error {
	got, err := strictBase64.AppendDecode(nil, text)
	if err != nil || len(got) != len(dst) || len(text) != strictBase64.EncodedLen(len(dst)) {
		return invalidf("base64", "want %d bytes in padded base64", len(dst))
	}
	copy(dst, got)
	return nil
}
