package mispapi

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/misp"
)

// A filter is what restSearch and the index narrow by. A member that is nil
// narrows nothing.
type filter struct {
	now time.Time

	value, typ, category, relation, objectName, comment *words // of attributes
	uuid, tags                                          *words // of attributes, or of their event
	event, org, info, eventTags                         *words // of events
	threat, analysis, distribution                      *words
	anywhere                                            word
	changed, eventChanged, publishedAt                  *span
	from, to                                            string // days
	published, toIDs                                    *bool
	live, deleted                                       bool

	limit, page int

	traces [][]byte // where values are looked for: one of these is in whatever holds one
}

// A span is a time in seconds since 1970 from and to, both included.
type span struct{ from, to int64 }

func (s *span) has(at int64) bool { return s == nil || at >= s.from && at <= s.to }

// setters read the filters, by the names that MISP gives them.
var setters = map[string]func(f *filter, v jsontext.Value) error{
	"value":             (*filter).values,
	"values":            (*filter).values,
	"attribute":         (*filter).values,
	"type":              func(f *filter, v jsontext.Value) error { return f.words(&f.typ, v) },
	"category":          func(f *filter, v jsontext.Value) error { return f.words(&f.category, v) },
	"object_relation":   func(f *filter, v jsontext.Value) error { return f.words(&f.relation, v) },
	"object_name":       func(f *filter, v jsontext.Value) error { return f.words(&f.objectName, v) },
	"comment":           func(f *filter, v jsontext.Value) error { return f.words(&f.comment, v) },
	"uuid":              func(f *filter, v jsontext.Value) error { return f.words(&f.uuid, v) },
	"tags":              func(f *filter, v jsontext.Value) error { return f.words(&f.tags, v) },
	"tag":               func(f *filter, v jsontext.Value) error { return f.words(&f.tags, v) },
	"event_tags":        func(f *filter, v jsontext.Value) error { return f.words(&f.eventTags, v) },
	"eventid":           func(f *filter, v jsontext.Value) error { return f.words(&f.event, v) },
	"event_id":          func(f *filter, v jsontext.Value) error { return f.words(&f.event, v) },
	"org":               func(f *filter, v jsontext.Value) error { return f.words(&f.org, v) },
	"orgc":              func(f *filter, v jsontext.Value) error { return f.words(&f.org, v) },
	"threat_level_id":   func(f *filter, v jsontext.Value) error { return f.words(&f.threat, v) },
	"threatlevel":       func(f *filter, v jsontext.Value) error { return f.words(&f.threat, v) },
	"analysis":          func(f *filter, v jsontext.Value) error { return f.words(&f.analysis, v) },
	"distribution":      func(f *filter, v jsontext.Value) error { return f.words(&f.distribution, v) },
	"eventinfo":         func(f *filter, v jsontext.Value) error { return f.infos(v) },
	"quickFilter":       func(f *filter, v jsontext.Value) error { return f.any(v) },
	"searchall":         func(f *filter, v jsontext.Value) error { return f.any(v) },
	"all":               func(f *filter, v jsontext.Value) error { return f.any(v) },
	"timestamp":         func(f *filter, v jsontext.Value) error { return f.span(&f.changed, "timestamp", v) },
	"event_timestamp":   func(f *filter, v jsontext.Value) error { return f.span(&f.eventChanged, "event_timestamp", v) },
	"publish_timestamp": func(f *filter, v jsontext.Value) error { return f.span(&f.publishedAt, "publish_timestamp", v) },
	"last":              func(f *filter, v jsontext.Value) error { return f.span(&f.publishedAt, "last", v) },
	"from":              func(f *filter, v jsontext.Value) error { return f.day(&f.from, "from", v) },
	"datefrom":          func(f *filter, v jsontext.Value) error { return f.day(&f.from, "datefrom", v) },
	"to":                func(f *filter, v jsontext.Value) error { return f.day(&f.to, "to", v) },
	"dateuntil":         func(f *filter, v jsontext.Value) error { return f.day(&f.to, "dateuntil", v) },
	"published":         func(f *filter, v jsontext.Value) error { return f.truth(&f.published, v) },
	"to_ids":            func(f *filter, v jsontext.Value) error { return f.truth(&f.toIDs, v) },
	"deleted":           func(f *filter, v jsontext.Value) error { f.live, f.deleted = deletedIn(v); return nil },
	"limit":             func(f *filter, v jsontext.Value) error { return f.count(&f.limit, "limit", v) },
	"page":              func(f *filter, v jsontext.Value) error { return f.count(&f.page, "page", v) },
}

// plain are parameters that narrow nothing: they say what is shown, or concern
// what a node does not keep.
var plain = func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(`returnFormat minimal sort direction order metadata withAttachments enforceWarninglist
		includeEventUuid includeEventTags sgReferenceOnly includeContext headerless includeSightings includeDecayScore
		includeCorrelations requested_attributes includeProposals includeFullModel includeWarninglistHits includeAllTags
		includeGalaxy includeEventCorrelations includeServerCorrelations includeFeedCorrelations excludeGalaxy excludeLocalTags
		noSightings excludeDecayed flatten desc policy walled_garden ns email includeAttribute includeEvent overrideLimit
		includeScoresOnEvent includeAnalystData includeAttributeUuid includeSightingdb extended extending`) {
		all[name] = true
	}
	return all
}()

// readFilter reads every parameter of a request; a filter that is not served is
// refused, since leaving it out would show more than was asked for.
func (c *call) readFilter() (*filter, error) {
	rec, err := c.params()
	if err != nil {
		return nil, err
	}
	f := &filter{now: c.s.Now(), live: true}
	for name := range rec.Names() {
		v := rec.Raw(name)
		key := strings.TrimSuffix(name, "[]")
		if setters[key] == nil { // the index also takes searchtag for tag
			key = strings.TrimPrefix(key, "search")
		}
		switch set := setters[key]; {
		case plain[name] || v.Kind() == 'n' || unset(key, v):
		case set == nil:
			return nil, bad("The filter %s is not served here.", name)
		default:
			if err := set(f, v); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

// unset tells whether a filter says nothing, as MISP takes false and "" for most.
func unset(name string, v jsontext.Value) bool {
	text := string(v)
	if name == "published" || name == "to_ids" || name == "deleted" {
		return text == `""` || text == "[]"
	}
	return text == `""` || text == "[]" || text == "false"
}

// params are all parameters of a request: of its body, its URL and its query.
func (c *call) params() (*misp.Record, error) {
	rec, err := c.unwrapped("request")
	if err != nil {
		return nil, err
	}
	rec = rec.Clone()
	set := func(name string, values []string) {
		if len(values) == 1 {
			rec.SetText(name, values[0])
			return
		}
		var b []byte
		for i, v := range values {
			b = append(b, "[,"[min(i, 1)])
			quoted, _ := jsontext.AppendQuote(nil, v)
			b = append(b, quoted...)
		}
		rec.Set(name, append(b, ']'))
	}
	for name, values := range c.path.named {
		if len(values) > 0 {
			set(name, values)
		}
	}
	for name, values := range c.r.URL.Query() {
		set(strings.TrimSuffix(name, "[]"), values)
	}
	return rec, nil
}

func (f *filter) values(v jsontext.Value) error {
	if v.Kind() != '{' {
		f.traces = tracesOf(texts(v))
	}
	return f.words(&f.value, v)
}

// minTrace is how much of a value is worth looking for.
const minTrace = 4

// tracesOf are, of each value, the longest run of characters that are spelled the
// same in patterns and in JSON; nil where one has none that is long enough.
func tracesOf(values []string) (traces [][]byte) {
	for _, text := range values {
		if strings.ContainsAny(text, "&!") || strings.Contains(text, "||") {
			return nil
		}
		longest := ""
		for run := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !strings.ContainsRune(plainRunes, r) }) {
			if rest, ok := strings.CutPrefix(run, "as"); ok && isNumber(rest) {
				run = rest // the number of an autonomous system stands as a number
			}
			if len(run) > len(longest) {
				longest = run
			}
		}
		if len(longest) < minTrace {
			return nil
		}
		traces = append(traces, []byte(longest))
	}
	return traces
}

const plainRunes = "abcdefghijklmnopqrstuvwxyz0123456789.-_"

func (f *filter) words(to **words, v jsontext.Value) error {
	*to = wordsOf(v)
	if (*to).empty() {
		*to = nil
	}
	return nil
}

// infos looks for a text within the title.
func (f *filter) infos(v jsontext.Value) error {
	f.info = new(words)
	for _, text := range texts(v) {
		if no, ok := strings.CutPrefix(text, "!"); ok {
			f.info.none = append(f.info.none, within(no))
		} else {
			f.info.any = append(f.info.any, within(text))
		}
	}
	return nil
}

func (f *filter) any(v jsontext.Value) error {
	if list := texts(v); len(list) > 0 {
		f.anywhere = within(list[0])
	}
	return nil
}

func (f *filter) truth(to **bool, v jsontext.Value) error {
	list := texts(v)
	if len(list) != 1 { // both
		return nil
	}
	yes := list[0] == "1" || list[0] == "true"
	*to = &yes
	return nil
}

func deletedIn(v jsontext.Value) (live, deleted bool) {
	list := texts(v)
	if v.Kind() != '[' && len(list) == 1 && (list[0] == "1" || list[0] == "true") {
		return false, true // restSearch takes 1 for only these
	}
	return deletedOf(list)
}

func (f *filter) count(to *int, name string, v jsontext.Value) error {
	list := texts(v)
	n := 0
	var err error
	if len(list) == 1 {
		n, err = strconv.Atoi(list[0])
	}
	if err != nil || n < 0 || len(list) > 1 {
		return bad("%s: want a whole number, have %.40s.", name, v)
	}
	*to = n
	return nil
}

// span reads a time from which on, or two between which.
func (f *filter) span(to **span, name string, v jsontext.Value) error {
	list := texts(v)
	if len(list) == 0 || len(list) > 2 {
		return bad("%s: want a time, or two.", name)
	}
	s := &span{to: math.MaxInt64}
	ends := []*int64{&s.from, &s.to}
	for i, text := range list {
		at, err := f.instant(text)
		if err != nil {
			return bad("%s: %s", name, err)
		}
		*ends[i] = at
	}
	*to = s
	return nil
}

// instant reads seconds since 1970, a day, or how long ago: 7d, 12h, 30m.
func (f *filter) instant(text string) (int64, error) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e12 {
		return int64(n), nil
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Unix(), nil
		}
	}
	if text != "" {
		unit := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second}[text[len(text)-1]]
		n, err := strconv.Atoi(text[:len(text)-1])
		if unit > 0 && err == nil && n >= 0 && n < 1e6 {
			return f.now.Add(-time.Duration(n) * unit).Unix(), nil
		}
	}
	return 0, fmt.Errorf("want seconds since 1970, a day, or 7d, 12h, 30m, have %.40q", text)
}

func (f *filter) day(to *string, name string, v jsontext.Value) error {
	list := texts(v)
	if len(list) != 1 {
		return bad("%s: want a day.", name)
	}
	at, err := f.instant(list[0])
	if err != nil {
		return bad("%s: %s", name, err)
	}
	*to = time.Unix(at, 0).UTC().Format(time.DateOnly)
	return nil
}

// fitsEvent asks what can be asked of the event alone. Where events are looked
// for, timestamp is theirs.
func (f *filter) fitsEvent(e *misp.Record, box *box, ofEvent bool) bool {
	orgc := e.Record("Orgc")
	if orgc == nil {
		orgc = new(misp.Record)
	}
	date := e.Text("date")
	return f.event.fit(box.number(), e.Text("uuid")) && f.org.fit(orgc.Text("name"), orgc.Text("uuid")) &&
		f.info.fit(e.Text("info")) && f.eventTags.fit(tagsOf(e)...) &&
		f.threat.fit(e.Text("threat_level_id")) && f.analysis.fit(e.Text("analysis")) && f.distribution.fit(e.Text("distribution")) &&
		f.eventChanged.has(stampOf(e, "timestamp")) && f.publishedAt.has(stampOf(e, "publish_timestamp")) &&
		(!ofEvent || f.changed.has(stampOf(e, "timestamp"))) &&
		(f.from == "" || date >= f.from) && (f.to == "" || date <= f.to) &&
		(f.published == nil || *f.published == e.Bool("published"))
}

func tagsOf(rec *misp.Record) (names []string) {
	for _, t := range list(rec, "Tag") {
		names = append(names, t.Text("name"))
	}
	return names
}

// byAttribute tells whether attributes have to be looked at to find events.
func (f *filter) byAttribute() bool {
	return f.value != nil || f.typ != nil || f.category != nil || f.relation != nil || f.objectName != nil || f.comment != nil ||
		f.toIDs != nil || f.tags != nil || f.uuid != nil || f.anywhere != nil
}

// fitsAttribute asks what is asked of an attribute; tags are its event's too.
func (f *filter) fitsAttribute(e, o, a *misp.Record) bool {
	name := ""
	if o != nil {
		name = o.Text("name")
	}
	deleted := a.Bool("deleted") || o != nil && o.Bool("deleted")
	return (deleted && f.deleted || !deleted && f.live) && f.value.fit(valuesOf(a)...) &&
		f.typ.fit(a.Text("type")) && f.category.fit(a.Text("category")) && f.relation.fit(a.Text("object_relation")) &&
		(f.objectName == nil || o != nil && f.objectName.fit(name)) && f.comment.fit(a.Text("comment")) &&
		f.uuid.fit(a.Text("uuid"), e.Text("uuid")) &&
		(f.toIDs == nil || *f.toIDs == a.Bool("to_ids")) &&
		(f.tags == nil || f.tags.fit(append(tagsOf(a), tagsOf(e)...)...)) &&
		(f.anywhere == nil || f.mentioned(e) || f.anywhere(a.Text("value")) || f.anywhere(a.Text("comment")) || f.tagged(a))
}

func (f *filter) mentioned(e *misp.Record) bool {
	orgc := e.Record("Orgc")
	return f.anywhere(e.Text("info")) || f.tagged(e) || orgc != nil && f.anywhere(orgc.Text("name"))
}

func (f *filter) tagged(rec *misp.Record) bool {
	return slices.ContainsFunc(tagsOf(rec), f.anywhere)
}

// fitsAlone asks of an event without a fitting attribute what it can answer itself.
func (f *filter) fitsAlone(e *misp.Record) bool {
	if f.value != nil || f.typ != nil || f.category != nil || f.relation != nil || f.objectName != nil || f.comment != nil || f.toIDs != nil {
		return false
	}
	return f.uuid.fit(e.Text("uuid")) && f.tags.fit(tagsOf(e)...) && (f.anywhere == nil || f.mentioned(e))
}

// valuesOf are an attribute's value and, where it has two parts, each.
func valuesOf(a *misp.Record) []string {
	v := a.Text("value")
	if typ := a.Text("type"); strings.Contains(typ, "|") || typ == "malware-sample" {
		return append(strings.Split(v, "|"), v)
	}
	return []string{v}
}
