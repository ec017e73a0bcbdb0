# SPDX-License-Identifier: Apache-2.0
# Upstreams that frame badly, break off or talk out of turn. The client gets a 502 or a close that it can see, never
# bytes that could be taken for something else, and the connection is not used again. Fine print 8 (last item).
import time

import pytest
from harness.client import Closed
from harness.gateway import configuration, route, settle
from harness.message import LAST_CHUNK, chunk, render_response
from harness.waiting import stays, wait_until

OK = render_response(200, {}, b"next")


def scripted(answer_bytes, *, stay=True):
    """Answers the first request of a connection with these bytes, later ones properly."""
    def script(connection):
        first = True
        while True:
            connection.reader.request()
            if not first:
                connection.send(OK)
                continue
            first = False
            pieces = answer_bytes if isinstance(answer_bytes, list) else [answer_bytes]
            connection.send_pieces(pieces)
            if not stay:
                return

    return script


NO_RETRY = {"retry": {"attempts": 1}, "ejection": "off"}


def before(launch, answer_bytes, *, stay=True):
    server = launch.raw_upstream(scripted(answer_bytes, stay=stay))
    return launch.before(server, upstream_options=NO_RETRY)


MALFORMED = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "HTTP/0.9": b"<html>hello</html>\r\n\r\n",
    "an odd version": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a lower-case version": b"http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "status 099": b"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
    "status 600": b"HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n",
    "no number": b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
    "two lengths that differ": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhelloo",
    "two equal lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
    "length beside encoding": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown encoding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a folded line": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n",
    "a blank before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
    "a bare LF": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "a bare CR": b"HTTP/1.1 200 OK\r\nX-A: a\rb\r\nContent-Length: 0\r\n\r\n",
    "a control byte": b"HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n",
    "no colon": b"HTTP/1.1 200 OK\r\nX-A\r\nContent-Length: 0\r\n\r\n",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"x" * 300_000,
    "an unasked 101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nraw",
    "many 1xx": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2000,
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_answer_is_502_and_its_connection_done_with(launch, what):
    gateway, up = before(launch, MALFORMED[what])
    answer = gateway.get("/")
    assert (answer.status, answer.code) == (502, "upstream-malformed"), answer
    assert answer["Reeve-Origin"] == "gateway"
    wait_until(lambda: up.connections[0].closed_at, "the bad connection to be closed")
    gateway.get("/again")
    assert len(up.connections) == 2


def test_a_connection_that_closes_without_an_answer(launch):
    gateway, up = launch.before(launch.raw_upstream(lambda connection: connection.reader.request()),
                                upstream_options=NO_RETRY)
    answer = gateway.fetch("POST", "/", body=b"x")
    assert answer.status == 502 and answer.code in ("upstream-malformed", "upstream-unreachable")


def test_half_a_head(launch):
    gateway, _ = before(launch, b"HTTP/1.1 200 OK\r\nContent-Le", stay=False)
    answer = gateway.get("/")
    assert (answer.status, answer.code) == (502, "upstream-malformed")


@pytest.mark.parametrize("data", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
])
def test_a_short_body_is_a_cut_that_the_client_sees(launch, data):
    gateway, _ = before(launch, data, stay=False)
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        with pytest.raises((Closed, ConnectionResetError)):
            connection.answer()
    entry = gateway.wait_log()[0]
    assert entry["status"] == 200 and entry["code"] == "upstream-malformed"


@pytest.mark.parametrize("data", [
    chunk(b"hello") + b"zz\r\n", chunk(b"hello") + b"5\r\nhelloXX", chunk(b"hello") + b"-1\r\n",
    chunk(b"hello") + b"0\r\nX A: 1\r\n\r\n", b"5\nhello\n0\n\n",
])
def test_bad_chunks_after_the_head_cut_the_answer(launch, data):
    gateway, up = before(launch, [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", data])
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        try:
            assert connection.answer().status == 502
        except (Closed, ConnectionResetError) as end:
            assert LAST_CHUNK not in getattr(end, "received", b"")
    wait_until(lambda: up.connections[0].closed_at, "the bad connection to be closed")


@pytest.mark.parametrize("data,body", [
    (OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", b"next"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnext\r\n0\r\n\r\nmore", b"next"),
    (b"HTTP/1.1 204 No Content\r\n\r\nsurplus", b""),
    (b"HTTP/1.1 304 Not Modified\r\n\r\nsurplus", b""),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnextsurplus", b"next"),
])
def test_bytes_after_a_message_end_that_connection(launch, data, body):
    gateway, up = before(launch, data)
    with gateway.connect() as connection:
        assert connection.fetch("GET", "/").body == body
        answer = connection.fetch("GET", "/again")
        assert answer.body == body  # the first answer of another connection
    assert len(up.connections) == 2
    wait_until(lambda: up.connections[0].closed_at, "the connection with surplus bytes to be closed")


def test_a_body_in_answer_to_head_is_not_passed_on(launch):
    gateway, up = before(launch, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    with gateway.connect() as connection:
        answer = connection.fetch("HEAD", "/")
        assert answer.status == 200 and answer["Content-Length"] == "5"
        assert connection.is_open()
        assert connection.fetch("HEAD", "/").status == 200
    assert len(up.connections) == 2


def test_bytes_on_an_idle_connection_are_never_an_answer(launch):
    def script(connection):
        connection.reader.request()
        connection.send(OK)
        time.sleep(0.1)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        connection.wait_closed()

    gateway, up = launch.before(launch.raw_upstream(script), upstream_options=NO_RETRY)
    with gateway.connect() as connection:
        assert connection.fetch("GET", "/").body == b"next"
        settle(0.3)
        assert connection.fetch("GET", "/").body == b"next"
    assert len(up.connections) == 2
    assert up.connections[0].closed_at is not None


def test_an_unread_body_ends_the_connection(launch):
    """The upstream answers before the request's body has been read: that connection is not used again."""
    def script(connection):
        connection.reader.until(b"\r\n\r\n")
        connection.send(render_response(403, {}, b"no"))
        connection.wait_closed(2)

    gateway, up = launch.before(launch.raw_upstream(script), upstream_options=NO_RETRY)
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Content-Length": "1000000"}, None)
        connection.send(b"x" * 1000)
        assert connection.answer().status == 403
    assert gateway.fetch("POST", "/", body=b"x").status == 403
    assert len(up.connections) == 2


def test_a_103_or_two_are_welcome(launch):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    gateway, _ = before(launch, [hints, hints, OK])
    answer = gateway.get("/")
    assert answer.body == b"next"
    assert [one.status for one in answer.interim] == [103, 103]
    assert answer.interim[0]["Link"] == "</style.css>; rel=preload"
    old = gateway.get("/", version="1.0")
    assert old.status == 200 and old.interim == []


def test_an_unasked_100_is_swallowed(launch):
    gateway, _ = before(launch, [b"HTTP/1.1 100 Continue\r\n\r\n", OK])
    answer = gateway.get("/")
    assert answer.body == b"next"


def test_a_head_in_pieces(launch):
    data = render_response(200, {"X-A": "b"}, b"hello")
    gateway, _ = before(launch, [data[at:at + 3] for at in range(0, len(data), 3)])
    answer = gateway.get("/")
    assert answer["X-A"] == "b" and answer.body == b"hello"


def test_close_delimited(launch):
    gateway, up = before(launch, [b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo"], stay=False)
    answer = gateway.get("/")
    assert answer.body == b"hello"
    gateway2, _ = before(launch, [b"HTTP/1.0 200 OK\r\n\r\nhel", b"lo"], stay=False)
    with gateway2.connect() as connection:
        assert connection.fetch("GET", "/").body == b"hello"


@pytest.mark.parametrize("lines", [b"Connection: close\r\n", b""])
def test_connection_close_is_honoured(launch, lines):
    version = b"HTTP/1.1" if lines else b"HTTP/1.0"
    gateway, up = before(launch, version + b" 200 OK\r\nContent-Length: 2\r\n" + lines + b"\r\nok")
    with gateway.connect() as connection:
        for _ in range(2):
            assert connection.fetch("GET", "/").body == b"ok"
    assert len(up.connections) == 2


def test_the_gateway_lives_on(launch):
    """A flood without an end from the upstream takes neither the gateway nor other requests down."""
    def flood(connection):
        connection.reader.request()
        while connection.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100):
            pass

    bad = launch.raw_upstream(flood)
    gateway = launch(configuration([route("bad", "/bad"), route("good", "/good", respond={"status": 200})],
                                   {"up": {"targets": [bad.url], **NO_RETRY}}))
    assert gateway.get("/bad").status == 502
    assert gateway.get("/good").status == 200
    assert stays(gateway.is_alive, 0.1)
