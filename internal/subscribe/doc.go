// Package subscribe reads collections of other organisations' TAXII servers on a
// schedule, 2.1 and 2.0, and takes what they hold through the gate's intake,
// under a source profile that a person answers for.
//
//	due ──▶ run ──▶ page ──▶ one transaction: objects, quarantine, cursor, account
//	         │       ▲ │
//	         │       └─┘ until the server has no more, or a bound is met
//	         └──▶ one transaction: outcome, when next, and an entry where something came or failed
//
// The cursor moves in the transaction that stores what it covers, so that a node
// that dies at any moment loses nothing and has nothing twice. What cannot be
// taken in stays in a quarantine, byte for byte, with the reason, and keeps
// nothing else back.
//
// What an attacker holding a server we read can do: give us what the profile's
// labels will carry, fill a bounded quarantine, and be slow. They are left after
// a bounded number of objects and pages, are asked again only after a growing
// while, and lead us to no other host. Somebody who holds the folder reads no
// credentials: they are sealed to the node's seal key.
package subscribe
