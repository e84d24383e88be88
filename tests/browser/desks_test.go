package browser

import (
	"encoding/json"
	"strings"

	"github.com/chromedp/chromedp"
)

// fill opens a page, fills the form around a button in as a person does, and
// presses it. It returns the path to which that leads.
func (w *window) fill(path, button string, fields map[string]string) string {
	w.t.Helper()
	w.open(path)
	raw, err := json.Marshal(fields)
	if err != nil {
		w.t.Fatal(err)
	}
	eval[bool](w, `(() => { const form = document.querySelector("`+button+`").form;
		for (const [name, value] of Object.entries(`+string(raw)+`)) for (const e of form.querySelectorAll("[name=" + name + "]"))
			if (e.type == "radio" || e.type == "checkbox") { if (e.value == value) e.checked = true } else e.value = value;
		return true })()`)
	eval[bool](w, `(() => { document.documentElement.classList.add("left"); setTimeout(() => document.querySelector("`+button+`").click()); return true })()`)
	w.must(chromedp.WaitReady(chromedp.CSS("html:not(.left) #main")))
	return strings.TrimPrefix(eval[string](w, `location.origin + location.pathname`), w.host)
}

// desks are the pages of cases, assessments and the desk for the persons
// concerned, with real things on them.
func desks(w *window) []stop {
	w.sayWhy()
	file := w.fill("/cases/new", "main button.go-on", map[string]string{"title": "Forged tickets at gate 12", "purpose": "event-security", "basis": "Protocol on the Final, 3", "review": "2027-04-30"})
	w.fill(file, "#notes button.go-on", map[string]string{"text": "Two hundred tickets with one number.\nThe printer is known."})
	w.fill(file, "#notes details button", map[string]string{"text": "Two hundred tickets with one number.\nThe printer is known, and has been asked."})
	asked := w.fill("/persons/new", "main button.go-on", map[string]string{
		"kind": "access", "name": "Karim Zahraoui", "values": "+212600000001", "came": "by letter", "words": "What do you hold about me?", "identity": "passport shown at the counter",
	})
	w.fill("/persons/breaches", "main button.go-on", map[string]string{"what": "A stick was left in a taxi.", "effect": "none known", "steps": "its keys were revoked"})
	stops := []stop{
		{"cases", "/cases"},
		{"casenew", "/cases/new"},
		{"case", file},
		{"assess", "/assess"},
		{"assessors", "/assess/people"},
		{"persons", "/persons"},
		{"personnew", "/persons/new"},
		{"person", asked},
		{"letter", asked + "/letter/answered"},
		{"breaches", "/persons/breaches"},
		{"processing", "/persons/processing"},
	}
	return append(stops, answering(w)...)
}

// answering are the pages on which somebody answers for what concerns a person.
func answering(w *window) (stops []stop) {
	w.open("/items?type=user-account")
	item := eval[string](w, `document.querySelector("tbody th a")?.getAttribute("href") ?? ""`)
	if item == "" {
		return nil
	}
	form := "/assess/new?id=" + strings.TrimPrefix(item, "/items/")
	answers := w.fill(form, "main button.go-on", map[string]string{
		"act": "Sale of forged tickets", "provision": "Penal code, 222", "facts": "Sold at gate 12 on 11 April", "ordinary": "yes", "political": "doubt",
		"military": "no", "religious": "no", "racial": "no", "source": "yes", "refused": "no", "obligations": "yes", "standing": "ordinary",
	})
	return []stop{{"assessnew", form}, {"assessment", answers}}
}
