package specs

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// A Reference is one mention of a standard in a comment.
type Reference struct {
	File    string // slash-separated, from the module's root
	Line    int
	Spec    string
	Section string // empty where the comment names the standard alone
}

// families are the names that look like a standard whether the table knows
// them or not, so that a new one is not overlooked.
const families = `RFC [0-9]{3,5}|BCP [0-9]+|STIX [0-9]\.[0-9]|TAXII [0-9]\.[0-9]|TLP [0-9]\.[0-9]|CAP [0-9]\.[0-9]|` +
	`C2SP [a-z0-9]+(?:-[a-z0-9]+)+|FIPS [0-9]+|UTS #?[0-9]+|UAX #?[0-9]+|ISO [0-9]+(?:-[0-9]+)?|SP 800-[0-9]+`

const (
	sectionWord = `(?:sections?|articles?|annex|appendix|part|§)`
	section     = `(?:[0-9]+(?:\.[0-9]+)*|[A-Z](?:\.[0-9]+)+)`
	anySection  = `(?:[0-9]+|[A-Z])(?:\.[0-9]+)*` // a lone letter only after a word such as "appendix"
	further     = `(?:(?:, and |, | and )` + section + `)*`
	tail        = `(?:,? ` + sectionWord + ` ?(` + anySection + further + `)\b|, (` + section + further + `)\b)?`
)

var sections = regexp.MustCompile(anySection)

// pattern returns the expression that finds references to known standards and
// to those that look like one. Longer names come first, so that a name which
// begins with another's is read whole.
func (t Table) pattern() *regexp.Regexp {
	var names []string
	for _, line := range t {
		names = append(names, regexp.QuoteMeta(line.Spec))
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	alternatives := strings.Join(append(slices.Compact(names), families), "|")
	return regexp.MustCompile(`\b(` + alternatives + `)\b` + tail)
}

// References returns every reference in the comments of a module's Go files,
// tests included, sorted by file and line. Other modules inside it (folders
// with a go.mod) and folders that Go ignores are left out.
func (t Table) References(module fs.FS) ([]Reference, error) {
	var found []Reference
	pattern := t.pattern()
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return enter(module, name)
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		references, err := inFile(module, name, pattern)
		found = append(found, references...)
		return err
	})
	return found, err
}

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

func inFile(module fs.FS, name string, pattern *regexp.Regexp) ([]Reference, error) {
	text, err := fs.ReadFile(module, name)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []Reference
	for _, group := range file.Comments {
		found = append(found, inGroup(flatten(files, group), name, pattern)...)
	}
	return found, nil
}

// A prose is a comment as one line of text, so that a reference broken over
// two lines is found too. It remembers where each line of the file began.
type prose struct {
	text   string
	starts []int // offsets in text
	lines  []int // line numbers in the file, one for each start
}

func flatten(files *token.FileSet, group *ast.CommentGroup) prose {
	var p prose
	var text strings.Builder
	for _, comment := range group.List {
		line := files.Position(comment.Pos()).Line
		for part := range strings.SplitSeq(comment.Text, "\n") {
			p.starts = append(p.starts, text.Len())
			p.lines = append(p.lines, line)
			text.WriteString(strings.Join(strings.Fields(strings.Trim(part, "/* \t\r")), " "))
			text.WriteByte(' ')
			line++
		}
	}
	p.text = text.String()
	return p
}

func (p prose) lineAt(offset int) int {
	after := sort.Search(len(p.starts), func(i int) bool { return p.starts[i] > offset })
	return p.lines[after-1]
}

func inGroup(p prose, name string, pattern *regexp.Regexp) []Reference {
	var found []Reference
	for _, at := range pattern.FindAllStringSubmatchIndex(p.text, -1) {
		spec := strings.ReplaceAll(p.text[at[2]:at[3]], "#", "") // "UTS #46" is UTS 46
		line := p.lineAt(at[0])
		cited := sectionsAt(p.text, at)
		if len(cited) == 0 {
			cited = []string{""}
		}
		for _, section := range cited {
			found = append(found, Reference{File: name, Line: line, Spec: spec, Section: section})
		}
	}
	return found
}

// sectionsAt returns the sections of one match: its second group or its third.
func sectionsAt(text string, at []int) []string {
	for _, group := range []int{4, 6} {
		if at[group] >= 0 {
			return sections.FindAllString(text[at[group]:at[group+1]], -1)
		}
	}
	return nil
}
