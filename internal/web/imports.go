package web

import (
	"compress/gzip"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

type importPage struct {
	Sources []*mithaq.SourceProfile
	Cases   []*mithaq.Case
	Report  *gate.Report
	Source  string
	Name    string
	Fault   string
	Refused []rejected
	May     bool
}

// rejected is one object that was not taken in, and why.
type rejected struct {
	Index int
	ID    stix.ID
	Why   string
}

func (s *site) importForm(v *visit) error {
	if !v.viewer.MayImport() {
		return mithaq.Refuse(mithaq.Denied, "gate.may-not-import")
	}
	return s.showImport(v, importPage{})
}

func (s *site) showImport(v *visit, p importPage) error {
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		for _, id := range v.viewer.Cases {
			c, err := s.Desk.Gate.Case(tx, id)
			if err != nil {
				return err
			}
			p.Cases = append(p.Cases, c)
		}
		p.Sources, err = s.sources(tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show("import", v.say.T("web.import"), p)
}

// maxUpload bounds a file that comes by a browser; a larger one comes by the
// command line, which streams.
const maxUpload = 256 << 20

// importFile takes a file in as it comes, without keeping it whole anywhere.
func (s *site) importFile(v *visit) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxUpload)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return mithaq.Invalid
	}
	how, file, err := uploaded(parts)
	if err != nil {
		return err
	}
	report, err := s.Desk.Gate.Intake(v.r.Context(), v.viewer, file, how)
	if report == nil {
		return err
	}
	p := importPage{Report: report, Source: string(how.Profile), Name: how.Name}
	if err != nil {
		p.Fault = v.uploadFault(err)
	}
	for _, one := range report.Refusals {
		p.Refused = append(p.Refused, rejected{one.Index, one.ID, v.sentence(one.Why)})
	}
	return s.showImport(v, p)
}

func (v *visit) uploadFault(err error) string {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return v.say.T("error.too-large")
	}
	return v.sentence(err)
}

// uploaded reads the fields that come before the file, and gives the file as a
// stream, unpacked where it is gzipped. Pasted text stands for a file.
func uploaded(parts *multipart.Reader) (how gate.Import, file io.Reader, err error) {
	for {
		part, err := parts.NextPart()
		if err != nil {
			return how, nil, mithaq.Refuse(mithaq.Invalid, "web.no-file")
		}
		switch part.FormName() {
		case "source", "case":
			word, err := io.ReadAll(io.LimitReader(part, maxWords))
			if err != nil {
				return how, nil, mithaq.Invalid
			}
			if part.FormName() == "source" {
				how.Profile = stix.ID(strings.TrimSpace(string(word)))
			} else {
				how.Case = stix.ID(strings.TrimSpace(string(word)))
			}
		case "text", "file":
			if how.Name = part.FileName(); how.Name == "" && part.FormName() == "file" {
				continue // none was chosen
			}
			file, empty, err := unpacked(part)
			if !empty {
				return how, file, err
			}
		}
	}
}

// unpacked looks at the first bytes of a stream.
func unpacked(r io.Reader) (file io.Reader, empty bool, err error) {
	head := make([]byte, 2)
	n, _ := io.ReadFull(r, head) // a short or broken stream shows itself to whoever reads on
	if n == 0 {
		return nil, true, nil
	}
	file = io.MultiReader(strings.NewReader(string(head[:n])), r)
	if n < 2 || head[0] != 0x1f || head[1] != 0x8b { // RFC 1952, 2.3.1
		return file, false, nil
	}
	z, err := gzip.NewReader(file)
	if err != nil {
		return nil, false, mithaq.Invalid
	}
	return z, false, nil
}
