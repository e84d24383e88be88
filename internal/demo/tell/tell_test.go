package tell

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/stix"
)

var update = flag.Bool("update", false, "write testdata again")

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// facts are those of one telling, with the real pact and a real refusal.
type facts struct {
	pact    *mithaq.Pact
	reasons []mithaq.Reason
}

func theFacts(t *testing.T) facts {
	t.Helper()
	var parties []mithaq.Party
	for _, org := range scene.Orgs() {
		parties = append(parties, scene.Party(org, mithaq.DigestOf([]byte(org)), mithaq.DigestOf([]byte("card of "+org))))
	}
	p := scene.New(noon).Pact("x-mithaq-pact--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f", mithaq.At(noon), parties...)
	rules, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	f := &mithaq.Facts{Type: "note", State: mithaq.Held, Assessed: mithaq.AssessedClear, Handling: mithaq.Handling{
		TLP: stix.TLPAmberStrict, PAP: mithaq.PAPAmber, Codes: mithaq.H1, Source: mithaq.SourceB, Info: mithaq.Info2,
		Subjects: mithaq.SubjectNone, Nature: mithaq.Opinion, Purposes: []mithaq.Purpose{scene.Purpose},
		Originator: scene.Anatolia, RetainDays: 90, Onward: mithaq.OnwardGroup,
	}}
	q := &mithaq.Request{
		From: scene.Anatolia, To: scene.Atlas, Purpose: scene.Purpose, Basis: scene.Basis, Urgency: mithaq.Routine,
		At: noon, State: mithaq.State{Status: mithaq.InForce}, Attended: true, Approvals: 1,
	}
	reasons := mithaq.Decide(rules, f, q).Reasons(p, f, q)
	if len(reasons) != 1 || reasons[0].Article() != "5.4" {
		t.Fatalf("reasons %+v, want 5.4 alone", reasons)
	}
	return facts{p, reasons}
}

func (f *facts) tell(s *Story) {
	s.Open(Opening{Today: noon, Final: scene.New(noon).Final(), Nodes: []Node{
		{scene.Atlas, "https://127.0.0.1:7441", strings.Fields("19204 55310 88127 40021")},
		{scene.Najd, "https://127.0.0.1:7442", strings.Fields("73310 09921 44518 62204")},
		{scene.Anatolia, "https://127.0.0.1:7443", strings.Fields("20015 77124 10349 95536")},
	}})
	f.agree(s)
	f.share(s)
	f.recall(s)
	f.cheat(s)
	f.question(s)
	f.audit(s)
	s.Close(Ending{Took: 41 * time.Second, Verified: []Verified{{Org: scene.Atlas, Entries: 24771}}, Hints: []Hint{
		{Key: "demo.try.pact", Command: "mithaq pact show --dir atlas"}, {Key: "demo.try.verify", Command: "mithaq verify --dir atlas --with najd.example"},
	}})
}

func (f *facts) agree(s *Story) {
	s.Step(Agree)
	s.Compared([]Comparison{
		{scene.Atlas, scene.Najd, []string{"2: 09921", "7: 11873", "11: 52206"}, []Person{{scene.Atlas, scene.Officer, elif.ID}, {scene.Atlas, scene.Chief, murat.ID}}, noon},
		{scene.Najd, scene.Atlas, []string{"1: 19204", "4: 40021", "9: 73302"}, []Person{{scene.Najd, scene.Officer, elif.ID}, {scene.Najd, scene.Chief, murat.ID}}, noon},
	})
	s.Agreed(Agreed{f.pact, []Signature{{scene.Atlas, noon}, {scene.Najd, noon}, {scene.Anatolia, noon}}, scene.Orgs()})
}

func (f *facts) share(s *Story) {
	s.Step(Share)
	s.Imported([]Import{{Org: scene.Anatolia, File: "ticket-fraud-open", Profile: "ticket-fraud-open", Objects: 1845, Known: 2, Refused: 1}})
	s.Judged(Judged{scene.Anatolia, []mithaq.OrgID{scene.Atlas, scene.Najd}, 2397, []Stay{
		{"note--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f", "Kaynakla görüşme sürüyor; bu not birim dışına çıkmaz.", f.reasons},
	}})
	s.Delivered(Delivered{scene.Anatolia, &elif, elif, &murat, []Delivery{
		{scene.Atlas, 2397, 0, 3, 3, noon}, {scene.Najd, 2397, 0, 3, 3, noon},
	}})
	s.Filed(Filed{scene.Anatolia, "attack.json.gz"})
	s.AgreedToo(Agreed{Pact: f.pact, InForce: []mithaq.OrgID{scene.Anatolia, scene.Atlas}})
	s.Named(StayGroup{scene.Anatolia, 4, []string{"tool--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f", "tool--2b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f"}, f.reasons})
	s.AnsweredFor(scene.Anatolia)
	s.Stay([]StayGroup{{scene.Anatolia, 1, []string{"tool--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f"}, f.reasons}})
	s.Delivered(Delivered{From: scene.Anatolia, Proposed: elif, Deliveries: []Delivery{{scene.Atlas, 24771, 0, 13, 13, noon}}})
	s.Same(Same{scene.Anatolia, scene.Atlas, 24771, mithaq.DigestOf([]byte("all"))})
	s.Agree(Verified{Org: scene.Anatolia, With: scene.Atlas, Entries: 21})
	s.ImportedAgain(24771, 0)
	s.Cost(Cost{Measure{1900 * time.Millisecond, 4 * time.Second}, Measure{3900 * time.Millisecond, 8 * time.Second}, 24771, 24771})
}

// Two persons of Anatolia.
var (
	elif  = Person{scene.Anatolia, scene.Officer, "person-0123456789abcdef"}
	murat = Person{scene.Anatolia, scene.Chief, "person-fedcba9876543210"}
)

func (f *facts) recall(s *Story) {
	s.Step(Recall)
	s.Cut(Cut{scene.Anatolia, noon})
	s.Recalled(Taken{scene.Anatolia, murat, "+447700900017", 2})
	s.Healed(Healed{scene.Anatolia, noon.Add(time.Hour), []Event{
		{scene.Anatolia, Deed{At: noon, Did: "cut"}},
		{scene.Anatolia, Deed{At: noon.Add(time.Second), By: &murat, Did: "recall", Count: 1, Reason: "protected"}},
		{scene.Najd, Deed{At: noon.Add(time.Hour), Did: "erase", Count: 1, With: scene.Anatolia, Text: "x-mithaq-erasure--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f"}},
		{scene.Anatolia, Deed{At: noon.Add(time.Hour), Did: "erased", Count: 1, With: scene.Najd, Text: "x-mithaq-erasure--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f"}},
	}, "http://127.0.0.1:7480/own/collections/own/objects/", 1, 0})
}

func (f *facts) cheat(s *Story) {
	s.Step(Cheat)
	s.Altered(Altered{scene.Atlas, scene.Anatolia, "anatolia.example/mithaq/0123456789abcdef/bulk", 2, noon, 397, 398})
	s.Checked([]Verified{
		{Org: scene.Atlas, Entries: 9, Differences: []Difference{{Log: "anatolia.example/mithaq/0123456789abcdef/bulk", Entry: 2}}},
		{Org: scene.Atlas, With: scene.Anatolia, Entries: 9, Differences: []Difference{{"anatolia.example/mithaq/0123456789abcdef/bulk", 2, scene.Anatolia}}},
		{Org: scene.Atlas, With: scene.Najd, Entries: 5},
	})
	const note = "note--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f"
	s.Flipped(Flipped{scene.Atlas, scene.Anatolia, note})
	s.Found(Verified{Org: scene.Atlas, Faults: []Fault{
		{Item: note},
		{Item: note, Envelope: "x-mithaq-envelope--0123456789abcdef0123456789abcdef", Partner: scene.Anatolia},
		{Log: "anatolia.example/mithaq/0123456789abcdef/bulk", Entry: 2},
		{Envelope: "x-mithaq-envelope--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f", Partner: scene.Anatolia},
		{Text: "database: another fault"},
	}})
	s.Restored([]Verified{{Org: scene.Atlas, Entries: 9}})
}

func (f *facts) question(s *Story) {
	salma, fahd := Person{scene.Atlas, scene.Officer, "person-1111111111111111"}, Person{scene.Najd, scene.Officer, "person-2222222222222222"}
	s.Step(Question)
	s.Offered(Offered{fahd, scene.Atlas, 220, 256, noon.AddDate(0, 1, 0)})
	s.Sealed(salma, Person{scene.Atlas, scene.Auditor, "person-3333333333333333"})
	s.Matched(Matched{salma, scene.Najd, scene.Protest(), nil})
	s.Matched(Matched{salma, scene.Najd, "otel-1.example", []Hit{{"otel-1.example", "desk@najd.example", "00112233445566778899aabbccddeeff"}}})
	s.Counted(Counted{scene.Najd, scene.Atlas, 2})
	moves := []Move{{scene.Najd, nil, noon, mithaq.StepReceive, ""}}
	for _, step := range []mithaq.StepKind{
		mithaq.StepSend, mithaq.StepAccept, mithaq.StepAsk, mithaq.StepClarify, mithaq.StepPartial, mithaq.StepAnswer,
	} {
		moves = append(moves, Move{scene.Najd, &fahd, noon, step, scene.Said(step, s.Lang())})
	}
	s.Inquired(Inquiry{salma, scene.Najd, noon.Add(72 * time.Hour), 72*3600 - 1, moves, 1})
	s.Refused(Refused{salma, Person{scene.Najd, scene.Chief, "person-4444444444444444"}, scene.Opinion(s.Lang()).Facts, mithaq.GroundPolitical})
	s.Opened(Opened{Person{scene.Atlas, scene.Auditor, "person-3333333333333333"}, scene.Najd, []string{scene.Protest()}, 1})
}

func (f *facts) audit(s *Story) {
	s.Step(Audit)
	deeds := []Deed{}
	for _, did := range []string{
		"accept", "sign", "service", "import", "assess", "dry-run", "propose", "approve", "receive", "read", "poll", "narrow", "recall", "erase", "erased", "offer",
	} {
		deeds = append(deeds, Deed{At: noon, By: &elif, Did: did, Count: 2397, With: scene.Atlas, Text: "ticket-fraud-open"})
	}
	deeds = append(deeds, Deed{At: noon, Tool: "siem", Did: "read", Count: 1, Text: "service siem"}, Deed{At: noon, Did: "receive", Count: 2, With: scene.Atlas})
	s.Audited(Audited{
		scene.Najd,
		Person{scene.Najd, scene.Auditor, "person-9999888877776666"},
		deeds, 12,
		[]Purpose{{scene.Purpose, scene.Basis}},
	})
}

func told(t *testing.T, locale string, o Options) string {
	t.Helper()
	var out bytes.Buffer
	f := theFacts(t)
	f.tell(&Story{New(&out, say.For(locale), o)})
	return out.String()
}

// The whole story in English; the other languages are held to having all of it
// by the tests below.
func TestTheStoryReadsAsItShould(t *testing.T) {
	const name = "testdata/story.txt"
	got := told(t, "en", Options{Width: 80})
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the story differs from %s; look at it, then run with -update", name)
	}
}

func TestNoKeyAndNoPlaceIsLeftInTheStory(t *testing.T) {
	for _, lang := range say.Languages {
		for n, line := range strings.Split(told(t, lang, Options{}), "\n") {
			for _, bad := range []string{"demo.", "clause.", "import.", "share.", "verify.", "word.", "{", "}", "%!"} {
				if strings.Contains(line, bad) {
					t.Errorf("%s line %d: %q in %q", lang, n+1, bad, line)
				}
			}
		}
	}
}

func TestLinesFitAndStandForThemselves(t *testing.T) {
	for _, width := range []int{60, 80, 132} {
		for _, lang := range say.Languages {
			for n, line := range strings.Split(told(t, lang, Options{Width: width}), "\n") {
				if got := columns(line); got > width {
					t.Errorf("%s line %d: %d columns of %d: %q", lang, n+1, got, width, line)
				}
				if a, b := strings.Count(line, string(isolate)), strings.Count(line, string(endIsolate)); a != b {
					t.Errorf("%s line %d: %d isolates begin and %d end: %q", lang, n+1, a, b, line)
				}
				rtl := strings.HasPrefix(line, rtlMark)
				command := strings.HasPrefix(line, "    mithaq")
				if line != "" && !command && rtl != (lang == "ar") {
					t.Errorf("%s line %d: from right to left = %v: %q", lang, n+1, rtl, line)
				}
			}
		}
	}
}

func TestEachOrganisationWritesDatesAsAtHome(t *testing.T) {
	text := told(t, "en", Options{Width: 200})
	for _, want := range []string{"Najd signed on 24 November 2026 (", "AH) 12:00\u00a0UTC", "Atlas signed on 24 November 2026 12:00\u00a0UTC"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there", want)
		}
	}
}

func TestEveryRefusalNamesItsArticleAndWords(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {"Article 5.4: What crosses is marked at most TLP:AMBER.", "It is marked TLP:AMBER+STRICT."},
		"tr": {"Madde 5.4: Paylaşılanların işareti en çok TLP:AMBER olabilir."},
		"ar": {"المادة 5.4: "},
		"fr": {"Article 5.4\u00a0: "},
	} {
		text := told(t, lang, Options{Width: 200})
		for _, s := range want {
			if !strings.Contains(text, s) {
				t.Errorf("%s: %q is not there", lang, s)
			}
		}
	}
}

func TestColourIsAskedFor(t *testing.T) {
	if strings.Contains(told(t, "en", Options{}), "\x1b") {
		t.Error("plain text has escapes")
	}
	coloured := told(t, "en", Options{Colour: true})
	if !strings.Contains(coloured, string(good)) || !strings.Contains(coloured, string(bad)) {
		t.Error("no colour where there should be")
	}
	for _, how := range []paint{bold, faint, good, bad, unpaint} {
		coloured = strings.ReplaceAll(coloured, string(how), "")
	}
	if coloured != told(t, "en", Options{}) {
		t.Error("colour changes more than colour")
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Setenv("COLUMNS", "132")
	if got := OptionsOf(f); got != (Options{Width: 132}) {
		t.Errorf("%+v", got)
	}
}

func TestNothingFoundIsSaid(t *testing.T) {
	var out bytes.Buffer
	s := &Story{New(&out, say.For("en"), Options{})}
	s.Checked([]Verified{{Org: scene.Atlas, Entries: 3}})
	s.Healed(Healed{Org: scene.Anatolia, Tool: "https://127.0.0.1/own/", Before: 1, After: 1})
	if text := out.String(); !strings.Contains(text, "✗ Nothing was found. This must not be.") ||
		!strings.Contains(text, "✗ It still finds 1 object.") {
		t.Error(text)
	}
}

func TestProgressIsForTerminals(t *testing.T) {
	var out bytes.Buffer
	now := noon
	p := New(&out, say.For("en"), Options{}).Progress("Importing")
	p.Set(1, 2)
	p.End()
	if out.Len() != 0 {
		t.Errorf("a file got %q", out.String())
	}
	p = New(&out, say.For("en"), Options{Live: true}).Progress("Importing")
	p.now = func() time.Time { return now }
	p.Set(1, 24771)
	p.Set(2, 24771) // too soon
	now = now.Add(time.Second)
	p.Set(24000, 24771)
	p.Set(24001, 0)
	p.End()
	want := "\r\x1b[KImporting: 1 of 24,771\r\x1b[KImporting: 24,000 of 24,771\r\x1b[K"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestTablesAlign(t *testing.T) {
	var out bytes.Buffer
	te := New(&out, say.For("en"), Options{Width: 40})
	te.Table([]Column{{Head: "To"}, {"Objects", true}, {Head: "Words"}}, [][]string{
		{"Atlas", "2,397", "one two three four five six seven"},
		{"日本", "3", "وصل"},
	})
	want := strings.Join([]string{
		"To     Objects  Words",
		"─────  ───────  ────────────────────────",
		"Atlas    2,397  one two three four five",
		"                six seven",
		"日本         3  وصل",
		"",
	}, "\n")
	if out.String() != want {
		t.Errorf("\n%s\nwant\n%s", out.String(), want)
	}
}

func TestACellIsIsolatedOnce(t *testing.T) {
	for s, want := range map[string]bool{
		"": false, "a": false, "\u2068a\u2069": true, "\u2068a \u2068b\u2069\u2069": true,
		"\u2068a\u2069, \u2068b\u2069": false, "\u2068a\u2069.": false,
	} {
		if got := isolated(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestADayIsSaidOnceWhereItIsOne(t *testing.T) {
	for days, want := range map[int]string{0: "    24 November 2026 (14 Jumada II 1448 AH)\n", 1: "25 November 2026 (15 Jumada II 1448 AH) 12:00\u00a0UTC"} {
		var out bytes.Buffer
		s := &Story{New(&out, say.For("en"), Options{Width: 200})}
		s.Audited(Audited{Org: scene.Najd, Deeds: []Deed{{At: noon, Did: "read"}, {At: noon.AddDate(0, 0, days), Did: "read"}}})
		if !strings.Contains(out.String(), want) {
			t.Errorf("%d days: %s", days, out.String())
		}
	}
}

func TestTablesBreakBetweenWords(t *testing.T) {
	var out bytes.Buffer
	te := New(&out, say.For("en"), Options{Width: 40})
	te.Table([]Column{{Head: "Who"}, {Head: "Did"}}, [][]string{{"accreditation-officer", "accepted the card of Anatolia"}})
	want := strings.Join([]string{
		"Who                    Did",
		"─────────────────────  ─────────────────",
		"accreditation-officer  accepted the card",
		"                       of Anatolia",
		"",
	}, "\n")
	if out.String() != want {
		t.Errorf("\n%s\nwant\n%s", out.String(), want)
	}
}

func TestAnIDIsShownByItsBeginning(t *testing.T) {
	for id, want := range map[string]string{
		"person-de7a0123456789ab":                                                 "person-de7a…",
		"note--4939237f-4f2e-45d6-a7fe-99ba0c13155e":                              "note--4939237f…",
		"sha256:81579e6dfc0b604d2270688c094d46bb7c7fa2b90627eaa372188a213e65ef9d": "sha256:81579e6d…",
		"ticket-fraud-open":                                                       "ticket-fraud-open", "a--person": "a--person", "": "",
	} {
		if got := short(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

func TestWrapping(t *testing.T) {
	for _, row := range []struct {
		text  string
		limit int
		want  []string
	}{
		{"", 10, nil},
		{"one two three", 7, []string{"one two", "three"}},
		{"abcdefgh", 3, []string{"abc", "def", "gh"}},
		{"12\u202f345 objets", 7, []string{"12\u202f345", "objets"}},
		{"at \u2068ab cd\u2069 end", 5, []string{"at \u2068ab\u2069", "\u2068cd\u2069", "end"}},
	} {
		if got := wrap(row.text, row.limit); !slices.Equal(got, row.want) {
			t.Errorf("%q: %q, want %q", row.text, got, row.want)
		}
	}
}
