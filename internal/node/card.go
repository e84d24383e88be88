package node

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/durable"
)

// cardFile holds the node's newest Card, to hand over on a stick and to begin from.
const cardFile = "card.json"

// CardFile is where the node's Card lies.
func CardFile(dir string) string { return filepath.Join(dir, cardFile) }

func writeCard(dir string, c *card.Signed) error {
	raw, err := json.MarshalIndent(&c.Card, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(CardFile(dir), append(raw, '\n'))
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
