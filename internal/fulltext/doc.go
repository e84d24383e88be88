// Package fulltext finds items by the words of their texts, however they are
// spelled: Arabic with or without hamza, tatweel and vowel marks, Turkish with
// or without dots, Latin with or without accents, digits of any script; and by
// names across scripts, since the keys of package names are words too.
//
// The index is derived, and lies apart: beside SQLite in a file of its own
// (text.db, with SQLite's FTS5), in PostgreSQL in a table of its own. It follows
// the store: what was kept since is added, what was erased is taken out and
// purged. It holds which words an item has and nothing else. It is in no backup,
// and is built anew when it is missing.
//
// It answers with numbers of items alone; whether somebody may know of them is
// for the gate to say, which fetches them.
package fulltext
