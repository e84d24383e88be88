// Package mispapi answers the organisation's own tools as a MISP server does, so
// that PyMISP and a MISP that pulls or pushes work against a node unchanged.
//
//	Authorization: TOKEN        the bare token of a service
//	/events /attributes /objects /tags /sightings ...   what PyMISP calls
//	/events/index /events/view /servers/getVersion ...  what a MISP that synchronises calls
//	/feed/manifest.json /feed/hashes.csv /feed/{uuid}.json
//
// An event is kept as the STIX objects that say it (package misp), one by one, by
// the gate's intake, under the source profile of the token; editing it adds
// versions of the objects that changed, and deleting it revoked ones. It is read
// back object by object, each by the rights of the token: what the token may not
// read is not in the event. A request that is given something is an entry of the
// own log, and taken from the token's budget, before the first byte.
//
//	server.go, route.go, call.go, fault.go   a request, its table of routes, its answer
//	about.go                                 who we are, which types there are
//	held.go, keep.go, draft.go, merge.go     an event as held, written, made whole, edited
//	events.go, attributes.go, objects.go, tags.go, sightings.go, reports.go   the calls
//	filter.go, search.go, export.go          restSearch
//	feed.go, sync.go                         feeds, and what servers ask each other
//
// What an attacker holding it can do: whoever has a token reads what its
// purpose, case and budget allow, and writes where it has a source profile; what
// partners gave it cannot change, and what is deleted stays in the ledger.
package mispapi
