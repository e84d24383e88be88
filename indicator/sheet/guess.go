package sheet

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/indicator"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// Head is how many bytes of a sheet a guess wants to see.
const Head = 256 << 10

const sampleRows = 200

// ErrEmpty says that a sheet has no row.
var ErrEmpty = errors.New("sheet: no row in it")

// Guess says how a sheet is probably to be read, by its beginning. It decides
// nothing: a person looks at it, and changes it where it is wrong.
func Guess(head []byte) (Layout, error) {
	l := Layout{Delimiter: ","}
	l.Encoding, l.Sure = indicator.GuessEncoding(head)
	d, err := l.Encoding.Decoder()
	if err != nil {
		return l, err
	}
	raw, err := d.Bytes(head)
	if err != nil {
		return l, err
	}
	text := string(raw)
	if len(head) >= Head {
		text = text[:strings.LastIndexByte(text, '\n')+1] // the last line may be cut
	}
	if strings.HasPrefix(text, "#") || strings.Contains(text, "\n#") {
		l.Comment = "#"
	}
	l.Delimiter = delimiter(text, l.Comment)
	rows := sample(text, l.Delimiter, l.Comment)
	if len(rows) == 0 {
		return l, ErrEmpty
	}
	names := l.header(text, &rows)
	l.columns(names, rows)
	return l, nil
}

// sample is the first rows of a text.
func sample(text, comma, comment string) (rows [][]string) {
	s := newSplitter(strings.NewReader(text), comma[0], comment)
	for len(rows) < sampleRows {
		r, err := s.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if r.bad == "" {
			rows = append(rows, r.cells[:min(len(r.cells), MaxColumns)])
		}
	}
	return rows
}

// delimiter is what cuts most rows into the same number of cells, two at least.
func delimiter(text, comment string) string {
	best, most := ",", 0
	for _, comma := range []string{",", ";", "\t", "|"} {
		widths := map[int]int{}
		for _, cells := range sample(text, comma, comment) {
			if len(cells) > 1 {
				widths[len(cells)]++
			}
		}
		for width, n := range widths {
			if score := n*1000 + width; n*1000 > 0 && score > most {
				best, most = comma, score
			}
		}
	}
	return best
}

// header is the names of the columns: the first row, where no cell of it is a
// value and it is not the only one; or the comment right before it.
func (l *Layout) header(text string, rows *[][]string) []string {
	first := (*rows)[0]
	plain := !slices.ContainsFunc(first, func(c string) bool { return kindIn(c) != "" || isDate(c) || isNumber(c) })
	if plain && len(*rows) > 1 {
		l.Header = true
		*rows = (*rows)[1:]
		return first
	}
	for comment := range l.comments(text) {
		if names := splitLine(strings.TrimLeft(comment, "# "), l.Delimiter); len(names) == len(first) && len(names) > 1 {
			return names
		}
	}
	return nil
}

// comments yields the comments before the first row, the last first.
func (l *Layout) comments(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		var all []string
		for line := range strings.Lines(text) {
			if l.Comment == "" || !strings.HasPrefix(line, l.Comment) {
				break
			}
			all = append(all, strings.TrimRight(line, "\r\n"))
		}
		for _, line := range slices.Backward(all) {
			if !yield(line) {
				return
			}
		}
	}
}

func splitLine(line, comma string) []string {
	s := newSplitter(strings.NewReader(line), comma[0], "")
	r, err := s.read()
	if err != nil {
		return nil
	}
	return r.cells
}

// columns says of each column what it is for.
func (l *Layout) columns(names []string, rows [][]string) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	for i := range width {
		c := Column{Column: i + 1, Use: Ignore}
		if i < len(names) {
			c.Name = strings.TrimSpace(names[i])
		}
		var cells []string
		for _, r := range rows {
			if cell := cellOf(r, i+1); cell != "" {
				cells = append(cells, cell)
			}
		}
		c.guess(cells)
		l.Columns = append(l.Columns, c)
	}
	l.byRow()
}

// guess says what a column is for, by its cells and its name.
func (c *Column) guess(cells []string) {
	if len(cells) == 0 {
		return
	}
	c.Sample = short(cells[0])
	name := strings.ToLower(c.Name)
	switch use := usesByName[name]; {
	case use == From || use == Until:
		if mostly(cells, isDate) {
			c.Use = use
		}
	case use != "":
		c.Use = use
	default:
		c.guessKind(name, cells)
	}
}

var usesByName = map[string]Use{
	"type": KindOf, "kind": KindOf, "indicator_type": KindOf, "ioc_type": KindOf,
	"comment": Description, "description": Description, "notes": Description, "note": Description, "açıklama": Description, "وصف": Description,
	"tags": Labels, "labels": Labels, "tag": Labels, "label": Labels,
	"date": From, "first_seen": From, "first_seen_utc": From, "firstseen": From, "dateadded": From, "date_added": From, "valid_from": From, "added": From,
	"valid_until": Until, "expires": Until, "expiry": Until, "expiration": Until, "tlp": TLP,
}

// guessKind wants four cells of five to be values, and a kind for them all or Any;
// where the column is named after a kind, half of them. Kinds that any word could
// be need the name.
func (c *Column) guessKind(name string, cells []string) {
	if kind := namedKind(name); kind != "" && mostly(cells, func(cell string) bool { _, why := valuesIn(kind, cell); return why == "" }) {
		c.Use, c.Kind = Values, kind
		return
	}
	kinds := map[value.Kind]int{}
	for _, cell := range cells {
		if kind := kindIn(cell); kind != "" {
			kinds[kind]++
		}
	}
	n := 0
	for _, times := range kinds {
		n += times
	}
	if n*5 < len(cells)*4 {
		return
	}
	c.Use, c.Kind = Values, Any
	for kind, times := range kinds {
		if times == len(cells) {
			c.Kind = kind
		}
	}
}

// mostly tells whether more than half of the cells fit.
func mostly(cells []string, fits func(string) bool) bool {
	n := 0
	for _, cell := range cells {
		if fits(cell) {
			n++
		}
	}
	return n*2 > len(cells)
}

// namedKind is the kind that the name of a column says, where a kind has that name.
func namedKind(name string) value.Kind {
	name = strings.NewReplacer("_", "-", " ", "-").Replace(name)
	if kind := value.Kind(name); kind.Version() > 0 {
		return kind
	}
	return words[name]
}

// kindIn is the kind of a cell that is one value as a whole; Any where it
// mentions values among other things; "" for none.
func kindIn(cell string) value.Kind {
	if found := value.Detect(indicator.Mend(strings.TrimSpace(cell))); len(found) == 1 {
		return found[0].Kind
	}
	if found, _ := indicator.FromText(cell); len(found) > 0 && !strings.Contains(cell, " ") {
		return Any
	}
	return ""
}

// byRow lets a column of kinds speak for the values beside it, when its words
// are kinds; else nothing follows from it.
func (l *Layout) byRow() {
	said := slices.IndexFunc(l.Columns, func(c Column) bool { return c.Use == KindOf })
	if said < 0 {
		return
	}
	if l.Columns[said].Sample == "" || !isKind(l.Columns[said].Sample) {
		l.Columns[said].Use = Ignore
		return
	}
	holds := slices.IndexFunc(l.Columns, func(c Column) bool {
		name := strings.ToLower(c.Name)
		return c.Use == Values || name == "value" || name == "indicator" || name == "ioc"
	})
	if holds < 0 {
		l.Columns[said].Use = Ignore
		return
	}
	l.Columns[holds].Use, l.Columns[holds].Kind = Values, ByRow
}

func isKind(word string) bool {
	word = strings.ToLower(word)
	_, other := words[word]
	return other || value.Kind(word).Version() > 0
}

func isDate(cell string) bool {
	_, err := date("", cell)
	return err == nil
}

func isNumber(cell string) bool {
	return cell != "" && strings.Trim(cell, "0123456789.,-+%") == ""
}

func short(cell string) string {
	runes := []rune(cell)
	return string(runes[:min(len(runes), 60)])
}
