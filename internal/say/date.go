package say

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var gregorian = map[string]string{
	"fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	"en": "January February March April May June July August September October November December",
	"tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
}

// The Arabic sets, with _ for the space inside a name.
var arabicMonths = map[Months]string{
	Common:    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
	Morocco:   "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر",
	Maghreb:   "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر",
	Levantine: "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول",
}

var hijriMonths = map[string]string{
	"ar": "محرم صفر ربيع_الأول ربيع_الآخر جمادى_الأولى جمادى_الآخرة رجب شعبان رمضان شوال ذو_القعدة ذو_الحجة",
	"fr": "mouharram safar rabia_al-awal rabia_ath-thani joumada_al-oula joumada_ath-thania rajab chaabane ramadan chawwal dhou_al-qi'da dhou_al-hijja",
	"en": "Muharram Safar Rabi'_I Rabi'_II Jumada_I Jumada_II Rajab Sha'ban Ramadan Shawwal Dhu'l-Qi'dah Dhu'l-Hijjah",
	"tr": "Muharrem Safer Rebiülevvel Rebiülahir Cemaziyelevvel Cemaziyelahir Recep Şaban Ramazan Şevval Zilkade Zilhicce",
}

var hijriEra = map[string]string{"ar": "هـ", "fr": "H", "en": "AH", "tr": "H"}

func nth(names string, n int) string {
	return strings.ReplaceAll(strings.Fields(names)[n-1], "_", " ")
}

// Date writes the day of t, in t's own time zone: "24 novembre 2026". Where the
// style asks for it the Hijri date follows in brackets.
func (p *Printer) Date(t time.Time) string {
	day := p.day(t)
	if !p.style.Hijri {
		return day
	}
	y, m, d := Hijri(t)
	month, era := nth(hijriMonths[p.lang], m), hijriEra[p.lang]
	hijri := fmt.Sprintf("%s %s %s %s", p.plain(d), month, p.plain(y), era)
	if p.lang == "ar" {
		day += " م"
	}
	return day + " (" + hijri + ")"
}

func (p *Printer) day(t time.Time) string {
	names := gregorian[p.lang]
	if p.lang == "ar" {
		names = arabicMonths[p.style.Months]
	}
	d := p.plain(t.Day())
	if p.lang == "fr" && t.Day() == 1 {
		d = "1er"
	}
	return d + " " + nth(names, int(t.Month())) + " " + p.plain(t.Year())
}

// DateTime writes the day, the time to the minute and the time zone's name.
func (p *Printer) DateTime(t time.Time) string {
	zone, _ := t.Zone()
	return p.Date(t) + " " + p.digits(t.Format("15:04")) + " " + zone
}

// Number writes n with its thousands parted: 24,771 in English and Arabic,
// 24 771 in French (with a narrow space that does not break), 24.771 in
// Turkish.
func (p *Printer) Number(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var groups []string
	for ; len(s) > 3; s = s[:len(s)-3] {
		groups = append([]string{s[len(s)-3:]}, groups...)
	}
	return sign + p.digits(strings.Join(append([]string{s}, groups...), p.separator()))
}

func (p *Printer) separator() string {
	switch {
	case p.lang == "fr":
		return "\u202F"
	case p.lang == "tr":
		return "."
	case p.arabicDigits():
		return "٬"
	}
	return ","
}

// plain writes a number that is not a count, such as a year.
func (p *Printer) plain(n int) string { return p.digits(strconv.Itoa(n)) }

func (p *Printer) arabicDigits() bool { return p.lang == "ar" && p.style.Digits == ArabicIndic }

func (p *Printer) digits(s string) string {
	if !p.arabicDigits() {
		return s
	}
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '٠' + r - '0'
		}
		return r
	}, s)
}
