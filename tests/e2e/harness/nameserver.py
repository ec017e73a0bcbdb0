# SPDX-License-Identifier: Apache-2.0
# A name server of a few lines on loopback: answers A questions from a table that the test changes while it runs, every
# other type with nothing. A name that is not in the table does not exist; `silent` answers nothing at all.
import socket
import struct
import threading


class NameServer:
    def __init__(self, ttl=1):
        self.ttl = ttl
        self.table = {}  # name -> [address]
        self.asked = []
        self.silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                query, sender = self._socket.recvfrom(4096)
            except OSError:
                return
            if not query:
                return
            name, after = self._name(query)
            kind, = struct.unpack("!H", query[after:after + 2])
            self.asked.append((name, kind))
            if not self.silent:
                self._socket.sendto(self._answer(query, name, kind, after + 4), sender)

    @staticmethod
    def _name(query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        return ".".join(labels), at + 1

    def _answer(self, query, name, kind, end):
        addresses = self.table.get(name)
        records = [socket.inet_aton(address) for address in addresses or ()] if kind == 1 else []
        code = 0 if addresses is not None else 3
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        return head + query[12:end] + b"".join(
            struct.pack("!HHHIH", 0xC00C, 1, 1, self.ttl, 4) + record for record in records)

    def stop(self):
        self._socket.close()
