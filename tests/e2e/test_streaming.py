# SPDX-License-Identifier: Apache-2.0
# Bodies on their way: piece by piece in both directions, whatever their framing, with trailers, for old and new clients,
# one request after the other on a connection. Contract 8; RFC 9110 and 9112; fine print 8.
import hashlib
import threading
import time

import pytest
from harness.client import Connection
from harness.gateway import SLOWNESS, configuration, route
from harness.message import LAST_CHUNK, chunk, render_response
from harness.waiting import wait_until


@pytest.fixture(scope="module")
def up(shared):
    def chunked(connection, request):
        connection.begin_chunked(200, {"Trailer": "X-Sum"})
        for piece in (b"one ", b"two ", b"three"):
            connection.chunk(piece)
        connection.send(b"0\r\nX-Sum: 3\r\n\r\n")

    def digest(connection, request):
        connection.answer(200, {}, hashlib.sha256(request.body).hexdigest().encode())

    def big(connection, request):
        connection.answer(200, {}, b"0123456789abcdef" * (1 << 16))

    def until_close(connection, request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"z" * 100_000)
        connection.close()

    return shared.upstream(paths={"/chunked": chunked, "/digest": digest, "/big": big, "/until-close": until_close,
                                  "/204": render_response(204), "/304": render_response(304, {"ETag": '"a"'})})


@pytest.fixture(scope="module")
def gateway(shared, up):
    return shared(configuration([route()], {"up": up}))


def test_an_answer_streams_piece_by_piece(launch):
    """Each chunk is at the client before the upstream sends the next."""
    proceed = [threading.Event() for _ in range(4)]

    def stepwise(connection, request):
        connection.begin_chunked()
        for event in proceed:
            event.wait(5)
            connection.chunk(b"data: x\n\n")
        connection.send(LAST_CHUNK)

    gateway, _ = launch.before(stepwise)
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        head = connection.reader.until(b"\r\n\r\n")
        assert b"chunked" in head.lower()
        for event in proceed:
            assert connection.is_open(0.03)
            event.set()
            assert connection.reader.exactly(len(chunk(b"data: x\n\n"))) == chunk(b"data: x\n\n")
        assert connection.reader.exactly(len(LAST_CHUNK)) == LAST_CHUNK


def test_a_request_streams_piece_by_piece(launch):
    seen = []

    def script(connection):
        connection.reader.until(b"\r\n\r\n")
        for _ in range(3):
            seen.append(connection.reader.exactly(len(chunk(b"piece"))))
        connection.reader.until(LAST_CHUNK)
        connection.send(render_response(200, {}, b"got it"))

    gateway, up = launch.before(launch.raw_upstream(script))
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Transfer-Encoding": "chunked"})
        for count in range(1, 4):
            connection.send(chunk(b"piece"))
            wait_until(lambda: len(seen) >= count, "the piece at the upstream", 2)
        connection.send(LAST_CHUNK)
        assert connection.answer().body == b"got it"


def test_both_directions_at_once(launch):
    """An upstream that answers while it still reads: each piece comes back before the next is sent."""
    def back_and_forth(connection):
        connection.reader.until(b"\r\n\r\n")
        connection.begin_chunked()
        for _ in range(3):
            connection.send(connection.reader.exactly(len(chunk(b"piece"))))
        connection.reader.until(LAST_CHUNK)
        connection.send(LAST_CHUNK)

    gateway, _ = launch.before(launch.raw_upstream(back_and_forth))
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Transfer-Encoding": "chunked"})
        for index in range(3):
            connection.send(chunk(b"piece"))
            if index == 0:
                assert b"200" in connection.reader.until(b"\r\n\r\n")
            assert connection.reader.exactly(len(chunk(b"piece"))) == chunk(b"piece")
        connection.send(LAST_CHUNK)
        assert connection.reader.exactly(len(LAST_CHUNK)) == LAST_CHUNK


@pytest.mark.threads
@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 32768, 65537, 3_000_000])
def test_uploads_of_any_size(gateway, size):
    body = bytes(index % 251 for index in range(size))
    expected = hashlib.sha256(body).hexdigest().encode()
    with gateway.connect(timeout=20) as connection:
        assert connection.fetch("POST", "/digest", body=body).body == expected
        connection.ask("POST", "/digest", {"Transfer-Encoding": "chunked"})
        for at in range(0, size, 50_000):
            connection.send(chunk(body[at:at + 50_000]))
        connection.send(LAST_CHUNK)
        assert connection.answer().body == expected


def test_a_large_answer(gateway):
    with gateway.connect() as connection:
        for _ in range(3):
            answer = connection.fetch("GET", "/big")
            assert answer["Content-Length"] == str(1 << 20) and answer.body == b"0123456789abcdef" * (1 << 16)


def test_chunks_and_trailers_come_through(gateway):
    answer = gateway.get("/chunked", {"TE": "trailers"})
    assert answer.body == b"one two three"
    assert answer.chunks == [4, 4, 5]
    assert answer.trailers == [("X-Sum", "3")]


def test_request_trailers_come_through(gateway, up):
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Transfer-Encoding": "chunked", "Trailer": "X-Sum"})
        connection.send(chunk(b"hello") + b"0\r\nX-Sum: 5\r\nHost: evil.example\r\nContent-Length: 3\r\nReeve-X: 1\r\n\r\n")
        seen = connection.answer().json()
    trailers = {name.lower(): value for name, value in seen["trailers"]}
    assert trailers.get("x-sum") == "5"
    assert not set(trailers) & {"host", "content-length", "reeve-x"}  # no field that frames, routes or is the gateway's


def test_an_answer_until_close_is_delimited_for_the_client(gateway):
    with gateway.connect() as connection:
        answer = connection.fetch("GET", "/until-close")
        assert answer.body == b"z" * 100_000
        if "chunked" in (answer["Transfer-Encoding"] or ""):
            assert connection.fetch("GET", "/204").status == 204


def test_http_1_0_gets_what_it_understands(gateway):
    with gateway.connect() as connection:
        connection.ask("GET", "/chunked", version="1.0")
        answer = connection.answer()
        assert "Transfer-Encoding" not in answer and answer.body == b"one two three" and answer.trailers == []
        assert connection.is_closed()
    with gateway.connect() as connection:
        answer = connection.fetch("GET", "/big", {"Connection": "keep-alive"}, version="1.0")
        assert len(answer.body) == 1 << 20
        if "keep-alive" in (answer["Connection"] or "").lower():
            assert connection.fetch("GET", "/204", version="1.0").status == 204


def test_the_upstream_is_spoken_to_in_http_1_1(gateway, up):
    gateway.get("/", version="1.0", host="a.example")
    assert up.last.version == "HTTP/1.1" and up.last["Host"] == "a.example"


def test_connection_close_is_honoured_at_once(gateway):
    with gateway.connect() as connection:
        connection.ask("GET", "/204", {"Connection": "close"})
        answer = connection.answer()
        assert answer.status == 204 and "close" in answer["Connection"]
        assert connection.is_closed(1)


def test_keep_alive_uses_one_connection_on_both_sides(launch):
    gateway, up = launch.before()
    with gateway.connect() as connection:
        for number in range(20):
            assert connection.fetch("GET", f"/{number}").json()["target"] == f"/{number}"
    assert len(up.connections) == 1


def test_pipelined_requests_are_answered_in_order(gateway):
    with gateway.connect() as connection:
        connection.send(b"".join(f"GET /{number} HTTP/1.1\r\nHost: a.example\r\n\r\n".encode() for number in range(30)))
        for number in range(30):
            assert connection.answer().json()["target"] == f"/{number}"


def test_pipelined_uploads_and_slow_answers_stay_in_order(launch):
    def first_is_slow(connection, request):
        if request.target == "/0":
            time.sleep(0.3)
        connection.answer(200, {}, request.target.encode() + b" " + request.body)

    gateway, _ = launch.before(first_is_slow)
    with gateway.connect() as connection:
        for number in range(5):
            connection.ask("POST", f"/{number}", body=f"body {number}".encode())
        for number in range(5):
            assert connection.answer().body == f"/{number} body {number}".encode()


def test_a_pipeline_ends_where_it_goes_wrong(gateway):
    with gateway.connect() as connection:
        connection.send(b"GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\nGET /2 HTTP/1.1\r\nHost : b\r\n\r\n"
                        b"GET /3 HTTP/1.1\r\nHost: a.example\r\n\r\n")
        assert connection.answer().status == 200
        assert connection.answer().status == 400
        assert connection.is_closed()


def test_head_has_the_length_and_no_body(gateway):
    with gateway.connect() as connection:
        answer = connection.fetch("HEAD", "/")
        assert answer.status == 200 and answer.body == b""
        answer = connection.fetch("HEAD", "/no/such")
        assert answer.status == 200
        assert connection.fetch("GET", "/204").status == 204
        answer = connection.fetch("GET", "/304", {"If-None-Match": '"a"'})
        assert answer.status == 304 and answer["ETag"] == '"a"' and answer.body == b""
        assert connection.fetch("GET", "/").status == 200


def test_expect_continue_is_answered_before_the_body(launch):
    """By the gateway, once the upstream has the head (docs/adr/0004); a 100 of the upstream's is swallowed."""
    def script(connection):
        head = connection.reader.until(b"\r\n\r\n")
        assert b"expect" not in head.lower()
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = connection.reader.exactly(5)
        connection.send(render_response(200, {}, body))

    gateway, _ = launch.before(launch.raw_upstream(script))
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Expect": "100-continue", "Content-Length": "5"})
        assert connection.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        assert connection.is_open(0.1)
        connection.send(b"hello")
        answer = connection.answer()
        assert answer.body == b"hello" and answer.interim == []


def test_expect_continue_and_a_refusal(launch):
    """The upstream refuses by the head alone; the client, told to go on or not, sees it."""
    def script(connection):
        connection.reader.until(b"\r\n\r\n")
        connection.send(render_response(401, {}, b"no"))
        connection.wait_closed(3)

    gateway, _ = launch.before(launch.raw_upstream(script))
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Expect": "100-continue", "Content-Length": "5000000"})
        answer = connection.answer()
        assert answer.status == 401 and answer["Reeve-Origin"] == "upstream"


def test_expect_continue_where_the_gateway_answers(launch):
    gateway = launch(configuration([route(respond={"status": 200}, body={"max": "10B"})]))
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Expect": "100-continue", "Content-Length": "11"})
        answer = connection.answer()
        assert answer.status == 413 and answer.interim == []


def test_an_unknown_expectation(gateway):
    answer = gateway.fetch("POST", "/", {"Expect": "the-impossible"}, b"x")
    assert answer.status in (400, 417) or answer["Reeve-Origin"] == "upstream"


def test_zero_length_and_no_body_are_kept_apart(gateway):
    seen = gateway.fetch("POST", "/", body=b"").json()
    assert ["Content-Length", "0"] in [[name.title(), value] for name, value in seen["fields"]]
    seen = gateway.get("/").json()
    assert not {name.lower() for name, _ in seen["fields"]} & {"content-length", "transfer-encoding"}


@pytest.mark.threads
def test_many_connections_at_once(gateway):
    """Bytes of one request never turn up in another."""
    wrong = []

    def talk(who):
        with Connection(gateway.address, timeout=30) as connection:
            for number in range(20):
                body = f"{who}-{number};".encode() * (1 + (who * number) % 400)
                answer = connection.fetch("POST", f"/digest?{who}.{number}", {"X-Request-Id": f"{who}.{number}"}, body)
                if answer["X-Request-Id"] != f"{who}.{number}" or answer.body != hashlib.sha256(body).hexdigest().encode():
                    wrong.append((who, number, answer))

    threads = [threading.Thread(target=talk, args=(who,)) for who in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_slow_reader_holds_the_upstream_back(launch):
    """Back-pressure: what the client does not read, the gateway does not read either, beyond some buffers."""
    sent = {"bytes": 0}

    def pour(connection, request):
        connection.begin_chunked()
        piece = b"x" * 65536
        while sent["bytes"] < 64 << 20 and connection.chunk(piece):
            sent["bytes"] += len(piece)
        connection.send(LAST_CHUNK)

    gateway, _ = launch.before(pour)
    before = gateway.rss_anon_kib()
    with gateway.connect(receive_buffer=65536) as connection:
        connection.ask("GET", "/")
        connection.reader.until(b"\r\n\r\n")
        last = -1
        while sent["bytes"] != last:  # until nothing moves any more
            last = sent["bytes"]
            time.sleep(0.3)
        assert sent["bytes"] < 24 << 20, "kernel buffers are a few MiB; the rest must wait"
        assert gateway.rss_anon_kib() - before <= 512 * SLOWNESS
        taken = 0
        while size := int(connection.reader.until(b"\r\n")[:-2], 16):  # and then it flows
            connection.reader.exactly(size + 2)
            taken += size
        assert taken == 64 << 20
