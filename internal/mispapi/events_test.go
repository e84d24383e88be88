package mispapi

import (
	"net/http"
	"testing"
)

func TestAnEventThatIsAddedIsReadBack(t *testing.T) {
	d := newDesk(t)
	for _, answer := range []object{
		d.ask(http.MethodPost, "/events/add", sent, 200),
		d.ask(http.MethodGet, "/events/view/"+eventUUID, "", 200),
	} {
		for _, c := range []struct {
			path []any
			want any
		}{
			{[]any{"Event", "info"}, "Phishing against a port"},
			{[]any{"Event", "Orgc", "name"}, "Atlas"},
			{[]any{"Event", "Attribute", 0, "value"}, "evil.example"},
			{[]any{"Event", "Attribute", 0, "comment"}, "C2"},
			{[]any{"Event", "Attribute", 0, "Tag", 0, "name"}, "misp-galaxy:x"},
			{[]any{"Event", "Attribute", 3, "value"}, "watched.example"},
			{[]any{"Event", "Object", 0, "Attribute", 1, "object_relation"}, "sha256"},
			{[]any{"Event", "Object", 0, "ObjectReference", 0, "relationship_type"}, "connects-to"},
			{[]any{"Event", "EventReport", 0, "content"}, "# A report"},
			{[]any{"Event", "attribute_count"}, "6"},
			{[]any{"errors"}, nil},
		} {
			if got := at(answer, c.path...); got != c.want {
				t.Errorf("%v is %v, want %v", c.path, got, c.want)
			}
		}
	}
}
