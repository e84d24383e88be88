package value

import "strings"

// ibanLengths holds the length per country of the SWIFT IBAN registry.
var ibanLengths = lengths(`
	AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29
	ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20
	LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29
	PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
	YE30`)

func lengths(table string) map[string]int {
	m := map[string]int{}
	for row := range strings.FieldsSeq(table) {
		m[row[:2]] = int(row[2]-'0')*10 + int(row[3]-'0')
	}
	return m
}

var printedIBAN = strings.NewReplacer(" ", "", "\u00a0", "", "-", "")

// iban takes the electronic form, or the printed one with spaces or hyphens.
func iban(s string) (string, error) {
	text := strings.ToUpper(printedIBAN.Replace(s))
	if len(text) < 5 || !isUpper(text[0]) || !isUpper(text[1]) || !isDigit(text[2]) || !isDigit(text[3]) {
		return "", flaw("want a country, two check digits and an account")
	}
	n, ok := ibanLengths[text[:2]]
	switch {
	case !ok:
		return "", flaw("no country with IBANs has the code " + text[:2])
	case len(text) != n:
		return "", flaw("the length is not that of " + text[:2])
	case !allOf(text, func(c byte) bool { return isUpper(c) || isDigit(c) }):
		return "", flaw("want letters and digits only")
	case mod97(mod97(0, text[4:]), text[:4]) != 1 || text[2:4] < "02" || text[2:4] > "98":
		return "", flaw("the check digits do not fit")
	}
	return keep(s, text), nil
}

// mod97 goes on from a remainder n of ISO 7064, MOD 97-10, with letters as 10 to 35.
func mod97(n int, s string) int {
	for i := range len(s) {
		if c := s[i]; isDigit(c) {
			n = (n*10 + int(c-'0')) % 97
		} else {
			n = (n*100 + int(c-'A') + 10) % 97
		}
	}
	return n
}
