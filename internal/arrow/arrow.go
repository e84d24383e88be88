// Package arrow holds the one direction in which the module's packages may
// import each other:
//
//	cmd → node → faces → desk → capabilities → gate, peer, account → pact, message → ledger → store → ideas → words → formats
//
// Each package belongs to a room (its first folder, or its second below
// internal/), and each room to a floor. A room may import rooms of lower floors
// and itself; rooms of one floor meet in node, except where a table below says
// otherwise. Tests may import anything.
package arrow

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Module is the import path that every package of the project begins with.
const Module = "github.com/mithaq-hub/mithaq"

// A floor is a height in the house; imports point down.
type floor int

const (
	formats      floor = iota // protocols and file formats, useful to anyone
	words                     // the root package
	ideas                     // small internal packages that know only words and formats
	store                     // the engine
	ledger                    // the tamper-evident logs
	deals                     // pact, and message, by which capabilities and links meet
	spine                     // gate, peer, account
	capabilities              // inquiry, room, watch, trace, evidence, programme, shelf
	desks                     // the verbs that both faces share
	faces                     // api, web, tui
	node                      // the wiring
	stage                     // whole worlds built from nodes: demo, bench, test worlds
	program                   // cmd
)

// floors names the floor of each room that is not recognised by its place:
// rooms below internal/ are otherwise ideas, all others formats.
var floors = map[string]floor{
	"":                    words,
	"cmd":                 program,
	"client":              ideas,
	"psi":                 ideas, // public, and speaks the words: digests, times, purposes, categories, in the one canonical form
	"mithaqtest":          stage,
	"internal/store":      store,
	"internal/ledger":     ledger,
	"internal/message":    deals,
	"internal/pact":       deals,
	"internal/gate":       spine,
	"internal/peer":       spine,
	"internal/peercheck":  spine,
	"internal/account":    spine,
	"internal/shelf":      capabilities,
	"internal/lists":      capabilities,
	"internal/fulltext":   capabilities,
	"internal/subscribe":  capabilities,
	"internal/subject":    capabilities,
	"internal/match":      capabilities,
	"internal/mispapi":    capabilities,
	"internal/notes":      capabilities,
	"internal/mispsync":   capabilities,
	"internal/desk":       desks,
	"internal/inquiry":    capabilities,
	"internal/room":       capabilities,
	"internal/watch":      capabilities,
	"internal/trace":      capabilities,
	"internal/evidence":   capabilities,
	"internal/programme":  capabilities,
	"internal/api":        faces,
	"internal/web":        faces,
	"internal/tui":        faces,
	"internal/node":       node,
	"internal/demo":       stage,
	"internal/bench":      stage,
	"internal/mithaqtest": stage,
	"internal/simulate":   stage,
	"internal/faulttest":  stage,
}

// neighbours lists who may import whom on one floor. Ideas may import each
// other freely, and so may what stands on a stage.
var neighbours = map[string][]string{
	"misp":               {"stix"},                                   // MISP is read into STIX and written from it
	"indicator":          {"stix"},                                   // STIX is made of text and tables
	"detection":          {"stix"},                                   // indicators are written for what detects
	"internal/pact":      {"internal/message"},                       // what is negotiated travels as messages
	"internal/gate":      {"internal/account"},                       // an approval is a person's signature
	"internal/peer":      {"internal/account"},                       // a partner is accepted by persons
	"internal/peercheck": {"internal/peer"},                          // it speaks the wire that peer defines
	"internal/mispsync":  {"internal/mispapi", "internal/subscribe"}, // what is pulled is a subscription, and is held as what is pushed to us
}

// wordsMayImport are the only rooms that the root package builds on.
var wordsMayImport = []string{"stix"}

// A Breach is one import that points the wrong way.
type Breach struct {
	File string // slash-separated, from the module's root
	Line int
	From string // the room that imports
	To   string // the room that it may not import
	Why  string
}

func (b Breach) String() string {
	return fmt.Sprintf("%s:%d: %s may not import %s: %s", b.File, b.Line, nameOf(b.From), nameOf(b.To), b.Why)
}

// Check reads the imports of every Go file of a module that is not a test and
// returns those that break the arrow, sorted by file and line. Folders with a
// go.mod of their own are other modules, and are left alone.
func Check(module fs.FS) ([]Breach, error) {
	var found []Breach
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return enter(module, name)
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		breaches, err := checkFile(module, name)
		found = append(found, breaches...)
		return err
	})
	slices.SortFunc(found, func(a, b Breach) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return found, err
}

// enter says whether a folder belongs to the module's own code.
func enter(module fs.FS, name string) error {
	if name == "." {
		return nil
	}
	if base := path.Base(name); base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := fs.Stat(module, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func checkFile(module fs.FS, name string) ([]Breach, error) {
	text, err := fs.ReadFile(module, name)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	from := roomOf(path.Dir(name))
	var found []Breach
	for _, spec := range file.Imports {
		to, ours := importedRoom(spec.Path.Value)
		if !ours {
			continue
		}
		if why := forbids(from, to); why != "" {
			line := files.Position(spec.Pos()).Line
			found = append(found, Breach{File: name, Line: line, From: from, To: to, Why: why})
		}
	}
	return found, nil
}

// importedRoom returns the room of a quoted import path, and whether it is ours.
func importedRoom(quoted string) (room string, ours bool) {
	imported, err := strconv.Unquote(quoted)
	if err != nil {
		return "", false
	}
	if imported == Module {
		return "", true
	}
	dir, ours := strings.CutPrefix(imported, Module+"/")
	return roomOf(dir), ours
}

// roomOf returns the room of a package's folder: "internal/gate" for
// "internal/gate/rules", "stix" for "stix/pattern", "" for the root.
func roomOf(dir string) string {
	if dir == "." || dir == "" {
		return ""
	}
	parts := strings.Split(dir, "/")
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func floorOf(room string) floor {
	if f, known := floors[room]; known {
		return f
	}
	if strings.HasPrefix(room, "internal/") {
		return ideas
	}
	return formats
}

// forbids says why one room may not import another, or nothing where it may.
func forbids(from, to string) string {
	if from == to {
		return ""
	}
	low, high := floorOf(to), floorOf(from)
	switch {
	case slices.Contains(neighbours[from], to):
		return ""
	case low > high:
		return "the arrow points down, from cmd to the formats"
	case high == words && !slices.Contains(wordsMayImport, to):
		return "the words build on the standard library and stix alone"
	case low < high, high == ideas, high == stage:
		return ""
	case high == formats:
		return "a format stands alone"
	}
	return "rooms of one floor meet in node"
}

func nameOf(room string) string {
	if room == "" {
		return "the root package"
	}
	return room
}
