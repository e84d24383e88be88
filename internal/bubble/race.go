//go:build race

package bubble

// detecting says that the race detector is there.
const detecting = true
