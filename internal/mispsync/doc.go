// Package mispsync is our side of what MISP servers do with each other.
//
//	pull.go     a MISP is read, as a subscription (package subscribe)
//	seen.go     which of its events were read, and in which state
//
// A run asks for the index of events, with the ETag of the one before: where
// nothing has changed that is all. Else each event that is new or newer is
// fetched, made less by the hop that it comes over (misp.Hop), compared record by
// record with what is held, and what differs is taken in, some objects a
// transaction. The event counts as read in the transaction of its last objects,
// and the ETag is stored when all are, so that a run that was killed goes on.
//
// What an attacker holding a MISP that we read can do is what package subscribe
// says, and this: name any organisation as the maker of an event. The labels of
// the source profile hold for all of it.
package mispsync
