// Package ledger keeps the append-only logs by which two organisations can
// each prove what was shared: one log per lane of a link, the same leaves at
// both ends, and one log of the node's own.
//
// A log is a Merkle tree (RFC 6962, 2.1) over leaves of 32 bytes. A leaf
// commits to an account (who, when, why) and to content; the opening beside it
// shows what was committed, and its content half can be erased while the
// account half still opens.
//
// In the store a log is four tables:
//
//	log         one row a log: size, root and the frontier, from which the
//	            next root follows without reading anything else
//	entry       one row a leaf, with its opening
//	tile        256 hashes a row: full tiles of level 0, and every level above
//	checkpoint  what the log signed, with the witnesses' lines in cosignature
//
// The newest leaves, up to 255, have no tile of level 0 yet: they are hashed
// from their entries when a proof needs them. A mirror is a log without
// entries: its tiles of level 0 are always stored.
//
// Outside it is C2SP: checkpoints are signed notes with an Ed25519 and an
// ML-DSA-44 line, of which a verifier here wants both; cosignatures, proofs
// and exported tiles are as that family of specifications has them.
//
// What an attacker holding it can do: whoever writes to the tables can rewrite
// a log back to the last checkpoint that somebody else has seen, and no
// further, since Verify then names the first checkpoint that no longer fits and
// CompareTrees the very entry. Whoever holds the log's keys can sign two
// histories; each pair is an Equivocation that anybody can check.
package ledger
