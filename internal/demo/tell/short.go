package tell

import "strings"

// short is an id or a digest by its beginning: "note--4939237f…",
// "person-de7a…", "sha256:81579e6d…".
func short(id string) string {
	const hex = "0123456789abcdef"
	for mark, digits := range map[string]int{"--": 8, "person-": 4, "sha256:": 8} {
		i := strings.Index(id, mark)
		if i < 0 || mark != "--" && i > 0 {
			continue
		}
		rest := id[i+len(mark):]
		if len(rest) > digits && strings.Trim(rest, hex+"-") == "" {
			return id[:i+len(mark)+digits] + "…"
		}
	}
	return id
}
