# SPDX-License-Identifier: Apache-2.0
# A client that sends exactly the bytes that a test wants, split where it wants, and reads what comes back strictly.
# Also one-request helpers for the tests that only care about the answer.
import socket
import ssl
import struct
import time

from harness.message import Closed, Malformed, Reader, field_lines


def connect_socket(address, timeout=5.0, receive_buffer=None):
    """`address` is "host:port", "[v6]:port" or "unix:/path", as in run.json."""
    if address.startswith("unix:"):
        end = socket.socket(socket.AF_UNIX)
        target = address.removeprefix("unix:")
    else:
        host, _, port = address.rpartition(":")
        end = socket.socket(socket.AF_INET6 if host.startswith("[") else socket.AF_INET)
        target = (host.strip("[]"), int(port))
    if receive_buffer:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    end.settimeout(timeout)
    end.connect(target)
    if end.family != socket.AF_UNIX:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return end


class Connection:
    def __init__(self, address, *, tls=None, server_name=None, session=None, timeout=5.0, before_tls=b"",
                 receive_buffer=None):
        self.address = address
        self.socket = connect_socket(address, timeout, receive_buffer)
        if before_tls:
            self.socket.sendall(before_tls)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name, session=session)
        self.reader = Reader(self._receive)

    def _receive(self, count):
        try:
            return self.socket.recv(count)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Leaves with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def finish_writing(self):
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def send_pieces(self, pieces, pause=0.02):
        for index, piece in enumerate(pieces):
            if index:
                time.sleep(pause)
            self.send(piece)

    def ask(self, method, target, fields=(), body=None, *, host="test.example", version="1.1"):
        """Sends a request without waiting for the answer."""
        pairs = list(fields.items() if isinstance(fields, dict) else fields)
        names = {name.lower() for name, _ in pairs}
        head = f"{method} {target} HTTP/{version}\r\n".encode("latin-1")
        if host is not None and "host" not in names:
            head += f"Host: {host}\r\n".encode("latin-1")
        if body is not None and not names & {"content-length", "transfer-encoding"}:
            pairs.append(("Content-Length", str(len(body))))
        self.send(head + field_lines(pairs) + b"\r\n" + (body or b""))

    def answer(self, to="GET"):
        return self.reader.response(to)

    def fetch(self, method, target, fields=(), body=None, **options):
        self.ask(method, target, fields, body, **options)
        return self.answer(to=method)

    def is_closed(self, within=2.0):
        """Whether the other end closes in that time without another byte."""
        if self.reader.buffer:
            return False
        self.socket.settimeout(within)
        try:
            return self.socket.recv(1) == b""
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
            return True
        except (TimeoutError, ssl.SSLWantReadError):
            return False

    def is_open(self, during=0.15):
        """Whether nothing comes, neither bytes nor the end."""
        self.socket.settimeout(during)
        try:
            self.socket.recv(1)
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(5.0)


def fetch(address, method, target, fields=(), body=None, *, tls=None, server_name=None, timeout=5.0, **options):
    """One request on a connection of its own."""
    with Connection(address, tls=tls, server_name=server_name, timeout=timeout) as connection:
        return connection.fetch(method, target, fields, body, **options)


def exchange(address, data, *, finish=False, timeout=5.0):
    """Sends raw bytes, reads until the end; the answers that came, and whether the connection was closed."""
    answers = []
    with Connection(address, timeout=timeout) as connection:
        try:
            connection.send(data)
            if finish:
                connection.finish_writing()
        except (BrokenPipeError, ConnectionResetError):
            pass
        while True:
            try:
                answers.append(connection.answer())
            except (Closed, ConnectionResetError):
                return answers, True
            except TimeoutError:
                return answers, False


__all__ = ["Closed", "Connection", "Malformed", "connect_socket", "exchange", "fetch"]
