package tell

import (
	"fmt"
	"time"
)

// A Progress is one line about work that takes long. It is written over as the
// work goes on, and is gone at its end; where lines cannot be written over,
// nothing is shown.
type Progress struct {
	t      *Teller
	doing  string
	now    func() time.Time
	next   time.Time
	silent bool
}

// often enough to move, seldom enough not to slow the work down.
const often = 100 * time.Millisecond

// Progress begins a line about something: a sentence without its full stop.
func (t *Teller) Progress(doing string) *Progress {
	return &Progress{t: t, doing: doing, now: time.Now, silent: !t.live}
}

// Set says how far the work is; total 0 where that is not known. One goroutine calls it.
func (p *Progress) Set(done, total int) {
	if p.silent {
		return
	}
	at := p.now()
	if at.Before(p.next) {
		return
	}
	p.next = at.Add(often)
	fmt.Fprint(p.t.out, clearLine+p.text(done, total))
}

// clearLine goes to the beginning of the line and empties it.
const clearLine = "\r\x1b[K"

func (p *Progress) text(done, total int) string {
	text := p.t.T("demo.progress", sayText(p.doing), done)
	if total > 0 {
		text = p.t.T("demo.progress-of", sayText(p.doing), done, total)
	}
	if lines := wrap(text, p.t.width-1); len(lines) > 0 {
		text = lines[0]
	}
	if p.t.Dir() == "rtl" {
		text = rtlMark + text
	}
	return text
}

// End takes the line away.
func (p *Progress) End() {
	if !p.silent {
		fmt.Fprint(p.t.out, clearLine)
	}
}
