package peer

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// parcel is a message as it waits at its sender.
func (n *node) parcel(t testing.TB, sent message.Sent) (c *parcel) {
	t.Helper()
	must(t, n.store.Read(t.Context(), func(tx *store.Tx) error {
		l, err := findLane(tx, way{sent.Pact, n.org, sent.To, sent.Lane})
		if err == nil {
			c, err = n.peer.nextParcel(tx, l, sent.Sequence-1)
		}
		return err
	}))
	return c
}

type wire struct {
	Objects []jsontext.Value `json:"objects"`
}

func unwire(t testing.TB, body []byte) (w wire) {
	t.Helper()
	must(t, json.Unmarshal(body, &w))
	return w
}

func (w wire) body() []byte {
	parts := make([][]byte, len(w.Objects))
	for i, o := range w.Objects {
		parts[i] = o
	}
	return (&parcel{parts: parts}).body()
}

func headerIn(t testing.TB, body []byte) (h mithaq.EnvelopeHeader) {
	t.Helper()
	must(t, json.Unmarshal(unwire(t, body).Objects[0], &h))
	return h
}

// forge changes a header and signs it with the node's key.
func (n *node) forge(t testing.TB, body []byte, change func(*mithaq.EnvelopeHeader)) []byte {
	t.Helper()
	h := headerIn(t, body)
	change(&h)
	h.Signatures = nil
	signed, err := jcs.Marshal(&h)
	must(t, err)
	signer, err := n.keys.Message()
	must(t, err)
	sig, err := signer.Sign(mithaq.UseEnvelope, signed)
	must(t, err)
	h.Signatures = []mithaq.Signature{sig}
	w := unwire(t, body)
	w.Objects[0], err = jcs.Marshal(&h)
	must(t, err)
	if h.ID != headerIn(t, body).ID {
		w.Objects[1] = bytes.ReplaceAll(w.Objects[1], []byte(headerIn(t, body).ID), []byte(h.ID))
	}
	return w.body()
}

func cardless(to mithaq.OrgID) message.Outbound {
	return message.Outbound{To: to, Lane: mithaq.LaneControl, Kind: mithaq.MessageCheckpoint}
}
