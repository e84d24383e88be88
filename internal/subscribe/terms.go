package subscribe

import (
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A Name is what people call a subscription, and its entries too.
type Name string

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// A Kind is which servers a subscription reads.
type Kind string

// The kinds. The zero value is TAXII.
const (
	TAXII    Kind = ""
	MISP     Kind = "misp"      // a MISP server, by its API
	MISPFeed Kind = "misp-feed" // a folder in which MISP publishes events
	List     Kind = "list"      // a list of values, one a line, or a table
)

// Terms are what an administrator says about a subscription. They do not change;
// what moves is beside them.
type Terms struct {
	Name         Name            `json:"name"`
	Kind         Kind            `json:"kind,omitempty"`
	URL          string          `json:"url"`            // of the server
	Root         string          `json:"root,omitempty"` // API root; "": the server's default one
	Collection   string          `json:"collection"`     // id or alias; "" where it is no TAXII server
	User         string          `json:"user,omitempty"` // for HTTP Basic; the password is sealed apart
	Source       stix.ID         `json:"source"`         // the profile that gives labels
	Case         stix.ID         `json:"case,omitempty"`
	Purpose      mithaq.Purpose  `json:"purpose"`
	Basis        string          `json:"basis"`
	Types        []string        `json:"types,omitempty"`         // match[type]
	SpecVersions []string        `json:"spec_versions,omitempty"` // match[spec_version]
	After        mithaq.Time     `json:"added_after,omitzero"`    // where the first run begins
	Every        int64           `json:"every"`                   // seconds between runs
	Page         int             `json:"page"`                    // objects asked for at once
	Rate         int             `json:"rate"`                    // requests a minute at the most
	Most         int64           `json:"most"`                    // objects of one run at the most
	Plain        bool            `json:"plain,omitempty"`         // http:// is let pass
	Inside       bool            `json:"inside,omitempty"`        // the host may lie in our own networks
	CA           string          `json:"ca,omitempty"`            // PEM: the only authorities believed
	Own          bool            `json:"own,omitempty"`           // a MISP of our own organisation: distributions stay as they are
	KnownAs      string          `json:"known_as,omitempty"`      // UUID of our organisation at a MISP; else the one we have here
	Columns      string          `json:"columns,omitempty"`       // of a table: what each is for, as JSON
	By           mithaq.PersonID `json:"by"`                      // the administrator
}

// What a subscription may ask for.
const (
	minEvery, maxEvery = int64(time.Minute / time.Second), int64(31 * 24 * time.Hour / time.Second)
	maxPage            = 10_000
	maxRate            = 6000
	maxMost            = 10_000_000
	maxURL             = 2000
)

// withDefaults fills in what was not said.
func (t Terms) withDefaults() Terms {
	for _, f := range []struct {
		have *int64
		want int64
	}{{&t.Every, int64(time.Hour / time.Second)}, {&t.Most, 1_000_000}} {
		if *f.have == 0 {
			*f.have = f.want
		}
	}
	if t.Page == 0 {
		t.Page = 1000
	}
	if t.Rate == 0 {
		t.Rate = 120
	}
	return t
}

// Check says all that is wrong with the terms, each fault with its sentence.
func (t *Terms) Check(now time.Time) error {
	var faults []error
	say := func(wrong bool, key string, args ...any) {
		if wrong {
			faults = append(faults, mithaq.Refuse(mithaq.Invalid, key, args...))
		}
	}
	say(!nameForm.MatchString(string(t.Name)), "subscribe.name", string(t.Name))
	say(t.Source == "", "subscribe.source")
	say(t.Purpose.Check() != nil, "subscribe.purpose", string(t.Purpose))
	say(t.Basis == "" || len(t.Basis) > 500, "subscribe.basis")
	say((t.Collection == "") == (t.Kind == TAXII) || len(t.Collection) > 500, "subscribe.collection")
	say(!slices.Contains([]Kind{TAXII, MISP, MISPFeed, List}, t.Kind), "subscribe.kind", string(t.Kind))
	say(!t.columnsFit(), "subscribe.columns")
	say(t.KnownAs != "" && !uuidForm.MatchString(t.KnownAs), "subscribe.known-as", t.KnownAs)
	say(t.After.After(now), "subscribe.after", t.After)
	say(t.Every < minEvery || t.Every > maxEvery, "subscribe.every", minEvery, maxEvery)
	say(t.Page < 1 || t.Page > maxPage, "subscribe.bound", "page", maxPage)
	say(t.Rate < 1 || t.Rate > maxRate, "subscribe.bound", "rate", maxRate)
	say(t.Most < 1 || t.Most > maxMost, "subscribe.bound", "most", maxMost)
	say(strings.ContainsAny(t.User, ":\x00\r\n") || len(t.User) > 500, "subscribe.user") // RFC 7617, 2
	say(t.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(t.CA)), "subscribe.ca")
	for _, list := range [][]string{t.Types, t.SpecVersions} {
		say(len(list) > 100 || slices.ContainsFunc(list, func(w string) bool { return w == "" || strings.ContainsAny(w, ", \t\r\n") }), "subscribe.filter")
	}
	return errors.Join(append(faults, t.checkURL())...)
}

// columnsFit wants a layout for a table alone, and one that can be read by.
func (t *Terms) columnsFit() bool {
	if t.Columns == "" {
		return true
	}
	_, err := t.layout()
	return err == nil && t.Kind == List
}

// checkURL wants https, unless it was named otherwise, and nothing beside a place.
func (t *Terms) checkURL() error {
	u, err := url.Parse(t.URL)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(t.URL) > maxURL:
		return mithaq.Refuse(mithaq.Invalid, "subscribe.url")
	case u.Scheme == "http" && !t.Plain:
		return mithaq.Refuse(mithaq.Invalid, "subscribe.plain", u.Host)
	case u.Scheme != "https" && u.Scheme != "http":
		return mithaq.Refuse(mithaq.Invalid, "subscribe.url")
	}
	root, err := u.Parse(t.Root)
	if err != nil || root.Host != u.Host || root.Scheme != u.Scheme || root.RawQuery != "" || root.User != nil || strings.HasPrefix(t.Root, "//") {
		return mithaq.Refuse(mithaq.Invalid, "subscribe.root", u.Host)
	}
	return nil
}

// host is the name that the server is dialled by.
func (t *Terms) host() string {
	u, err := url.Parse(t.URL)
	if err != nil {
		return ""
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		return ip.String()
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func (t *Terms) interval() time.Duration { return time.Duration(t.Every) * time.Second }

// begin is where the first run begins.
func (t *Terms) begin() taxii.Cursor { return taxii.Cursor{After: t.After.Time} }

// viewer is the subscription as it takes items in: as a tool of ours does, for
// the reason that was given once.
func (t *Terms) viewer(org mithaq.OrgID) mithaq.Viewer {
	v := mithaq.Viewer{
		Org: org, Token: "subscription " + string(t.Name), Reason: "subscription " + string(t.Name), Purpose: t.Purpose, Basis: t.Basis,
	}
	if t.Case != "" {
		v.Cases = []stix.ID{t.Case}
	}
	return v
}
