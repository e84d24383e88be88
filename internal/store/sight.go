package store

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A sight is a viewer's right to read as a condition on item i and holding h,
// so that it stands in the query beside the rows it protects. It is
// mithaq.Viewer.MayRead in SQL, narrowed: what was recalled or has lapsed is
// for the node alone, which is about to erase it.
type sight struct {
	all  bool // everything
	cond string
	args []any
}

var nothing = sight{cond: "FALSE"}

// What a viewer other than the node reads: holdings in use.
var (
	alive  = fmt.Sprintf("state IN (%d, %d, %d)", mithaq.Held, mithaq.Restricted, mithaq.Disputed)
	living = "h." + alive
)

func (tx *Tx) sight(v mithaq.Viewer) (sight, error) {
	switch {
	case v.Check() != nil:
		return nothing, nil
	case v.Node:
		return sight{all: true, cond: fmt.Sprintf("h.state <> %d", mithaq.Erased)}, nil
	case v.WriteOnly:
		return nothing, nil
	}
	var ways []string
	var args []any
	if v.Person != "" {
		person, err := tx.known(string(v.Person))
		if err != nil {
			return nothing, err
		}
		ways = append(ways, fmt.Sprintf(`h.tlp = %d AND EXISTS (SELECT 1 FROM recipient r WHERE r.item = h.item AND r.giver = h.giver
			AND r.under = h.under AND r.casefile = h.casefile AND r.person = ?)`, stix.TLPRed))
		args = append(args, person)
	}
	open, cases, err := tx.cases(v)
	if err != nil {
		return nothing, err
	}
	if open {
		cases = append(cases, 0)
	}
	if len(cases) > 0 {
		cond, some := among("h.casefile", cases)
		ways = append(ways, fmt.Sprintf("h.tlp <> %d AND %s", stix.TLPRed, cond))
		args = append(args, some...)
	}
	if len(ways) == 0 {
		return nothing, nil
	}
	cond := living + " AND (" + strings.Join(ways, " OR ") + ")"
	if v.Ceiling != 0 {
		cond += fmt.Sprintf(" AND h.tlp BETWEEN %d AND %d", stix.TLPClear, v.Ceiling)
	}
	if !v.HasReason() {
		cond += " AND i.personal = 0"
	}
	return sight{cond: cond, args: args}, nil
}

// cases says whether the viewer reads what belongs to no case, and the cases whose holdings it reads.
func (tx *Tx) cases(v mithaq.Viewer) (open bool, cases []int64, err error) {
	staff := v.Is(mithaq.Analyst, mithaq.Releaser, mithaq.Supervisor, mithaq.LegalOfficer)
	if v.Token == "" && !staff && !v.Is(mithaq.Guest) {
		return false, nil, nil
	}
	for _, c := range v.Cases {
		id, err := tx.known(string(c))
		if err != nil {
			return false, nil, err
		}
		if id != 0 {
			cases = append(cases, id)
		}
	}
	return staff || v.Token != "" && v.HasReason(), distinct(cases), nil
}

// among is the condition that col is one of list. The list is padded to a power
// of two with its last number, so that few statements need to be prepared.
func among[T ~int | ~int64](col string, list []T) (string, []any) {
	if len(list) == 0 {
		return "FALSE", nil
	}
	n := 1 << bits.Len(uint(len(list)-1))
	args := make([]any, n)
	for i := range args {
		args[i] = int64(list[min(i, len(list)-1)])
	}
	return col + " IN (" + marks(n) + ")", args
}

// items is the condition that item alias has a holding in sight; more narrows the holding.
func (g sight) items(alias, more string, moreArgs ...any) (string, []any) {
	if g.all && more == "" {
		return "TRUE", nil
	}
	cond := strings.ReplaceAll(g.cond, "i.personal", alias+".personal")
	return "EXISTS (SELECT 1 FROM holding h WHERE h.item = " + alias + ".seq AND " + cond + more + ")",
		append(append([]any{}, g.args...), moreArgs...)
}
