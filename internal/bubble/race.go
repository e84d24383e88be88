//go:build race

package bubble

// Detecting says whether the race detector is there.
const Detecting = true
