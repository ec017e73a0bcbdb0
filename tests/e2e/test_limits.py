# SPDX-License-Identifier: Apache-2.0
# How much and how long: heads, targets, bodies, slow clients, idle connections, deadlines of the upstream. Contract 2
# (server, body, timeout) and 4.3; fine print 2 and 8.
import select
import socket
import threading
import time

import pytest
from harness.client import Closed, Connection
from harness.gateway import configuration, route, settle
from harness.message import chunk, render_response
from harness.waiting import wait_until


@pytest.fixture(scope="module")
def up(shared):
    return shared.upstream()


@pytest.fixture(scope="module")
def gateway(shared, up):
    return shared(configuration(
        [route(), route("bounded", "/bounded", body={"max": "1KiB"}), route("respond", "/respond", respond={"status": 200}),
         route("bounded-respond", "/bounded-respond", body={"max": "1KiB"}, respond={"status": 200})],
        {"up": up}, server={"head_max": "4KiB", "uri_max": "1KiB", "head_timeout": "600ms", "body_idle": "500ms",
                            "idle": "700ms"}))


def refused(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer
    assert answer.problem()["status"] == status


def test_a_long_target(gateway):
    assert gateway.get("/" + "x" * 900).status == 200
    refused(gateway.get("/" + "x" * 1100), 414, "uri-too-long")
    refused(gateway.get("/?" + "x" * 1100), 414, "uri-too-long")


def test_an_endless_target_is_not_waited_for(gateway):
    with gateway.connect() as connection:
        connection.send(b"GET /" + b"x" * 100_000)
        assert connection.answer().status in (414, 431)
        assert connection.is_closed()


def test_a_large_head(gateway):
    assert gateway.get("/", {"X-A": "x" * 3000}).status == 200
    refused(gateway.get("/", {"X-A": "x" * 5000}), 431, "head-too-large")
    refused(gateway.get("/", [(f"X-{number}", "x" * 50) for number in range(90)]), 431, "head-too-large")


def test_very_many_fields(gateway):
    answer = gateway.get("/", [(f"X{number}", "") for number in range(500)])
    assert answer.status in (200, 431)


def test_the_default_head_is_large_enough_for_what_browsers_send(launch):
    gateway, up = launch.before()
    assert gateway.get("/", {"Cookie": "x" * 28_000}).status == 200
    assert up.last["Cookie"] == "x" * 28_000
    assert gateway.get("/" + "y" * 15_000).status == 200
    refused(gateway.get("/", {"Cookie": "x" * 40_000}), 431, "head-too-large")
    refused(gateway.get("/" + "y" * 17_000), 414, "uri-too-long")


def test_a_length_above_max_is_refused_before_anything_is_forwarded(gateway, up):
    before = len(up.requests)
    refused(gateway.fetch("POST", "/bounded", body=b"x" * 1025), 413, "body-too-large")
    with gateway.connect() as connection:
        connection.ask("POST", "/bounded", {"Content-Length": "100000000000"})
        refused(connection.answer(), 413, "body-too-large")
    assert len(up.requests) == before
    assert gateway.fetch("POST", "/bounded", body=b"x" * 1024).status == 200
    assert gateway.fetch("POST", "/bounded-respond", body=b"x" * 1025).status == 413


def test_a_chunked_body_is_refused_when_it_passes_max(launch):
    up = launch.raw_upstream(lambda connection: connection.wait_closed())
    gateway = launch(configuration([route(body={"max": "1KiB"})], {"up": up}))
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Transfer-Encoding": "chunked"})
        connection.send(chunk(b"x" * 1000))
        wait_until(lambda: b"xxx" in up.bytes_seen, "the first piece at the upstream")
        connection.send(chunk(b"x" * 100))
        refused(connection.answer(), 413, "body-too-large")
    wait_until(lambda: up.connections[0].closed_at, "the upstream to be left")
    assert b"0\r\n\r\n" not in up.bytes_seen  # a cut body never gets its last chunk


def test_an_early_answer_to_an_upload_is_seen_by_the_client(gateway):
    """The client is still sending when the refusal comes; it must not lose it to a reset."""
    for size in (200_000, 3_000_000):
        with gateway.connect() as connection:
            def send():
                try:
                    connection.ask("POST", "/bounded", {}, b"x" * size)
                except OSError:
                    pass

            sender = threading.Thread(target=send)
            sender.start()
            assert connection.answer().status == 413
            sender.join(10)


def test_a_small_upload_is_read_and_the_connection_kept(gateway):
    with gateway.connect() as connection:
        assert connection.fetch("POST", "/bounded", body=b"x" * 20_000).status == 413
        assert connection.fetch("GET", "/respond").status == 200


# Slow clients

def test_a_head_that_takes_too_long(gateway):
    with gateway.connect() as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: a.example\r\n")
        started = time.monotonic()
        refused(connection.answer(), 408, "request-timeout")
        assert 0.4 < time.monotonic() - started < 2
        assert connection.is_closed()


def test_slow_loris_gets_no_more_time_by_dripping(gateway):
    with gateway.connect() as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: a.example\r\n")
        started = time.monotonic()
        while not select.select([connection.socket], [], [], 0.1)[0]:
            connection.send(b"X-A: b\r\n")
            assert time.monotonic() - started < 3
        assert connection.answer().status == 408
        assert 0.4 < time.monotonic() - started < 2
        assert connection.is_closed(4)


def test_a_body_that_stalls(gateway, up):
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Content-Length": "100"})
        connection.send(b"x" * 10)
        started = time.monotonic()
        refused(connection.answer(), 408, "request-timeout")
        assert 0.3 < time.monotonic() - started < 2
        assert connection.is_closed()


def test_a_body_that_moves_is_not_cut(gateway):
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Content-Length": "8"})
        for _ in range(8):
            time.sleep(0.15)
            connection.send(b"x")
        assert connection.answer().json()["length"] == 8


def test_an_idle_connection_is_closed_without_a_word(gateway):
    with gateway.connect() as connection:
        assert connection.fetch("GET", "/respond").status == 200
        started = time.monotonic()
        assert connection.is_closed(3)
        assert 0.5 < time.monotonic() - started < 2
    with gateway.connect() as connection:  # also one that never said anything
        assert connection.is_closed(3)


def test_a_client_that_never_reads_is_let_go(launch):
    def pour(connection, request):
        connection.begin_chunked()
        while connection.chunk(b"x" * 65536):
            pass

    gateway, up = launch.before(pour, server={"body_idle": "500ms", "drain": "1s"}, routes=[route(timeout={"idle": "500ms"})])
    with gateway.connect(receive_buffer=4096) as connection:
        connection.ask("GET", "/")
        connection.reader.until(b"\r\n\r\n")
        wait_until(lambda: up.connections[0].closed_at, "the upstream to be left", 10)


# Slow upstreams

@pytest.fixture(scope="module")
def slow(shared):
    def never(connection, request):
        connection.wait_closed(20)

    def stall(connection, request):
        connection.begin_chunked()
        connection.chunk(b"first")
        connection.wait_closed(20)

    def steady(connection, request):
        connection.begin_chunked()
        for _ in range(8):
            time.sleep(0.1)
            connection.chunk(b"x")
        connection.send(b"0\r\n\r\n")

    paths = {"/never": never, "/stall": stall, "/steady": steady, "/total": steady, "/upstream-limit": never}
    server = shared.upstream(paths=paths)
    server.gateway = shared(configuration(
        [route(timeout={"response": "400ms", "idle": "400ms"}), route("total", "/total", timeout={"total": "400ms"}),
         route("upstream-limit", "/upstream-limit")],
        {"up": {"targets": [server.url], "timeout": {"response": "300ms"}, "ejection": "off"}}, defaults={"authenticate": ["none"]}))
    return server


def test_no_answer_in_time_is_504_and_the_upstream_is_left(slow):
    started = time.monotonic()
    refused(slow.gateway.get("/never"), 504, "upstream-timeout")
    assert 0.3 < time.monotonic() - started < 2
    wait_until(lambda: slow.last.connection.closed_at, "the upstream to be left", 2)


def test_the_upstreams_own_limit(slow):
    started = time.monotonic()
    refused(slow.gateway.get("/upstream-limit"), 504, "upstream-timeout")
    assert 0.2 < time.monotonic() - started < 2


def test_a_stalled_body_is_cut(slow):
    with slow.gateway.connect() as connection:
        connection.ask("GET", "/stall")
        with pytest.raises((Closed, ConnectionResetError)):
            connection.answer()
    entry = slow.gateway.wait_log(lambda line: line["path"] == "/stall")[0]
    assert (entry["status"], entry["code"]) == (200, "upstream-timeout")


def test_a_steady_body_outlasts_both(slow):
    assert slow.gateway.get("/steady").body == b"x" * 8


def test_total_ends_even_a_steady_body(slow):
    with slow.gateway.connect() as connection:
        connection.ask("GET", "/total")
        started = time.monotonic()
        with pytest.raises((Closed, ConnectionResetError)):
            connection.answer()
        assert 0.3 < time.monotonic() - started < 2


def test_a_timeout_of_the_route_wins_over_the_upstreams(launch):
    def late(connection, request):
        time.sleep(0.5)
        connection.send(render_response(200, {}, b"late"))

    up = launch.upstream(late)
    gateway = launch(configuration([route("patient", "/patient", timeout={"response": "5s"}), route()],
                                   {"up": {"targets": [up.url], "timeout": {"response": "200ms"}, "ejection": "off"}}))
    assert gateway.get("/patient").body == b"late"
    assert gateway.get("/other").status == 504


def test_nobody_listens_is_502(launch):
    gateway = launch(configuration([route()], {"up": {"targets": ["http://127.0.0.1:1"], "ejection": "off"}}))
    started = time.monotonic()
    refused(gateway.get("/"), 502, "upstream-unreachable")
    assert time.monotonic() - started < 1
    assert gateway.fetch("POST", "/", body=b"x").status == 502


def test_a_target_that_does_not_accept_is_given_up(launch):
    """A full backlog: the connection never comes about; `connect` ends the wait."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            fillers.append(filler)
        settle(0.1)
        gateway = launch(configuration([route()], {"up": {"targets": [f"http://127.0.0.1:{address[1]}"], "ejection": "off",
                                                          "timeout": {"connect": "300ms"}, "retry": {"attempts": 1}}}))
        started = time.monotonic()
        answer = gateway.get("/")
        assert answer.status in (502, 504) and answer.code in ("upstream-unreachable", "upstream-timeout")
        assert 0.2 < time.monotonic() - started < 2
        for filler in fillers:
            filler.close()


def test_the_connection_limit_sheds_idle_ones_first(launch):
    gateway = launch(configuration([route(respond={"status": 200})], server={"connections": 4}))
    with gateway.connect() as first:
        assert first.fetch("GET", "/").status == 200
        more = []
        for _ in range(6):  # one after the other, so that each one's age is plain
            more.append(Connection(gateway.address))
            assert more[-1].is_open(0.03)
        assert first.is_closed(2)  # the longest idle one made room
        assert [connection.fetch("GET", "/").status for connection in more[-3:]] == [200] * 3
        for connection in more:
            connection.close()
