package sheet_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/charmap"

	"github.com/mithaq-hub/mithaq/indicator"
	"github.com/mithaq-hub/mithaq/indicator/sheet"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// uses is a layout in few words: what each column is for.
func uses(l sheet.Layout) string {
	var all []string
	for _, c := range l.Columns {
		all = append(all, strings.TrimSuffix(string(c.Use)+"/"+string(c.Kind), "/"))
	}
	return fmt.Sprintf("%s %s header=%v %s", l.Encoding, l.Delimiter, l.Header, strings.Join(all, " "))
}

func TestGuess(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"one column", "198.51.100.7\n198.51.100.8\n", "utf-8 , header=false value/ipv4"},
		{"one column, named", "indicator\nevil[.]example\nhttps://evil.example/\n", "utf-8 , header=true value/any"},
		{"semicolons", "Domain;Note\nevil.example;bad\nworse.example;a, b\n", "utf-8 ; header=true value/domain description"},
		{"tabs", "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\tx\t1\nb1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\ty\t2\n", "utf-8 \t header=false value/md5 ignore ignore"},
		{"a header in a comment", "# made today\n# id,dateadded,url,tags\n1,2026-03-01 10:00:00,hxxp://evil.example/a,exe|32\n2,2026-03-02 10:00:00,http://evil.example/b,\n", "utf-8 , header=false ignore from value/url labels"},
		{"MISP", "uuid,type,value,to_ids,date\nx,ip-dst,198.51.100.7,1,20260301\ny,filename,a.exe,1,20260302\nz,sha256," + strings.Repeat("a1", 32) + ",1,20260302\n", "utf-8 , header=true ignore kind value/by-row ignore from"},
		{"names only", "name\nAnna\nBoris\n", "utf-8 , header=true ignore"},
		{"file names need their name", "filename,size\nsetup.exe,7\nreadme,8\n", "utf-8 , header=true value/file-name ignore"},
	} {
		l, err := sheet.Guess([]byte(row.text))
		if err != nil || uses(l) != row.want {
			t.Errorf("%s: %s, %v; want %s", row.name, uses(l), err, row.want)
		}
	}
	if _, err := sheet.Guess([]byte("# nothing\n\n")); !errors.Is(err, sheet.ErrEmpty) {
		t.Errorf("an empty sheet: %v", err)
	}
}

// What a guess says can be read as it stands, and says what it is unsure of.
func TestGuessIsALayout(t *testing.T) {
	raw, err := charmap.Windows1256.NewEncoder().Bytes([]byte("الموقع,وصف\n198.51.100.7,موقع ضار\n198.51.100.8,موقع آخر\n"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := sheet.Guess(raw)
	if err != nil || l.Sure || uses(l) != "windows-1256 , header=true value/ipv4 description" {
		t.Fatalf("%s, sure %v, %v", uses(l), l.Sure, err)
	}
	for rec, err := range l.Read(strings.NewReader(string(raw))) {
		if err != nil || len(rec.Found) != 1 || !strings.HasPrefix(rec.Details.Description, "موقع") {
			t.Errorf("%+v, %v", rec, err)
		}
	}
}

const table = `value,kind,from,until,tlp,labels,why
evil[.]example,domain,2026-03-01,2027-03-01,green,"a,b","it ""is""
bad"
198.51.100.7,ip-dst,2026-03-01T10:00:00Z,,TLP:AMBER,,
setup.exe,filename,,,,,
x y,domain,,,,,
evil.example,colour,,,,,
evil.example,domain,01/02/2026,,,,
evil.example,domain,,,purple,,
,domain,,,,,
worse.example,domain
"open,domain,,,,,
best.example,domain,,,,,
` + "bad\xff.example,domain,,,,,\n"

func layout(t *testing.T) sheet.Layout {
	t.Helper()
	l := sheet.Layout{Encoding: indicator.UTF8, Delimiter: ",", Header: true, Columns: []sheet.Column{
		{Column: 1, Use: sheet.Values, Kind: sheet.ByRow},
		{Column: 2, Use: sheet.KindOf},
		{Column: 3, Use: sheet.From},
		{Column: 4, Use: sheet.Until},
		{Column: 5, Use: sheet.TLP},
		{Column: 6, Use: sheet.Labels},
		{Column: 7, Use: sheet.Description},
	}}
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestRead(t *testing.T) {
	var got strings.Builder
	l := layout(t)
	for rec, err := range l.Read(strings.NewReader(table)) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range rec.Found {
			d := rec.Details
			fmt.Fprintf(&got, "%d:%d %s %s %v %s %s %q %s %q\n", f.Line, f.Column, f.Kind, f.Text, f.Defanged,
				d.At.Format("060102"), d.Until.Format("060102"), d.Labels, d.TLP, d.Description)
		}
		for _, d := range rec.Doubts {
			fmt.Fprintf(&got, "%d:%d ? %q %s\n", d.Line, d.Column, d.As, d.Why)
		}
	}
	const want = `2:1 domain evil.example true 260301 270301 ["a" "b"] TLP:GREEN "it \"is\"\nbad"
4:1 ipv4 198.51.100.7 false 260301 010101 [] TLP:AMBER ""
5:1 file-name setup.exe false 010101 010101 []  ""
6:1 ? "x y" domain: a label holds something other than letters, digits, hyphens and underscores
7:1 ? "evil.example" there is no kind "colour"
8:3 ? "01/02/2026" no date that can be read without doubt
9:5 ? "purple" no label of the Traffic Light Protocol
10:1 ? ",domain,,,,," no value in the row
11:1 domain worse.example false 010101 010101 []  ""
12:1 ? "\"open,domain,,,,," a quotation mark is never closed
13:1 domain best.example false 010101 010101 []  ""
14:1 ? "bad�.example,domain,,,,," a byte is no character in utf-8
`
	if got.String() != want {
		t.Errorf("read\n%s\nwant\n%s", got.String(), want)
	}
}

func TestReadFails(t *testing.T) {
	l := layout(t)
	broken := errors.New("the stick was pulled")
	var last error
	for _, err := range l.Read(iotest.ErrReader(broken)) {
		last = err
	}
	if !errors.Is(last, broken) {
		t.Errorf("reading ended with %v", last)
	}
	for _, bad := range []func(*sheet.Layout){
		func(l *sheet.Layout) { l.Encoding = "koi8-r" },
		func(l *sheet.Layout) { l.Delimiter = "" },
		func(l *sheet.Layout) { l.Delimiter = `"` },
		func(l *sheet.Layout) { l.Columns = nil },
		func(l *sheet.Layout) { l.Columns[0].Column = 0 },
		func(l *sheet.Layout) { l.Columns[0].Use = "x" },
		func(l *sheet.Layout) { l.Columns[0].Kind = "x" },
		func(l *sheet.Layout) { l.Columns[1].Use = sheet.Ignore },
		func(l *sheet.Layout) { l.Columns[3].Use = sheet.KindOf },
		func(l *sheet.Layout) { l.Columns[2].Format = "nonsense" },
		func(l *sheet.Layout) { l.Columns[2].Kind = value.Domain },
		func(l *sheet.Layout) { l.Columns[6].Format = "2006-01-02" },
	} {
		l := layout(t)
		bad(&l)
		for rec, err := range l.Read(strings.NewReader(table)) {
			if err == nil {
				t.Errorf("%+v was read with %+v", rec, l)
			}
		}
	}
}

// A sheet of any length is read a row at a time: a row longer than allowed is one doubt.
func TestLongRow(t *testing.T) {
	l := layout(t)
	l.Header = false
	text := strings.Repeat("x", 3*sheet.MaxRow) + "\nevil.example,domain\n"
	n, doubts := 0, 0
	for rec, err := range l.Read(strings.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		n, doubts = n+len(rec.Found), doubts+len(rec.Doubts)
	}
	if n != 1 || doubts != 1 {
		t.Errorf("%d values and %d doubts", n, doubts)
	}
}

// Every row that is not empty gives something, whatever its bytes; a guess is a layout or
// has no values.
func FuzzSheet(f *testing.F) {
	f.Add([]byte(table))
	f.Add([]byte("a;b\n1.2.3.4;\"x\n\"\"\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := sheet.Guess(raw)
		if err != nil {
			return
		}
		if written, err := json.Marshal(l); err != nil {
			t.Fatal(err)
		} else if json.Unmarshal(written, &l) != nil {
			t.Fatalf("%s is no layout", written)
		}
		if !slices.ContainsFunc(l.Columns, func(c sheet.Column) bool { return c.Use == sheet.Values }) {
			l.Columns = []sheet.Column{{Column: 1, Use: sheet.Values, Kind: sheet.Any}}
		}
		for rec, err := range l.Read(strings.NewReader(string(raw))) {
			if err != nil {
				t.Fatalf("%+v: %v", l, err)
			}
			if len(rec.Found)+len(rec.Doubts) == 0 {
				t.Errorf("line %d gives nothing of %q", rec.Line, raw)
			}
		}
	})
}
