# SPDX-License-Identifier: Apache-2.0
# HTTP/1.1 messages as the tests read them: strictly, keeping the field lines as they came, so that a test can ask for
# their order, their spelling and how often they occur. Used on both sides of the gateway.
import json

CRLF = b"\r\n"


class Closed(Exception):
    """The other end closed before the message was complete; `received` is what had come."""

    def __init__(self, received=b""):
        super().__init__(f"closed after {len(received)} bytes: {received[-200:]!r}")
        self.received = received


class Malformed(AssertionError):
    pass


class Message:
    def __init__(self, start, fields):
        self.start = start
        self.fields = fields  # [(name, value)] as they came
        self.body = b""
        self.chunks = []  # sizes, when the body came chunked
        self.trailers = []
        self.complete = False

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def __getitem__(self, name):
        """The field's lines joined by commas, or None."""
        values = self.all(name)
        return ", ".join(values) if values else None

    def __contains__(self, name):
        return bool(self.all(name))

    def names(self):
        return {key.lower() for key, _ in self.fields}

    def json(self):
        return json.loads(self.body)


class Request(Message):
    def __init__(self, start, fields):
        super().__init__(start, fields)
        parts = start.split(" ")
        if len(parts) != 3:
            raise Malformed(f"request line {start!r}")
        self.method, self.target, self.version = parts

    @property
    def path(self):
        return self.target.partition("?")[0]

    def __repr__(self):
        return f"<{self.start} {self.fields} {len(self.body)} bytes>"


class Response(Message):
    def __init__(self, start, fields):
        super().__init__(start, fields)
        self.version, status, self.reason = (start.split(" ", 2) + [""])[:3]
        if not self.version.startswith("HTTP/1.") or not status.isdigit() or len(status) != 3:
            raise Malformed(f"status line {start!r}")
        self.status = int(status)
        self.interim = []  # the 1xx that came before

    def problem(self):
        assert self["Content-Type"] == "application/problem+json", self
        return self.json()

    @property
    def code(self):
        return self.problem()["code"]

    def __repr__(self):
        return f"<{self.start} {self.fields} {self.body[:300]!r}>"


class Reader:
    """Bytes from a socket-like `receive(count)`, which gives b"" at the end."""

    def __init__(self, receive):
        self._receive = receive
        self.buffer = bytearray()

    def _more(self):
        data = self._receive(65536)
        if not data:
            raise Closed(bytes(self.buffer))
        self.buffer += data

    def _take(self, count):
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def until(self, mark):
        while (end := self.buffer.find(mark)) < 0:
            self._more()
        return self._take(end + len(mark))

    def exactly(self, count):
        while len(self.buffer) < count:
            self._more()
        return self._take(count)

    def rest(self):
        """All until the other end closes."""
        try:
            while True:
                self._more()
        except (Closed, ConnectionError):
            return self._take(len(self.buffer))

    def head(self, kind):
        lines = self.until(CRLF + CRLF)[:-4].split(CRLF)
        fields = []
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon or not name or name != name.strip():
                raise Malformed(f"field line {line!r}")
            fields.append((name.decode("latin-1"), value.strip(b" \t").decode("latin-1")))
        return kind(lines[0].decode("latin-1"), fields)

    def chunked(self, message):
        body = bytearray()
        while True:
            line = self.until(CRLF)[:-2]
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            message.chunks.append(size)
            body += self.exactly(size)
            message.body = body
            if self.exactly(2) != CRLF:
                raise Malformed("no CRLF after a chunk")
        message.body = bytes(body)
        while line := self.until(CRLF)[:-2]:
            name, _, value = line.partition(b":")
            message.trailers.append((name.decode("latin-1"), value.strip().decode("latin-1")))

    def body(self, message):
        """As framed by its head. A message without framing has no body (requests) or lasts until the close."""
        if "chunked" in (message["Transfer-Encoding"] or "").lower():
            self.chunked(message)
        elif message["Content-Length"] is not None:
            wanted = int(message["Content-Length"])
            try:
                message.body = self.exactly(wanted)
            except Closed as closed:
                message.body = closed.received
                raise
        elif isinstance(message, Response):
            message.body = self.rest()
        message.complete = True
        return message

    def request(self):
        return self.body(self.head(Request))

    def response(self, to="GET"):
        interim = []
        while True:
            response = self.head(Response)
            if response.status >= 200 or response.status == 101:
                break
            interim.append(response)
        response.interim = interim
        if to == "HEAD" or response.status in (101, 204, 304):
            response.complete = True
            return response
        try:
            return self.body(response)
        except Closed as closed:
            closed.response = response
            raise


def field_lines(fields):
    pairs = fields.items() if isinstance(fields, dict) else fields
    return b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in pairs)


def render_response(status, fields=(), body=b"", reason="Answer", version="1.1"):
    """An upstream's answer with a Content-Length, unless the fields frame it themselves."""
    pairs = list(fields.items() if isinstance(fields, dict) else fields)
    framed = {name.lower() for name, _ in pairs} & {"content-length", "transfer-encoding"}
    if not framed and status >= 200 and status not in (204, 304):
        pairs.append(("Content-Length", str(len(body))))
    return f"HTTP/{version} {status} {reason}\r\n".encode() + field_lines(pairs) + CRLF + body


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"
