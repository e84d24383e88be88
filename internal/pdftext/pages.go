package pdftext

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/ledongthuc/pdf"
)

// maxPages is how many pages of a report are read.
const maxPages = 5000

// extract writes the text of a PDF's pages, line by line as they stand there. A
// page ends in a form feed.
func extract(raw []byte, out io.Writer) (err error) {
	defer func() { // the library panics at what it cannot read
		if p := recover(); p != nil {
			err = fmt.Errorf("unreadable: %v", p)
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return err
	}
	pages := r.NumPage()
	if pages > maxPages {
		return fmt.Errorf("it has %d pages, of at most %d", pages, maxPages)
	}
	w := bufio.NewWriter(out)
	for n := 1; n <= pages; n++ {
		if page := r.Page(n); !page.V.IsNull() && !page.V.Key("Contents").IsNull() {
			t := &typist{out: w, page: page, fonts: map[string]*font{}}
			pdf.Interpret(page.V.Key("Contents"), t.operator)
		}
		if _, err := w.WriteString("\n\f"); err != nil {
			return err
		}
	}
	return w.Flush()
}
