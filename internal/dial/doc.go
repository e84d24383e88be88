// Package dial is the one way in which the program connects to where others
// told it to: feeds, TAXII, MISP, sign-in, time stamps, cards.
//
// What a name leads to is for whoever owns the name to say, so it is the
// address that is judged, and the address judged is the one dialled:
//
//	name ──resolve once──▶ addresses ──judge each──▶ dial one of those, as a number
//	                                                 └─ judge again what the socket reached
//
// Nobody is sent to loopback, private, link-local, multicast or reserved
// addresses, nor to a cloud's metadata, in whatever form they are written
// (IPv4-mapped, NAT64, 6to4, ISATAP), unless an administrator named them.
// [Guard.Client] adds what HTTP needs: no redirect to another host, and a cap
// on what is read, counted after inflating.
package dial
