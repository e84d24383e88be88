package store

import (
	"database/sql"
	"errors"
	"maps"
	"sync"
)

// lexicon interns texts as small numbers. What it remembers was committed.
type lexicon struct {
	mu    sync.RWMutex
	ids   map[string]int64
	texts map[int64]string
}

func (l *lexicon) id(text string) (int64, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	id, ok := l.ids[text]
	return id, ok
}

func (l *lexicon) text(id int64) (string, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	text, ok := l.texts[id]
	return text, ok
}

// Envelopes and cases make words too, so that what is remembered has a bound.
const maxRemembered = 1 << 16

func (l *lexicon) learn(words map[string]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ids == nil || len(l.ids)+len(words) > maxRemembered {
		l.ids, l.texts = map[string]int64{}, map[int64]string{}
	}
	maps.Copy(l.ids, words)
	for text, id := range words {
		l.texts[id] = text
	}
}

// word interns text: its number, given out when it is new. The empty text is 0.
func (tx *Tx) word(text string) (int64, error) {
	id, err := tx.known(text)
	if err != nil || id != 0 || text == "" {
		return id, err
	}
	err = tx.QueryRow(`INSERT INTO word(id, text) SELECT coalesce(max(id), 0) + 1, ? FROM word RETURNING id`, text).Scan(&id)
	if err == nil {
		tx.learn(text, id)
	}
	return id, err
}

// known is the number of text, 0 when it has none.
func (tx *Tx) known(text string) (id int64, err error) {
	if text == "" {
		return 0, nil
	}
	if id, ok := tx.s.words.id(text); ok {
		return id, nil
	}
	if id, ok := tx.learnt[text]; ok {
		return id, nil
	}
	err = tx.QueryRow("SELECT id FROM word WHERE text = ?", text).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err == nil {
		tx.learn(text, id)
	}
	return id, err
}

// text is the text behind a number.
func (tx *Tx) text(id int64) (text string, err error) {
	if id == 0 {
		return "", nil
	}
	if text, ok := tx.s.words.text(id); ok {
		return text, nil
	}
	for text, n := range tx.learnt {
		if n == id {
			return text, nil
		}
	}
	if err := tx.QueryRow("SELECT text FROM word WHERE id = ?", id).Scan(&text); err != nil {
		return "", err
	}
	tx.learn(text, id)
	return text, nil
}

// learn keeps a word for this transaction, and for all once it is committed.
func (tx *Tx) learn(text string, id int64) {
	if tx.w == nil {
		tx.s.words.learn(map[string]int64{text: id})
		return
	}
	if tx.learnt == nil {
		tx.learnt = map[string]int64{}
		tx.OnCommit(func() { tx.s.words.learn(tx.learnt) })
	}
	tx.learnt[text] = id
}
