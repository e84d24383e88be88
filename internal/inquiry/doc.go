// Package inquiry asks partners questions and answers theirs. An inquiry is bound
// to a case, decided by both gates, and lives by the steps of mithaq.Life: each
// step is an entry of the own log, and what crosses one of the case lane's.
//
//	Draft → (Assess) → Submit → (Approve) → sent … received → Act, Act, … → closed
//
// A message of kind inquiry carries the inquiry and what speaks for it (credentials,
// approvals, an assessment); one of kind inquiry-step a single step. Items go as
// answers by ordinary releases of the gate that name the inquiry, so that the
// same rules hold for them.
//
// What an attacker holding it can do: whoever runs a partner's node can ask what
// the pact allows, as often as they like, and read every answer; each question is
// in both logs. They cannot make us answer, and they are not told what we hold.
package inquiry
