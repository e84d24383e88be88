package taxii

import (
	"encoding/json"
	"time"
)

// MediaType is the media type of every TAXII 2.1 message.
// TAXII 2.1, 1.6.8
const MediaType = "application/taxii+json;version=2.1"

// TimeFormat has exactly six fraction digits, in UTC. TAXII 2.1, 2
const TimeFormat = "2006-01-02T15:04:05.000000Z"

// Discovery describes a server. TAXII 2.1, 4.1.1
type Discovery struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Contact     string   `json:"contact,omitempty"`
	Default     string   `json:"default,omitempty"`
	APIRoots    []string `json:"api_roots,omitempty"`
}

// APIRoot describes one API root. TAXII 2.1, 4.2.1
type APIRoot struct {
	Title            string   `json:"title"`
	Description      string   `json:"description,omitempty"`
	Versions         []string `json:"versions"`
	MaxContentLength int64    `json:"max_content_length"`
}

// Collection describes one collection. TAXII 2.1, 5.2.1
type Collection struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Alias       string   `json:"alias,omitempty"`
	CanRead     bool     `json:"can_read"`
	CanWrite    bool     `json:"can_write"`
	MediaTypes  []string `json:"media_types,omitempty"`
}

// Status tells how far the server is with what was added. TAXII 2.1, 4.3.1
type Status struct {
	ID               string          `json:"id"`
	Status           string          `json:"status"` // "complete" or "pending"
	RequestTimestamp string          `json:"request_timestamp,omitempty"`
	TotalCount       int             `json:"total_count"`
	SuccessCount     int             `json:"success_count"`
	Successes        []StatusDetail  `json:"successes,omitempty"`
	FailureCount     int             `json:"failure_count"`
	Failures         []StatusDetail  `json:"failures,omitempty"`
	PendingCount     int             `json:"pending_count"`
	Pendings         []StatusDetail  `json:"pendings,omitempty"`
	Receipt          json.RawMessage `json:"x_mithaq_receipt,omitempty"` // a peer's signed receipt
}

// StatusDetail is one object's line in a Status. TAXII 2.1, 4.3.1
type StatusDetail struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Message string `json:"message,omitempty"`
}

// Record is one version of one object as a collection lists it.
type Record struct {
	ID        string
	DateAdded time.Time // unique and ascending within a collection, whole microseconds
	Version   string    // modified, else created, else what the Backend keeps to
	MediaType string    // of the object; empty means STIX 2.1
	Raw       []byte    // the object's exact bytes; not needed for a manifest
}

// Page is part of a listing.
type Page struct {
	Records []Record
	More    bool
	Next    string // opaque to clients; empty unless More
	// At is where a page without records stands: the client has seen what was
	// added up to it. Zero: where added_after stood.
	At time.Time
	// Objects is the objects' exact bytes with commas between, for a Backend that
	// has them at hand so, and for objects alone: then Records are left out, From is
	// when the first of them was added, and At when the last was.
	Objects []byte
	From    time.Time
}

// empty reports whether a page has nothing.
func (p *Page) empty() bool { return len(p.Records) == 0 && len(p.Objects) == 0 }

// stixMedia is the media type of what a collection holds unless it says otherwise.
const stixMedia = "application/stix+json;version=2.1"

// told is c with its media types said: a manifest may name only these.
// TAXII 2.1, 5.3.1
func (c Collection) told() Collection {
	if len(c.MediaTypes) == 0 {
		c.MediaTypes = []string{stixMedia}
	}
	return c
}

func (r Record) added() string { return r.DateAdded.UTC().Format(TimeFormat) }

func (r Record) mediaType() string {
	if r.MediaType == "" {
		return stixMedia
	}
	return r.MediaType
}
