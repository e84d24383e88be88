package say

// A Style is how a Printer writes dates and numbers.
type Style struct {
	Months Months
	Digits Digits
	Hijri  bool // the Hijri date stands beside the Gregorian
}

// Months are the names of the Gregorian months in Arabic; other languages have
// one set each.
type Months string

// The sets of month names, by where they are used.
const (
	Common    Months = ""          // يناير, فبراير: Egypt, the Gulf, Libya, Sudan, Yemen
	Morocco   Months = "morocco"   // يناير ... يوليوز, غشت, شتنبر
	Maghreb   Months = "maghreb"   // جانفي, فيفري: Algeria and Tunisia
	Levantine Months = "levantine" // كانون الثاني, شباط: Iraq, Jordan, Lebanon, Palestine, Syria
)

// Digits are the shapes of digits in Arabic.
type Digits string

// The sets of digits.
const (
	Latin       Digits = ""       // 0123456789, the default everywhere
	ArabicIndic Digits = "arabic" // ٠١٢٣٤٥٦٧٨٩
)

var monthsByRegion = map[string]Months{
	"MA": Morocco, "EH": Morocco,
	"DZ": Maghreb, "TN": Maghreb,
	"IQ": Levantine, "JO": Levantine, "LB": Levantine, "PS": Levantine, "SY": Levantine,
}

// styleOf is what people of a region expect. Digits stay Latin everywhere,
// since sequence numbers and times are read to people of other languages.
func styleOf(lang, region string) Style {
	if lang != "ar" {
		return Style{}
	}
	return Style{Months: monthsByRegion[region], Hijri: region == "SA"}
}
