// Package check is a conformance checker for TAXII 2.1 servers: a black box
// before any server, over real HTTP, with given credentials.
//
//	Run ── facts: discovery, root, collections, what lies in one of them
//	    └─ each check ── its own requests ── pass, fail (and why), or skip (and why)
//
// A check has a name that does not change, the section of the standard it is
// from, and a level: MUST and SHOULD are the standard's words; Robust is what
// the standard leaves open and a server on the open network needs anyway.
//
// Given a collection to write to, the checker puts a few objects there first,
// knows therefore what has to be listed, and takes them out again at the end.
// Without one it reads only.
package check
