// Package httpsig binds one hop: an HTTP request and its response, by HTTP
// message signatures.
// RFC 9421, 2
//
// It is the narrow profile that two nodes speak, not the whole RFC:
//
//	request   ("@method" "@target-uri" "content-digest" "content-type")
//	          ;created=C;expires=C+300;nonce="N";keyid="K";tag="mithaq-v1"
//	request without a body
//	          ("@method" "@target-uri") with the same parameters
//	response  ("@status" "content-digest" "content-type" "signature";req;key="mithaq")
//	          ;created=C;keyid="K";tag="mithaq-v1-response"
//
// under the label mithaq, by the Ed25519 half of the message key (plain
// Ed25519; envelopes use Ed25519ctx, so that neither passes for the other).
// Components come in this order and no others. What is not covered is not
// read: the functions here hand out what they verified, and a handler takes
// nothing else from the message.
//
// Libraries looked at: yaronf/httpsign has everything but brings two JWX
// versions; remitly-oss/httpsig-go brings one dependency but knows no ;req.
package httpsig

import "time"

// The profile's fixed values.
const (
	Label       = "mithaq"
	TagRequest  = "mithaq-v1"
	TagResponse = "mithaq-v1-response"
	Lifetime    = 5 * time.Minute // between created and expires
	maxField    = 4096            // bytes of a signature field
)
