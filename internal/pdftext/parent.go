package pdftext

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// Verb is the argument by which the program is told to be the child.
const Verb = "pdf-text"

const (
	maxReport = 32 << 20 // bytes of a PDF
	maxText   = 16 << 20 // bytes of its text
	maxWhy    = 300      // bytes of what the child says is wrong
	patience  = time.Minute
	rest      = time.Second // for the child to be gone after that
)

// Of is the text of a PDF, in UTF-8, read by a child of this program. TooLarge: the
// report or its text. Invalid: it cannot be read, within what the child may use.
func Of(ctx context.Context, report io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(report, maxReport+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxReport {
		return nil, mithaq.Refuse(mithaq.TooLarge, "import.pdf-too-long", maxReport>>20)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, said := &bounded{most: maxText}, &bounded{most: maxWhy}
	child := exec.CommandContext(ctx, program, Verb)
	child.Dir, child.Env, child.WaitDelay = "/", []string{"GOMAXPROCS=1", "GOTRACEBACK=none"}, rest
	child.Stdin, child.Stdout, child.Stderr = bytes.NewReader(raw), text, said
	err = child.Run()
	switch {
	case text.over:
		return nil, mithaq.Refuse(mithaq.TooLarge, "import.text-too-long", maxText>>20)
	case err == nil:
		return text.Bytes(), nil
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, ctx.Err()
	}
	return nil, mithaq.Refuse(mithaq.Invalid, "import.pdf", why(said, err))
}

// why is one line of what went wrong.
func why(said *bounded, err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
	if line == "" {
		line = err.Error()
	}
	return strings.ToValidUTF8(line, "")
}

// bounded keeps so many bytes; beyond them it fails, so that the child ends.
type bounded struct {
	bytes.Buffer
	most int
	over bool
}

var errOver = errors.New("too long")

// Write keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	if room := b.most - b.Len(); len(p) > room {
		b.over = true
		n, _ := b.Buffer.Write(p[:max(0, room)])
		return n, errOver
	}
	return b.Buffer.Write(p)
}
