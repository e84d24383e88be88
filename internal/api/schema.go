package api

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mithaq-hub/mithaq"
)

// said is a Message as its JSON is.
type said struct {
	Key   string `json:"key,omitempty"`
	Count *int   `json:"count,omitempty"`
	Args  []any  `json:"args,omitempty" doc:"strings, integers, and objects of one member: at, texts, say or list"`
}

// aliases says how the words that write their own JSON are described.
func aliases(r huma.Registry) {
	words := reflect.TypeFor[[]string]()
	for _, set := range []reflect.Type{
		reflect.TypeFor[mithaq.Standings](), reflect.TypeFor[mithaq.Codes](), reflect.TypeFor[mithaq.Subjects](),
		reflect.TypeFor[mithaq.Urgencies](), reflect.TypeFor[mithaq.PartyRoles](),
	} {
		r.RegisterTypeAlias(set, words)
	}
	r.RegisterTypeAlias(reflect.TypeFor[mithaq.Message](), reflect.TypeFor[said]())
}

// describe adds an operation that reads its request or writes its answer
// itself; refused, it answers with a Problem like all others.
func (s *server) describe(o *huma.Operation) {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	o.Responses["default"] = &huma.Response{
		Description: "Error", Content: map[string]*huma.MediaType{(*Problem)(nil).ContentType(""): {Schema: schema}},
	}
	s.api.OpenAPI().AddOperation(o)
}

// Place is what is wrong with one part of a request.
type Place struct {
	Message  string `json:"message"`
	Location string `json:"location,omitempty" doc:"like query.limit or body.purposes[0]"`
}

// init gives what huma itself refuses (a parameter that is no number, a body
// that does not fit its schema) the form of our problems, and describes them so.
func init() { huma.NewError = misfit }

// misfit does not repeat the value that it refuses: that may be no text, and no
// one else's to log.
func misfit(status int, message string, errs ...error) huma.StatusError {
	p := &Problem{Status: status, Title: http.StatusText(status), Detail: plain(message), Kind: kindOf(status)}
	for _, err := range errs {
		place := Place{}
		switch detailed, ok := err.(huma.ErrorDetailer); {
		case err == nil:
			continue
		case ok:
			d := detailed.ErrorDetail()
			place = Place{plain(d.Message), plain(d.Location)}
		default:
			place.Message = plain(err.Error())
		}
		p.Errors = append(p.Errors, place)
	}
	return p
}

// plain is text that JSON can hold.
func plain(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
