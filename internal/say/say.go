// Package say holds every sentence that Mithaq says to a person, in Arabic,
// French, English and Turkish.
//
// The sentences live in catalog/LANG.json, or catalog/AREA.LANG.json where a
// package wants a file of its own: one flat object from keys such as
// "pact.suspended" to whole sentences.
//
//	"delivered": "Delivered to {0}.",
//	"imported":  {"one": "Imported {n} object from {0}.", "other": "Imported {n} objects from {0}."}
//
// {0}, {1} ... are the arguments, in whatever order a language wants them, and
// {n} the number that chooses the form. A language gives the forms of its
// cardinals in CLDR: zero, one, two, few, many and other in Arabic, one and
// other in the rest. A test holds the languages to the same keys, the same
// arguments and all their forms, and every key that the code says to being
// there. At run time nothing missing stops anybody: a sentence that is missing
// is said in English, and a key that is missing as the key itself.
//
// A string given as an argument counts as foreign: it is shown with Clean and
// set apart with Iso. Our own composed text is given as Text.
package say

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/mithaq-hub/mithaq"
)

// Languages are those with a catalogue.
var Languages = []string{"ar", "fr", "en", "tr"}

const fallback = "en"

// Text is an argument that is our own: it goes into a sentence as it is.
type Text string

// A Printer says things in one language and style. It does not change, and may
// be used by many goroutines at once.
type Printer struct {
	lang  string
	tag   language.Tag
	style Style
}

// For returns the Printer of a language tag or locale, such as "fr", "ar-MA" or
// "ar_SA.UTF-8"; a language without a catalogue is answered in English. The
// region, where there is one, chooses the style.
func For(locale string) *Printer {
	lang, region := parseLocale(locale)
	if _, ok := catalogs()[lang]; !ok {
		lang = fallback
	}
	return &Printer{lang: lang, tag: language.MustParse(lang), style: styleOf(lang, region)}
}

// Lang returns the language: one of Languages.
func (p *Printer) Lang() string { return p.lang }

// Dir returns the direction of writing, "rtl" or "ltr".
func (p *Printer) Dir() string {
	if p.lang == "ar" {
		return "rtl"
	}
	return "ltr"
}

// Style returns how dates and numbers are written.
func (p *Printer) Style() Style { return p.style }

// With returns the Printer of the same language in another style.
func (p *Printer) With(s Style) *Printer {
	q := *p
	q.style = s
	return &q
}

// T says the sentence of a key. Strings, errors and Stringers among args are
// foreign text, whole numbers are written as Number does, times as Date, and
// types around a time as DateTime in UTC. An argument that is not given leaves
// its place visible.
func (p *Printer) T(key string, args ...any) string {
	return p.fill(p.sentence(key, plural.Other), "", args)
}

// N says the sentence of a key for n things, in the form that n asks for.
func (p *Printer) N(key string, n int, args ...any) string {
	return p.fill(p.sentence(key, form(p.tag, n)), p.Number(n), args)
}

// sentence finds a key: in the language, else in English, else the key.
func (p *Printer) sentence(key string, f plural.Form) string {
	if s, ok := catalogs()[p.lang].sentence(key, f); ok {
		return s
	}
	if p.lang != fallback && f != plural.Other {
		f = plural.Other // English has fewer forms, and other fits any number
	}
	if s, ok := catalogs()[fallback].sentence(key, f); ok {
		return s
	}
	return key
}

// form returns the form that a language has for n things. UTS 35, 3
func form(tag language.Tag, n int) plural.Form {
	n %= 10_000_000 // as MatchPlural allows
	return plural.Cardinal.MatchPlural(tag, max(n, -n), 0, 0, 0, 0)
}

var places = regexp.MustCompile(`\{(n|[0-9]+)\}`)

func (p *Printer) fill(sentence, n string, args []any) string {
	return places.ReplaceAllStringFunc(sentence, func(place string) string {
		name := place[1 : len(place)-1]
		if name == "n" {
			if n == "" {
				return place
			}
			return n
		}
		i, err := strconv.Atoi(name)
		if err != nil || i >= len(args) {
			return place
		}
		return p.argument(args[i])
	})
}

func (p *Printer) argument(arg any) string {
	switch a := arg.(type) {
	case Text:
		return string(a)
	case time.Time:
		return p.Date(a)
	case interface{ UTC() time.Time }: // a type around a time, such as a time stamp
		return p.DateTime(a.UTC())
	case mithaq.Texts:
		return p.Iso(a.In(p.lang))
	case mithaq.Message:
		return p.Message(a)
	case []mithaq.Message:
		return p.list(a)
	case fmt.Stringer, error:
		return p.Iso(fmt.Sprint(a))
	}
	switch v := reflect.ValueOf(arg); {
	case v.CanInt():
		return p.Number(int(v.Int()))
	case v.CanUint():
		return p.Number(int(v.Uint()))
	}
	return p.Iso(fmt.Sprint(arg))
}
