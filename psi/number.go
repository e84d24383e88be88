package psi

import (
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// account takes BIC/number: the bank as the first eight characters of its BIC,
// the number without leading zeros, since banks pad it as they print it.
// ISO 9362, 5
func account(text string) (string, error) {
	bank, number, ok := strings.Cut(text, "/")
	bank, number = squeeze(bank), strings.TrimLeft(squeeze(number), "0")
	switch {
	case !ok:
		return "", flaw("want the bank's BIC, a slash and the account number")
	case len(bank) != 8 && len(bank) != 11, !isBIC(bank):
		return "", flaw("the bank is no BIC of 8 or 11 characters")
	case number == "" || len(number) > 34 || !allASCII(number):
		return "", flaw("want a number of up to 34 letters and digits")
	}
	return bank[:8] + "/" + number, nil
}

func isBIC(bank string) bool {
	for i, r := range bank {
		if i < 6 && (r < 'A' || r > 'Z') || !isASCII(r) {
			return false
		}
	}
	return true
}

// document takes state:number, the state in two or three letters, the number as in
// the machine-readable zone without fillers.
func document(text string) (string, error) {
	state, number, ok := strings.Cut(text, ":")
	if !ok {
		return "", flaw("want the issuing state, a colon and the number")
	}
	state, err := issuer(squeeze(state))
	if err != nil {
		return "", err
	}
	number = squeeze(strings.ReplaceAll(number, "<", ""))
	if number == "" || len(number) > 24 || !allASCII(number) {
		return "", flaw("want a number of up to 24 letters and digits")
	}
	return state + ":" + number, nil
}

// specialIssuers are codes of ICAO Doc 9303, part 3 that are no country's.
var specialIssuers = map[string]string{
	"GBD": "GBD", "GBN": "GBN", "GBO": "GBO", "GBP": "GBP", "GBS": "GBS", "EUE": "EUE", "UNO": "UNO", "UNA": "UNA", "UNK": "UNK",
	"XXA": "XXA", "XXB": "XXB", "XXC": "XXC", "XXX": "XXX", "XOM": "XOM", "XPO": "XPO", "RKS": "RKS", "XBA": "XBA", "XIM": "XIM",
	"XCC": "XCC", "XCE": "XCE", "XCO": "XCO", "XEC": "XEC", "D": "DEU", "D<<": "DEU", "XK": "RKS", "XKX": "RKS", "XKK": "RKS",
}

// issuer gives the three letters of a state; Germany's D becomes DEU.
func issuer(code string) (string, error) {
	if special, ok := specialIssuers[code]; ok {
		return special, nil
	}
	region, err := country(code)
	if err != nil {
		return "", flaw("the issuing state is no code of ISO 3166 or ICAO")
	}
	return region.ISO3(), nil
}

// plate takes country:plate, the country as in ISO 3166-1, the plate without
// what separates its groups. Alef has one form; nothing is transliterated.
func plate(text string) (string, error) {
	code, rest, ok := strings.Cut(text, ":")
	region, err := country(squeeze(code))
	if !ok || err != nil {
		return "", flaw("want the country's two letters, a colon and the plate")
	}
	rest = oneAlef.Replace(squeeze(rest))
	if rest == "" || len([]rune(rest)) > 16 {
		return "", flaw("want a plate of up to 16 letters and digits")
	}
	for _, r := range rest {
		if !unicode.IsLetter(r) && !isASCII(r) {
			return "", flaw("holds something other than letters, digits and separators")
		}
	}
	return region.String() + ":" + rest, nil
}

var oneAlef = strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا", "ٱ", "ا", "İ", "I")

// country takes the two or three letters of ISO 3166-1.
func country(code string) (language.Region, error) {
	if len(code) != 2 && len(code) != 3 || strings.ContainsFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return language.Region{}, flaw("no country")
	}
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() || len(region.String()) != 2 {
		return language.Region{}, flaw("no country")
	}
	return region, nil
}

// squeeze gives printed numbers one spelling: compatibility forms folded, upper
// case, decimal digits of any script in ASCII, and without spaces, hyphens,
// dots, marks and direction signs.
func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r),
			r == '.', r == '·', r == 'ـ', r == '_':
			return -1
		}
		if d, ok := digit(r); ok {
			return d
		}
		return unicode.ToUpper(r)
	}, norm.NFKC.String(text))
}

// digit gives the ASCII digit of a decimal digit; the digits of every script
// stand in rows of ten, from zero.
func digit(r rune) (rune, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	first := r
	for unicode.Is(unicode.Nd, first-1) {
		first--
	}
	return '0' + (r-first)%10, true
}

func allASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !isASCII(r) })
}

func isASCII(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' }
