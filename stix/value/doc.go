// Package value gives identifiers one spelling each, so that two organisations
// that hold the same address, number or hash can find that out by comparing.
//
// A Value has a Kind, the normalised Text, and the spelling As it was found.
// Normalise makes the text for one kind or says exactly why it cannot; it is
// idempotent, and a change to what it returns raises the kind's Version, since
// matching between partners compares normalised bytes. Detect reads one token
// of unknown kind, FromText a running text, FromObject a STIX object, and
// FromPattern an indicator's pattern.
//
// The decisions that normalising takes, kind by kind:
//
//   - ipv4, ipv6: RFC 5952 text; numbers with leading zeros are refused, zones
//     are refused, /32 and /128 fall away. An IPv4-mapped IPv6 address is an
//     IPv4 address: kind ipv4 takes it, kind ipv6 refuses it.
//   - ipv4-cidr, ipv6-cidr: bits beyond the prefix are set to zero.
//   - domain: UTS 46 lookup mapping without transitional rules, then A-labels in
//     lower case, no trailing dot. Underscores and hyphens in third place are
//     taken, since they are seen; a name that ends in a number is refused.
//   - url: scheme and host in lower case, host as a domain or an address,
//     default port dropped, an empty path of http, https, ws, wss and ftp
//     becomes /; everywhere %xx is decoded where RFC 3986 calls the character
//     unreserved, written in upper case elsewhere, and added where the
//     character needs it. Path, query and fragment stay as they are otherwise:
//     dot segments, case and order mean something to servers. A host such as
//     0x7f.1 or a backslash before the path is refused, since programs differ.
//   - email: the whole address in lower case. RFC 5321 lets hosts tell A from
//     a, but none that matter do, and matching must not miss. Tags after + and
//     dots stay.
//   - md5 … whirlpool, imphash: hexadecimal of the right length, lower case.
//   - ssdeep: without a trailing file name. tlsh: T1 and 70 upper-case digits.
//   - phone: E.164 with +. Arabic, Persian, Devanagari, Bengali and full-width
//     digits are taken, direction marks dropped; + or 00 must be there. PhoneIn takes national
//     numbers. The length must suit the calling code.
//   - iban: upper case without spaces, length of its country, ISO 7064 check.
//   - crypto-address: checksums are verified. Base58Check of Bitcoin, Litecoin,
//     Dogecoin, Dash, Zcash and Tron as it is; Bech32 and Bech32m of Bitcoin
//     and Litecoin in lower case; 0x addresses with the checksum of EIP-55.
//   - cve: upper case. mac: six octets, lower case with colons. asn: AS and the
//     number without a dot. cpe: a 2.3 formatted string in lower case.
//   - file-name, user-account: Unicode NFC and lower case, since Windows and
//     most services do not tell case apart.
//   - path: with a drive, a share or a backslash a Windows path, in lower case with
//     single backslashes; otherwise exact with single slashes.
//   - registry-key: lower case with the hive's long name.
//   - certificate-serial: hexadecimal, lower case, whole octets, no leading zero octets.
//   - mutex, command-line, user-agent, message-id: exact.
//
// Domains follow the Unicode version of golang.org/x/net/idna; a character
// newer than it is refused rather than spelled in two ways.
package value
