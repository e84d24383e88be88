package pdftext

import (
	"bufio"
	"math"
	"strings"

	"github.com/ledongthuc/pdf"
)

// A typist follows where a page's text is drawn, as far as lines and spaces need
// it: another height is another line, and a gap is a space. ISO 32000-2, 9.4
type typist struct {
	out   *bufio.Writer
	page  pdf.Page
	fonts map[string]*font

	font          *font
	size, leading float64
	glyph, word   float64 // spacing after each glyph, and after a space besides
	line, at      matrix  // where the line began, and where the next glyph goes
	endX, endY    float64 // behind the last glyph
	begun         bool
}

// A matrix is the six numbers of an affine transformation. ISO 32000-2, 8.3.3
type matrix [6]float64

var unmoved = matrix{1, 0, 0, 1, 0, 0}

// moved is m after a step in its own space.
func (m matrix) moved(x, y float64) matrix {
	m[4], m[5] = m[4]+x*m[0]+y*m[2], m[5]+x*m[1]+y*m[3]
	return m
}

// A font is one of a page's, with the widths that were asked for. To ask the
// library each time costs an inflated stream a glyph.
type font struct {
	pdf.Font
	decode func(raw string) string
	widths map[byte]float64
}

// Widths are thousandths of the size; where a font does not tell them, a glyph
// takes half of it.
func (f *font) width(code byte) float64 {
	w, ok := f.widths[code]
	if !ok {
		if w = f.Width(int(code)) / 1000; w == 0 {
			w = 0.5
		}
		f.widths[code] = w
	}
	return w
}

func (t *typist) fontOf(name string) *font {
	f := t.fonts[name]
	if f == nil {
		of := t.page.Font(name)
		f = &font{Font: of, decode: of.Encoder().Decode, widths: map[byte]float64{}}
		t.fonts[name] = f
	}
	return f
}

// operands are how many each operator has; others do not matter here.
var operands = map[string]int{
	"BT": 0, "T*": 0, "Tc": 1, "Tw": 1, "TL": 1, "Tj": 1, "TJ": 1, "'": 1, "Tf": 2, "Td": 2, "TD": 2, "\"": 3, "Tm": 6,
}

// operator does one; what has not the operands it should have is passed over.
func (t *typist) operator(stack *pdf.Stack, op string) {
	args := make([]pdf.Value, stack.Len())
	for i := range args {
		args[len(args)-1-i] = stack.Pop()
	}
	if n, known := operands[op]; !known || n != len(args) {
		return
	}
	if !t.place(op, args) {
		t.show(op, args)
	}
}

// place does what says how and where text goes.
func (t *typist) place(op string, args []pdf.Value) bool {
	switch op {
	case "BT":
		t.begin(unmoved)
	case "Tc":
		t.glyph = args[0].Float64()
	case "Tw":
		t.word = args[0].Float64()
	case "TL":
		t.leading = args[0].Float64()
	case "Tf":
		t.font, t.size = t.fontOf(args[0].Name()), args[1].Float64()
	case "Td":
		t.begin(t.line.moved(args[0].Float64(), args[1].Float64()))
	case "TD":
		t.leading = -args[1].Float64()
		t.begin(t.line.moved(args[0].Float64(), args[1].Float64()))
	case "T*":
		t.begin(t.line.moved(0, -t.leading))
	case "Tm":
		var m matrix
		for i := range m {
			m[i] = args[i].Float64()
		}
		t.begin(m)
	default:
		return false
	}
	return true
}

func (t *typist) begin(m matrix) { t.line, t.at = m, m }

// show writes text.
func (t *typist) show(op string, args []pdf.Value) {
	switch op {
	case "\"":
		t.word, t.glyph = args[0].Float64(), args[1].Float64()
		fallthrough
	case "'":
		t.begin(t.line.moved(0, -t.leading))
		fallthrough
	case "Tj":
		t.text(args[len(args)-1].RawString())
	case "TJ":
		for i := range args[0].Len() {
			if x := args[0].Index(i); x.Kind() == pdf.String {
				t.text(x.RawString())
			} else {
				t.at = t.at.moved(-x.Float64()/1000*t.size, 0)
			}
		}
	}
}

// ligatures are what some fonts draw for two or three letters.
var ligatures = strings.NewReplacer("ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "\x00", "")

func (t *typist) text(raw string) {
	if t.font == nil || raw == "" {
		return
	}
	t.separate()
	_, _ = t.out.WriteString(ligatures.Replace(t.font.decode(raw)))
	for i := range len(raw) {
		x := t.font.width(raw[i])*t.size + t.glyph
		if raw[i] == ' ' {
			x += t.word
		}
		t.at = t.at.moved(x, 0)
	}
	t.endX, t.endY, t.begun = t.at[4], t.at[5], true
}

// separate puts what stands between the last glyph and the next.
func (t *typist) separate() {
	em := math.Abs(t.size*t.at[0]) + math.Abs(t.size*t.at[1])
	switch x := t.at[4] - t.endX; {
	case !t.begun:
	case math.Abs(t.at[5]-t.endY) > em/2, x < -2*em:
		_ = t.out.WriteByte('\n')
	case x > 0.15*em:
		_ = t.out.WriteByte(' ')
	}
}
