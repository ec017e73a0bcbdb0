# SPDX-License-Identifier: Apache-2.0
# Clients that leave early: the upstream is left within 100 ms, nothing is counted or answered for nobody, and half-closed
# clients are treated as told. Issue ("early client disconnect"); fine print 4 (499).
import time

import pytest
from harness.gateway import SLOWNESS, configuration, route, settle
from harness.message import chunk
from harness.waiting import stays, wait_until

BOUND = 0.1 * SLOWNESS


def hanging(connection, request):
    """Says nothing, and finds out when the gateway goes."""
    connection.wait_closed(20)


def streaming(connection, request):
    connection.begin_chunked()
    connection.chunk(b"first")
    connection.wait_closed(20)


def left_after(up, left_at):
    connection = up.connections[-1]
    wait_until(lambda: connection.closed_at, "the upstream to be left", 5)
    return connection.closed_at - left_at


@pytest.mark.threads
@pytest.mark.parametrize("how", ["fin", "reset"])
@pytest.mark.parametrize("when", ["before the head", "in the body"])
def test_the_upstream_is_left_at_once(launch, how, when):
    gateway, up = launch.before(hanging if when == "before the head" else streaming)
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        up.wait_for_requests(1)
        if when == "in the body":
            connection.reader.until(chunk(b"first"))
        else:
            settle(0.05)
        left_at = time.monotonic()
        connection.close() if how == "fin" else connection.reset()
    assert left_after(up, left_at) < BOUND
    entry = gateway.wait_log()[0]
    assert entry["code"] == "client-closed"
    assert entry["status"] == (499 if when == "before the head" else 200)


def test_leaving_in_the_middle_of_an_upload(launch):
    up = launch.raw_upstream(lambda connection: connection.wait_closed(20))
    gateway, _ = launch.before(up)
    with gateway.connect() as connection:
        connection.ask("POST", "/", {"Content-Length": "1000"})
        connection.send(b"x" * 100)
        wait_until(lambda: b"xxx" in up.bytes_seen, "the upload to begin")
        left_at = time.monotonic()
    assert left_after(up, left_at) < BOUND
    assert b"x" * 101 not in up.bytes_seen


def test_leaving_is_no_failure_of_the_upstream(launch):
    """A target is not ejected because clients went away."""
    gateway, up = launch.before(lambda connection, request: hanging(connection, request) if request.path == "/hang"
                                else connection.answer(200),
                                upstream_options={"ejection": {"failures": 2, "for": "60s"}})
    for count in range(1, 5):
        with gateway.connect() as connection:
            connection.ask("GET", "/hang")
            up.wait_for_requests(count)
    wait_until(lambda: all(connection.closed_at for connection in up.connections), "the upstream to be left")
    assert gateway.get("/").status == 200


def test_a_half_closed_client_has_left(launch):
    gateway, up = launch.before(hanging)
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        up.wait_for_requests(1)
        left_at = time.monotonic()
        connection.finish_writing()
        assert left_after(up, left_at) < BOUND


def test_a_half_closed_client_is_waited_for_where_told(launch):
    def late(connection, request):
        time.sleep(0.4)
        connection.answer(200, {}, b"late")

    gateway, _ = launch.before(launch.upstream(late), server={"allow_half_close": True})
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        connection.finish_writing()
        assert connection.answer().body == b"late"
        assert connection.is_closed()


def test_a_client_that_half_closes_after_its_pipeline_gets_what_was_ready(launch):
    """Closing the sending side right with the last request is what `nc` does: answers that are at once are given."""
    gateway = launch(configuration([route(respond={"status": 200, "body": "hello"})]))
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        connection.finish_writing()
        assert connection.answer().body == b"hello"


def test_connections_that_say_nothing_cost_no_log_line(launch):
    gateway = launch(configuration([route(respond={"status": 200})]))
    for _ in range(20):
        gateway.connect().close()
    gateway.connect().reset()
    assert gateway.get("/").status == 200
    gateway.wait_log()
    assert stays(lambda: len(gateway.log()) == 1, 0.2)


@pytest.mark.threads
def test_nothing_is_left_over(launch):
    """Descriptors and memory after many clients that came and went in all ways."""
    gateway, up = launch.before(lambda connection, request: hanging(connection, request) if request.path == "/hang"
                                else connection.answer(200, {}, b"x" * 20_000))
    gateway.get("/")
    settle(0.2)
    before = gateway.descriptors()
    for number in range(60):
        connection = gateway.connect()
        connection.ask("GET", "/hang" if number % 3 else "/")
        if number % 2:
            connection.reset()
        else:
            connection.close()
    wait_until(lambda: gateway.descriptors() <= before + 4, "descriptors to be given back", 10)
