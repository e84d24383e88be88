package value

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold gives text whose case means nothing its one spelling: NFC, lower case of
// no language in particular.
func fold(s string) string {
	if allOf(s, func(c byte) bool { return c < 0x80 }) {
		return strings.ToLower(s)
	}
	for range 4 { // lowering can open a new composition, and the other way round
		next := norm.NFC.String(strings.ToLower(s))
		if next == s {
			break
		}
		s = next
	}
	return s
}

func isSpaceOrControl(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// exact refuses only what no such text holds.
func exact(s string) (string, error) {
	if strings.IndexFunc(s, func(r rune) bool { return isControl(r) && r != '\t' }) >= 0 {
		return "", flaw("holds a control character")
	}
	return s, nil
}

func fileName(s string) (string, error) {
	if strings.ContainsAny(s, `/\`) {
		return "", flaw("holds a separator; its kind is path")
	}
	if _, err := exact(s); err != nil {
		return "", err
	}
	return strings.TrimSpace(fold(s)), nil
}

func userAccount(s string) (string, error) {
	if _, err := exact(s); err != nil {
		return "", err
	}
	return strings.TrimSpace(fold(s)), nil
}

// path tells Windows paths from others by a drive or a backslash.
func path(s string) (string, error) {
	if _, err := exact(s); err != nil {
		return "", err
	}
	if !isWindows(s) {
		return trimEnd(squeeze(s, "/"), "/"), nil
	}
	s = fold(strings.ReplaceAll(s, "/", `\`))
	share := strings.HasPrefix(s, `\\`)
	s = trimEnd(squeeze(s, `\`), `\`)
	if share {
		s = `\` + s
	}
	if len(s) == 2 && s[1] == ':' {
		s += `\` // the root of a drive, not its current folder
	}
	return s, nil
}

func isWindows(s string) bool {
	drive := len(s) >= 3 && isLower(s[0]|0x20) && s[1] == ':' && (s[2] == '/' || s[2] == '\\')
	return drive || strings.Contains(s, `\`)
}

// squeeze makes one separator of several in a row.
func squeeze(s, separator string) string {
	for strings.Contains(s, separator+separator) {
		s = strings.ReplaceAll(s, separator+separator, separator)
	}
	return s
}

// trimEnd takes a separator off the end, but never the last thing there is.
func trimEnd(s, separator string) string {
	if len(s) > len(separator) {
		return strings.TrimSuffix(s, separator)
	}
	return s
}

var hives = map[string]string{
	"hklm": "hkey_local_machine", "hkcu": "hkey_current_user", "hkcr": "hkey_classes_root",
	"hku": "hkey_users", "hkcc": "hkey_current_config",
}

// kernel spellings of the hives, and the word that regedit puts in front.
var hiveForms = [][2]string{
	{`computer\`, ""}, {`registry\machine`, "hkey_local_machine"}, {`registry\user`, "hkey_users"},
}

// registryKey writes the hive in full.
// STIX 2.1, 6.17
func registryKey(s string) (string, error) {
	if _, err := exact(s); err != nil {
		return "", err
	}
	s = strings.Trim(squeeze(fold(s), `\`), `\`)
	for range 2 {
		for _, form := range hiveForms {
			if rest, ok := strings.CutPrefix(s, form[0]); ok && (form[1] == "" || rest == "" || rest[0] == '\\') {
				s = form[1] + rest
			}
		}
	}
	hive, rest, more := strings.Cut(s, `\`)
	if long, ok := hives[strings.TrimSuffix(hive, ":")]; ok {
		hive = long
	}
	if more {
		hive += `\`
	}
	if s = strings.TrimSpace(hive + rest); s == "" {
		return "", flaw("holds no key")
	}
	return s, nil
}

// messageID is exact without the angle brackets.
// RFC 5322, 3.6.4
func messageID(s string) (string, error) {
	for strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">") {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	if s == "" || strings.IndexFunc(s, isSpaceOrControl) >= 0 {
		return "", flaw("want one word")
	}
	return s, nil
}
