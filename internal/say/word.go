package say

// Word says a coded word of ours, such as a purpose, a role or a state, in the
// person's language; a word that no catalogue has stays as it is.
func (p *Printer) Word(vocabulary, value string) Text {
	for _, area := range []string{"word.", "said."} {
		key := area + vocabulary + "." + value
		if said := p.T(key); said != key {
			return Text(said)
		}
	}
	return Text(Clean(value))
}
