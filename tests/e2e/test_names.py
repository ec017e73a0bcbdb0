# SPDX-License-Identifier: Apache-2.0
# Names of upstreams: asked of the configured server, for as long as the answer says, with several addresses tried, and
# with the last good answer kept when the name server fails. Issue ("DNS by c-ares"); fine print 2 (upstreams).
import signal
import time

import pytest
from harness.gateway import SLOWNESS, configuration, route, settle
from harness.nameserver import NameServer
from harness.waiting import wait_until


@pytest.fixture
def names(launch):
    server = NameServer()
    launch.servers.append(server)
    return server


def two_places(launch):
    """Two upstreams that differ by address only."""
    first = launch.upstream(lambda connection, request: connection.answer(200, {"X-Who": "1"}), host="127.0.0.1")
    second = launch.upstream(lambda connection, request: connection.answer(200, {"X-Who": "2"}), host="127.0.0.2",
                             port=first.port)
    return first, second


def before_name(launch, names, port, **upstream):
    return launch(configuration([route()], {"up": {"targets": [f"http://posts.internal:{port}"], "ejection": "off", **upstream}},
                                dns={"servers": [names.address]}))


def test_the_configured_server_is_asked(launch, names):
    _, second = two_places(launch)
    names.table["posts.internal"] = ["127.0.0.2"]
    gateway = before_name(launch, names, second.port)
    answer = gateway.get("/")
    assert answer.status == 200 and answer["X-Who"] == "2"
    assert second.last["Host"] == "test.example"
    count = len(names.asked)
    for _ in range(5):
        gateway.get("/")
    assert len(names.asked) <= count + 2  # not asked for each request


def test_an_answer_lasts_as_long_as_it_says(launch, names):
    first, _ = two_places(launch)
    names.table["posts.internal"] = ["127.0.0.1"]
    gateway = before_name(launch, names, first.port)
    assert gateway.get("/")["X-Who"] == "1"
    names.table["posts.internal"] = ["127.0.0.2"]
    wait_until(lambda: gateway.get("/")["X-Who"] == "2", "the new address", 8, 0.1)


def test_several_addresses(launch, names):
    _, second = two_places(launch)
    names.table["posts.internal"] = ["127.0.0.3", "127.0.0.2"]  # nobody listens at the first
    gateway = before_name(launch, names, second.port)
    for _ in range(6):
        assert gateway.get("/").status == 200


def test_the_last_addresses_are_kept_when_asking_fails(launch, names):
    first, _ = two_places(launch)
    names.table["posts.internal"] = ["127.0.0.1"]
    gateway = before_name(launch, names, first.port)
    assert gateway.get("/").status == 200
    names.silent = True
    settle(2.5)
    assert gateway.get("/").status == 200
    names.silent = False
    del names.table["posts.internal"]
    settle(1.5)
    assert gateway.get("/").status == 200


def test_a_name_that_comes_later(launch, names):
    first, _ = two_places(launch)
    gateway = before_name(launch, names, first.port)
    assert gateway.get("/").status in (502, 503)
    names.table["posts.internal"] = ["127.0.0.1"]
    wait_until(lambda: gateway.get("/").status == 200, "the name to be found", 15, 0.1)


def test_a_silent_server_does_not_delay_the_end(launch, names):
    names.silent = True
    gateway = before_name(launch, names, 80, health={"path": "/", "every": "1s"})
    wait_until(lambda: names.asked, "a question")
    started = time.monotonic()
    gateway.signal(signal.SIGTERM)
    assert gateway.wait_stopped() == 0
    assert time.monotonic() - started < 2 * SLOWNESS
