package node

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/durable"
	"github.com/mithaq-hub/mithaq/internal/jcs"
)

// cardFile holds the node's newest Card, to hand over on a stick and to begin from.
const cardFile = "card.json"

// CardFile is where the node's Card lies.
func CardFile(dir string) string { return filepath.Join(dir, cardFile) }

// WriteCard makes a Card the one that the node goes by when it is opened next.
func WriteCard(dir string, c *card.Signed) error {
	raw, err := jcs.Marshal(&c.Card)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return err
	}
	return durable.WriteFile(CardFile(dir), append(out.Bytes(), '\n'))
}

// ReadCard reads and verifies the node's own Card.
func ReadCard(dir string) (*card.Signed, []byte, error) {
	raw, err := os.ReadFile(CardFile(dir))
	if err != nil {
		return nil, nil, err
	}
	c, err := card.Read(raw)
	return c, raw, err
}
