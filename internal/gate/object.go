package gate

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// An object is one STIX object as the gate reads it: outside any transaction,
// with all that follows from its bytes alone.
type object struct {
	item       store.NewItem
	typ        string
	extensions []string
	revoked    bool
	original   []byte // STIX 2.0, when it came as that
	advice     int    // departures from what the standard advises
	fault      error  // why it is refused; the rest may then be empty
}

// A reading is how objects are read: within which limits, at what time, and in
// which fields of theirs names are those of authors.
type reading struct {
	limits   stix.Limits
	now      time.Time
	credited map[string]bool
	advise   bool
	upgrade  bool // STIX 2.0 is upgraded; a partner's is refused
}

func (g *Gate) reading(now time.Time) *reading {
	return &reading{limits: stix.Limits{Size: g.Object}, now: now}
}

// objects reads one object of an import; of STIX 2.0 several may come out.
func (r *reading) objects(raw []byte) []object {
	o, err := stix.Parse(raw, r.limits)
	if err != nil {
		return []object{{fault: syntax(err)}}
	}
	if !r.upgrade || !o.IsVersion20() {
		return []object{r.object(o)}
	}
	upgraded, err := o.Upgrade()
	if err != nil {
		return []object{{item: store.NewItem{ID: o.ID()}, typ: string(o.Type()), fault: upgradeFault(err)}}
	}
	list := make([]object, len(upgraded))
	for i, u := range upgraded {
		list[i] = r.one(u.Raw)
	}
	list[0].original = o.Raw()
	return list
}

// one reads one object of STIX 2.1.
func (r *reading) one(raw []byte) object {
	o, err := stix.Parse(raw, r.limits)
	if err != nil {
		return object{fault: syntax(err)}
	}
	return r.object(o)
}

func (r *reading) object(o *stix.Object) object {
	modified, _ := o.Modified()
	created, _ := o.Created()
	tlp, _ := o.TLP()
	x := object{
		typ: string(o.Type()), revoked: o.Revoked(),
		item: store.NewItem{
			Raw: o.Raw(), ID: o.ID(), Version: modified.String(), Created: created.Time(), Modified: modified.Time(), TLP: tlp,
		},
	}
	if x.fault = r.check(o, &x); x.fault != nil {
		return x
	}
	x.item.Digest = mithaq.DigestOf(o.Raw())
	for e := range o.Extensions() {
		x.extensions = append(x.extensions, e.Key)
	}
	r.find(o, &x)
	return x
}

// check says why an object cannot be kept. Its problems that are advice are counted.
func (r *reading) check(o *stix.Object, x *object) error {
	if mithaq.IsControl(x.typ) {
		return denied("gate.control", x.typ)
	}
	var must []stix.Problem
	for _, p := range stix.Validate(o, stix.Options{Should: r.advise}) {
		if p.Level == stix.Must {
			must = append(must, p)
		} else {
			x.advice++
		}
	}
	if len(must) > 0 {
		return problem(must)
	}
	if future := stix.Future(o, r.now.Add(mithaq.Skew)); len(future) > 0 {
		return invalid("gate.future", future[0].Pointer, future[0].Text)
	}
	return nil
}

// problem is a refusal that names the first place where an object departs from
// the standard, and how many others there are.
func problem(list []stix.Problem) error {
	p := list[0]
	return invalid("gate.not-valid", p.Pointer, p.Text, p.Section, len(list)-1)
}

func syntax(err error) error {
	if s, ok := errors.AsType[*stix.SyntaxError](err); ok {
		return invalid("gate.syntax", s.Pointer, s.Offset, s.Text)
	}
	return err
}

func upgradeFault(err error) error {
	if u, ok := errors.AsType[*stix.UpgradeError](err); ok {
		return invalid("gate.no-upgrade", u.Pointer, u.Text)
	}
	return syntax(err)
}

// find takes values and references out of an object and says whether it concerns a person.
// Derive finds in an object's bytes what intake found in them, for store.Reindex.
func Derive(raw []byte) (store.Derived, error) {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return store.Derived{}, syntax(err)
	}
	var r reading
	x := object{typ: string(o.Type())}
	r.find(o, &x)
	tlp, _ := o.TLP()
	return store.Derived{Values: x.item.Values, Refs: x.item.Refs, TLP: tlp}, nil
}

func (r *reading) find(o *stix.Object, x *object) {
	x.item.Personal = mithaq.BearsPerson(x.typ) || x.typ == "identity" && o.String("identity_class") == "individual"
	for _, v := range value.FromObject(x.typ, o.Member) {
		x.add(v)
	}
	r.prose(o, x)
	for place, id := range o.Refs() {
		x.item.Refs = append(x.item.Refs, store.Ref{Kind: property(place), Target: id})
	}
}

func (x *object) add(v value.Value) {
	x.item.Personal = x.item.Personal || v.Person
	x.item.Values = append(x.item.Values, store.Value{Kind: string(v.Kind), Text: v.Text})
}

// proseFields hold running text in which a person may be named.
var proseFields = []string{"description", "content", "abstract", "explanation", "opinion", "name"}

// prose finds the values in running text that can name a person. Most text
// holds none, which a look at its bytes shows.
func (r *reading) prose(o *stix.Object, x *object) {
	for _, field := range proseFields {
		if r.credited[field] {
			continue
		}
		raw, ok := o.Member(field)
		if !ok || !mayName(raw) {
			continue
		}
		for _, v := range value.FromText(o.String(field)) {
			if v.Person && !x.has(v) {
				x.add(v)
			}
		}
	}
}

func (x *object) has(v value.Value) bool {
	for _, have := range x.item.Values {
		if have.Text == v.Text && have.Kind == string(v.Kind) {
			return true
		}
	}
	return false
}

// mayName reports whether text may hold an e-mail address, a phone number, an
// account number or a crypto address: an @ or its disguises, or a run of digits
// with a sign of one of them.
func mayName(text []byte) bool {
	if bytes.IndexByte(text, '@') >= 0 || bytes.Contains(text, []byte("(at)")) || bytes.Contains(text, []byte("[at]")) {
		return true
	}
	digits := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9', c >= 0xd9 && c <= 0xdb: // and the first byte of Arabic digits
			digits++
			if digits >= 7 {
				return true
			}
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c >= 0x80:
		default:
			digits = 0
		}
	}
	return false
}

// property is the member of a JSON pointer that holds a reference:
// "/object_refs/3" is object_refs.
func property(pointer string) string {
	parts := strings.Split(pointer, "/")
	for i := len(parts) - 1; i > 0; i-- {
		if strings.HasSuffix(parts[i], "_ref") || strings.HasSuffix(parts[i], "_refs") {
			return parts[i]
		}
	}
	return strings.TrimPrefix(pointer, "/")
}

// inParallel calls f for every index below n, on all cores, in stretches.
func inParallel(ctx context.Context, n int, f func(i int)) error {
	const stretch = 64
	workers := min(runtime.GOMAXPROCS(0), (n+stretch-1)/stretch)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return ctx.Err()
	}
	next := make(chan int)
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for from := range next {
				for i := from; i < min(from+stretch, n); i++ {
					f(i)
				}
			}
		})
	}
	for from := 0; from < n && ctx.Err() == nil; from += stretch {
		next <- from
	}
	close(next)
	done.Wait()
	return ctx.Err()
}
