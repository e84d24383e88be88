package store

// tidy is done by the writer while nobody waits; more says that it is not finished.
func (w *writer) tidy() (more bool, err error) {
	if w.c == nil {
		return false, nil
	}
	return false, w.s.eng.tidy(w.c)
}
