package keys

import "crypto"

const hashSHA256 = crypto.SHA256
