package iep

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Lost is a statement that has no place on the other side, or a narrower one.
type Lost struct {
	What string `json:"what"` // the member of the policy, or the label
	Says string `json:"says"` // its word
	Why  string `json:"why"`  // in one word: no-place, narrowed, or expired
}

// The reasons.
const (
	NoPlace  = "no-place" // the other side cannot say it; people have to keep it
	Narrowed = "narrowed" // the other side has only a stricter word
	Expired  = "expired"  // the policy held until then; nothing of it is taken as permission
)

// tlps are the levels by their words. White is clear. IEP 2.0, 9
var tlps = map[string]stix.TLP{
	"red": stix.TLPRed, "amber": stix.TLPAmber, "amber+strict": stix.TLPAmberStrict, "green": stix.TLPGreen, "white": stix.TLPClear, "clear": stix.TLPClear,
}

// Handling is the labels that a policy stands for at an instant, and what of it
// they do not say. Labels that a policy knows nothing of stay unsaid: a source
// profile has to give them. A policy that is over, or has not begun, permits
// nothing: TLP:RED and PAP:RED.
func (p *Policy) Handling(now time.Time) (h mithaq.Handling, lost []Lost) {
	h.TLP = tlps[p.TLP]
	lose := func(what, says, why string) {
		if says != "" {
			lost = append(lost, Lost{what, says, why})
		}
	}
	p.actions(&h, lose)
	for _, kept := range []struct{ what, says string }{
		{"encrypt_in_transit", only(p.Encrypt, "must")},
		{"affected_party_notifications", p.Notify},
		{"attribution", p.Attribution},
		{"unmodified_resale", only(p.Resale, "must-not")},
		{"description", p.Description},
		{"external_references", strings.Join(p.References, " ")},
	} {
		lose(kept.what, kept.says, NoPlace)
	}
	if p.Start != nil && p.Start.After(now) || p.End != nil && !p.End.After(now) {
		h.TLP, h.PAP = stix.TLPRed, mithaq.PAPRed
		lose("end_date", dates(p), Expired)
		return h, lost
	}
	if p.End != nil {
		lose("end_date", p.End.UTC().Format(time.RFC3339), NoPlace) // when a policy ends is not when information is erased
	}
	return h, lost
}

// only is a word where it asks for something, and nothing where it permits what
// is done anyway.
func only(word, asks string) string {
	if word == asks {
		return word
	}
	return ""
}

func dates(p *Policy) string {
	var from, until string
	if p.Start != nil {
		from = p.Start.UTC().Format(time.RFC3339)
	}
	if p.End != nil {
		until = p.End.UTC().Format(time.RFC3339)
	}
	return from + "/" + until
}

// actions maps what may be done. What asks to be told first is a restriction
// that a person has to read. IEP 2.0, 8
func (p *Policy) actions(h *mithaq.Handling, lose func(what, says, why string)) {
	restrict := func(words string) {
		h.PAP, h.Codes, h.Restriction = mithaq.PAPRed, mithaq.H3, words
	}
	switch p.Actions {
	case none:
		restrict("IEP 2.0: no action may be taken on this.")
	case contact, "contact-for-instructions":
		restrict("IEP 2.0: ask the provider before any action.")
	case internal:
		h.PAP = mithaq.PAPRed
	case indirect:
		h.PAP = mithaq.PAPAmber
	case direct:
		h.PAP = mithaq.PAPGreen
		lose("permitted_actions", p.Actions, Narrowed)
	}
}

// Of is the policy that stands for labels, and what of them it does not say.
// What no label says is not said: a policy that is silent permits nothing by
// itself. The id follows from the labels.
func Of(h *mithaq.Handling, name string) (p *Policy, lost []Lost) {
	p = &Policy{ID: idOf(h), Name: name, Version: jsontext.Value("2.0"), Encrypt: "must", Resale: "must-not"}
	lose := func(what, says, why string) {
		if says != "" && says != "[]" {
			lost = append(lost, Lost{what, says, why})
		}
	}
	p.TLP = map[stix.TLP]string{
		stix.TLPClear: "white", stix.TLPGreen: "green", stix.TLPAmber: "amber", stix.TLPRed: "red",
	}[h.TLP]
	if h.TLP == stix.TLPAmberStrict {
		p.TLP = "red"
		lose("tlp", h.TLP.String(), Narrowed) // IEP 2.0 has no word for it, and amber would be wider
	}
	p.Actions = map[mithaq.PAP]string{
		mithaq.PAPClear: direct, mithaq.PAPGreen: direct, mithaq.PAPAmber: indirect, mithaq.PAPRed: internal,
	}[h.PAP]
	if h.Codes.Has(mithaq.H3) {
		p.Actions = contact
		lose("restriction", h.Restriction, NoPlace)
	}
	if h.TLP == stix.TLPClear {
		p.Encrypt, p.Resale = "may", "may"
	}
	for _, kept := range unsaid(h) {
		lose(kept[0], kept[1], NoPlace)
	}
	return p, lost
}

// idOf is a UUID of version 8 over the labels. RFC 9562, 5.8
func idOf(h *mithaq.Handling) string {
	d := mithaq.DigestOf([]byte("iep " + h.Key()))
	d[6], d[8] = d[6]&0x0f|0x80, d[8]&0x3f|0x80
	x := hex.EncodeToString(d[:16])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// unsaid are the labels that a policy has no statement for.
func unsaid(h *mithaq.Handling) [][2]string {
	purposes := make([]string, len(h.Purposes))
	for i, p := range h.Purposes {
		purposes[i] = string(p)
	}
	all := [][2]string{
		{"codes", strings.Join(h.Codes.Words(), " ")},
		{"source", h.Source.String()},
		{"information", h.Info.String()},
		{"subjects", strings.Join(h.Subjects.Words(), " ")},
		{"nature", h.Nature.String()},
		{"purposes", strings.Join(purposes, " ")},
		{"originator", string(h.Originator)},
		{"retain_until", h.RetainUntil.String()},
		{"onward", h.Onward.String()},
	}
	if h.RetainDays > 0 {
		all = append(all, [2]string{"retain_days", strconv.Itoa(h.RetainDays)})
	}
	return all
}
