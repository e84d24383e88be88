package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// badObjects are objects that must be refused one by one, with a place and a reason.
var badObjects = []struct{ name, object, key, place string }{
	{"malformed", `{"type":"indicator","id":}`, "gate.syntax", "/id"},
	{"duplicate name", indicator(1, `,"name":"again"`), "gate.syntax", "/name"},
	{"wrong type", indicator(1, `,"confidence":"high"`), "gate.not-valid", "/confidence"},
	{"too deep", indicator(1, `,"x_deep":`+strings.Repeat("[", 70)+strings.Repeat("]", 70)), "gate.syntax", "/x_deep"},
	{"NUL", indicator(1, `,"description":"a\u0000b"`), "gate.syntax", "/description"},
	{"bad UTF-8", indicator(1, ",\"description\":\"a\xff\""), "gate.syntax", "/description"},
	{"lone surrogate", indicator(1, `,"description":"\ud800"`), "gate.syntax", "/description"},
	{"impossible time", versioned(1, "2026-13-45T10:00:00.000Z", ""), "gate.not-valid", "/modified"},
	{"future time", versioned(1, "2031-01-01T00:00:00.000Z", ""), "gate.future", "/modified"},
	{"id of another type", strings.Replace(indicator(1, ""), `"id":"indicator--`, `"id":"malware--`, 1), "gate.not-valid", "/id"},
	{"no required property", `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000077"}`, "gate.not-valid", "/created"},
	{"a pact by import", control("x-mithaq-pact"), "gate.control", ""},
	{"a recall by import", control("x-mithaq-recall"), "gate.control", ""},
	{"an approval by import", control("x-mithaq-approval"), "gate.control", ""},
	{"a manifest by import", control("x-mithaq-manifest"), "gate.control", ""},
	{"an envelope by import", control("x-mithaq-envelope"), "gate.control", ""},
	{"not an object", `42`, "gate.syntax", ""},
}

func control(typ string) string {
	return fmt.Sprintf(`{"type":"%s","spec_version":"2.1","id":"%s--00000000-0000-4000-8000-000000000001","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z"}`, typ, typ)
}

func TestBadObjectsAreRefusedOneByOne(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	for _, bad := range badObjects {
		t.Run(bad.name, func(t *testing.T) {
			var all []Result
			r, err := a.Intake(context.Background(), a.analyst(), strings.NewReader(bundle(indicator(8, ""), bad.object, indicator(9, ""))),
				Import{Profile: profile, Each: func(x Result) { all = append(all, x) }})
			if err != nil {
				t.Fatal(err)
			}
			if r.Read != 3 || r.Kept+r.Known != 2 || r.Refused != 1 || len(all) != 3 || all[1].Index != 1 {
				t.Fatalf("%+v", r)
			}
			holdRefusal(t, all[1].Why, bad.key, bad.place)
		})
	}
}

func holdRefusal(t *testing.T, err error, key, place string) {
	t.Helper()
	refusal, ok := errors.AsType[*mithaq.Refusal](err)
	if !ok || refusal.Key != key {
		t.Fatalf("refused with %v, want %s", err, key)
	}
	if place != "" && !strings.HasPrefix(fmt.Sprint(refusal.Args[0]), place) {
		t.Fatalf("refused at %v, want %s", refusal.Args, place)
	}
}

func TestATooLongObjectIsRefusedAndTheRestKept(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	a.Object = 4096
	profile := a.profile(nil)
	r := a.take21(profile, indicator(1, ""), indicator(2, `,"description":"`+strings.Repeat("x", 5000)+`"`), indicator(3, ""))
	if r.Kept != 2 || r.Refused != 1 {
		t.Fatalf("%+v", r)
	}
	holdRefusal(t, r.Refusals[0].Why, "gate.syntax", "")
}

func TestStrictKeepsAllOrNothing(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	strict := Import{Profile: profile, Strict: true}
	for _, bad := range badObjects {
		_, err := a.Intake(context.Background(), a.analyst(), strings.NewReader(bundle(indicator(1, ""), bad.object)), strict)
		holdRefusal(t, err, bad.key, bad.place)
		if !strings.Contains(err.Error(), "object 1: ") {
			t.Errorf("%s: %v does not name the object", bad.name, err)
		}
	}
	if left := a.versions(indicatorID(1)); len(left) != 0 {
		t.Errorf("something was kept: %v", left)
	}
	r, err := a.Intake(context.Background(), a.analyst(), strings.NewReader(bundle(indicator(1, ""), indicator(2, ""))), strict)
	if err != nil || r.Kept != 2 {
		t.Error(r, err)
	}
	// A refusal that only the store can give takes the whole back too.
	_, err = a.Intake(context.Background(), a.analyst(), strings.NewReader(bundle(indicator(3, ""), indicator(2, `,"confidence":50`))), strict)
	holdRefusal(t, err, "gate.same-version", "indicator--")
	if left := a.versions(indicatorID(3)); len(left) != 0 {
		t.Errorf("something was kept: %v", left)
	}
}

func TestASourceThatEndsTooSoonKeepsWhatCame(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	whole := bundle(indicator(1, ""), indicator(2, ""), indicator(3, ""))
	r, err := a.Intake(context.Background(), a.analyst(), strings.NewReader(whole[:len(whole)-40]), Import{Profile: profile})
	holdRefusal(t, err, "gate.cut-off", "")
	if r == nil || r.Kept != 2 {
		t.Errorf("%+v", r)
	}
	broken := errors.New("the line broke")
	r, err = a.Intake(context.Background(), a.analyst(), io.MultiReader(strings.NewReader(whole[:len(whole)-40]), iotest.ErrReader(broken)), Import{Profile: profile})
	if !errors.Is(err, broken) || r.Known != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestASecondImportAddsNone(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	first := a.take21(profile, indicator(1, ""), indicator(2, ""))
	second := a.take21(profile, indicator(1, ""), indicator(2, ""))
	if first.Kept != 2 || second.Kept != 0 || second.Known != 2 {
		t.Fatalf("%+v, then %+v", first, second)
	}
	a.must(func(tx *store.Tx) error {
		held, err := a.Store.Holdings(tx, a.node, store.HoldingQuery{})
		if len(held) != 2 {
			t.Errorf("%d holdings", len(held))
		}
		return err
	})
}

func TestOnlyGiverOrMakerVersionsAnObject(t *testing.T) {
	w, profile := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	later := versioned(1, "2026-11-21T10:00:00.000Z", "")
	revoked := versioned(1, "2026-11-22T10:00:00.000Z", `,"revoked":true`)
	theirs := b.profile(nil)
	for _, object := range []string{later, revoked} {
		r := b.take21(theirs, object)
		if r.Refused != 1 {
			t.Fatalf("najd versioned what atlas gave: %+v", r)
		}
		holdRefusal(t, r.Refusals[0].Why, "gate.foreign-version", "indicator--")
	}
	if r := a.take21(profile, later, revoked); r.Kept != 2 {
		t.Fatalf("atlas may: %+v", r)
	}
	// The same version with other content is no version.
	r := a.take21(profile, versioned(1, "2026-11-21T10:00:00.000Z", `,"confidence":10`))
	holdRefusal(t, r.Refusals[0].Why, "gate.same-version", "indicator--")
}

// shared is a world in which atlas gave najd two indicators.
func shared(t *testing.T) (*world, stix.ID) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""), indicator(2, ""))
	p := a.propose(a.ask(profile))
	a.expect(p.Release.ID, mithaq.Acknowledged, 2, 0)
	return w, profile
}

// propose proposes as a releaser for one partner and carries what goes.
func (n *node) propose(ask Ask) Proposal {
	n.w.t.Helper()
	all, err := n.Propose(context.Background(), n.releaser(), ask)
	if err != nil {
		n.w.t.Fatal(err)
	}
	n.w.carry()
	return all[0]
}

func TestWhatIsExportedAndImportedAgainMeetsItsOldHandling(t *testing.T) {
	w, _ := shared(t)
	b := w.nodes[najd]
	ours := b.profile(func(p *mithaq.SourceProfile) { p.Default.TLP, p.Default.Onward = stix.TLPClear, mithaq.OnwardOpen })
	r := b.take21(ours, indicator(1, ""))
	if r.Foreign != 1 || r.Kept+r.Known+r.Refused != 0 {
		t.Fatalf("%+v", r)
	}
	b.must(func(tx *store.Tx) error {
		held, err := b.Store.Holdings(tx, b.node, store.HoldingQuery{})
		for _, h := range held {
			if h.Giver != atlas || h.Handling.TLP != stix.TLPGreen {
				t.Errorf("held by %s with %v", h.Giver, h.Handling.TLP)
			}
		}
		return err
	})
}

func TestSTIX20IsUpgradedAndKeptBeside(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	old := `{"type":"observed-data","id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf","created":"2016-04-06T19:58:16.000Z","modified":"2016-04-06T19:58:16.000Z","first_observed":"2015-12-21T19:00:00Z","last_observed":"2015-12-21T19:00:00Z","number_observed":1,"objects":{"0":{"type":"ipv4-addr","value":"198.51.100.3"}}}`
	r := a.take21(profile, old)
	if r.Read != 1 || r.Kept != 2 || r.Upgraded != 1 {
		t.Fatalf("%+v", r)
	}
	it := a.versions("observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf")[0]
	raw, err := a.Original(context.Background(), a.analyst(), it.Seq)
	if err != nil || string(raw) != old {
		t.Errorf("%s, %v", raw, err)
	}
	if found := a.withValue("ipv4", "198.51.100.3"); len(found) != 1 {
		t.Errorf("found %v", found)
	}
}

// withValue is what an analyst finds by a value.
func (n *node) withValue(kind, text string) []store.Item {
	n.w.t.Helper()
	found, err := n.Find(context.Background(), n.analyst(), func(ctx context.Context, _ int64, _ int) (seqs []int64, err error) {
		err = n.Store.Read(ctx, func(tx *store.Tx) error {
			seqs, err = n.Store.WithValue(tx, kind, text)
			return err
		})
		return seqs, err
	}, store.Query{Limit: 10})
	if err != nil {
		n.w.t.Fatal(err)
	}
	return found.Items
}

func TestTheStrictestMarkingWinsWithinAHolding(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, `,"object_marking_refs":["`+string(stix.MarkingID(stix.TLPAmber))+`"]`),
		indicator(2, `,"object_marking_refs":["`+string(stix.MarkingID(stix.TLPClear))+`"]`))
	a.must(func(tx *store.Tx) error {
		held, err := a.Store.Holdings(tx, a.node, store.HoldingQuery{})
		if len(held) != 2 || held[0].Handling.TLP != stix.TLPAmber || held[1].Handling.TLP != stix.TLPGreen {
			t.Errorf("%+v", held)
		}
		return err
	})
}

func TestWhatConcernsAPersonIsFound(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""), indicator(2, `,"description":"call +213 555 12 34 56"`), indicator(3, `,"description":"مالك: someone@mail.example"`))
	blind := a.analyst()
	blind.Reason = ""
	for n, want := range map[int]bool{1: false, 2: true, 3: true} {
		list := a.versions(indicatorID(n))
		if len(list) != 1 || list[0].Personal != want {
			t.Errorf("indicator %d: %+v, want personal %v", n, list, want)
		}
	}
	page, _, err := a.Page(context.Background(), blind, store.Query{})
	if err != nil || len(page) != 1 {
		t.Errorf("without a reason: %d items, %v", len(page), err)
	}
	// Authors in fields that the source profile lists do not count.
	credited := a.profile(func(p *mithaq.SourceProfile) { p.Credited = []string{"description"} })
	a.take21(credited, indicator(4, `,"description":"written by someone@mail.example"`))
	if a.versions(indicatorID(4))[0].Personal {
		t.Error("a credited author counts as a person concerned")
	}
}

func TestImportsEnterTheOwnLog(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""), control("x-mithaq-pact"))
	if _, err := a.Intake(context.Background(), mithaq.Viewer{Org: atlas, Person: a.analyst().Person, Roles: []mithaq.Role{mithaq.Auditor}}, strings.NewReader("{}"), Import{Profile: profile}); !errors.Is(err, mithaq.Denied) {
		t.Error("an auditor imports", err)
	}
	if kinds := a.entries(); !slices.Contains(kinds, "import") || !slices.Contains(kinds, "source-profile") {
		t.Error(kinds)
	}
}

// entries are the kinds of the own log's entries.
func (n *node) entries() (kinds []string) {
	n.w.t.Helper()
	n.must(func(tx *store.Tx) error {
		list, err := ledger.Find(tx, n.ledger.OwnLog(), ledger.Filter{Limit: 1000})
		for _, e := range list {
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	return kinds
}

// A rehearsal says what an import would do, and keeps nothing.
func TestARehearsalKeepsNothing(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""))
	var fates []Fate
	r, err := a.Intake(context.Background(), a.analyst(), strings.NewReader(bundle(indicator(1, ""), indicator(2, ""), `{"type":"indicator"}`)),
		Import{Profile: profile, Dry: true, Each: func(x Result) { fates = append(fates, x.Fate) }})
	if err != nil || r.Read != 3 || r.Known != 1 || r.Kept != 1 || r.Refused != 1 || !slices.Equal(fates, []Fate{Known, Kept, Refused}) {
		t.Fatalf("%+v, %v, %v", r, fates, err)
	}
	if left := a.versions(indicatorID(2)); len(left) != 0 {
		t.Errorf("something was kept: %v", left)
	}
}

// What runs with a taking is durable with the objects, or neither is.
func TestWhatRunsWithATakingSharesItsTransaction(t *testing.T) {
	w := newWorld(t, atlas)
	n := w.nodes[atlas]
	profile := n.profile(nil)
	objects := [][]byte{[]byte(indicator(1, "")), []byte(`{"type":"indicator"}`), []byte(indicator(1, ""))}
	var fates []Fate
	note := func(fail error) func(tx *store.Tx, results []Result) error {
		return func(tx *store.Tx, results []Result) error {
			fates = fates[:0]
			for i, r := range results {
				if r.Index != i {
					t.Errorf("result %d is of object %d", i, r.Index)
				}
				fates = append(fates, r.Fate)
			}
			return errors.Join(tx.Note("place", "moved"), fail)
		}
	}
	noted := func() (value string) {
		n.must(func(tx *store.Tx) (err error) { value, err = tx.Noted("place"); return err })
		return value
	}
	how := Import{Profile: profile, Name: "feed"}
	broken := errors.New("broken")
	if _, err := n.Take(t.Context(), n.analyst(), objects, how, note(broken)); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if noted() != "" || len(n.versions(indicatorID(1))) != 0 {
		t.Error("something of a failed transaction is there")
	}
	report, err := n.Take(t.Context(), n.analyst(), objects, how, note(nil))
	if err != nil || report.Read != 3 || report.Kept != 1 || report.Known != 1 || report.Refused != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if noted() != "moved" || len(n.versions(indicatorID(1))) != 1 || !slices.Equal(fates, []Fate{Kept, Refused, Known}) {
		t.Errorf("noted %q, fates %v", noted(), fates)
	}
	if _, err := n.Take(t.Context(), n.analyst(), nil, how, note(nil)); err != nil || len(fates) != 0 {
		t.Errorf("without objects: %v, %v", err, fates)
	}
	if _, err := n.Take(t.Context(), mithaq.Viewer{Org: atlas, Node: true}, objects, how, note(nil)); !errors.Is(err, mithaq.Denied) {
		t.Errorf("a viewer who may not import: %v", err)
	}
}
