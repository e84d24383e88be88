package peer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// backend is the TAXII side of the links: a root a link, in it an inbox to
// write to and outboxes to read from. The caller is a partner.
type backend struct{ p *Peer }

// acquaintance is the root of the link without a pact.
const acquaintance = "acquaintance"

func rootOf(pact stix.ID) string {
	if pact == "" {
		return acquaintance
	}
	return pact.UUID()
}

// pactOf is the pact a root stands for. NotFound: none could.
func pactOf(root string) (stix.ID, error) {
	if root == acquaintance {
		return "", nil
	}
	id := stix.ID(mithaq.TypePact + "--" + root)
	if !id.Valid() {
		return "", taxii.NotFound("API root")
	}
	return id, nil
}

// boxes are the collections of a root: by alias, the lanes they show.
var boxes = []struct {
	alias string
	lanes []mithaq.Lane
}{
	{"inbox", nil},
	{"outbox", mithaq.Lanes},
	{"outbox-control", mithaq.Lanes[0:1]},
	{"outbox-case", mithaq.Lanes[1:2]},
	{"outbox-bulk", mithaq.Lanes[2:3]},
}

// box is the collection with an id or alias, as a pact's root has it.
func box(root, id string) (taxii.Collection, []mithaq.Lane, error) {
	for _, b := range boxes {
		c := collection(root, b.alias)
		if id == c.ID || id == c.Alias {
			return c, b.lanes, nil
		}
	}
	return taxii.Collection{}, nil, taxii.NotFound("collection")
}

func collection(root, alias string) taxii.Collection {
	u := sha256.Sum256([]byte("mithaq/v1/collection\x00" + root + "\x00" + alias))
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80 // RFC 9562, 5.4
	return taxii.Collection{
		ID:    fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16]),
		Title: alias, Alias: alias, CanRead: alias != "inbox", CanWrite: alias == "inbox",
	}
}

// Discovery lists the links with the caller on which anything ever went out.
func (b *backend) Discovery(ctx context.Context) (taxii.Discovery, error) {
	d := taxii.Discovery{Title: string(b.p.cfg.Org), Default: "/" + acquaintance + "/", APIRoots: []string{"/" + acquaintance + "/"}}
	err := b.p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		lanes, err := lanesWhere(tx, "sender = ? AND receiver = ?", b.p.cfg.Org, callerOf(ctx).org)
		for _, l := range lanes {
			if root := "/" + rootOf(l.Pact) + "/"; !slices.Contains(d.APIRoots, root) {
				d.APIRoots = append(d.APIRoots, root)
			}
		}
		return err
	})
	return d, err
}

// Root is there for any pact: whether it is one of the caller's shows in what
// its boxes hold and take.
func (b *backend) Root(_ context.Context, root string) (taxii.APIRoot, error) {
	if _, err := pactOf(root); err != nil {
		return taxii.APIRoot{}, err
	}
	return taxii.APIRoot{Title: root, Versions: []string{taxii.MediaType}, MaxContentLength: b.p.cfg.Body}, nil
}

// Collections lists the boxes.
func (b *backend) Collections(_ context.Context, root string) (all []taxii.Collection, err error) {
	if _, err := pactOf(root); err != nil {
		return nil, err
	}
	for _, x := range boxes {
		all = append(all, collection(root, x.alias))
	}
	return all, nil
}

// Collection is one box.
func (b *backend) Collection(_ context.Context, root, id string) (taxii.Collection, error) {
	if _, err := pactOf(root); err != nil {
		return taxii.Collection{}, err
	}
	c, _, err := box(root, id)
	return c, err
}

// Records is one message that waits for the caller, the most urgent: a page
// holds one message, whole. It goes away when its receipt comes, or is passed
// over by added_after.
func (b *backend) Records(ctx context.Context, root, id string, q taxii.Query) (page taxii.Page, err error) {
	pact, err := pactOf(root)
	if err != nil {
		return page, err
	}
	_, boxLanes, err := box(root, id)
	if err != nil {
		return page, err
	}
	err = b.p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		lanes, err := lanesWhere(tx, "sender = ? AND receiver = ? AND pact = ? AND frozen = ''", b.p.cfg.Org, callerOf(ctx).org, pact)
		if err != nil {
			return err
		}
		lanes = slices.DeleteFunc(lanes, func(l *lane) bool { return !slices.Contains(boxLanes, l.Lane) })
		page, err = b.p.page(tx, lanes, q)
		return err
	})
	return page, err
}

func (p *Peer) page(tx *store.Tx, lanes []*lane, q taxii.Query) (taxii.Page, error) {
	var page taxii.Page
	for _, l := range lanes {
		if len(page.Records) > 0 {
			more, err := waits(tx, l.id)
			if err != nil || more {
				page.More = more
				return page, err
			}
			continue
		}
		after, err := sequenceAt(tx, l, q.AddedAfter)
		if err != nil {
			return page, err
		}
		c, err := p.nextParcel(tx, l, after)
		if errors.Is(err, mithaq.NotFound) || errors.Is(err, mithaq.Denied) {
			continue // nothing there, or held back
		}
		if err != nil {
			return page, err
		}
		page.Records = c.records()
	}
	return page, nil
}

// sequenceAt is the last sequence that had entered a lane by a time.
func sequenceAt(tx *store.Tx, l *lane, t time.Time) (n int64, err error) {
	if t.IsZero() {
		return 0, nil
	}
	err = tx.QueryRow("SELECT coalesce(max(sequence), 0) FROM peer_envelope WHERE lane = ? AND created <= ?", l.id, micros(t)).Scan(&n)
	return n, named(err, "lane %d", l.id)
}

// records are the parts of a message, all added when it was.
func (c *parcel) records() []taxii.Record {
	list := make([]taxii.Record, len(c.parts))
	for i, raw := range c.parts {
		list[i] = taxii.Record{DateAdded: time.UnixMicro(c.added), Raw: raw}
	}
	return list
}

// Add takes a message, or receipts on their own.
func (b *backend) Add(ctx context.Context, root, _ string, _ io.Reader) (taxii.Status, error) {
	pact, err := pactOf(root)
	if err != nil {
		return taxii.Status{}, err
	}
	c := callerOf(ctx)
	st := taxii.Status{ID: stix.NewID("status").UUID(), Status: "complete"}
	if receipts, ok := bareReceipts(c.request.Body); ok {
		err = b.p.settleAll(ctx, c.org, receipts, roadPoll)
		st.TotalCount, st.SuccessCount = len(receipts), len(receipts)
	} else {
		a := &arrival{p: b.p, from: c.org, road: roadPush, pact: &pact}
		st.Receipt, err = b.p.receive(ctx, a, c.request.Body)
		countReceipt(&st)
	}
	if err != nil {
		return taxii.Status{}, told(err)
	}
	return st, nil
}

// Status is not kept: the answer to a POST says it all.
func (b *backend) Status(context.Context, string, string) (taxii.Status, error) {
	return taxii.Status{}, taxii.NotFound("status")
}

// Delete is nobody's right.
func (b *backend) Delete(context.Context, string, string, taxii.Query) error {
	return taxii.Errorf(403, "nothing is deleted here")
}

// bareReceipts are the objects of a TAXII envelope whose first is a receipt.
func bareReceipts(body []byte) (receipts []jsontext.Value, ok bool) {
	const most = 16 << 20
	if len(body) > most || !strings.Contains(string(body[:min(len(body), 4096)]), mithaq.TypeReceipt) {
		return nil, false
	}
	var e struct {
		Objects []jsontext.Value `json:"objects"`
	}
	if err := json.Unmarshal(body, &e); err != nil || len(e.Objects) == 0 {
		return nil, false
	}
	var head struct {
		Type string `json:"type"`
	}
	err := json.Unmarshal(e.Objects[0], &head)
	return e.Objects, err == nil && head.Type == mithaq.TypeReceipt
}

// settleAll takes note of receipts from a partner.
func (p *Peer) settleAll(ctx context.Context, from mithaq.OrgID, receipts []jsontext.Value, road string) error {
	for _, raw := range receipts {
		s, err := p.readReceipt(raw, road)
		if err == nil && s.receipt.From != from {
			err = mithaq.Refuse(mithaq.Denied, "receipt.not-from-partner", s.receipt.From, from)
		}
		if err != nil {
			return err
		}
		if err := p.cfg.Store.Write(ctx, func(tx *store.Tx) error { _, _, err := s.settle(tx); return err }); err != nil {
			return err
		}
	}
	return nil
}

// countReceipt gives a status the counts of its receipt. TAXII 2.1, 4.3.1
func countReceipt(st *taxii.Status) {
	var r struct {
		Accepted int              `json:"accepted"`
		Refused  []jsontext.Value `json:"refused"`
	}
	if json.Unmarshal(st.Receipt, &r) == nil {
		st.TotalCount, st.SuccessCount, st.FailureCount = r.Accepted+len(r.Refused), r.Accepted, len(r.Refused)
	}
}
