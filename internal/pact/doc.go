// Package pact keeps the agreements of a node: their versions, who signed them,
// who suspended or ended them; and negotiates them with the other parties.
//
// A version is a text with a digest. It is drafted here or proposed by a party,
// and is in force on a node once the node holds the signature of every peer party,
// each verified against the Card whose digest the text names. A node signs at most one text of
// each version number, so that two texts can never both come into force.
//
//	drafted → proposed → in force → superseded
//	                        ↓
//	                      ended
//
// Texts and signatures travel on the acquaintance link, one message to each other
// peer; suspensions, resumptions and ends on the pact's own control lane. What a
// party suspends stops in the transaction that stores it, here and, once it
// arrives, there.
//
// What an attacker holding it can do: whoever writes to the tables can hide a suspension from
// this node, and its partners' gates still refuse; they cannot forge a signature.
package pact
