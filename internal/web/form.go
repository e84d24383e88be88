package web

import (
	"strings"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq"
)

// form reads the form that was sent. TooLarge, Invalid: it cannot be read.
func (v *visit) form() error {
	if err := v.r.ParseForm(); err != nil {
		return mithaq.Invalid
	}
	return nil
}

// maxWords bounds what a person writes in a field: much of it enters the log.
const maxWords = 500

// field is one field of a form or of the address, without spaces around it;
// "" for what is not text.
func (v *visit) field(name string) string {
	text := strings.TrimSpace(v.r.Form.Get(name))
	if len(text) > maxWords || !utf8.ValidString(text) {
		return ""
	}
	return text
}
