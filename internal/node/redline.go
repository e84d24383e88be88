package node

import (
	"path/filepath"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/redline"
)

// redLines reads the organisation's own red lines, where it has some. A node does
// not open with a file that is missing or wrong: a red line that is not looked at
// is none.
func (n *Node) redLines() (gate.Lines, error) {
	path := n.config.RedLines
	if path == "" {
		return nil, nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(n.dir, path)
	}
	lines, err := redline.Load(path)
	if err != nil {
		return nil, err
	}
	return lines, nil
}
