// Command mithaq is a node, and the command line by which people use one.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/mithaq-hub/mithaq/internal/pdftext"
)

func main() {
	if pdftext.IsChild() {
		os.Exit(pdftext.Child(os.Stdin, os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
