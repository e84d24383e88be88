package web

import (
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/stix"
)

// text is a word of ours, whatever its type.
func text(a any) string {
	if s, ok := a.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprint(a)
}

// texts are the words of a list of ours.
func texts(list any) (all []string) {
	v := reflect.ValueOf(list)
	for i := range v.Len() {
		all = append(all, text(v.Index(i).Interface()))
	}
	return all
}

func contains(list []string, one string) bool { return slices.Contains(list, one) }

// foreign is text from elsewhere: control characters are shown, not obeyed, its
// direction moves nothing around it, and letters of two alphabets that look
// alike in one word are pointed out.
func foreign(s any) template.HTML {
	clean := say.Clean(text(s))
	if mixed(clean) {
		return template.HTML(`<bdi class="alike">` + template.HTMLEscapeString(clean) + `</bdi>`)
	}
	return template.HTML(`<bdi>` + template.HTMLEscapeString(clean) + `</bdi>`)
}

// code is an address, hash, id or key from wherever: always left to right.
func code(s any) template.HTML {
	clean := say.Clean(text(s))
	class := "id"
	if mixed(clean) {
		class = "id alike"
	}
	return template.HTML(`<bdi class="` + class + `" dir="ltr">` + template.HTMLEscapeString(clean) + `</bdi>`)
}

// mixed reports whether a word has letters of Latin and of an alphabet whose
// letters look like them. UTS 39, 5
func mixed(s string) bool {
	return slices.ContainsFunc(strings.Fields(s), func(word string) bool {
		return strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) &&
			strings.ContainsFunc(word, func(r rune) bool {
				return unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee)
			})
	})
}

// paragraphs are the lines of a longer text from elsewhere.
func paragraphs(s string) (lines []template.HTML) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, foreign(line))
		}
	}
	return lines
}

// lines is a longer text from elsewhere for a field in which it is edited: its
// lines stay, and control characters are shown, not obeyed.
func lines(s string) string {
	list := strings.Split(s, "\n")
	for i := range list {
		list[i] = say.Clean(list[i])
	}
	return strings.Join(list, "\n")
}

// tlp is a label by FIRST's colours, its level in bars and its name, so that no
// colour is needed to read it.
func tlp(level stix.TLP) template.HTML {
	if level == 0 {
		return ""
	}
	name := level.String()
	return template.HTML(`<span class="tlp" data-tlp="` + strings.ToLower(strings.TrimPrefix(name, "TLP:")) + `">` + name + `</span>`)
}

// short is the beginning of a digest or id, for showing beside what it names.
func short(s any) string {
	whole := text(s)
	for _, mark := range []string{":", "--"} {
		if _, rest, ok := strings.Cut(whole, mark); ok {
			whole = rest
		}
	}
	return whole[:min(len(whole), 16)]
}

// shapes are the icons, drawn on 20 by 20.
var shapes = map[string]string{
	"today":     `<circle cx="10" cy="10" r="7"/><path d="M10 6v4l3 2"/>`,
	"items":     `<circle cx="9" cy="9" r="5.5"/><path d="m13 13 4 4"/>`,
	"import":    `<path d="M10 3v9m-3.5-3.5L10 12l3.5-3.5M4 13v4h12v-4"/>`,
	"share":     `<path d="M11 5l5 5-5 5M16 10H4"/>`,
	"releases":  `<path d="m3 10 3.5 4L12 6M9 12.5l1.5 1.5L17 6"/>`,
	"inquiries": `<path d="M4 4h12v9H9l-4 4v-4H4z"/>`,
	"partners":  `<circle cx="7.5" cy="10" r="4.5"/><circle cx="12.5" cy="10" r="4.5"/>`,
	"cases":     `<path d="M3 6h5l2 2h7v8H3z"/>`,
	"assess":    `<path d="M10 3v14M5 17h10M4 6h12M4 6l-2 5h4zM16 6l-2 5h4z"/>`,
	"persons":   `<circle cx="7" cy="7" r="3"/><path d="M2 17c0-3 2-4.5 5-4.5s5 1.5 5 4.5M12.5 4.5a3 3 0 0 1 0 5M14 12.8c2.4.4 4 1.8 4 4.2"/>`,
	"pacts":     `<path d="M5 3h10v14H5zM8 7h4M8 10h4M8 14h2"/>`,
	"match":     `<circle cx="6" cy="10" r="3.5"/><circle cx="14" cy="10" r="3.5" stroke-dasharray="2 2"/><path d="M9.5 10h1"/>`,
	"ledger":    `<path d="M4 5h12M4 10h12M4 15h12"/>`,
	"settings":  `<path d="M4 6h7m3 0h2M4 14h2m3 0h7"/><circle cx="12.5" cy="6" r="1.8"/><circle cx="7.5" cy="14" r="1.8"/>`,
	"me":        `<circle cx="10" cy="7" r="3.5"/><path d="M4 17c0-3.5 2.5-5 6-5s6 1.5 6 5"/>`,
	"more":      `<path d="M4.5 10h.01M10 10h.01M15.5 10h.01" stroke-width="3"/>`,
	"yes":       `<path d="m4 10.5 4 4 8-9"/>`,
	"no":        `<path d="m5 5 10 10M15 5 5 15"/>`,
	"open":      `<circle cx="10" cy="10" r="6.5"/>`,
	"eyes":      `<path d="M2 10c2-4 5-5.5 8-5.5S16 6 18 10c-2 4-5 5.5-8 5.5S4 14 2 10z"/><circle cx="10" cy="10" r="2.5"/>`,
}

// icon is one of the shapes; an arrow turns with the direction of reading.
func icon(name string) template.HTML {
	class := "i"
	if name == "share" {
		class = "i turn"
	}
	return template.HTML(`<svg class="` + class + `" viewBox="0 0 20 20" aria-hidden="true">` + shapes[name] + `</svg>`)
}
