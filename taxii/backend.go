package taxii

import (
	"context"
	"io"
)

// A Backend holds what a server serves. The caller's identity travels in ctx,
// put there by whatever authenticates the request. Every method returns an
// [*Error] for what the client should be told; any other error is a 500.
//
// A collection that the caller may not see does not exist for them: return
// NotFound for both, so that neither can be told from the other.
//
// Add must have made durable what its Status calls a success before it
// returns. Methods may run at once.
type Backend interface {
	Discovery(ctx context.Context) (Discovery, error)
	Root(ctx context.Context, root string) (APIRoot, error)
	Collections(ctx context.Context, root string) ([]Collection, error)
	Collection(ctx context.Context, root, id string) (Collection, error)
	// Records lists what q asks for, oldest first, at most q.Limit of them.
	Records(ctx context.Context, root, collection string, q Query) (Page, error)
	// Add reads an envelope ({"objects": [...]}) of at most the root's
	// MaxContentLength bytes; body fails with TooLarge beyond it.
	Add(ctx context.Context, root, collection string, body io.Reader) (Status, error)
	Status(ctx context.Context, root, id string) (Status, error)
	Delete(ctx context.Context, root, collection string, q Query) error
}
