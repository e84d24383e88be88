package check

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1" // UUIDs of version 5 are made of it
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/taxii"
)

// facts are what was found out, or put there, before the checks.
type facts struct {
	root       string   // URL of the API root, ending in a slash
	about      dict     // of the root
	shown      []dict   // collections
	collection string   // that is read
	entries    []entry  // of its manifest, the first page, last versions
	status     string   // id of a status, of what was put there
	seeds      []string // ids of what was put there, the first with two versions
}

// entry is a line of a manifest.
type entry struct {
	ID        string `json:"id"`
	DateAdded string `json:"date_added"`
	Version   string `json:"version"`
	MediaType string `json:"media_type"`
}

// prepare finds out what there is. Only silence is an error: what is wrong with
// an answer is for a check to say.
func (p *probe) prepare(ctx context.Context) error {
	got, err := p.send(ctx, ask{path: "/taxii2/"})
	if err != nil {
		return err
	}
	var d taxii.Discovery
	_ = json.Unmarshal(got.body, &d)
	if p.root = p.chooseRoot(d); p.root == "" {
		return fmt.Errorf("%w: no API root was named, and discovery (status %d) names none on this host", errNothing, got.status)
	}
	p.into(ctx, p.root, &p.about)
	var all struct {
		Collections []dict `json:"collections"`
	}
	p.into(ctx, p.root+"collections/", &all)
	p.shown = all.Collections
	p.chooseCollection()
	if p.cfg.Writable != "" {
		p.seed(ctx)
	}
	if p.collection != "" {
		var m struct {
			Objects []entry `json:"objects"`
		}
		p.into(ctx, p.at("manifest/"), &m)
		p.entries = m.Objects
	}
	return nil
}

// into reads what lies at a path, as far as it can be read.
func (p *probe) into(ctx context.Context, path string, v any) {
	if got, err := p.send(ctx, ask{path: path}); err == nil && got.status == http.StatusOK {
		_ = json.Unmarshal(got.body, v)
	}
}

func (p *probe) chooseRoot(d taxii.Discovery) string {
	named := append([]string{p.cfg.Root, d.Default}, d.APIRoots...)
	if p.cfg.Root != "" {
		named = named[:1]
	}
	for _, root := range named {
		at, err := p.base.Parse(root)
		if root != "" && err == nil && at.Host == p.base.Host {
			return strings.TrimSuffix(at.String(), "/") + "/"
		}
	}
	return ""
}

// chooseCollection takes the one to write to, the one named, or the first that can be read.
func (p *probe) chooseCollection() {
	switch {
	case p.cfg.Writable != "":
		p.collection = p.cfg.Writable
	case p.cfg.Collection != "":
		p.collection = p.cfg.Collection
	default:
		i := slices.IndexFunc(p.shown, func(d dict) bool { return string(d["can_read"]) == "true" })
		if i >= 0 {
			_ = json.Unmarshal(p.shown[i]["id"], &p.collection)
		}
	}
}

// at is a path below the collection that is read; "" without one.
func (p *probe) at(below string) string {
	if p.collection == "" {
		return ""
	}
	return p.root + "collections/" + url.PathEscape(p.collection) + "/" + below
}

// one is a path below an object that is there; "" without one.
func (p *probe) one(below string) string {
	switch {
	case len(p.seeds) > 0:
		return p.at("objects/" + p.seeds[0] + "/" + below)
	case len(p.entries) > 0:
		return p.at("objects/" + p.entries[0].ID + "/" + below)
	}
	return ""
}

// seed puts two versions of a tool, another tool, and an observable there.
func (p *probe) seed(ctx context.Context) {
	a, b, c := uuid(), uuid(), domain()
	p.seeds = []string{"tool--" + a, "tool--" + b, idOf(c)}
	objects := []string{tool(a, 1), tool(a, 2), tool(b, 1), c}
	got, err := p.send(ctx, p.adding(objects...))
	var st taxii.Status
	if err != nil || json.Unmarshal(got.body, &st) != nil || st.ID == "" {
		p.seeds = nil
		return
	}
	p.status = st.ID
	for range 50 { // until it is done
		if st.Status != "pending" {
			return
		}
		time.Sleep(100 * time.Millisecond)
		p.into(ctx, p.root+"status/"+st.ID+"/", &st)
	}
}

// adding is a request that adds objects to the collection to write to.
func (p *probe) adding(objects ...string) ask {
	if p.cfg.Writable == "" {
		return ask{}
	}
	return ask{
		method: http.MethodPost, path: p.at("objects/"), kind: taxii.MediaType,
		body: bytes.NewReader([]byte(`{"objects":[` + strings.Join(objects, ",") + `]}`)),
	}
}

// tidy takes out what was put there.
func (p *probe) tidy(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, id := range p.seeds {
		_, _ = p.send(ctx, ask{method: http.MethodDelete, path: p.at("objects/" + id + "/")})
	}
}

// clean takes out what a check put there.
func (t *try) clean() {
	for _, id := range t.mine {
		_, _ = t.send(t.ctx, ask{method: http.MethodDelete, path: t.at("objects/" + id + "/")})
	}
}

// tool is a valid STIX tool; its version is at a minute of an hour gone by.
func tool(uuid string, minute int) string {
	return fmt.Sprintf(`{"type":"tool","spec_version":"2.1","id":"tool--%s","created":"2024-01-01T00:00:00.000Z","modified":"%s","name":"conformance check é <&> \"%d\""}`,
		uuid, versionAt(minute), minute)
}

func versionAt(minute int) string { return fmt.Sprintf("2024-01-01T00:%02d:00.000Z", minute) }

// domain is a valid STIX observable that nobody else has. STIX 2.1, 2.9
func domain() string {
	value := "check-" + uuid()[:13] + ".example"
	sum := sha1.Sum([]byte("\x00\xab\xed\xb4\xaa\x42\x46\x6c\x9c\x01\xfe\xd2\x33\x15\xa9\xb7" + `{"value":"` + value + `"}`)) // not for secrecy
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	return fmt.Sprintf(`{"type":"domain-name","spec_version":"2.1","id":"domain-name--%s","value":"%s"}`, dashed(sum[:16]), value)
}

func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return dashed(b[:])
}

func dashed(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func idOf(object string) string {
	var o struct{ ID string }
	_ = json.Unmarshal([]byte(object), &o)
	return o.ID
}
