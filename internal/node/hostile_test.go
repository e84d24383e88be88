package node_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A house is a node's API with one person for each of some roles, and a tool.
type house struct {
	t      *testing.T
	node   *node.Node
	api    http.Handler
	tokens map[mithaq.Role]string
	tool   string
}

func newHouse(t *testing.T) *house {
	dir := filepath.Join(t.TempDir(), "node")
	seal := keys.Sealing{Secret: keys.Fixed("a passphrase for tests"), Work: 2}
	var people []node.Founder
	for _, role := range mithaq.Roles() {
		people = append(people, node.Founder{
			Newcomer: account.Newcomer{Name: string(role), Roles: []mithaq.Role{role}}, Handle: string(role), Seal: seal,
		})
	}
	o := node.Options{Version: "test", Sealing: &seal}
	made, err := node.Init(t.Context(), dir, node.Start{Config: node.Default(org), Organisation: seal, Node: seal, Options: o, People: people})
	must(t, err)
	n, err := node.Open(t.Context(), dir, o)
	must(t, err)
	t.Cleanup(func() { must(t, n.Close()) })
	h := &house{t: t, node: n, api: n.API(), tokens: map[mithaq.Role]string{}}
	must(t, n.Store().Write(t.Context(), func(tx *store.Tx) error {
		for i, role := range mithaq.Roles() {
			if h.tokens[role], err = n.Accounts().SignIn(tx, made.People[i].ID, "test", tx.Now().Add(time.Hour)); err != nil {
				return err
			}
			if role == mithaq.LegalOfficer {
				v, err := n.Accounts().PersonViewer(tx, made.People[i].ID)
				if err != nil {
					return err
				}
				h.tool, err = n.Accounts().AddService(tx, v, account.Service{
					Name: "siem", Purpose: mithaq.NetworkDefence, Basis: "Act 5", Owner: v.Person, Budget: 10,
				}, tx.Now().Add(time.Hour))
				if err != nil {
					return err
				}
			}
		}
		return nil
	}))
	return h
}

func (h *house) call(method, path, host, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+host+path, strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	return w
}

// routes are all operations: those described, and the streams beside them.
func (h *house) routes() (list [][2]string) {
	var d struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	must(h.t, json.Unmarshal(h.call(http.MethodGet, "/openapi.json", "node", "").Body.Bytes(), &d))
	for path, methods := range d.Paths {
		path = placeholder.ReplaceAllStringFunc(path, func(name string) string { return cmp.Or(named[name], "x") })
		for method := range methods {
			list = append(list, [2]string{strings.ToUpper(method), path})
		}
	}
	if len(list) < 40 {
		h.t.Fatalf("only %d operations described", len(list))
	}
	return append(list, [2]string{"POST", "/v1/carry/out/x"}, [2]string{"POST", "/v1/carry/in"}, [2]string{"POST", "/v1/imports"})
}

var (
	placeholder = regexp.MustCompile(`\{[a-z]+\}`)
	named       = map[string]string{"{step}": "suspend", "{role}": "releaser"}
)

func TestEveryRouteWantsATokenAndAHostOfOurs(t *testing.T) {
	h := newHouse(t)
	for _, r := range h.routes() {
		if w := h.call(r[0], r[1], "node", ""); w.Code != http.StatusUnauthorized {
			t.Errorf("%s %s without a token: %d", r[0], r[1], w.Code)
		}
		if w := h.call(r[0], r[1], "node", "mithaq_guessed"); w.Code != http.StatusUnauthorized {
			t.Errorf("%s %s with a guessed token: %d", r[0], r[1], w.Code)
		}
		if w := h.call(r[0], r[1], "rebound.attacker.example", h.tokens[mithaq.Supervisor]); w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s %s by another name: %d", r[0], r[1], w.Code)
		}
	}
}

// An auditor changes nothing but their own sign-ins and credentials; nor does a guest.
func TestAnAuditorAndAGuestChangeNothing(t *testing.T) {
	h := newHouse(t)
	for _, role := range []mithaq.Role{mithaq.Auditor, mithaq.Guest} {
		for _, r := range h.routes() {
			if r[0] == http.MethodGet || strings.HasPrefix(r[1], "/v1/me/") {
				continue
			}
			if w := h.call(r[0], r[1], "node", h.tokens[role]); w.Code < 400 && !strings.Contains(w.Body.String(), "may-not") {
				t.Errorf("%s: %s %s: %d %s", role, r[0], r[1], w.Code, w.Body)
			}
		}
	}
}

// A tool bears no person's rights: it reads, imports, and nothing else.
func TestAToolIsNoPerson(t *testing.T) {
	h := newHouse(t)
	for _, r := range h.routes() {
		if r[0] == http.MethodGet || strings.HasPrefix(r[1], "/v1/imports") {
			continue
		}
		if w := h.call(r[0], r[1], "node", h.tool); w.Code < 400 {
			t.Errorf("%s %s: %d %s", r[0], r[1], w.Code, w.Body)
		}
	}
	if w := h.call("GET", "/v1/items", "node", h.tool); w.Code != 200 {
		t.Errorf("its own sign-in ended: %d %s", w.Code, w.Body)
	}
}

// An administrator as such reads no content, case or release.
func TestAnAdministratorReadsNoContent(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/v1/releases", "/v1/releases/x", "/v1/cases/x", "/v1/items/x", "/v1/items/x/shared", "/v1/items/x/policies", "/v1/export", "/v1/log", "/v1/consents", "/v1/erasures"} {
		if w := h.call("GET", path, "node", h.tokens[mithaq.Administrator]); w.Code < 400 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestWhatAPersonSaysOfWhyIsShort(t *testing.T) {
	h := newHouse(t)
	r := httptest.NewRequest(http.MethodGet, "http://node/v1/items", nil)
	r.Header.Set("Authorization", "Bearer "+h.tokens[mithaq.Analyst])
	r.Header.Set("Mithaq-Reason", strings.Repeat("x", 501))
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
