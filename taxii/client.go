package taxii

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// The versions of TAXII that a Client speaks.
const (
	V21 = "2.1"
	V20 = "2.0"
)

// A Client reads from and writes to one TAXII server. Set its fields before
// its first use; it may then be used by many at once.
//
// It goes to no host but the one of URL and those named in Hosts, follows no
// redirect elsewhere, and reads at most MaxBody bytes of an answer, counted
// after inflating. HTTP decides which addresses may be dialled at all.
type Client struct {
	URL   string   // of the server, such as https://taxii.example/ or its discovery
	Hosts []string // more hosts (as in URLs, with a port) that its API roots may lie on

	User, Password string // HTTP Basic. TAXII 2.1, 8.5.1
	Token          string // Bearer, in place of the two

	HTTP     *http.Client  // nil: http.DefaultClient
	Version  string        // V21 or V20; "": what the server speaks, found out once
	Plain    bool          // http:// is let pass, for tests and old networks. TAXII 2.1, 8.5.1
	Agent    string        // User-Agent; "": mithaq-taxii
	MaxBody  int64         // 0: 64 MiB
	Timeout  time.Duration // of one request; 0: 2 min
	Rate     float64       // requests a second; 0: as many as there are
	Burst    int           // requests at once before Rate holds; 0: 1
	Tries    int           // of a request that may be repeated; 0: 5
	MaxWait  time.Duration // longest wait before one more try; 0: 2 min
	Patience time.Duration // how long a pending status is followed; 0: 15 min

	once   sync.Once
	bucket bucket
	mu     sync.Mutex
	spoken string // the version that was found out
}

// Discover asks what API roots there are, in the newest version that the
// server speaks. Their URLs are made absolute; roots on hosts that the client
// may not go to are left in, and refused when asked. TAXII 2.1, 4.1
func (c *Client) Discover(ctx context.Context) (Discovery, error) {
	var first error
	for _, v := range c.versions() {
		d, err := c.discover(ctx, v)
		if err == nil {
			c.speak(v)
			return d, nil
		}
		first = cmp.Or(first, err)
		if !otherVersion(err) {
			break
		}
	}
	return Discovery{}, fmt.Errorf("discover %s: %w", c.URL, first)
}

func (c *Client) versions() []string {
	if v := c.known(); v != "" {
		return []string{v}
	}
	return []string{V21, V20}
}

func (c *Client) known() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cmp.Or(c.Version, c.spoken)
}

// Speaks is the version in use: V21 or V20, "" while it is not known. Whoever
// keeps it as the Version of their next Client spares that one a request.
func (c *Client) Speaks() string { return c.known() }

func (c *Client) speak(v string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spoken = v
}

// otherVersion reports whether err may mean that the server speaks an older TAXII.
func otherVersion(err error) bool {
	status := statusOf(err)
	return status == http.StatusNotFound || status == http.StatusNotAcceptable || status == http.StatusUnsupportedMediaType ||
		isAnswer(err)
}

func (c *Client) discover(ctx context.Context, version string) (d Discovery, err error) {
	base, err := url.Parse(c.URL)
	if err != nil {
		return d, err
	}
	path := map[string]string{V21: "/taxii2/", V20: "/taxii/"}[version]
	at := base.ResolveReference(&url.URL{Path: path})
	if err := c.read(ctx, at.String(), dialects[version].taxii, &d); err != nil {
		return d, err
	}
	for i, root := range d.APIRoots {
		if ref, err := at.Parse(root); err == nil {
			d.APIRoots[i] = ref.String()
		}
	}
	if ref, err := at.Parse(d.Default); err == nil && d.Default != "" {
		d.Default = ref.String()
	}
	return d, nil
}

// Root asks what an API root is and how much it takes at once. TAXII 2.1, 4.2
func (c *Client) Root(ctx context.Context, root string) (about APIRoot, err error) {
	err = c.ask(ctx, root, "", &about)
	return about, err
}

// Collections lists the collections of an API root. TAXII 2.1, 5.1
func (c *Client) Collections(ctx context.Context, root string) ([]Collection, error) {
	var all struct {
		Collections []Collection `json:"collections"`
	}
	err := c.ask(ctx, root, "collections/", &all)
	return all.Collections, err
}

// Collection asks about one collection by its id or alias. TAXII 2.1, 5.2
func (c *Client) Collection(ctx context.Context, root, id string) (one Collection, err error) {
	err = c.ask(ctx, root, "collections/"+url.PathEscape(id)+"/", &one)
	return one, err
}

// Status asks what became of a push. TAXII 2.1, 4.3
func (c *Client) Status(ctx context.Context, root, id string) (Status, error) {
	var st wireStatus
	err := c.ask(ctx, root, "status/"+url.PathEscape(id)+"/", &st)
	return st.status(), err
}

// Delete takes an object out of a collection, all its versions or those named
// as match[version] has them. TAXII 2.1, 5.7
func (c *Client) Delete(ctx context.Context, root, collection, object string, versions ...string) error {
	at, err := c.join(root, "collections/"+url.PathEscape(collection)+"/objects/"+url.PathEscape(object)+"/")
	if err != nil {
		return err
	}
	if len(versions) > 0 {
		at += "?" + url.Values{"match[version]": {strings.Join(versions, ",")}}.Encode()
	}
	_, err = c.do(ctx, request{method: http.MethodDelete, url: at, accept: c.dialect().taxii})
	return err
}

// ask reads what lies at path below an API root.
func (c *Client) ask(ctx context.Context, root, path string, into any) error {
	at, err := c.join(root, path)
	if err != nil {
		return err
	}
	if err := c.settle(ctx); err != nil {
		return err
	}
	return c.read(ctx, at, c.dialect().taxii, into)
}

// settle finds out which version the server speaks, unless that is known.
func (c *Client) settle(ctx context.Context) error {
	if c.known() != "" {
		return nil
	}
	_, err := c.Discover(ctx)
	if err != nil && statusOf(err) == http.StatusNotFound {
		c.speak(V21) // discovery may be closed to us while a root is open
		return nil
	}
	return err
}

func (c *Client) read(ctx context.Context, at, accept string, into any) error {
	got, err := c.do(ctx, request{method: http.MethodGet, url: at, accept: accept})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(got.body, into); err != nil {
		return fmt.Errorf("GET %s: %w", at, &AnswerError{Why: "it is not the JSON that TAXII has here: " + err.Error()})
	}
	return nil
}

// join puts a path below an API root, which may be relative to URL.
func (c *Client) join(root, path string) (string, error) {
	base, err := url.Parse(c.URL)
	if err != nil {
		return "", err
	}
	at, err := base.Parse(root)
	if err != nil {
		return "", err
	}
	if at.RawQuery != "" || at.Fragment != "" || strings.HasPrefix(root, "//") { // TAXII 2.1, 4.1.1
		return "", fmt.Errorf("API root %s: %w", root, &AnswerError{Why: "an API root has no query and does not begin with two slashes"})
	}
	at.Path, at.RawPath = strings.TrimSuffix(at.Path, "/")+"/", ""
	return at.String() + path, nil
}

// may says why the client may not go to a URL.
func (c *Client) may(at *url.URL) error {
	base, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	switch {
	case at.Scheme != "https" && (at.Scheme != "http" || !c.Plain):
		return fmt.Errorf("%s: %w: want https", at.Redacted(), ErrElsewhere)
	case at.Host != base.Host && !slices.Contains(c.Hosts, at.Host):
		return fmt.Errorf("%s: %w: it is not the host of %s", at.Redacted(), ErrElsewhere, base.Host)
	case base.Scheme == "https" && at.Scheme != "https":
		return fmt.Errorf("%s: %w: it leaves https", at.Redacted(), ErrElsewhere)
	}
	return nil
}

// dialect is how a version of TAXII names what it sends.
type dialect struct{ taxii, objects string }

var dialects = map[string]dialect{
	V21: {MediaType, MediaType},
	V20: {"application/vnd.oasis.taxii+json; version=2.0", "application/vnd.oasis.stix+json; version=2.0"},
}

func (c *Client) dialect() dialect { return dialects[cmp.Or(c.known(), V21)] }
