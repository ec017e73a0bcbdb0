# SPDX-License-Identifier: Apache-2.0
# Keys of Reeve's own form, made as contract 3 says, without the product's help.
import hashlib
import zlib

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(body):
    crc, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        digits = DIGITS[digit] + digits
    return digits


class Key:
    def __init__(self, number, environment="live"):
        self.id = f"Key{number:05d}"
        self.secret = (hashlib.sha256(self.id.encode()).hexdigest() * 2)[:30]
        body = f"rv_{environment}_{self.id}{self.secret}"
        self.text = body + checksum(body)
        self.environment = environment

    def entry(self, **more):
        """As in `keys:` of a caller."""
        if self.environment != "live":
            more["env"] = self.environment
        return {"id": self.id, "hash": "sha256:" + hashlib.sha256(self.secret.encode()).hexdigest(), **more}

    @property
    def bearer(self):
        return {"Authorization": f"Bearer {self.text}"}
