package misp

import (
	"strconv"

	"github.com/mithaq-hub/mithaq/stix"
)

// A builder writes one JSON object.
type builder struct {
	b []byte
}

func (o *builder) name(name string) {
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = append(appendQuote(o.b, name), ':')
}

func (o *builder) text(name, v string) {
	o.name(name)
	o.b = appendQuote(o.b, v)
}

// some is text that is left out where it is empty.
func (o *builder) some(name, v string) {
	if v != "" {
		o.text(name, v)
	}
}

func (o *builder) id(name string, id stix.ID) { o.some(name, string(id)) }

func (o *builder) number(name string, n int64) {
	o.name(name)
	o.b = strconv.AppendInt(o.b, n, 10)
}

func (o *builder) truth(name string, v bool) {
	o.name(name)
	o.b = strconv.AppendBool(o.b, v)
}

func (o *builder) raw(name string, json []byte) {
	o.name(name)
	o.b = append(o.b, json...)
}

// texts is a list that is left out where it is empty.
func (o *builder) texts(name string, list []string) { addTexts(o, name, list) }

func (o *builder) ids(name string, list []stix.ID) { addTexts(o, name, list) }

func addTexts[T ~string](o *builder, name string, list []T) {
	if len(list) == 0 {
		return
	}
	o.name(name)
	for i, v := range list {
		o.b = append(o.b, "[,"[min(i, 1)])
		o.b = appendQuote(o.b, string(v))
	}
	o.b = append(o.b, ']')
}

// value is anything that a dict holds.
func (o *builder) value(name string, v any) {
	o.name(name)
	o.b = appendAny(o.b, v)
}

func appendAny(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendQuote(b, v)
	case stix.ID:
		return appendQuote(b, string(v))
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case *dict:
		inner := builder{b: nil}
		for i, name := range v.names {
			inner.value(name, v.values[i])
		}
		return append(b, inner.done()...)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendAny(b, item)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

// done is the object so far, closed; the builder can go on from before.
func (o *builder) done() []byte {
	if len(o.b) == 0 {
		return []byte("{}")
	}
	return append(o.b[:len(o.b):len(o.b)], '}')
}
