// Package misp reads and writes the MISP core format, and turns events into
// STIX 2.1 and back, after the mapping of misp-stix. It needs nothing of the
// rest of this module but the packages under stix.
//
// Nothing is lost on the way. What STIX has no place for, or would give back in
// another spelling, is carried in a property extension of the object that it
// belongs to, and comes back identical; a [Report] lists it. Writing finds out
// what to carry by reading: it takes what reading would make of an object
// without the extension, and carries the difference.
//
//	event              report (published) or grouping
//	attribute          indicator (to_ids), with observed-data and observables beside it;
//	                   observed-data and observables (not to_ids);
//	                   campaign, vulnerability; else x-misp-attribute
//	object             the same by template; attack-pattern, identity, ...; else x-misp-object
//	object reference   relationship
//	galaxy cluster     attack-pattern, malware, threat-actor, ...; else x-misp-galaxy-cluster
//	tag                label; of TLP, a marking
//	sighting           sighting; opinion (false positive); note (expired)
//	event report, note note
//	opinion            opinion
//	organisation       identity
//	proposal, sharing group, distribution, and all the rest: carried
//
// The tables are in forms.go (attributes), object.go (objects) and galaxy.go.
// A path of the patterning language is at once what an indicator tests, where
// an observable keeps a value, and where the value is read again:
//
//	"ip-dst|port": network-traffic:dst_ref.value  network-traffic:dst_port
//
// An [Event] is a [Record]: the members of a JSON object in their order, each
// with the JSON that it came as. After STIX and back an event is the same JSON;
// only the order of members in an object and white space may differ.
//
// [Stream] converts an event of any length and holds one attribute at a time.
// [ReadFeed] and [WriteFeed] are for the folders in which MISP publishes events.
// STIX objects from elsewhere become objects of MISP that keep them whole.
//
//	distribution.go, sharinggroup.go  how far a record goes from server to server
//	record.go, event.go, types.go   the format, and its types of attributes
//	stream.go, convert.go           an event, whole or in parts, to STIX
//	attribute.go, object.go, galaxy.go, children.go, foot.go   its parts
//	path.go, graph.go, forms.go     values to patterns and observables, and back
//	carry.go, rebuild.go            what the extension carries, and why
//	from.go, foreign.go             STIX to an event
//	report.go, tags.go, ids.go, builder.go, feed.go
package misp
