package say

import (
	"cmp"
	"os"
	"strings"
)

// FromEnv returns the Printer for this process: flag, where it is not empty,
// else what the environment names as POSIX orders it, LC_ALL before LC_MESSAGES
// before LANG. The locales C and POSIX mean English.
func FromEnv(flag string) *Printer {
	return For(cmp.Or(flag, os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")))
}

// parseLocale splits "ar_SA.UTF-8@latin" or "ar-SA" into "ar" and "SA".
func parseLocale(locale string) (lang, region string) {
	locale, _, _ = strings.Cut(locale, ".")
	locale, _, _ = strings.Cut(locale, "@")
	parts := strings.FieldsFunc(locale, func(r rune) bool { return r == '_' || r == '-' })
	for i, part := range parts {
		if i == 0 {
			lang = strings.ToLower(part)
		} else if len(part) == 2 { // four letters name a script, as in ar-Latn-SA
			region = strings.ToUpper(part)
		}
	}
	return lang, region
}
