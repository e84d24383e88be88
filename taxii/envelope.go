package taxii

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errVersionTaken = errors.New("another object with this id and version is here")

// object is what an envelope brings: its bytes, and what is read of them.
type object struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	SpecVersion string `json:"spec_version"`
	Created     string `json:"created"`
	Modified    string `json:"modified"`

	raw []byte
	at  time.Time // of the version; zero without one
	err error     // why it cannot be stored
}

// readEnvelope takes an envelope apart. One that is no JSON, or no envelope, is
// a 422: its objects are not known, so that nothing can be said of each.
// TAXII 2.1, 3.7 and 5.5
func readEnvelope(body io.Reader) ([]object, error) {
	in := jsontext.NewDecoder(body)
	if err := expect(in, '{'); err != nil {
		return nil, err
	}
	var objects []object
	for in.PeekKind() != '}' {
		name, err := in.ReadToken()
		if err != nil {
			return nil, misread(err)
		}
		if name.String() == "objects" {
			objects, err = readObjects(in)
		} else {
			err = in.SkipValue() // TAXII 2.1, 7.1.1: what is not known is ignored
		}
		if err != nil {
			return nil, misread(err)
		}
	}
	if _, err := in.ReadToken(); err != nil {
		return nil, misread(err)
	}
	if _, err := in.ReadToken(); err == nil {
		return nil, Errorf(http.StatusUnprocessableEntity, "something follows the envelope")
	} else if !errors.Is(err, io.EOF) {
		return nil, misread(err)
	}
	if len(objects) == 0 {
		return nil, Errorf(http.StatusUnprocessableEntity, "the envelope has no objects")
	}
	return objects, nil
}

func expect(in *jsontext.Decoder, kind jsontext.Kind) error {
	token, err := in.ReadToken()
	if err != nil {
		return misread(err)
	}
	if token.Kind() != kind {
		return Errorf(http.StatusUnprocessableEntity, "the body is not an envelope with a list of objects")
	}
	return nil
}

// misread is a 422, unless the body was too long or its sender has left.
func misread(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return Errorf(http.StatusUnprocessableEntity, "the body is not an envelope: %s", strings.TrimPrefix(err.Error(), "jsontext: "))
}

func readObjects(in *jsontext.Decoder) (objects []object, err error) {
	if err := expect(in, '['); err != nil {
		return nil, err
	}
	for in.PeekKind() != ']' {
		raw, err := in.ReadValue()
		if err != nil {
			return nil, err
		}
		objects = append(objects, readObject(len(objects), raw.Clone()))
	}
	_, err = in.ReadToken()
	return objects, err
}

// readObject reads what a Memory has to know of an object. raw is kept.
func readObject(i int, raw []byte) object {
	o := object{raw: raw}
	if err := json.Unmarshal(raw, &o); err != nil {
		return object{ID: fmt.Sprintf("objects/%d", i), err: errors.New("is not a STIX object: a property has another type than it should")}
	}
	o.err = o.check()
	if o.ID == "" {
		o.ID = fmt.Sprintf("objects/%d", i)
	}
	return o
}

// check reads the version and holds id and type to STIX. STIX 2.1, 2.9 and 3.2
func (o *object) check() (err error) {
	if kind, uuid, ok := strings.Cut(o.ID, "--"); !ok || !isUUID(uuid) || kind == "" || kind != o.Type {
		return errors.New("id: want the object's type, two hyphens, and a UUID")
	}
	if o.SpecVersion != "" && o.SpecVersion != "2.0" && o.SpecVersion != "2.1" {
		return errors.New("spec_version: want 2.0 or 2.1")
	}
	if v := o.version(); v != "" {
		if o.at, err = time.Parse(time.RFC3339Nano, v); err != nil || !strings.HasSuffix(v, "Z") {
			return errors.New("modified, created: want a timestamp in UTC")
		}
	}
	return nil
}

// version is modified, or created where there is none. TAXII 2.1, 3.4.1
func (o *object) version() string {
	if o.Modified != "" {
		return o.Modified
	}
	return o.Created
}

// spec is the STIX version: 2.0 has no spec_version, and no object without created.
func (o *object) spec() string {
	switch {
	case o.SpecVersion != "":
		return o.SpecVersion
	case o.Created != "":
		return "2.0"
	}
	return "2.1"
}

// isUUID reports whether s is a UUID in its usual form, of any version.
func isUUID(s string) bool {
	const shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(s) != len(shape) {
		return false
	}
	for i := range s {
		hex := s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'f'
		if (shape[i] == '-') != (s[i] == '-') || shape[i] == 'x' && !hex {
			return false
		}
	}
	return true
}
