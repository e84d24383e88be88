package mispapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/testdata"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

const org mithaq.OrgID = "atlas.example"

// nowhere reaches nobody.
type nowhere struct{}

func (nowhere) Delivered(*store.Tx, int64) ([]gate.Given, error) { return nil, nil }
func (nowhere) Forget(*store.Tx, ...int64) error                 { return nil }
func (nowhere) Came(*store.Tx, int64) ([]gate.Came, error)       { return nil, nil }
func (nowhere) Inside(*store.Tx, stix.ID) (*gate.Inside, error)  { return nil, mithaq.NotFound }

// A desk is a server over a real gate, with two tools: one that writes, and one that
// only reads.
type desk struct {
	t       testing.TB
	g       *gate.Gate
	s       *Server
	now     time.Time
	profile stix.ID
	spent   int64
	empty   int
	entries []mithaq.Account
	legal   mithaq.Viewer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	d.legal = mithaq.Viewer{Org: org, Person: "person-0123456789abcdef", Roles: []mithaq.Role{mithaq.Supervisor, mithaq.Analyst}}
	clock := func() time.Time { return d.now }
	st, err := store.Open(context.Background(), store.Config{
		Dir: t.TempDir(), Migrations: []store.Migration{pact.Migration(), gate.Migration()}, Now: clock,
	})
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	pair, err := sign.Generate()
	must(t, err)
	d.g = gate.New(gate.Config{
		Store: st, Org: org, Signer: pair, Reach: nowhere{},
		Enter: func(_ *store.Tx, a mithaq.Account) error { d.entries = append(d.entries, a); return nil },
	})
	d.profile = d.newProfile(mithaq.Handling{TLP: stix.TLPGreen, Originator: org})
	d.s = New(Config{
		Gate: d.g, Org: org, Name: "Atlas", Now: clock, Viewer: d.viewer, Source: d.source,
		Spend: func(_ context.Context, _ mithaq.Viewer, n int64) error { d.spent += n; return nil },
		Empty: func(mithaq.Viewer) { d.empty++ },
	})
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) newProfile(h mithaq.Handling) stix.ID {
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(d.now), "tools")
	p.Org, p.Person, p.Basis, p.Default = org, d.legal.Person, mithaq.LegalBasis{Ref: "MoU 4"}, h
	must(d.t, d.g.Store.Write(context.Background(), func(tx *store.Tx) error {
		_, err := d.g.KeepProfile(tx, d.legal, p)
		return err
	}))
	return p.ID
}

func (d *desk) viewer(_ context.Context, token string) (mithaq.Viewer, error) {
	v := mithaq.Viewer{Org: org, Token: token, Reason: "service " + token, Purpose: mithaq.NetworkDefence, Basis: "MoU 4"}
	if token != "writer" && token != "reader" {
		return v, mithaq.Unauthenticated
	}
	return v, nil
}

func (d *desk) source(_ context.Context, v mithaq.Viewer) (Source, error) {
	if v.Token != "writer" {
		return Source{}, nil
	}
	return Source{Profile: d.profile, Red: []mithaq.PersonID{d.legal.Person}}, nil
}

// do sends a request as PyMISP does, with the bare token.
func (d *desk) do(token, method, path, body string) *httptest.ResponseRecorder {
	r, w := d.request(token, method, path, body)
	d.s.ServeHTTP(w, r)
	return w
}

func (d *desk) request(token, method, path, body string) (*http.Request, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	return r, httptest.NewRecorder()
}

// realEvents are the files of ../shared/data/misp that hold an event with a title.
func realEvents(t *testing.T) map[string][]byte {
	all := map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(testdata.Shared(t, "misp"), "*.json"))
	must(t, err)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		if _, err := misp.ReadEvent(bytes.NewReader(raw), misp.Limits{}); err == nil {
			all[filepath.Base(f)] = raw
		}
	}
	return all
}

type object = map[string]any

// ask is do for an answer in JSON.
func (d *desk) ask(method, path, body string, want int) object {
	d.t.Helper()
	w := d.do("writer", method, path, body)
	if w.Code != want {
		d.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, want, w.Body)
	}
	return d.parsed(w)
}

func (d *desk) parsed(w *httptest.ResponseRecorder) object {
	d.t.Helper()
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		d.t.Fatalf("not JSON: %v: %.300s", err, w.Body)
	}
	if o, ok := v.(object); ok {
		return o
	}
	return object{"list": v}
}

// at goes into an answer by names and places.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			o, _ := v.(object)
			v = o[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func length(v any, path ...any) int {
	l, _ := at(v, path...).([]any)
	return len(l)
}

const eventUUID = "5a3c2fcd-8328-42bb-a95e-4f4402de0b81"

// sent is an event as PyMISP 2.5 writes it.
const sent = `{"date":"2026-11-20","threat_level_id":2,"analysis":1,"distribution":0,"info":"Phishing against a port","published":false,
"uuid":"` + eventUUID + `","Tag":[{"name":"tlp:green"},{"name":"osint"}],
"Attribute":[
{"uuid":"11111111-0000-4000-8000-000000000001","type":"domain","category":"Network activity","to_ids":true,"value":"evil.example","disable_correlation":false,"comment":"C2","Tag":[{"name":"misp-galaxy:x"}]},
{"uuid":"11111111-0000-4000-8000-000000000002","type":"ip-dst","category":"Network activity","to_ids":true,"value":"198.51.100.7","disable_correlation":false},
{"uuid":"11111111-0000-4000-8000-000000000003","type":"text","category":"Other","to_ids":false,"value":"seen by the harbour office","disable_correlation":false},
{"uuid":"11111111-0000-4000-8000-000000000004","type":"domain","category":"Network activity","to_ids":false,"value":"watched.example","disable_correlation":false}],
"Object":[{"uuid":"22222222-0000-4000-8000-000000000001","name":"file","meta-category":"file","template_uuid":"688c46fb-5edb-40a3-8273-1af7923e2215","template_version":"24","distribution":5,
"Attribute":[
{"uuid":"22222222-0000-4000-8000-0000000000a1","type":"filename","object_relation":"filename","category":"Payload delivery","to_ids":true,"value":"invoice.exe","disable_correlation":true},
{"uuid":"22222222-0000-4000-8000-0000000000a2","type":"sha256","object_relation":"sha256","category":"Payload delivery","to_ids":true,"value":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","disable_correlation":false}],
"ObjectReference":[{"uuid":"22222222-0000-4000-8000-0000000000b1","object_uuid":"22222222-0000-4000-8000-000000000001","referenced_uuid":"11111111-0000-4000-8000-000000000001","relationship_type":"connects-to","comment":""}]}],
"EventReport":[{"uuid":"33333333-0000-4000-8000-000000000001","name":"What happened","content":"# A report"}]}`
