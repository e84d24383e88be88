// Package browser looks at a node's pages as people do: a real browser against
// the demonstration's three nodes. It is a module of its own, so that neither the
// program nor its tests need a browser; `make browser` runs it.
//
// Screenshots of every page, in each language asked for, wide and narrow, light
// and dark, are left in the folder that MITHAQ_SHOTS names, for looking at.
package browser
