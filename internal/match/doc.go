// Package match is hit / no-hit matching between partners: what persons offer,
// the sets made of it, and the questions that are asked about them. The
// mathematics are in the package psi; here they get persons, pacts, budgets, a
// store and a road.
//
//	answerer                                   asker
//	offer, withdraw: a person
//	key for an epoch      ── match-key ──→     kept; a second one is evidence
//	set, once a day       ── match-set ──→     kept, and its rows held to it
//	                      ── match-rows ──→
//	                      ←─ match-question ── a person, in a case
//	budget, then answer   ── match-answer ──→  verified, looked up at home
//
// Each message carries psi's bytes in one object x-mithaq-match; the envelope
// signs it, and both ends enter it in the log of the lane.
//
// What an attacker holding it can do: whoever reads the tables of an answerer
// sees its offers, and with the node's seal key the key of the epoch; of an
// asker, which of its questions were hits. What was asked beyond that is sealed
// to the auditor.
package match
