#!/usr/bin/env python3
"""An asker by another hand: written from docs/matching.md and RFC 9380, 9496
and 9497 alone, it shares no code with the package psi, and must find the same
bytes as docs/vectors/psi. It is slow, and not constant in time: for checking.

    tests/interop-matching.py        needs python3 and its module cryptography
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VECTORS = pathlib.Path(__file__).parent.parent / "docs" / "vectors" / "psi"

# ristretto255: RFC 9496, 4

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
IDENTITY = (0, 1, 1, 0)


def negative(x):
    return x & 1


def absolute(x):
    return P - x if negative(x) else x


def sqrt_ratio(u, v):
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    right, flipped, flipped_i = check == u % P, check == -u % P, check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    return right or flipped, absolute(r)


INVSQRT_A_MINUS_D = sqrt_ratio(1, (-1 - D) % P)[1]


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    minus, plus = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = 2 * t1 * t2 * D, 2 * z1 * z2
    e, f, g, h = plus - minus, d - c, d + c, plus + minus
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    total = IDENTITY
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def decode(raw):
    """Refuses what docs/matching.md refuses: the identity, too."""
    s = int.from_bytes(raw, "little")
    if len(raw) != 32 or s >= P or negative(s) or s == 0:
        raise ValueError("not canonical")
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-D * u1 * u1 - u2 * u2) % P
    square, inverse = sqrt_ratio(1, v * u2 * u2 % P)
    x = absolute(2 * s * inverse * u2 % P)
    y = u1 * inverse * inverse * u2 * v % P
    if not square or negative(x * y % P) or y == 0:
        raise ValueError("no element")
    return x, y, 1, x * y % P


def encode(point):
    x0, y0, z0, t0 = point
    u1, u2 = (z0 + y0) * (z0 - y0) % P, x0 * y0 % P
    inverse = sqrt_ratio(1, u1 * u2 * u2 % P)[1]
    den1, den2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = den1 * den2 * t0 % P
    x, y, den = x0, y0, den2
    if negative(t0 * z_inverse % P):
        x, y, den = y0 * SQRT_M1 % P, x0 * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    if negative(x * z_inverse % P):
        y = -y % P
    return absolute(den * (z0 - y) % P).to_bytes(32, "little")


def from_uniform(half):
    t = int.from_bytes(half, "little") % 2**255 % P
    r = SQRT_M1 * t * t % P
    u, v = (r + 1) * (1 - D * D) % P, (-1 - r * D) * (r + D) % P
    square, s = sqrt_ratio(u, v)
    c = P - 1
    if not square:
        s, c = -absolute(s * t % P) % P, r
    n = (c * (r - 1) * (D - 1) ** 2 - v) % P
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


GENERATOR = decode(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))

# The PRF: RFC 9497, 2.2, 3.3.3 and 4.1, over RFC 9380, 5.3.1

DOMAIN = b"OPRFV1-\x02-ristretto255-SHA512"


def sized(text):
    return struct.pack(">H", len(text)) + text


def expand(text, domain):
    """64 bytes of expand_message_xmd with SHA-512: one block is enough."""
    prime = domain + bytes([len(domain)])
    first = hashlib.sha512(bytes(128) + text + struct.pack(">H", 64) + b"\x00" + prime).digest()
    return hashlib.sha512(first + b"\x01" + prime).digest()


def hash_to_group(text):
    uniform = expand(text, b"HashToGroup-" + DOMAIN)
    return add(from_uniform(uniform[:32]), from_uniform(uniform[32:]))


def hash_to_scalar(text):
    return int.from_bytes(expand(text, b"HashToScalar-" + DOMAIN), "little") % L


def proven(key, info, blinded, evaluated, proof):
    tweaked = add(times(hash_to_scalar(b"Info" + sized(info)), GENERATOR), key)
    seed = hashlib.sha512(sized(encode(tweaked)) + sized(b"Seed-" + DOMAIN)).digest()
    m = z = IDENTITY
    for i, (c, d) in enumerate(zip(evaluated, blinded)):
        weight = hash_to_scalar(sized(seed) + struct.pack(">H", i) + sized(c) + sized(d) + b"Composite")
        m, z = add(m, times(weight, decode(c))), add(z, times(weight, decode(d)))
    c, s = (int.from_bytes(half, "little") for half in (proof[:32], proof[32:]))
    t2 = add(times(s, GENERATOR), times(c, tweaked))
    t3 = add(times(s, m), times(c, z))
    transcript = b"".join(sized(encode(point)) for point in (tweaked, m, z, t2, t3))
    return c < L and s < L and hash_to_scalar(transcript + b"Challenge") == c


def output(text, info, blind, evaluated):
    unblinded = encode(times(pow(blind, L - 2, L), decode(evaluated)))
    return hashlib.sha512(sized(text) + sized(info) + sized(unblinded) + b"Finalize").digest()


# Messages and sets: docs/matching.md, 2, 5, 6 and 8


def canonical(header):
    """JCS, for the strings and integers that our headers have."""
    return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(raw):
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def unframe(raw):
    size = struct.unpack(">I", raw[:4])[0]
    header = json.loads(raw[4 : 4 + size])
    assert canonical(header) == raw[4 : 4 + size]
    return header, raw[4 + size :]


def cut(body, size):
    assert len(body) % size == 0
    return [body[at : at + size] for at in range(0, len(body), size)]


def root(leaves):
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def check_set(header, rows):
    tags = [row[:16] for row in rows]
    assert header["count"] == len(rows) and tags == sorted(set(tags))
    assert header["root"] == "sha256:" + root(rows).hex()


def look(rows, prf, epoch):
    extracted = hmac.new(bytes(64), prf, hashlib.sha512).digest()
    secret = hmac.new(extracted, b"mithaq/v1/psi/row\x01", hashlib.sha512).digest()[:48]
    tag, key = secret[:16], secret[16:]
    for row in rows:
        if row[:16] == tag:
            record = AESGCM(key).decrypt(row[16:28], row[28:], tag + struct.pack(">Q", epoch))
            size = record[19]
            assert len(record) == 64 and record[0] == 1 and size <= 44 and not any(record[20 + size :])
            return {"hit": True, "reference_hex": record[3:19].hex(), "desk": record[20 : 20 + size].decode()}
    return {"hit": False}


def draw(challenge, list_root, number):
    drawn, i = [], 0
    while len(drawn) < min(30, number):
        text = b"mithaq/v1/psi/draw\x00" + challenge + list_root + struct.pack(">Q", i)
        x, i = int.from_bytes(hashlib.sha256(text).digest()[:8], "big"), i + 1
        if x >= 2**64 % number and x % number not in drawn:
            drawn.append(x % number)
    return sorted(drawn)


# The vectors


def vector(name):
    return json.loads((VECTORS / (name + ".json")).read_text())


def unhex(texts):
    return [bytes.fromhex(text) for text in texts]


def check_question(v, announcement, info, rows):
    inputs, raw = unhex(v["inputs_hex"]), bytes.fromhex(v["question_hex"])
    blinds = [int.from_bytes(b, "little") for b in unhex(v["blinds_hex"])]
    header, body = unframe(raw)
    blinded = cut(body, 32)
    assert canonical(header["info"]) == info and header["count"] == len(inputs) and digest(raw) == v["question_digest"]
    assert blinded == [encode(times(b, hash_to_group(i))) for i, b in zip(inputs, blinds)], "blinded"

    header, body = unframe(bytes.fromhex(v["answer_hex"]))
    evaluated, proof = cut(body[:-64], 32), body[-64:]
    assert header["question"] == digest(raw) and header["count"] == len(evaluated) == len(inputs)
    key = decode(base64.b64decode(announcement["key"]))
    assert proven(key, info, blinded, evaluated, proof), "proof"
    if len(evaluated) > 1:
        assert not proven(key, info, blinded, evaluated[1::-1] + evaluated[2:], proof), "swapped"

    outputs = [output(i, info, b, e) for i, b, e in zip(inputs, blinds, evaluated)]
    assert outputs == unhex(v["outputs_hex"]), "outputs"
    results = [look(rows, o, announcement["epoch"]) for i, o in zip(inputs, outputs) if i[0] != 0]
    assert results == v["results"], "results"
    _, opened = unframe(bytes.fromhex(v["opening_hex"]))
    assert opened == b"".join(b + sized(i) for i, b in zip(inputs, unhex(v["blinds_hex"]))), "opening"


def check_delta(v, before, rows):
    header, body = unframe(bytes.fromhex(v["delta_hex"]))
    assert header["from"] == before and header["to"] == v["header_digest"] == digest(v["header"].encode())
    places = struct.unpack(">%dI" % header["gone"], body[: 4 * header["gone"]])
    come = cut(body[4 * header["gone"] :], 108)
    after = sorted([row for i, row in enumerate(rows) if i not in places] + come)
    check_set(json.loads(v["header"]), after)
    assert after == unhex(v["rows_hex"]) and len(come) == header["come"]


def check_list(v):
    commitment = json.loads(v["grant"])["lists"][0]
    salts, inputs = [base64.b64decode(s) for s in v["salts"]], unhex(v["inputs_hex"])
    leaves = [hashlib.sha256(b"mithaq/v1/psi/entry\x00" + s + struct.pack(">Q", len(i)) + i).digest() for s, i in zip(salts, inputs)]
    assert commitment["root"] == "sha256:" + root(leaves).hex() and commitment["number"] == len(leaves)
    assert draw(base64.b64decode(v["challenge"]), root(leaves), len(leaves)) == v["drawn"]
    entry = json.loads(v["entry"])
    text = entry["type"].encode() + b"\x00" + entry["value"].encode()
    blind = int.from_bytes(base64.b64decode(entry["blind"]), "little")
    _, body = unframe(bytes.fromhex(v["question_hex"]))
    assert encode(times(blind, hash_to_group(text))) == cut(body, 32)[entry["index"]]


def check_refused(v):
    try:
        decode(bytes.fromhex(v["element_hex"]))
    except ValueError:
        return
    raise AssertionError(v["name"] + " is taken")


def main():
    key, committed = vector("key"), vector("set")
    announcement, info = json.loads(key["announcement"]), key["info"].encode()
    assert digest(key["announcement"].encode()) == key["announcement_digest"]
    rows = unhex(committed["rows_hex"])
    check_set(json.loads(committed["header"]), rows)
    for v in vector("question"):
        check_question(v, announcement, info, rows)
    check_delta(vector("delta"), committed["header_digest"], rows)
    check_list(vector("list"))
    for v in vector("refused"):
        check_refused(v)
    print("an asker by another hand finds the same bytes")


if __name__ == "__main__":
    main()
