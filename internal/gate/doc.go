// Package gate is the only way in and out of a node. What comes from a source is
// read strictly, labelled by a signed source profile and kept as holdings; what
// goes to a partner is proposed, decided by the pact clause by clause, approved
// where the terms ask for it, sent, and taken back or erased when its time has come.
//
//	source → Intake → holdings → Preview, Propose → Approve → Send → receipt
//	partner → items → decided again → holdings → recall, retention → erased
//
// A message of items is one part of a release. It begins with what speaks for
// it, so that the receiver's gate can check every safeguard for itself:
//
//	manifest, release, credentials, approvals, assessments, consents, item, item, …
//
// All that needs no transaction (reading, validation, hashing, decisions)
// happens outside it, on all cores; a transaction only inserts.
//
// What an attacker holding it can do: whoever runs the gate of one node can send
// what its pacts forbid, and every receiver's gate refuses it and says so. They
// cannot make an approval, which takes a person's credential, and they cannot
// reach what was erased elsewhere.
package gate
