package sheet

import (
	"errors"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq/indicator"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Layout says how a sheet is to be read.
type Layout struct {
	Encoding  indicator.Encoding `json:"encoding"`
	Sure      bool               `json:"encoding_sure"` // false: the letters speak for it, a person should look
	Delimiter string             `json:"delimiter"`
	Comment   string             `json:"comment,omitempty"` // what lines that are passed over begin with
	Header    bool               `json:"header"`            // the first row names the columns
	Columns   []Column           `json:"columns"`
}

// A Column says what stands in one.
type Column struct {
	Column int        `json:"column"` // from 1
	Name   string     `json:"name,omitempty"`
	Use    Use        `json:"use"`
	Kind   value.Kind `json:"kind,omitempty"`   // of values; Any finds out, ByRow reads the column of kinds
	Format string     `json:"format,omitempty"` // of dates, as Go writes them
	Sample string     `json:"sample,omitempty"` // a cell, for who confirms
}

// A Use is what a column is for.
type Use string

// The uses.
const (
	Ignore      Use = "ignore"
	Values      Use = "value"
	KindOf      Use = "kind" // of the value in the same row
	Description Use = "description"
	Labels      Use = "labels" // apart by , ; | or spaces
	From        Use = "from"   // a date: the indicator holds from then
	Until       Use = "until"  // a date
	TLP         Use = "tlp"
)

// Kinds of a column that are not those of a value.
const (
	Any   value.Kind = "any"
	ByRow value.Kind = "by-row"
)

// Limits of a sheet.
const (
	MaxColumns = 256
	MaxRow     = 1 << 20 // bytes
)

var uses = map[Use]bool{Ignore: true, Values: true, KindOf: true, Description: true, Labels: true, From: true, Until: true, TLP: true}

// Check says everything that is wrong with a layout.
func (l *Layout) Check() error {
	var faults []error
	if _, err := l.Encoding.Decoder(); err != nil {
		faults = append(faults, fmt.Errorf("encoding: %w", err))
	}
	if len(l.Delimiter) != 1 || l.Delimiter == `"` || l.Delimiter == "\n" || l.Delimiter == "\r" || l.Delimiter[0] >= 0x80 {
		faults = append(faults, errors.New("delimiter: want one character of ASCII, such as , or ;"))
	}
	if len(l.Columns) > MaxColumns {
		faults = append(faults, fmt.Errorf("columns: %d are too many", len(l.Columns)))
	}
	return errors.Join(append(faults, l.checkColumns()...)...)
}

func (l *Layout) checkColumns() (faults []error) {
	values, kinds := 0, 0
	for i, c := range l.Columns {
		if err := c.check(); err != nil {
			faults = append(faults, fmt.Errorf("columns[%d]: %w", i, err))
		}
		if c.Use == Values {
			values++
		}
		if c.Use == KindOf {
			kinds++
		}
	}
	if values == 0 {
		faults = append(faults, errors.New("columns: none is a value"))
	}
	if kinds > 1 {
		faults = append(faults, errors.New("columns: more than one says the kind"))
	}
	for i, c := range l.Columns {
		if c.Kind == ByRow && kinds == 0 {
			faults = append(faults, fmt.Errorf("columns[%d]: no column says the kind", i))
		}
	}
	return faults
}

func (c *Column) check() error {
	switch {
	case c.Column < 1 || c.Column > MaxColumns:
		return fmt.Errorf("column: want 1 to %d", MaxColumns)
	case !uses[c.Use]:
		return fmt.Errorf("use: there is no %q", c.Use)
	case c.Use == Values && c.Kind != Any && c.Kind != ByRow && c.Kind.Version() == 0:
		return fmt.Errorf("kind: there is no %q", c.Kind)
	case c.Use != Values && c.Kind != "":
		return errors.New("kind: is for values alone")
	case c.Format != "" && c.Use != From && c.Use != Until:
		return errors.New("format: is for dates alone")
	case (c.Use == From || c.Use == Until) && !readsBack(c.Format):
		return fmt.Errorf("format: %q is no way to write a date", c.Format)
	}
	return nil
}

// readsBack tells whether a format names a day: two dates written in it differ.
func readsBack(format string) bool {
	if format == "" {
		return true
	}
	day := time.Date(2011, 12, 13, 0, 0, 0, 0, time.UTC)
	t, err := time.Parse(format, day.Format(format))
	return err == nil && t.Equal(day)
}
