package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A told story is what was written so far, for one who waits for a line.
type told struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *told) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *told) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// commands are those that the story ends with.
func commands(text string) (list []string) {
	_, after, _ := strings.Cut(text, "The three nodes go on serving.")
	for line := range strings.Lines(after) {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			list = append(list, strings.TrimSpace(command))
		}
	}
	return list
}

// What the story says at its end works when it is copied, and Ctrl-C ends it.
func TestTheCommandsToTryWork(t *testing.T) {
	called := program
	program = func() string { return "mithaq" } // which TestMain puts into PATH
	t.Cleanup(func() { program = called })
	dir := filepath.Join(t.TempDir(), "a folder's") // which a shell does not take as it is
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var story, errs told
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--dir", dir, "--lang", "en"}, strings.NewReader(""), &story, &errs)
	}()
	waitFor(t, ended, func() bool { return strings.Contains(story.String(), "Ctrl-C stops the nodes.") }, &story, &errs)

	list := commands(story.String())
	if len(list) != 12 {
		t.Fatalf("%d links and commands, want 12: %q", len(list), list)
	}
	for _, link := range list[:6] {
		opens(t, link)
	}
	list = list[6:]
	for i, want := range []string{
		"Pact for the safety of the final", "anatolia.example", "release-approved", "indicator--", "minors", `"objects":[`,
	} {
		if i < len(list) {
			says(t, list[i], want)
		}
	}
	interrupt()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d after Ctrl-C: %s", code, errs.String())
	}
	if !strings.Contains(story.String(), "The nodes have stopped. What they kept stays in") {
		t.Errorf("the end does not say what became of the folder: %s", last(story.String()))
	}
	if _, err := os.Stat(filepath.Join(dir, "atlas", "mithaq.toml")); err != nil {
		t.Errorf("the folder is gone: %v", err)
	}
}

func waitFor(t *testing.T, ended <-chan int, so func() bool, story, errs *told) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !so(); time.Sleep(50 * time.Millisecond) {
		select {
		case code := <-ended:
			t.Fatalf("ended with %d: %s\n%s", code, errs.String(), last(story.String()))
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the story does not come to its end: %s", last(story.String()))
		}
	}
}

func last(text string) string { return text[max(0, len(text)-1000):] }

// opens wants a link to lead to the page that asks whether to sign in.
func opens(t *testing.T, link string) {
	t.Helper()
	res, err := http.Get(link)
	if err != nil {
		t.Error(err)
		return
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), `action="/enter"`) {
		t.Errorf("%s: %s, %v", link, res.Status, err)
	}
}

// says runs a command in a shell and wants something in what it says.
func says(t *testing.T, command, want string) {
	t.Helper()
	if strings.HasPrefix(command, "curl ") {
		if _, err := exec.LookPath("curl"); err != nil {
			t.Log("no curl here")
			return
		}
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Env = append(os.Environ(), "LC_ALL=en_GB.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%s: %v; want %q in:\n%s", command, err, want, out)
	}
}

// Without --dir the folder goes with the nodes.
func TestAnInterruptedStoryLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var story, errs told
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"demo", "--lang", "en"}, strings.NewReader(""), &story, &errs) }()
	waitFor(t, ended, func() bool { return strings.Contains(story.String(), "Step 1 of 6") }, &story, &errs)
	interrupt()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d after Ctrl-C: %s", code, errs.String())
	}
	if !strings.Contains(strings.Join(strings.Fields(story.String()), " "), "is removed.") {
		t.Errorf("the end does not say so: %s", last(story.String()))
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
