// Package peer keeps the links between nodes: who the partners are, and what
// passes between them, in order, once, signed, on whatever road.
//
// A message is put on a lane in the transaction that decided it (Send): it gets
// its place in the sequence, its leaf in the lane's log and its signature
// there, and goes out if, and only if, that commits. A dispatcher carries it to
// the partner and comes back until it is receipted. At the other end Receive
// checks it, and in one transaction stores it, enters the same leaf in its own
// copy of the log, lets a handler act and signs the receipt.
//
//	Send ─ tx ─▶ lane ─▶ due job ─▶ POST ─────────▶ hop ─▶ Receive ─ tx ─▶ handler
//	               ▲                 poll ─▶ GET                     │
//	               └──── settle ◀─── file ◀──────────── receipt ◀────┘
//
// The roads (push, poll, sealed file) carry the same bytes and end in the same
// two functions.
//
// Whom it trusts: a partner is known by its organisation key, which two persons
// compared by voice; everything else follows from the cards that key signed. A
// connection proves a TLS key of the current card, each request is signed by
// its message key, and each envelope again by both halves of that, so that
// neither a stolen TLS key nor a proxy can speak for a partner.
//
// What an attacker holding it can do: read what was sent to this node, refuse
// to send, and sign as this node until its keys are revoked. It cannot change
// what partners have receipted without verify at either end naming the entry.
package peer
