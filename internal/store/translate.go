package store

import (
	"fmt"
	"regexp"
	"strings"
)

// Schemas are written in SQLite's dialect and translated for PostgreSQL:
//
//	INTEGER                  BIGINT
//	REAL                     DOUBLE PRECISION
//	BLOB                     BYTEA
//	TEXT                     TEXT COLLATE "C", so that both order by bytes
//	x'00ff'                  '\x00ff'::bytea
//	) STRICT, WITHOUT ROWID  )
//
// Everything else is left as it is, in strings, quoted names and comments too.
// What would mean something else there is refused: AUTOINCREMENT, ANY, PRAGMA,
// INSERT OR, REPLACE INTO, VIRTUAL, rowid. Such a migration brings its own .pg.sql.

var wordsPG = map[string]string{
	"INTEGER": "BIGINT",
	"REAL":    "DOUBLE PRECISION",
	"BLOB":    "BYTEA",
	"TEXT":    `TEXT COLLATE "C"`,
}

var refusedPG = map[string]bool{
	"AUTOINCREMENT": true, "ANY": true, "PRAGMA": true, "REPLACE": true, "VIRTUAL": true, "ROWID": true,
}

var (
	tableOptions = regexp.MustCompile(`(?i)\)\s*(STRICT|WITHOUT\s+ROWID)(\s*,\s*(STRICT|WITHOUT\s+ROWID))?\s*(;|$)`)
	insertOr     = regexp.MustCompile(`(?i)\bINSERT\s+OR\b`)
	bareWord     = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*`)
)

// translate turns a schema in SQLite's dialect into PostgreSQL's.
func translate(sql string) (string, error) {
	var out strings.Builder
	for _, p := range split(sql) {
		if !p.code {
			out.WriteString(p.text)
			continue
		}
		text, err := translateCode(p.text)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return blobLiteral.ReplaceAllString(out.String(), `'\x$1'::bytea`), nil
}

var blobLiteral = regexp.MustCompile(`\b[xX]'([0-9a-fA-F]*)'`)

func translateCode(code string) (string, error) {
	code = tableOptions.ReplaceAllString(code, ")$4")
	if insertOr.MatchString(code) {
		return "", fmt.Errorf("translate: INSERT OR has no meaning on PostgreSQL; use ON CONFLICT")
	}
	var err error
	code = bareWord.ReplaceAllStringFunc(code, func(word string) string {
		up := strings.ToUpper(word)
		if refusedPG[up] {
			err = fmt.Errorf("translate: %s has no meaning on PostgreSQL; write a .pg.sql beside this migration", up)
		}
		if to, ok := wordsPG[up]; ok && word == up {
			return to
		}
		return word
	})
	return code, err
}

// A part of SQL: code, or a string, quoted name or comment, which stay as they are.
type part struct {
	text string
	code bool
}

// split cuts SQL into code and what is not code.
func split(sql string) (parts []part) {
	start := 0
	for i := 0; i < len(sql); {
		n := opaque(sql[i:])
		if n == 0 {
			i++
			continue
		}
		if i > start {
			parts = append(parts, part{sql[start:i], true})
		}
		parts = append(parts, part{sql[i : i+n], false})
		i += n
		start = i
	}
	if start < len(sql) {
		parts = append(parts, part{sql[start:], true})
	}
	return parts
}

// opaque is the length of the string, quoted name or comment that s begins with, 0 when it begins with code.
func opaque(s string) int {
	switch {
	case strings.HasPrefix(s, "--"):
		return until(s, 2, "\n")
	case strings.HasPrefix(s, "/*"):
		return until(s, 2, "*/")
	case s[0] == '\'' || s[0] == '"':
		return until(s, 1, s[:1]) // a doubled quote begins the next part
	}
	return 0
}

func until(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

// rewrite turns ? placeholders into $1, $2 …
func rewrite(query string) string {
	var out strings.Builder
	n := 0
	for _, p := range split(query) {
		if !p.code {
			out.WriteString(p.text)
			continue
		}
		for i, piece := range strings.Split(p.text, "?") {
			if i > 0 {
				n++
				fmt.Fprintf(&out, "$%d", n)
			}
			out.WriteString(piece)
		}
	}
	return out.String()
}
