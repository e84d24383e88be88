package store

import (
	"context"
	"errors"
)

func openPostgres(context.Context, string) (engine, error) {
	return nil, errors.New("postgres: coming next")
}
