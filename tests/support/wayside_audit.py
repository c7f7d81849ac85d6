"""The audit trail as a platform checks it (proto/wayside/v1/audit.proto): a chain of records, and signed heads.

Of one gateway and one epoch (the life of its database) the records are numbered without gaps, from 1, or going on where
an earlier database was when it was replaced; each carries the SHA-256 of the one before. A head tells the number and digest of the newest record, signed by the gateway's key: whoever
drops the newest records, or makes the whole chain anew, does not have that key.
"""
import base64
import hashlib
import subprocess
import tempfile

HEAD_CONTEXT = b"wayside.v1.AuditHead\0"
ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo, RFC 8410


def head_message(gateway, number, digest):
    return HEAD_CONTEXT + gateway.encode() + b"\0" + number.to_bytes(8, "little") + digest


def holds(public_key, signature, message):
    """Whether an Ed25519 signature is right, by openssl."""
    pem = (b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(ED25519_PREFIX + public_key)
           + b"\n-----END PUBLIC KEY-----\n")
    with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as text, \
            tempfile.NamedTemporaryFile() as signed:
        for file, content in ((key, pem), (text, message), (signed, signature)):
            file.write(content)
            file.flush()
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key.name, "-in", text.name,
                               "-sigfile", signed.name], capture_output=True, check=False).returncode == 0


class Chain:
    """The trail of one (gateway, epoch). Records and heads may come twice and in any order."""

    def __init__(self, gateway, public_key=None):
        self.gateway, self.public_key = gateway, public_key
        self.records = {}   # number -> bytes
        self.previous = {}  # number -> digest that it names
        self.heads = []     # (number, digest, signature, public key)
        self.clashes = set()

    def take_record(self, number, record, previous):
        if self.records.setdefault(number, record) != record:
            self.clashes.add(number)
        self.previous[number] = previous

    def take_head(self, number, digest, signature, public_key):
        self.heads.append((number, digest, signature, public_key))

    def follows_on(self, earlier):
        """Whether its first record names the one before it in another chain of the gateway."""
        first = min(self.records, default=0)
        before = earlier.records.get(first - 1)
        return before is not None and hashlib.sha256(before).digest() == self.previous[first]

    def problems(self, earlier=()):
        """Sentences; none: from the first record on nothing is missing or altered, as far as the heads reach.

        earlier: the gateway's chains of other epochs."""
        out = [f"entry {number} came in two versions" for number in sorted(self.clashes)]
        last = max([0, *self.records, *(head[0] for head in self.heads)])
        first = min(self.records, default=1)
        if not any(self.follows_on(other) for other in earlier):
            first = 1
        missing = [number for number in range(first, last + 1) if number not in self.records]
        if missing:
            out.append(f"{len(missing)} of {last} entries are missing, the first is {missing[0]}")
        for number, record in sorted(self.records.items()):
            before = self.records.get(number - 1)
            if number == 1 and self.previous[number]:
                out.append("entry 1 names one before it")
            elif before is not None and hashlib.sha256(before).digest() != self.previous[number]:
                out.append(f"entry {number} does not follow on entry {number - 1}: one of them was altered")
        for number, digest, signature, public_key in self.heads:
            out += self._head_problems(number, digest, signature, public_key)
        return out

    def _head_problems(self, number, digest, signature, public_key):
        record = self.records.get(number)
        if record is not None and hashlib.sha256(record).digest() != digest:
            yield f"entry {number} is not the one that the gateway told the digest of"
        if self.public_key is not None and public_key != self.public_key:
            yield f"the head at entry {number} is of another key than the gateway's"
        elif not signature:
            yield f"the head at entry {number} is not signed"
        elif not holds(public_key, signature, head_message(self.gateway, number, digest)):
            yield f"the signature of the head at entry {number} does not hold"
