// Package redline holds an organisation's own red lines, written in Cedar. They
// stand above every pact: what they forbid neither leaves nor comes in, whatever
// was agreed.
//
//	@id("no-victims")
//	forbid (principal, action == Action::"give", resource)
//	when { resource.subjects.contains("victim") };
//
// A red line can only forbid. Each is validated strictly against the schema
// beside this file when it is loaded, so that a misspelt attribute is an error
// then and not a rule that never holds; a policy that cannot be evaluated all
// the same is a refusal under its name.
//
// What an attacker holding it can do: whoever writes the file can lift an
// organisation's red lines, which no pact relies on; they can forbid everything.
package redline

import (
	_ "embed"
	"fmt"
	"os"
	"slices"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"github.com/mithaq-hub/mithaq"
)

//go:embed schema.cedarschema
var schemaText []byte

// Schema is what red lines may speak of, in Cedar's language for schemas.
func Schema() string { return string(schemaText) }

// Lines are red lines in force. They do not change, and any number of decisions
// may ask them at once.
type Lines struct {
	set   *cedar.PolicySet
	check *validate.Validator
	lines int // without the rest
}

// None are no red lines.
func None() *Lines { return &Lines{} }

// Load reads red lines from a file.
func Load(path string) (*Lines, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("red lines: %w", err)
	}
	return Parse(path, text)
}

// Parse reads red lines; name is where they stand, for errors. Invalid: what
// Cedar cannot read, a policy that permits, two of one id, or a policy that is
// not strictly valid; the policy is named.
func Parse(name string, text []byte) (*Lines, error) {
	list, err := cedar.NewPolicyListFromBytes(name, text)
	if err != nil {
		return nil, mithaq.Refuse(mithaq.Invalid, "redline.unreadable", name, err.Error())
	}
	check, err := validator()
	if err != nil {
		return nil, err
	}
	l := &Lines{set: cedar.NewPolicySet(), check: check}
	for i, p := range list {
		if err := l.add(idOf(p, i), p); err != nil {
			return nil, err
		}
	}
	return l, l.permitTheRest()
}

func validator() (*validate.Validator, error) {
	var s schema.Schema
	if err := s.UnmarshalCedar(schemaText); err != nil {
		return nil, fmt.Errorf("schema of red lines: %w", err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		return nil, fmt.Errorf("schema of red lines: %w", err)
	}
	return validate.New(resolved, validate.WithStrict()), nil
}

// idOf is the name that a policy gives itself, or where it stands.
func idOf(p *cedar.Policy, i int) string {
	if id := string(p.Annotations()["id"]); id != "" {
		return id
	}
	return fmt.Sprintf("policy %d", i+1)
}

func (l *Lines) add(id string, p *cedar.Policy) error {
	if p.Effect() != cedar.Forbid {
		return mithaq.Refuse(mithaq.Invalid, "redline.permits", id)
	}
	if err := l.check.Policy(id, (*ast.Policy)(p.AST())); err != nil {
		return mithaq.Refuse(mithaq.Invalid, "redline.not-valid", id, err.Error())
	}
	if !l.set.Add(cedar.PolicyID(id), p) {
		return mithaq.Refuse(mithaq.Invalid, "redline.not-valid", id, "named twice")
	}
	l.lines++
	return nil
}

// theRest is the policy under which what no red line forbids goes on.
const theRest = "the rest"

func (l *Lines) permitTheRest() error {
	var p cedar.Policy
	if err := p.UnmarshalCedar([]byte("permit (principal, action, resource);")); err != nil {
		return err
	}
	l.set.Add(theRest, &p)
	return nil
}

// Names are the red lines, sorted.
func (l *Lines) Names() (names []string) {
	if l.set == nil {
		return nil
	}
	for id := range l.set.All() {
		if id != theRest {
			names = append(names, string(id))
		}
	}
	slices.Sort(names)
	return names
}

// Crossed names, sorted, the red lines that forbid a crossing, and those that
// could not be evaluated, which refuse too; none where it may go on.
func (l *Lines) Crossed(f *mithaq.Facts, q *mithaq.Request) []string {
	if l.lines == 0 {
		return nil
	}
	entities, request := question(f, q)
	decision, why := cedar.Authorize(l.set, entities, request)
	var names []string
	for _, e := range why.Errors {
		names = append(names, string(e.PolicyID))
	}
	if decision == cedar.Deny {
		for _, r := range why.Reasons {
			names = append(names, string(r.PolicyID))
		}
		if len(names) == 0 {
			names = append(names, "not decided")
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

var (
	give = cedar.NewEntityUID("Action", "give")
	take = cedar.NewEntityUID("Action", "take")
	item = cedar.NewEntityUID("Item", "item")
)

// question is a crossing as Cedar sees it.
func question(f *mithaq.Facts, q *mithaq.Request) (cedar.EntityMap, cedar.Request) {
	other, action := q.To, give
	if q.Side == mithaq.Receiver {
		other, action = q.From, take
	}
	who := cedar.NewEntityUID("Organisation", cedar.String(other))
	entities := cedar.EntityMap{
		who:  {UID: who},
		item: {UID: item, Attributes: attributes(f)},
	}
	return entities, cedar.Request{Principal: who, Action: action, Resource: item, Context: surroundings(q)}
}

func attributes(f *mithaq.Facts) cedar.Record {
	h := &f.Handling
	return cedar.NewRecord(cedar.RecordMap{
		"type":        cedar.String(f.Type),
		"extensions":  set(f.Extensions),
		"tlp":         cedar.Long(h.TLP),
		"pap":         cedar.Long(h.PAP),
		"codes":       set(h.Codes.Words()),
		"source":      cedar.Long(h.Source),
		"information": cedar.Long(h.Info),
		"subjects":    set(h.Subjects.Words()),
		"nature":      cedar.String(h.Nature.String()),
		"purposes":    set(h.Purposes),
		"originator":  cedar.String(h.Originator),
		"onward":      cedar.String(h.Onward.String()),
		"personal":    cedar.Boolean(f.Personal || h.Subjects.Persons() != 0),
		"assessment":  cedar.String(f.Assessed.String()),
		"state":       cedar.String(f.State.String()),
	})
}

func surroundings(q *mithaq.Request) cedar.Record {
	return cedar.NewRecord(cedar.RecordMap{
		"purpose":   cedar.String(q.Purpose),
		"basis":     cedar.String(q.Basis),
		"urgency":   set(q.Urgency.Words()),
		"use":       cedar.String(q.Use.String()),
		"attended":  cedar.Boolean(q.Attended),
		"approvals": cedar.Long(q.Approvals),
	})
}

func set[T ~string](list []T) cedar.Set {
	values := make([]types.Value, len(list))
	for i, s := range list {
		values[i] = cedar.String(s)
	}
	return cedar.NewSet(values...)
}
