package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mithaq-hub/mithaq/internal/pdftext"
)

// The scripts in testdata run the program as people do: each command is a process of its own.
func TestMain(m *testing.M) {
	if pdftext.IsChild() {
		main()
	}
	testscript.Main(m, map[string]func(){"mithaq": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("LC_ALL", "en_GB.UTF-8")
			env.Setenv("MITHAQ_AS", "")
			for i := range 4 {
				port, err := freePort()
				if err != nil {
					return err
				}
				env.Setenv(fmt.Sprintf("PORT%d", i+1), port)
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "until": until, "take": take, "heard": heard, "edit": edit, "recipient": recipient, "serving": serving,
		},
	})
}

// freePort is a port on which nothing listens.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// exits CODE ARG... runs mithaq and wants it to end with a code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARG...")
	}
	err := ts.Exec("mithaq", args[1:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("mithaq %s: ended with %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// until PATTERN ARG... runs mithaq until it says what is waited for, half a minute at the most.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN ARG...")
	}
	want := regexp.MustCompile(args[0])
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		err := ts.Exec("mithaq", args[1:]...)
		if err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("mithaq %s never said %s", strings.Join(args[1:], " "), args[0])
		}
	}
}

// serving DIR waits until the node of a folder answers.
func serving(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(filepath.Join(args[0], "run", "api.sock"))
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("unix", path); err == nil {
			ts.Check(c.Close())
			return
		}
	}
	ts.Fatalf("no node serves %s", args[0])
}

// take NAME PLACE puts a value of the JSON on stdout into a variable; a PLACE
// is like 0.id or digits.4.
func take(ts *testscript.TestScript, _ bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	ts.Setenv(args[0], fmt.Sprint(at(ts, v, args[1])))
}

func at(ts *testscript.TestScript, v any, place string) any {
	for name := range strings.SplitSeq(place, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			ts.Check(err)
			v = in[i]
		}
	}
	return v
}

// heard NAME words|digits makes of a fingerprint on stdout what was heard of it.
func heard(ts *testscript.TestScript, _ bool, args []string) {
	var v map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	list := v[args[1]].([]any)
	ts.Setenv(args[0], fmt.Sprintf("2=%v,5=%v,11=%v", list[1], list[4], list[10]))
}

// edit FILE PLACE JSON changes a value in a file of JSON.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	var all, value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &all))
	ts.Check(json.Unmarshal([]byte(args[2]), &value))
	folder, name := "", args[1]
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		folder, name = name[:i], name[i+1:]
	}
	in := all
	if folder != "" {
		in = at(ts, all, folder)
	}
	in.(map[string]any)[name] = value
	raw, err := json.Marshal(all)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), raw, 0o600))
}

// recipient NAME FILE makes an age identity in a file, and its recipient a variable.
func recipient(ts *testscript.TestScript, _ bool, args []string) {
	id, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(id.String()+"\n"), 0o600))
	ts.Setenv(args[0], id.Recipient().String())
}
