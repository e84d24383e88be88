package shelf

import (
	"context"
	"net/http"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/taxii"
)

// maxVersions is how many versions of one object a DELETE reaches at most.
const maxVersions = 10_000

// Delete takes versions of an object out of a collection: what the tool brought
// is taken back, and what a partner gave is hidden there. TAXII 2.1, 5.7
func (s *Shelf) Delete(ctx context.Context, root, id string, q taxii.Query) error {
	v, c, err := s.find(ctx, root, id)
	if err != nil {
		return err
	}
	if about := c.told(&v); !about.CanRead || !about.CanWrite || v.Token == "" {
		return taxii.Errorf(http.StatusForbidden, "deleting takes the right to read and to write")
	}
	tool, err := s.toolOf(ctx, v)
	if err != nil {
		return err
	}
	base := query(q)
	base.Limit, base.Bare = maxVersions, true
	return told(s.Gate.Discard(ctx, v, gate.Discarding{
		Source: c.source, Queries: queries(base, q.Versions), Profile: tool.Profile, Owner: tool.Owner,
	}))
}
