# SPDX-License-Identifier: Apache-2.0
# Choosing a target and trying again: balancing, retries that never repeat what may have been done, stale pooled
# connections, health checks, ejection, names with several addresses. Contract 2 (upstreams); fine print 2.
import collections
import time

import pytest
from harness.gateway import configuration, route, settle
from harness.message import render_response
from harness.waiting import free_port, stays, wait_until


def numbered(launch, count, handler=None):
    """Upstreams that say who they are."""
    servers = []
    for number in range(count):
        def answer(connection, request, number=number):
            connection.answer(200, {"X-Who": str(number)}, b"ok")

        servers.append(launch.upstream(handler or answer))
    return servers


def before_all(launch, servers, routes=None, **upstream):
    """One thread: turns, counts and ejection are a thread's own, and the tests count exactly."""
    targets = [entry if isinstance(entry, dict) else getattr(entry, "url", entry) for entry in servers]
    return launch(configuration(routes or [route()], {"up": {"targets": targets, **upstream}}, threads=1))


def who(gateway, count, *fields, **options):
    return collections.Counter(gateway.get("/", *fields, **options)["X-Who"] for _ in range(count))


def test_round_robin(launch):
    gateway = before_all(launch, numbered(launch, 3))
    assert set(who(gateway, 30).values()) == {10}


def test_weights(launch):
    heavy, light = numbered(launch, 2)
    gateway = before_all(launch, [{"url": heavy.url, "weight": 3}, {"url": light.url, "weight": 1}])
    counts = who(gateway, 40)
    assert counts == {"0": 30, "1": 10}


def test_least_requests_avoids_the_busy_one(launch):
    def busy(connection, request):
        if request.path == "/hang":
            connection.wait_closed(10)
        else:
            connection.answer(200, {"X-Who": "0"})

    first, second = launch.upstream(busy), launch.upstream(busy)
    gateway = before_all(launch, [first, second], balance="least_requests")
    with gateway.connect() as hanging:
        hanging.ask("GET", "/hang")
        wait_until(lambda: len(first.requests) + len(second.requests) == 1, "the hanging request")
        free = second if first.requests else first
        for _ in range(10):
            gateway.get("/")
        assert len(free.requests) == 10


def test_hash_sticks_and_moves_little(launch):
    servers = numbered(launch, 4)
    gateway = before_all(launch, servers, balance="hash:X-User", ejection={"failures": 1, "for": "60s", "max_share": "50%"})

    def homes():
        return {user: gateway.get("/", {"X-User": f"user{user}"})["X-Who"] for user in range(60)}

    first = homes()
    assert homes() == first
    assert len(set(first.values())) == 4
    servers[2].stop()
    gateway.get("/", {"X-User": next(f"user{user}" for user, home in first.items() if home == "2")})
    second = homes()
    moved = [user for user in first if first[user] != second[user]]
    assert moved and all(first[user] == "2" for user in moved)


# Trying again

def test_a_target_that_refuses_connections_is_passed_over(launch):
    good, = numbered(launch, 1)
    gateway = before_all(launch, [f"http://127.0.0.1:{free_port()}", good])
    for _ in range(4):
        assert gateway.get("/").status == 200
        assert gateway.fetch("POST", "/", body=b"nothing was sent to the first").status == 200
    entry = gateway.wait_log(count=8)[0]
    assert max(line["attempts"] for line in gateway.log()) == 2 and entry["status"] == 200


def test_status_retries_are_for_idempotent_requests_that_ask_for_them(launch):
    count = collections.Counter()

    def shaky(connection, request):
        count[request.method] += 1
        status = 503 if count[request.method] == 1 else 200
        connection.answer(status, {}, b"")

    servers = [launch.upstream(shaky), launch.upstream(shaky)]
    gateway = before_all(launch, servers, retry={"attempts": 2, "on": ["connect-failure", "503"]}, ejection="off")
    assert gateway.get("/").status == 200 and count["GET"] == 2
    assert gateway.fetch("PUT", "/", body=b"again").status == 200 and count["PUT"] == 2
    assert gateway.fetch("POST", "/", body=b"once").status == 503 and count["POST"] == 1


def test_a_body_that_no_longer_fits_the_replay_buffer_is_not_sent_again(launch):
    count = collections.Counter()

    def shaky(connection, request):
        count[len(request.body)] += 1
        connection.answer(503 if count[len(request.body)] == 1 else 200, {}, b"")

    gateway = before_all(launch, [launch.upstream(shaky), launch.upstream(shaky)], retry={"attempts": 2, "on": ["503"]},
                         ejection="off")
    assert gateway.fetch("PUT", "/", body=b"x" * 60_000).status == 200
    assert gateway.fetch("PUT", "/", body=b"x" * 200_000).status == 503


def test_attempts_is_the_total(launch):
    count = collections.Counter()

    def bad(connection, request):
        count["all"] += 1
        connection.answer(502, {}, b"mine")

    gateway = before_all(launch, [launch.upstream(bad) for _ in range(4)], retry={"attempts": 3, "on": ["502"]},
                         ejection="off")
    answer = gateway.get("/")
    assert answer.status == 502 and answer["Reeve-Origin"] == "upstream" and answer.body == b"mine"
    assert count["all"] == 3


def test_an_upstreams_refusal_passes_untouched(launch):
    gateway, _ = launch.before(lambda connection, request: connection.answer(429, {"Retry-After": "7", "X-A": "b"}, b"slow"))
    answer = gateway.get("/")
    assert (answer.status, answer["Retry-After"], answer.body, answer["Reeve-Origin"]) == (429, "7", b"slow", "upstream")


def closes_when_reused(launch):
    """Answers once a connection; the next request on it meets a close before the first byte."""
    def script(connection):
        connection.reader.request()
        connection.send(render_response(200, {}, b"ok"))
        connection.seen_again = False
        connection.reader.request()
        connection.seen_again = True  # and closes without an answer

    return launch.raw_upstream(script)


@pytest.mark.parametrize("method,expected", [("GET", 200), ("HEAD", 200), ("PUT", 200), ("DELETE", 200)])
def test_a_stale_connection_is_no_attempt_for_an_idempotent_request(launch, method, expected):
    """Also with a single target and no retries configured."""
    server = closes_when_reused(launch)
    gateway = before_all(launch, [server], retry={"attempts": 1})
    with gateway.connect() as connection:
        assert connection.fetch("GET", "/").status == 200
        assert connection.fetch(method, "/", body=b"x" if method == "PUT" else None).status == expected
    assert [line["attempts"] for line in gateway.wait_log(count=2)] == [1, 1]


def test_a_non_idempotent_request_is_never_sent_twice(launch):
    """Once its bytes may have been read, the client is told, not helped."""
    server = closes_when_reused(launch)
    gateway = before_all(launch, [server], retry={"attempts": 3})
    with gateway.connect() as connection:
        assert connection.fetch("GET", "/").status == 200
        answer = connection.fetch("POST", "/", body=b"pay 10")
    times_seen = server.bytes_seen.count(b"POST / ")
    assert times_seen == 1
    assert answer.status in (200, 502)
    if answer.status == 200:  # it was sent on a fresh connection only
        assert not server.connections[0].seen_again


def test_a_connection_closed_while_idle_is_not_used(launch):
    server = launch.raw_upstream(lambda connection: (connection.reader.request(),
                                                     connection.send(render_response(200, {}, b"ok"))))
    gateway = before_all(launch, [server], retry={"attempts": 1})
    with gateway.connect() as connection:
        for _ in range(5):
            assert connection.fetch("POST", "/", body=b"x").status == 200
            settle(0.02)
    assert len(server.connections) == 5


# Health

def test_active_checks_take_a_target_out_and_back_in(launch):
    state = {"healthy": True}

    def answer(connection, request):
        if request.path == "/healthz":
            connection.answer(200 if state["healthy"] else 500)
        else:
            connection.answer(200, {"X-Who": "0"})

    first, (second,) = launch.upstream(answer), numbered(launch, 1)
    second.paths["/healthz"] = render_response(200)
    gateway = before_all(launch, [first, second], ejection="off",
                         health={"path": "/healthz", "every": "50ms", "timeout": "1s", "rise": 2, "fall": 3})
    healthy = 'reeve_target_healthy{'

    def values():
        return sorted(value for series, value in gateway.metrics().items() if series.startswith(healthy))

    wait_until(lambda: values() == [1, 1], "both targets to be healthy")
    state["healthy"] = False
    wait_until(lambda: values() == [0, 1], "the first target to be unhealthy")
    count = sum(request.path == "/" for request in first.requests)
    for _ in range(6):
        assert gateway.get("/").status == 200
    assert sum(request.path == "/" for request in first.requests) == count
    state["healthy"] = True
    wait_until(lambda: values() == [1, 1], "the first target to be back")
    request = next(request for request in first.requests if request.path == "/healthz")
    assert request.method == "GET" and request["Host"]


def test_nobody_healthy_is_503(launch):
    gateway = before_all(launch, [f"http://127.0.0.1:{free_port()}"],
                         health={"path": "/", "every": "50ms", "timeout": "1s", "rise": 1, "fall": 1})

    def code():
        answer = gateway.get("/")
        return (answer.status, answer.code)

    wait_until(lambda: code() == (503, "no-healthy-target"), "no healthy target")


def test_a_target_that_fails_again_and_again_is_ejected(launch):
    def broken(connection, request):
        connection.answer(503, {"X-Who": "broken"})

    bad, (good,) = launch.upstream(broken), numbered(launch, 1)
    gateway = before_all(launch, [bad, good], ejection={"failures": 3, "for": "1s", "max_share": "50%"})
    for _ in range(12):
        gateway.get("/")
    assert len(bad.requests) == 3
    settle(1.1)
    for _ in range(4):
        gateway.get("/")
    assert len(bad.requests) > 3  # it gets another chance


def test_the_last_target_is_never_ejected(launch):
    def broken(connection, request):
        connection.answer(500)

    bad = launch.upstream(broken)
    gateway = before_all(launch, [bad], ejection={"failures": 2, "for": "60s", "max_share": "100%"})
    for _ in range(6):
        answer = gateway.get("/")
        assert answer.status == 500 and answer["Reeve-Origin"] == "upstream"
    assert len(bad.requests) == 6


def test_no_more_connections_than_max(launch):
    def slow(connection, request):
        time.sleep(0.15)
        connection.answer(200)

    up = launch.upstream(slow)
    gateway = before_all(launch, [up], connections={"max": 2, "keep": 2})
    connections = [gateway.connect() for _ in range(6)]
    for connection in connections:
        connection.ask("GET", "/")
    statuses = [connection.answer().status for connection in connections]
    assert len(up.connections) <= 2
    assert statuses.count(200) >= 2 and set(statuses) <= {200, 503}


def test_keep_bounds_idle_connections(launch):
    def slow(connection, request):
        time.sleep(0.1)
        connection.answer(200)

    up = launch.upstream(slow)
    gateway = before_all(launch, [up], connections={"max": 64, "keep": 1})
    connections = [gateway.connect() for _ in range(5)]
    for connection in connections:
        connection.ask("GET", "/")
    for connection in connections:
        assert connection.answer().status == 200

    def open_ones():
        return sum(connection.closed_at is None for connection in up.connections)

    wait_until(lambda: open_ones() <= 1, "the surplus to be closed")


def test_a_name_is_resolved(launch):
    up = launch.upstream()
    gateway = before_all(launch, [f"http://localhost:{up.port}"])
    answer = gateway.get("/")
    assert answer.status == 200
    assert gateway.wait_log()[0]["target"].endswith(str(up.port))
    assert stays(gateway.is_alive, 0.05)
