package ledger

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// cutNote splits a signed note into its text and its signature lines.
func cutNote(signed []byte) (text, lines string, ok bool) {
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 || len(signed) > maxNote {
		return "", "", false
	}
	return string(signed[:i+1]), string(signed[i+2:]), true
}

// CosignLines signs a checkpoint's text as a witness and gives the two lines,
// each beginning with an em dash and ending in a newline
// (C2SP tlog-witness, add-checkpoint). It checks nothing: see Witness.
func CosignLines(key Key, name string, cp Checkpoint, at time.Time) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: cp.Text()}, witnessLines(key, name, at)...)
	if err != nil {
		return "", fmt.Errorf("cosign %s: %w", cp.Origin, err)
	}
	_, lines, _ := cutNote(signed)
	return lines, nil
}

// VerifyCosignature checks that the witness v cosigned cp with both its keys,
// and says when, in whole seconds. Lines of others are not looked at.
func VerifyCosignature(cp Checkpoint, lines string, v *Verifier) (time.Time, error) {
	_, at, err := v.open([]byte(cp.Text() + "\n" + lines))
	return at, err
}

// VerifyCosigned is VerifyCheckpoint with witnesses: each of them must have
// cosigned with both keys.
func VerifyCosigned(signed []byte, log *Verifier, witnesses ...*Verifier) (Checkpoint, error) {
	cp, _, err := VerifyCheckpoint(signed, log)
	if err != nil {
		return Checkpoint{}, err
	}
	for _, w := range witnesses {
		if _, _, err := w.open(signed); err != nil {
			return Checkpoint{}, err
		}
	}
	return cp, nil
}

// AddLines puts further signature lines under a signed note; a line that is
// there already is not repeated.
func AddLines(signed []byte, lines string) []byte {
	out := bytes.Clone(signed)
	for line := range strings.Lines(lines) {
		if !bytes.Contains(out, []byte("\n"+line)) {
			out = append(out, line...)
		}
	}
	return out
}

// linesOf writes the lines that were verified, and no others.
func linesOf(n *note.Note) string {
	var b strings.Builder
	for _, sig := range n.Sigs {
		fmt.Fprintf(&b, "— %s %s\n", sig.Name, sig.Base64)
	}
	return b.String()
}
