package pdftext

import (
	"fmt"
	"io"
	"os"
)

// seconds of processor time are what the child may use.
const seconds = 10

// Child is the child's whole life, and its exit code.
func Child(in io.Reader, out, problems io.Writer) int {
	raw, err := io.ReadAll(io.LimitReader(in, maxReport))
	if err == nil {
		err = confine(seconds)
	}
	if err == nil {
		err = extract(raw, out)
	}
	if err != nil {
		fmt.Fprintln(problems, err)
		return 1
	}
	return 0
}

// IsChild reports whether the program was started to be the child.
func IsChild() bool { return len(os.Args) == 2 && os.Args[1] == Verb }
