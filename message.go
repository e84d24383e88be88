package mithaq

import (
	"encoding/json"
	"maps"
	"slices"
)

// A Message is a sentence of the catalogue with what goes into it. Its
// arguments are of these kinds, and come back as such from their JSON form:
//
//	string     foreign text: a name, a STIX type, a reference
//	int        a number
//	Time       an instant
//	Texts      the same text in several languages
//	Message    a word or sentence of the catalogue
//	[]Message  a list of such
type Message struct {
	Key   string
	Count *int // chooses the plural form, where the sentence has forms
	Args  []any
}

// Say returns the message of a key.
func Say(key string, args ...any) Message { return Message{Key: key, Args: args} }

// SayN returns the message of a key for n things.
func SayN(key string, n int, args ...any) Message { return Message{Key: key, Count: &n, Args: args} }

// Foreign returns a message that is not of the catalogue but a text as it is:
// its key is empty, and it stands in lists beside words of ours.
func Foreign(text string) Message { return Message{Args: []any{text}} }

// Texts is one text by language.
type Texts map[string]string

// In returns the text in a language; else in English, else in the first
// language by name that it has.
func (t Texts) In(lang string) string {
	for _, l := range append([]string{lang, "en"}, slices.Sorted(maps.Keys(t))...) {
		if t[l] != "" {
			return t[l]
		}
	}
	return ""
}

// jsonMessage and jsonArgument are the JSON forms. Strings and integers stand
// for themselves, each other argument is an object of one member.
type jsonMessage struct {
	Key   string         `json:"key,omitempty"`
	Count *int           `json:"count,omitempty"`
	Args  []jsonArgument `json:"args,omitempty"`
}

type jsonArgument struct{ value any }

type jsonKinds struct {
	At    *Time     `json:"at,omitempty"`
	Texts Texts     `json:"texts,omitempty"`
	Say   *Message  `json:"say,omitempty"`
	List  []Message `json:"list,omitempty"`
}

// MarshalJSON writes the message and the kinds of its arguments.
func (m Message) MarshalJSON() ([]byte, error) {
	form := jsonMessage{Key: m.Key, Count: m.Count}
	for _, arg := range m.Args {
		form.Args = append(form.Args, jsonArgument{arg})
	}
	return json.Marshal(form)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Message) UnmarshalJSON(raw []byte) error {
	var form jsonMessage
	if err := json.Unmarshal(raw, &form); err != nil {
		return err
	}
	*m = Message{Key: form.Key, Count: form.Count}
	for _, arg := range form.Args {
		m.Args = append(m.Args, arg.value)
	}
	return nil
}

func (a jsonArgument) MarshalJSON() ([]byte, error) {
	switch v := a.value.(type) {
	case string, int:
		return json.Marshal(v)
	case Time:
		return json.Marshal(jsonKinds{At: &v})
	case Texts:
		return json.Marshal(jsonKinds{Texts: v})
	case Message:
		return json.Marshal(jsonKinds{Say: &v})
	case []Message:
		return json.Marshal(jsonKinds{List: v})
	}
	return nil, invalidf("argument", "a message takes no %T", a.value)
}

func (a *jsonArgument) UnmarshalJSON(raw []byte) error {
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		a.value = text
		return err
	case '{':
		return a.readKind(raw)
	}
	var n int
	err := json.Unmarshal(raw, &n)
	a.value = n
	return err
}

func (a *jsonArgument) readKind(raw []byte) error {
	var kinds jsonKinds
	if err := json.Unmarshal(raw, &kinds); err != nil {
		return err
	}
	switch {
	case kinds.At != nil:
		a.value = *kinds.At
	case kinds.Texts != nil:
		a.value = kinds.Texts
	case kinds.Say != nil:
		a.value = *kinds.Say
	case kinds.List != nil:
		a.value = kinds.List
	default:
		a.value = []Message{} // an empty list, or empty texts, say nothing
	}
	return nil
}

// word returns the catalogue's word for a value of one of our vocabularies.
func word(vocabulary, value string) Message { return Say("word." + vocabulary + "." + value) }

// list makes one message of each element.
func list[T any](of []T, message func(T) Message) []Message {
	messages := make([]Message, 0, len(of))
	for _, v := range of {
		messages = append(messages, message(v))
	}
	return messages
}

// wordsOf lists values of one of our vocabularies.
func wordsOf(vocabulary string, values []string) []Message {
	return list(values, func(v string) Message { return word(vocabulary, v) })
}

// names lists texts that are not ours to translate.
func names[T ~string](of []T) []Message {
	return list(of, func(v T) Message { return Foreign(string(v)) })
}

// purposeWords lists purposes: the published ones as words, others as they are.
func purposeWords(of []Purpose) []Message {
	return list(of, purposeWord)
}

func purposeWord(p Purpose) Message {
	if slices.Contains(purposes, p) {
		return word("purpose", string(p))
	}
	return Foreign(string(p))
}
