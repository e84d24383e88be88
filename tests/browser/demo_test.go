package browser

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A demo is three nodes that serve, and the links by which one sits down at them.
type demo struct {
	officers []string // of Atlas, Najd and Anatolia
	chiefs   []string
}

var link = regexp.MustCompile(`http://\S+/enter/\S+`)

// play builds the program, plays the story and waits until the nodes go on serving.
func play(t *testing.T) *demo {
	t.Helper()
	program := filepath.Join(t.TempDir(), "mithaq")
	build := exec.Command("go", "build", "-o", program, "./cmd/mithaq")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
	cmd := exec.CommandContext(ctx, program, "demo", "--dir", t.TempDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), "LC_ALL=en_GB.UTF-8", "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was interrupted
	})
	return read(t, bufio.NewScanner(out))
}

// read takes the links from what the story says, until it has said all.
func read(t *testing.T, lines *bufio.Scanner) *demo {
	t.Helper()
	d := &demo{}
	var said strings.Builder
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if l := link.FindString(lines.Text()); l != "" {
			if len(d.officers) < 3 {
				d.officers = append(d.officers, l)
			} else {
				d.chiefs = append(d.chiefs, l)
			}
		}
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			go func() { // so that the program never waits for a reader
				for lines.Scan() {
				}
			}()
			return d
		}
	}
	t.Fatalf("the story did not come to its end:\n%s", said.String())
	return nil
}
