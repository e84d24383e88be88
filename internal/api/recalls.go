package api

import (
	"context"
	"encoding/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/stix"
)

// quoted is a list of words as JSON, for the sets that read themselves.
func quoted(words []string) []byte {
	raw, err := json.Marshal(words)
	if err != nil {
		return []byte("[]") // strings always marshal
	}
	return raw
}

type recallIn struct {
	Body struct {
		IDs    []string `json:"ids" minItems:"1" doc:"every version of each"`
		Reason string   `json:"reason" doc:"wrong, wrong-recipient, protected, court-order, person-request or no-longer-needed"`
		Only   []string `json:"only,omitempty" doc:"from these partners only; our own holdings then stay in use"`
	}
}

// Recalled says from whom what is taken back.
type Recalled struct {
	Recall stix.ID          `json:"recall"`
	To     mithaq.OrgID     `json:"to"`
	Items  []mithaq.ItemRef `json:"items"`
}

func (s *server) recall(ctx context.Context, v mithaq.Viewer, in *recallIn) ([]Recalled, error) {
	what := gate.Recalling{Reason: mithaq.RecallReason(in.Body.Reason)}
	for _, id := range in.Body.IDs {
		what.IDs = append(what.IDs, stix.ID(id))
	}
	for _, org := range in.Body.Only {
		what.Only = append(what.Only, mithaq.OrgID(org))
	}
	taken, err := s.Gate.Recall(ctx, v, what)
	list := []Recalled{}
	for _, t := range taken {
		list = append(list, Recalled{t.Recall.ID, t.To, t.Items})
	}
	return list, err
}
