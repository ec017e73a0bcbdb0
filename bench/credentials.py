# SPDX-License-Identifier: Apache-2.0
# Keys, callers and networks for the benchmark's policies, as many as asked for and the same in every run: Reeve's own
# keys (any other product takes them as plain strings), and networks with the loopback address in the middle.
import hashlib
import random
import string
import zlib

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
SEED = 20261124


class Key:
    def __init__(self, chance, caller):
        self.caller = caller
        self.id = "".join(chance.choices(DIGITS, k=8))
        secret = "".join(chance.choices(DIGITS, k=30))
        self.hash = hashlib.sha256(secret.encode()).hexdigest()
        body = f"rv_live_{self.id}{secret}"
        rest, checksum = zlib.crc32(body.encode()), ""
        for _ in range(6):
            rest, digit = divmod(rest, 62)
            checksum = DIGITS[digit] + checksum
        self.text = body + checksum

    def yaml(self):
        return f'{{ id: "{self.id}", hash: "sha256:{self.hash}" }}'


def make_keys(count, seed=SEED):
    """A key for each of so many callers, all of them well-formed."""
    chance = random.Random(seed)
    return [Key(chance, f"c{number}") for number in range(count)]


def make_networks(count):
    """Networks of 16 addresses with gaps between them; 127.0.0.0/24 stands in the middle, 127.0.1.1 is in none."""
    networks = [f"10.{number >> 10 & 255}.{number >> 2 & 255}.{(number & 3) << 6}/28" for number in range(count - 1)]
    networks.insert(len(networks) // 2, "127.0.0.0/24")
    return networks


def callers_yaml(keys, roles=""):
    """`callers:` of a configuration of Reeve, one line each."""
    return "callers:\n" + "".join(f"  - {{ name: {key.caller}, {roles}keys: [ {key.yaml()} ] }}\n" for key in keys)


def request_lines(keys, paths=("/s",), count=None, seed=SEED):
    """What load.cpp takes: a path and the field with the key, drawn anew for each request."""
    chance = random.Random(seed)
    return "".join(f"{chance.choice(paths)} X-Api-Key: {chance.choice(keys).text}\n" for _ in range(count or len(keys)))
