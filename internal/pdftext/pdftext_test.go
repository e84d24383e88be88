package pdftext

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
)

// The test binary is the child too; told to, it tries what the child may not.
func TestMain(m *testing.M) {
	switch {
	case IsChild():
		os.Exit(Child(os.Stdin, os.Stdout, os.Stderr))
	case len(os.Args) == 3 && os.Args[1] == "escape":
		os.Exit(escape(os.Args[2]))
	}
	os.Exit(m.Run())
}

// pdf is a report of one page with a line of text for each string.
func report(content string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(text string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), text)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>")
	object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

func TestLinesAndSpacesAreAsTheyStand(t *testing.T) {
	for what, c := range map[string]struct{ content, want string }{
		"lines by Td":     {"BT /F1 12 Tf 72 720 Td (evil[.]example) Tj 0 -14 Td (198.51.100[.]7) Tj ET", "evil[.]example\n198.51.100[.]7\n\f"},
		"lines by T*":     {"BT /F1 12 Tf 14 TL 72 720 Td (one) Tj T* (two) Tj (three) ' ET", "one\ntwo\nthree\n\f"},
		"kerned":          {"BT /F1 12 Tf 72 720 Td [(hxxp://ev) -20 (il[.]example)] TJ ET", "hxxp://evil[.]example\n\f"},
		"a gap":           {"BT /F1 12 Tf 72 720 Td [(from) -400 (evil[.]example)] TJ ET", "from evil[.]example\n\f"},
		"two columns":     {"BT /F1 12 Tf 1 0 0 1 72 720 Tm (left) Tj 1 0 0 1 300 720 Tm (right) Tj ET", "left right\n\f"},
		"without operand": {"BT /F1 12 Tf 72 720 Td Tj (x) Tj ET", "x\n\f"},
		"an empty page":   {"", "\n\f"},
	} {
		got, err := Of(t.Context(), bytes.NewReader(report(c.content)))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", what, got, err, c.want)
		}
	}
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	whole := report("BT /F1 12 Tf 72 720 Td (x) Tj ET")
	loop := bytes.Replace(whole, []byte("/Kids [3 0 R]"), []byte("/Kids [2 0 R]"), 1)
	for what, raw := range map[string][]byte{"nothing": nil, "no PDF": []byte("evil[.]example"), "cut off": whole[:len(whole)/2], "pages in a circle": loop} {
		got, err := Of(t.Context(), bytes.NewReader(raw))
		if what == "pages in a circle" && err == nil && len(bytes.TrimSpace(got)) == 0 {
			continue // it ends
		}
		if r, ok := errors.AsType[*mithaq.Refusal](err); !ok || r.Kind != mithaq.Invalid || r.Key != "import.pdf" {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	_, err := Of(t.Context(), bytes.NewReader(make([]byte, maxReport+1)))
	if !errors.Is(err, mithaq.TooLarge) {
		t.Errorf("too long: %v", err)
	}
}

// escape is what a child that was taken over would try; 0 when it succeeds.
func escape(how string) int {
	if err := confine(1); err != nil {
		return 3
	}
	var err error
	switch how {
	case "read a file":
		_, err = os.ReadFile("/etc/passwd")
	case "write a file":
		err = os.WriteFile(os.TempDir()+"/escaped", nil, 0o600)
	case "call somebody":
		_, err = net.Dial("tcp", "127.0.0.1:1")
		if err != nil && strings.Contains(err.Error(), "refused") {
			err = nil // it got as far as the other end
		}
	case "start a program":
		err = exec.Command("/bin/true").Run()
	case "take memory":
		var all [][]byte
		for range 400 {
			b := bytes.Repeat([]byte{1}, 1<<20)
			all = append(all, b)
		}
		runtime.KeepAlive(all)
	case "never end":
		for i := 0; ; i++ {
			_ = i
		}
	}
	if err != nil {
		return 4
	}
	return 0
}

func TestTheChildCannotGetOut(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("PDF reports are read on Linux only")
	}
	for _, how := range []string{"read a file", "write a file", "call somebody", "start a program", "take memory", "never end"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			out, err := exec.Command(os.Args[0], "escape", how).CombinedOutput()
			if err == nil {
				t.Errorf("it could: %.300s", out)
			}
			if x, ok := errors.AsType[*exec.ExitError](err); ok && x.ExitCode() == 3 {
				t.Errorf("it was not confined at all")
			}
		})
	}
}
