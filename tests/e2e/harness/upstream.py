# SPDX-License-Identifier: Apache-2.0
# Upstreams that do what a test says and remember what they saw. `Upstream` reads each request properly and lets a
# handler write the answer as bytes; `RawUpstream` hands the bare connection to the test's script. One thread a
# connection; every connection and request is kept for the test to ask about.
import json
import socket
import ssl
import threading
import time

from harness.message import Closed, Malformed, Reader, chunk, field_lines, render_response
from harness.waiting import wait_until


class UpstreamConnection:
    """The upstream's end of one connection from the gateway."""

    def __init__(self, end):
        self.socket = end
        self.received = bytearray()  # the first megabyte of what came
        self.received_count = 0
        self.requests = []
        self.closed_at = None  # monotonic time at which the gateway's end was seen to be gone
        self.reader = Reader(self._receive)

    def _receive(self, count):
        try:
            data = self.socket.recv(count)
        except (OSError, ssl.SSLError):
            data = b""
        if not data and self.closed_at is None:
            self.closed_at = time.monotonic()
        self.received_count += len(data)
        if len(self.received) < 1 << 20:
            self.received += data
        return data

    def send(self, data):
        """False when the gateway is no longer there."""
        try:
            self.socket.sendall(data)
            return True
        except (OSError, ssl.SSLError):
            if self.closed_at is None:
                self.closed_at = time.monotonic()
            return False

    def send_pieces(self, pieces, pause=0.02):
        for index, piece in enumerate(pieces):
            if index:
                time.sleep(pause)
            self.send(piece)

    def answer(self, status, fields=(), body=b"", **options):
        return self.send(render_response(status, fields, body, **options))

    def begin_chunked(self, status=200, fields=()):
        return self.send(f"HTTP/1.1 {status} Answer\r\n".encode() + field_lines(fields)
                         + b"Transfer-Encoding: chunked\r\n\r\n")

    def chunk(self, data):
        return self.send(chunk(data))

    def wait_closed(self, seconds=5.0):
        """Reads on until the gateway has gone; whether it went in that time."""
        self.socket.settimeout(seconds)
        try:
            while self._receive(65536):
                pass
        except TimeoutError:
            return False
        return True

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class _Server:
    def __init__(self, *, tls=None, host="127.0.0.1", port=0, unix=None):
        self._tls = tls
        self._unix = unix
        self.connections = []
        self.errors = []
        self._stopping = False
        self._listener = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        if unix:
            self._listener.bind(unix)
        else:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((host, port))
        self._listener.listen(512)
        self.port = None if unix else self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                end, _ = self._listener.accept()
            except OSError:
                return
            if self._stopping:
                end.close()
                return
            threading.Thread(target=self._run, args=(end,), daemon=True).start()

    def _run(self, end):
        end.settimeout(30)
        try:
            if end.family != socket.AF_UNIX:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                end = self._tls.wrap_socket(end, server_side=True)
        except (OSError, ssl.SSLError) as error:
            self.errors.append(error)
            end.close()
            return
        connection = UpstreamConnection(end)
        self.connections.append(connection)
        try:
            self.serve(connection)
        except (Closed, OSError, ssl.SSLError):
            pass
        except Exception as error:  # a mistake in a test's script: shown at the end of the test
            self.errors.append(error)
        finally:
            if connection.closed_at is None:
                connection.closed_at = time.monotonic()
            connection.close()

    def serve(self, connection):
        raise NotImplementedError

    def stop(self):
        self._stopping = True
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        for connection in list(self.connections):
            connection.close()

    def drop_connections(self):
        for connection in list(self.connections):
            connection.close()


def describe(request):
    """What the default handler answers with: the request as the upstream saw it."""
    return json.dumps({"method": request.method, "target": request.target, "version": request.version,
                       "fields": request.fields, "trailers": request.trailers, "length": len(request.body),
                       "body": request.body.decode("latin-1") if len(request.body) <= 4096 else None}).encode()


def echo(connection, request):
    connection.answer(200, {"Content-Type": "application/json"}, describe(request) if request.method != "HEAD" else b"")


class Upstream(_Server):
    """Speaks HTTP/1.1. `handler(connection, request)` answers; `paths` maps a path to a handler or to raw bytes."""

    def __init__(self, handler=echo, paths=None, **where):
        self.handler = handler
        self.paths = paths or {}
        self.requests = []
        super().__init__(**where)

    def serve(self, connection):
        while True:
            try:
                request = connection.reader.request()
            except Malformed as error:
                self.errors.append(error)
                return
            request.connection = connection
            connection.requests.append(request)
            self.requests.append(request)
            answer = self.paths.get(request.path, self.handler)
            if isinstance(answer, bytes):
                connection.send(answer)
            else:
                answer(connection, request)
            if (request["Connection"] or "").lower() == "close":
                return

    def wait_for_requests(self, count, seconds=5.0):
        wait_until(lambda: len(self.requests) >= count, f"{count} requests at the upstream", seconds)
        return self.requests

    @property
    def last(self):
        return self.requests[-1]


class RawUpstream(_Server):
    """`script(connection)` is run for each connection, which is closed when it returns."""

    def __init__(self, script, **where):
        self.script = script
        super().__init__(**where)

    def serve(self, connection):
        self.script(connection)

    @property
    def bytes_seen(self):
        return b"".join(bytes(connection.received) for connection in self.connections)
