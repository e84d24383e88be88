// Package psi asks a partner whether it has offered something about an
// identifier, without giving the identifier away: hit / no-hit matching on the
// partially oblivious PRF of RFC 9497, 3.3.3, suite ristretto255-SHA512. It
// knows no database and no configuration: bytes, a clock and randomness come
// in, bytes and values go out. docs/matching.md tells a stranger how to build
// the asker.
//
// The answerer makes an epoch's Key, announces it, and builds from what its
// persons offered a Set: a row for each identifier, whose tag and encryption
// key are the PRF of the identifier. The asker holds the Set and checks it
// against the signed Header. To look an identifier up the asker needs its PRF,
// for which it must ask: Ask blinds, Key.Answer evaluates, Asked.Finalise
// unblinds, looks up at home and unseals. So the answerer learns neither what was
// asked nor whether it was there, and the asker learns of the Set only what it
// asked about, within a budget.
//
//	answerer                                  asker
//	NewKey → Announcement     ───────────→    Announcement.Follows, InForce
//	Key.Build → rows, Header  ───────────→    OpenSet
//	Key.Update → Delta        ───────────→    Apply
//	                          ←───────────    Ask → question
//	Budget.Spend, Key.Answer  ───────────→    Asked.Finalise → Results
//	                                          Asked.Opening → for the auditor
//
// Messages with a body are frames: four bytes of length, big-endian, a header in
// JCS, then binary of a size that the header gives.
//
//	row       tag 16 · nonce 12 · AES-256-GCM of a record 64 + 16
//	question  header · elements, 32 each
//	answer    header · evaluated elements, 32 each · proof 64
//	delta     header · places of rows that go, 4 each · rows that come, 108 each
//	opening   header · for each: blind 32 · length 2 · input
package psi
