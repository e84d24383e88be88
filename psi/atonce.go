package psi

import "golang.org/x/sync/errgroup"

// atOnce does n things, by as many workers as said, and gives the first error.
func atOnce(workers, n int, do func(i int) error) error {
	workers = max(1, min(workers, n))
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			for i := n * w / workers; i < n*(w+1)/workers; i++ {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
