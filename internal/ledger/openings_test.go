package ledger

import (
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// openedCase is a world with a release of a case among other entries, opened,
// and the object that the release carried.
func openedCase(t *testing.T) (w *world, all []Opened, raw []byte) {
	t.Helper()
	w = newWorldIn(t, openStore(t))
	id, other := stix.NewID(mithaq.TypeCase), stix.NewID(mithaq.TypeCase)
	release := stix.NewID(mithaq.TypeRelease)
	raw = []byte(`{"type":"note"}`)
	salt := mithaq.ObjectSalt{1, 2, 3}
	digest := mithaq.ObjectDigest(salt, raw)
	write(t, w.s, func(tx *store.Tx) error {
		for _, a := range []mithaq.Account{
			{Kind: "case", Case: string(id)},
			{Kind: "case", Case: string(other)},
			{Kind: "read"},
			{Kind: "release-approved", About: release}, // before the entry that says whose case it is
		} {
			if _, _, err := w.l.Own(tx, a); err != nil {
				return err
			}
		}
		account, err := jcs.Marshal(&mithaq.Account{Kind: "release", At: mithaq.At(testTime), Case: string(id), About: release})
		if err != nil {
			return err
		}
		o := NewOpening(account)
		o.ContentRoot = mithaq.TreeRoot([]mithaq.Digest{digest})
		_, _, err = Append(tx, w.kept, o.Leaf(), o)
		return err
	})
	if _, err := w.l.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	read(t, w.s, func(tx *store.Tx) (err error) {
		all, err = OpenCase(tx, id, func(_ *store.Tx, origin string, index int64) ([]OpenedObject, error) {
			if origin != testOrigin {
				return nil, nil
			}
			return []OpenedObject{{digest, salt}}, nil
		})
		return err
	})
	return w, all, raw
}

func (w *world) verifierOf(origin string) *Verifier { return logVerifier(w.t, origin, w.pub) }

func TestOpeningsOfACaseHaveItsEntriesAndNoOthers(t *testing.T) {
	w, all, raw := openedCase(t)
	var kinds []string
	for i := range all {
		if err := all[i].Check(w.verifierOf(all[i].Origin)); err != nil {
			t.Error(err)
		}
		kind, _, _ := strings.Cut(all[i].Account[strings.Index(all[i].Account, `"kind":"`)+8:], `"`)
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	if want := []string{"case", "release", "release-approved"}; !slices.Equal(kinds, want) {
		t.Errorf("opened %v, want %v", kinds, want)
	}
	carried := 0
	for i := range all {
		if all[i].Carried(raw) == 0 {
			carried++
		}
		if all[i].Carried([]byte(`{"type":"note" }`)) != -1 {
			t.Error("other bytes are said to have crossed")
		}
	}
	if carried != 1 {
		t.Errorf("the object crossed %d times, want once", carried)
	}
}

func TestNothingOfAnOpeningCanBeChanged(t *testing.T) {
	w, all, _ := openedCase(t)
	release := slices.IndexFunc(all, func(o Opened) bool { return o.Origin == testOrigin })
	own := slices.IndexFunc(all, func(o Opened) bool { return o.Origin != testOrigin })
	if release < 0 || own < 0 {
		t.Fatalf("opened %v", all)
	}
	for what, change := range map[string]func(o *Opened){
		"account":      func(o *Opened) { o.Account = strings.Replace(o.Account, "release", "reading", 1) },
		"account salt": func(o *Opened) { o.AccountSalt[0]++ },
		"content root": func(o *Opened) { o.ContentRoot[0]++ },
		"content salt": func(o *Opened) { o.ContentSalt[0]++ },
		"commitment":   func(o *Opened) { o.Content[0]++ },
		"objects":      func(o *Opened) { o.Objects[0].Digest[0]++ },
		"more objects": func(o *Opened) { o.Objects = append(o.Objects, o.Objects[0]) },
		"index":        func(o *Opened) { o.Index++ },
		"no proof":     func(o *Opened) { o.Proof = "" },
		"half a proof": func(o *Opened) { o.Proof = o.Proof[:len(o.Proof)/2] },
		"other proof":  func(o *Opened) { o.Proof = all[own].Proof },
		"other log":    func(o *Opened) { o.Origin = all[own].Origin },
	} {
		o := all[release]
		o.Objects = slices.Clone(o.Objects)
		change(&o)
		if err := o.Check(w.verifierOf(o.Origin)); err == nil {
			t.Errorf("%s changed, and nothing was found", what)
		}
	}
	_, stranger := newKey(t)
	if err := all[release].Check(logVerifier(t, testOrigin, stranger)); err == nil {
		t.Error("another's key was taken for the log's")
	}
}

// Once content is erased its objects are not opened any more, and the account is.
func TestAnErasedEntryStillOpensItsAccount(t *testing.T) {
	w, all, raw := openedCase(t)
	i := slices.IndexFunc(all, func(o Opened) bool { return o.Origin == testOrigin })
	write(t, w.s, func(tx *store.Tx) error { return EraseContent(tx, w.kept, all[i].Index) })
	read(t, w.s, func(tx *store.Tx) error {
		e, err := EntryAt(tx, w.kept, all[i].Index)
		if err != nil {
			return err
		}
		log, err := LogOf(tx, w.kept)
		if err != nil {
			return err
		}
		o, err := open(tx, log, e)
		if err != nil {
			return err
		}
		o.Objects = []OpenedObject{{Digest: all[i].Objects[0].Digest}}
		if err := o.Check(w.verifierOf(o.Origin)); err != nil {
			t.Error(err)
		}
		forged := o // nothing binds the objects any more, so none may be claimed
		forged.Objects = all[i].Objects
		if err := forged.Check(w.verifierOf(o.Origin)); err == nil {
			t.Error("an object is claimed of a content that is erased")
		}
		if o.Account != all[i].Account || o.Carried(raw) != -1 {
			t.Errorf("account %s, carried at %d", o.Account, o.Carried(raw))
		}
		return nil
	})
}
