# SPDX-License-Identifier: Apache-2.0
# Requests that two readers could take differently. Each gets the right refusal and a closed connection, and the upstream
# sees nothing of it, nor of what was hidden behind it. Fine print 8; RFC 9112, 11.2.
import pytest
from harness.client import Connection, exchange
from harness.gateway import configuration, route

HOST = b"Host: a.example\r\n"
NEXT = b"GET /hidden HTTP/1.1\r\nHost: a.example\r\n\r\n"


def head(*lines, start=b"POST / HTTP/1.1", host=HOST, end=b"\r\n"):
    return start + b"\r\n" + host + b"".join(line + b"\r\n" for line in lines) + end


CHUNKED = b"Transfer-Encoding: chunked"
BODY = b"5\r\nhello\r\n0\r\n\r\n"

REFUSED = {
    # Lengths
    "two lengths that differ": head(b"Content-Length: 5", b"Content-Length: 6") + b"helloo",
    "two equal lengths": head(b"Content-Length: 5", b"Content-Length: 5") + b"hello",
    "a list of lengths": head(b"Content-Length: 5, 5") + b"hello",
    "a signed length": head(b"Content-Length: +5") + b"hello",
    "a negative length": head(b"Content-Length: -5") + b"hello",
    "a length in hex": head(b"Content-Length: 0x5") + b"hello",
    "an empty length": head(b"Content-Length:") + b"",
    "a length with a blank": head(b"Content-Length: 1 0") + b"helloworld",
    "a length beyond 2^63": head(b"Content-Length: 9223372036854775809") + b"hello",
    "a length of many digits": head(b"Content-Length: " + b"9" * 60) + b"hello",
    "length beside encoding": head(b"Content-Length: 5", CHUNKED) + BODY,
    "encoding beside length": head(CHUNKED, b"Content-Length: 5") + BODY,
    # Transfer-Encoding
    "an unknown encoding": head(b"Transfer-Encoding: xchunked") + BODY,
    "chunked not last": head(b"Transfer-Encoding: chunked, gzip") + BODY,
    "gzip before chunked": head(b"Transfer-Encoding: gzip, chunked") + BODY,
    "chunked twice": head(b"Transfer-Encoding: chunked, chunked") + BODY,
    "chunked in two lines": head(CHUNKED, CHUNKED) + BODY,
    "identity": head(b"Transfer-Encoding: identity") + BODY,
    "an empty element": head(b"Transfer-Encoding: ,chunked") + BODY,
    "an empty element at the end": head(b"Transfer-Encoding: chunked,") + BODY,
    "an empty encoding": head(b"Transfer-Encoding:") + BODY,
    "chunked with a parameter": head(b"Transfer-Encoding: chunked;q=1") + BODY,
    "chunked in quotes": head(b"Transfer-Encoding: \"chunked\"") + BODY,
    "a vertical tab before chunked": head(b"Transfer-Encoding: \x0bchunked") + BODY,
    "chunked from HTTP/1.0": head(CHUNKED, start=b"POST / HTTP/1.0") + BODY,
    # Fields
    "a blank before the colon": head(b"Content-Length : 5") + b"hello",
    "a tab before the colon": head(b"Transfer-Encoding\t: chunked") + BODY,
    "a folded line": head(b"X-A: 1", b" folded") + b"",
    "a folded encoding": head(b"Transfer-Encoding:", b" chunked") + BODY,
    "a blank before the first field": b"GET / HTTP/1.1\r\n Host: a.example\r\n\r\n",
    "no colon": head(b"X-A"),
    "no name": head(b": x"),
    "a name with a blank": head(b"X A: 1"),
    "a name with a bracket": head(b"X(A): 1"),
    "a name with a control byte": head(b"X\x01A: 1"),
    "a name beyond ASCII": head(b"X\xe4: 1"),
    "a control byte in a value": head(b"X-A: a\x01b"),
    "NUL in a value": head(b"X-A: a\x00b"),
    "DEL in a value": head(b"X-A: a\x7fb"),
    "a bare CR in a value": head(b"X-A: a\rb"),
    "a bare CR before the end": head(b"X-A: a\r"),
    "a bare LF between fields": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: 1\nX-B: 2\r\n\r\n",
    "a bare LF at the head's end": b"GET / HTTP/1.1\r\n" + HOST + b"\n",
    "bare LF everywhere": b"GET / HTTP/1.1\nHost: a.example\n\n",
    "NUL in the head": b"GET / HTTP/1.1\r\n" + HOST + b"\x00\r\n\r\n",
    # Host
    "no host": head(host=b"", start=b"GET / HTTP/1.1"),
    "two hosts": head(b"Host: b.example", start=b"GET / HTTP/1.1"),
    "two equal hosts": head(b"Host: a.example", start=b"GET / HTTP/1.1"),
    "another host in the target": head(start=b"GET http://b.example/ HTTP/1.1"),
    "a host list": head(host=b"Host: a.example, b.example\r\n", start=b"GET / HTTP/1.1"),
    # Start line
    "two blanks": head(start=b"GET  / HTTP/1.1"),
    "a tab": head(start=b"GET\t/ HTTP/1.1"),
    "a blank at the end": head(start=b"GET / HTTP/1.1 "),
    "a blank at the beginning": head(start=b" GET / HTTP/1.1"),
    "a blank in the target": head(start=b"GET /a b HTTP/1.1"),
    "no target": head(start=b"GET HTTP/1.1"),
    "a method with a bracket": head(start=b"G(T / HTTP/1.1"),
    "a target without slash": head(start=b"GET a HTTP/1.1"),
    "lower-case version": head(start=b"GET / http/1.1"),
    "no version": b"GET /\r\n" + HOST + b"\r\n",
    "the protocol is another": head(start=b"GET / HTTPS/1.1"),
}

BAD_CHUNKS = {
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a minus": b"-5\r\nhello\r\n0\r\n\r\n",
    "hex with its prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a blank before": b" 5\r\nhello\r\n0\r\n\r\n",
    "a blank after": b"5 \r\nhello\r\n0\r\n\r\n",
    "a tab before an extension": b"5\t;a=b\r\nhello\r\n0\r\n\r\n",
    "junk": b"5g\r\nhello\r\n0\r\n\r\n",
    "an underscore": b"1_0\r\n" + b"x" * 16 + b"\r\n0\r\n\r\n",
    "too many digits": b"f" * 17 + b"\r\nhello\r\n0\r\n\r\n",
    "overflow": b"8000000000000005\r\nhello\r\n0\r\n\r\n",
    "longer than said": b"4\r\nhello\r\n0\r\n\r\n",
    "shorter than said": b"6\r\nhello\r\n0\r\n\r\n",
    "bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "bare CR after the size": b"5\rhello\r\n0\r\n\r\n",
    "bare LF after the data": b"5\r\nhello\n0\r\n\r\n",
    "nothing after the data": b"5\r\nhello0\r\n\r\n",
    "bare LF after the last chunk": b"5\r\nhello\r\n0\n\n",
    "bare LF in an extension": b"5;a=\nb\r\nhello\r\n0\r\n\r\n",
    "bare CR in an extension": b"5;a=\rb\r\nhello\r\n0\r\n\r\n",
    "NUL in an extension": b"5;a=\x00\r\nhello\r\n0\r\n\r\n",
    "extensions of 2 KiB": b"5;a=" + b"x" * 2048 + b"\r\nhello\r\n0\r\n\r\n",
    "extensions of 2 KiB together": (b"1;a=" + b"x" * 500 + b"\r\nh\r\n") * 4 + b"0\r\n\r\n",
    "a bare LF in the trailers": b"5\r\nhello\r\n0\r\nX-A: 1\n\r\n",
    "a blank before the trailer's colon": b"5\r\nhello\r\n0\r\nX-A : 1\r\n\r\n",
    "a folded trailer": b"5\r\nhello\r\n0\r\nX-A: 1\r\n b\r\n\r\n",
    "a trailer without colon": b"5\r\nhello\r\n0\r\nX-A\r\n\r\n",
    "trailers over head_max": b"5\r\nhello\r\n0\r\n" + b"X-A: " + b"x" * 40000 + b"\r\n\r\n",
}

ACCEPTED = {
    "an empty line before": b"\r\n" + head(start=b"GET / HTTP/1.1"),
    "white space around a value": head(b"X-A: \t a b \t ", start=b"GET / HTTP/1.1"),
    "no white space": head(b"X-A:1", start=b"GET / HTTP/1.1"),
    "an empty value": head(b"X-A:", start=b"GET / HTTP/1.1"),
    "a tab in a value": head(b"X-A: a\tb", start=b"GET / HTTP/1.1"),
    "obs-text in a value": head(b"X-A: caf\xe9", start=b"GET / HTTP/1.1"),
    "leading zeros": head(b"Content-Length: 005") + b"hello",
    "white space around the length": head(b"Content-Length: \t5 ") + b"hello",
    "chunked in capitals": head(b"TRANSFER-encoding: CHUNKED") + BODY,
    "extensions": head(CHUNKED) + b"5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n",
    "leading zeros in a size": head(CHUNKED) + b"00005\r\nhello\r\n000\r\n\r\n",
    "upper and lower hex": head(CHUNKED) + b"A\r\nhellohello\r\na\r\nhellohello\r\n0\r\n\r\n",
    "trailers": head(CHUNKED) + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    "the same host in the target": head(start=b"GET http://a.example/ HTTP/1.1"),
}


@pytest.fixture(scope="module")
def up(shared):
    return shared.upstream()


@pytest.fixture(scope="module")
def gateway(shared, up):
    return shared(configuration([route()], {"up": up}))


@pytest.mark.parametrize("what", REFUSED)
def test_refused_before_anything_is_forwarded(gateway, up, what):
    requests, connections = len(up.requests), len(up.connections)
    answers, closed = exchange(gateway.address, REFUSED[what] + NEXT)
    assert closed, answers
    assert len(answers) == 1, answers
    assert (answers[0].status, answers[0].code) == (400, "request-malformed"), answers
    assert answers[0]["Connection"] == "close"
    assert answers[0]["Reeve-Origin"] == "gateway"
    assert (len(up.requests), len(up.connections)) == (requests, connections)


@pytest.mark.parametrize("what", BAD_CHUNKS)
def test_a_bad_chunk_ends_the_exchange(launch, what):
    """The head may be on its way already: then the upstream gets a cut body, never a complete one, and never the
    hidden request."""
    up = launch.upstream()
    gateway = launch(configuration([route()], {"up": up}))
    answers, closed = exchange(gateway.address, head(CHUNKED) + BAD_CHUNKS[what] + NEXT)
    assert closed, answers
    assert len(answers) <= 1, answers
    if answers:
        assert answers[0].status == (431 if "head_max" in what and answers[0].status == 431 else 400), answers
    assert up.requests == []
    for connection in up.connections:
        assert b"/hidden" not in connection.received and b"0\r\n\r\n" not in connection.received


@pytest.mark.parametrize("what", ACCEPTED)
def test_odd_but_right(gateway, up, what):
    with Connection(gateway.address) as connection:
        connection.send(ACCEPTED[what])
        assert connection.answer().status == 200
        connection.send(NEXT)
        assert connection.answer().json()["target"] == "/hidden"


@pytest.mark.parametrize("start,status,code", [
    (b"GET / HTTP/2.0", 505, "version-not-supported"), (b"GET / HTTP/1.2", 505, "version-not-supported"),
    (b"GET / HTTP/0.9", 505, "version-not-supported"), (b"GET / HTTP/3.0", 505, "version-not-supported"),
    (b"PRI * HTTP/2.0", 505, "version-not-supported"), (b"GET / HTTP/1.1.1", 400, "request-malformed"),
    (b"GET / HTTP/11", 400, "request-malformed"), (b"GET / HTTP/1.", 400, "request-malformed"),
])
def test_versions(gateway, up, start, status, code):
    before = len(up.connections)
    answers, closed = exchange(gateway.address, head(start=start) + NEXT)
    assert closed and len(answers) == 1
    if start == b"GET / HTTP/1.2":
        assert answers[0].status in (505, 200)
        return
    assert (answers[0].status, answers[0].code) == (status, code)
    assert len(up.connections) == before


@pytest.mark.parametrize("what", ["two equal lengths", "length beside encoding", "a blank before the colon", "no host"])
def test_refusals_do_not_depend_on_how_the_bytes_arrive(gateway, up, what):
    before = len(up.requests)
    data = REFUSED[what]
    for size in (1, 7):
        with Connection(gateway.address) as connection:
            try:
                connection.send_pieces([data[at:at + size] for at in range(0, len(data), size)], pause=0.0005)
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert connection.answer().status == 400
            assert connection.is_closed()
    assert len(up.requests) == before


def test_after_a_refusal_other_connections_are_served(gateway):
    with gateway.connect() as good:
        assert good.fetch("GET", "/").status == 200
        exchange(gateway.address, REFUSED["length beside encoding"])
        assert good.fetch("GET", "/").status == 200


def test_a_body_on_get_is_forwarded_not_taken_for_a_request(gateway, up):
    with gateway.connect() as connection:
        connection.send(head(b"Content-Length: %d" % len(NEXT), start=b"GET / HTTP/1.1") + NEXT)
        answer = connection.answer().json()
        assert answer["length"] == len(NEXT) and answer["body"].encode() == NEXT
        assert connection.fetch("GET", "/after").json()["target"] == "/after"
