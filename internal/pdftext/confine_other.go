//go:build !linux

package pdftext

import "errors"

// confine fails where the limits are not known to hold: nothing is read then.
func confine(uint64) error { return errors.New("PDF reports are read on Linux only") }
