package names

import (
	"slices"
	"strings"
)

// concepts are words that languages translate, a line each. A first word that
// begins with = is a legal form or a word for firm, which identifies nothing;
// one that begins with @ is a city.
var concepts, longestPhrase = conceptTable(`
= sarl s.a.r.l sàrl ltd limited llc plc inc corp corporation gmbh jsc sa sal sas spa as aş a.ş anonim_şirketi limited_şirketi ltd_şti şti شمم ذمم شمع شم شمل ش_م_م ذ_م_م مساهمة محدودة
= company co société societe sté ste şirketi sirketi şirket firm شركة مؤسسة établissements etablissements establishment foundation fondation vakfı vakfi group groupe grubu مجموعة the of and et ve de du la le les des fils sons
bank bank banque bankası bankasi banka بنك البنك مصرف المصرف مصرفية
trade commerce trading ticaret tic commercial للتجارة التجارية تجارة
transport transport transports transportation nakliyat taşımacılık logistics للنقل النقل_البري
construction construction constructions contracting inşaat insaat للبناء للإنشاءات للانشاءات للمقاولات
import_export import_export import_et_export ithalat_ihracat للاستيراد_والتصدير
insurance assurances assurance insurance sigorta للتأمين للتامين التأمين
tourism tourisme voyages tourism travel turizm للسياحة للسفر السياحة
exchange change exchange döviz doviz للصرافة صرافة
textile textile textiles tekstil للنسيج للمنسوجات
oil petrole pétrole petroleum oil petrol للنفط النفط البترول
industry industry industries industrie industries sanayi san للصناعات الصناعية صناعات
food gida gıda food alimentation للأغذية للاغذية
chemical chemical chimique kimya الكيماوية كيماويات
holding holding القابضة قابضة
charity charity caritative hayır hayir الخيرية خيرية
association association derneği dernegi dernek جمعية
arab arabe arab arap العربي العربية
school school école ecole okulu مدرسة
@beirut beyrouth beirut beyrut بيروت
@baghdad bagdad baghdad bağdat bagdat بغداد
@tunis tunis tunus تونس
@tripoli tripoli trablus طرابلس
@damascus damas damascus şam sam دمشق
@dubai dubai دبي
@istanbul istanbul اسطنبول استانبول
@ankara ankara انقرة
@rabat rabat الرباط
@algiers alger algérie algerie algiers algeria cezayir الجزائر
@cairo caire le_caire cairo kahire القاهرة
@amman amman عمان
@casablanca casablanca الدار_البيضاء
@riyadh riyad riyadh الرياض
`)

type concept struct{ role, value string }

func conceptTable(lists string) (m map[string]concept, longest int) {
	m, longest = map[string]concept{}, 1
	for line := range strings.SplitSeq(strings.TrimSpace(lists), "\n") {
		head, words, _ := strings.Cut(line, " ")
		c := concept{"sector", head}
		if head == "=" {
			c.role = "legal"
		} else if head[0] == '@' {
			c.role = "place"
		}
		for w := range strings.FieldsSeq(words) {
			phrase := dotless(fold(strings.ReplaceAll(w, "_", " ")))
			m[phrase] = c
			longest = max(longest, strings.Count(phrase, " ")+1)
		}
	}
	return m, longest
}

// looksLikeOrganisation asks for a legal form or a sector; words such as "de" are not enough.
func looksLikeOrganisation(tokens []token) bool {
	for i := range tokens {
		c, n := conceptAt(tokens[i:])
		if c.role == "sector" && c.value != "arab" && c.value != "exchange" {
			return true
		}
		if c.role == "legal" && (tokens[i].dot || n > 1 || len(tokens[i].text) > 3) {
			return true
		}
	}
	return false
}

// conceptAt is the longest phrase at the head of tokens that is a concept.
func conceptAt(tokens []token) (concept, int) {
	for n := min(longestPhrase, len(tokens)); n > 0; n-- {
		var words []string
		for _, t := range tokens[:n] {
			words = append(words, t.text)
		}
		if c, ok := concepts[strings.Join(words, " ")]; ok {
			return c, n
		}
	}
	return concept{}, 0
}

func parseOrganisation(text string, tokens []token, cut bool) Name {
	n := Name{Text: text, Kind: Organisation, Cut: cut}
	tokens = slices.DeleteFunc(tokens, func(t token) bool { return t.text == "&" || articles[t.text] })
	for len(tokens) > 0 {
		if len(n.Parts) == maxParts {
			n.Cut = true
			break
		}
		var p Part
		p, tokens = organisationPart(tokens)
		n.Parts = append(n.Parts, p)
	}
	n.onlyTitles()
	return n
}

func organisationPart(tokens []token) (Part, []token) {
	t := tokens[0]
	if c, n := conceptAt(tokens); n > 0 {
		p := Part{Text: rawOf(tokens[:n]), Script: scriptOf(t.text), Role: Concept, Value: c.value, readings: plainReadings(t.text)}
		if c.role == "legal" {
			p.Role, p.Value = Legal, t.text
		}
		return p, tokens[n:]
	}
	return wordPart(t), tokens[1:]
}

func rawOf(tokens []token) string {
	var raw []string
	for _, t := range tokens {
		raw = append(raw, t.raw)
	}
	return strings.Join(raw, " ")
}
