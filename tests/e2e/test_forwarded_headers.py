# SPDX-License-Identifier: Apache-2.0
# What is added, kept and dropped on the way to the upstream and back, and who the client is held to be. Contract 8;
# fine print 2 (client_ip) and 8.
import re
import socket
import struct

import pytest
from harness.client import Connection
from harness.gateway import configuration, route


@pytest.fixture(scope="module")
def up(shared):
    def handler(connection, request):
        connection.answer(200, [("Content-Type", "text/plain"), ("Reeve-Decision", "d_forged"), ("Reeve-Origin", "forged"),
                                ("Reeve-Tag", "kept"), ("X_Under", "upstreams may"), ("Keep-Alive", "timeout=5"),
                                ("Connection", "keep-alive, X-Hop"), ("X-Hop", "dropped"), ("Proxy-Connection", "x"),
                                ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Request-Id", "upstreams-own"),
                                ("Via", "1.1 inner")], b"ok")

    return shared.upstream(handler)


ROUTES = [route("keep", "/keep", headers={"request": {"keep": ["X-Original-URL", "x_kept"]}}), route()]


@pytest.fixture(scope="module")
def untrusting(shared, up):
    return shared(configuration(ROUTES, {"up": up}))


@pytest.fixture(scope="module")
def trusting(shared, up):
    return shared(configuration(ROUTES, {"up": up}, trusted_proxies=["127.0.0.0/8", "10.0.0.0/8"]))


def sent_up(gateway, up, fields=(), target="/", **options):
    answer = gateway.get(target, fields, **options)
    assert answer.status == 200, answer
    return up.last


def test_what_a_forwarded_request_says(untrusting, up):
    request = sent_up(untrusting, up, host="www.example.com:8080")
    assert re.fullmatch(r"1\.1 reeve-[\w-]+", request["Via"])
    assert request["X-Forwarded-For"] == "127.0.0.1"
    assert request["X-Forwarded-Proto"] == "http"
    assert request["X-Forwarded-Host"] == "www.example.com:8080"
    assert request["X-Forwarded-Port"] == untrusting.address.rpartition(":")[2]
    forwarded = request["Forwarded"].lower().replace('"', "")
    assert "for=127.0.0.1" in forwarded and "proto=http" in forwarded and "host=www.example.com:8080" in forwarded
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", request["X-Request-Id"])
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", request["traceparent"])
    assert request["Host"] == "www.example.com:8080"
    assert request.version == "HTTP/1.1"


def test_the_instances_name_lasts(launch):
    gateway, up = launch.before()
    first = sent_up(gateway, up)["Via"]
    gateway.stop()
    gateway.start()
    assert sent_up(gateway, up)["Via"] == first


def test_the_request_id_is_kept_or_made_and_told(untrusting, up):
    answer = untrusting.get("/", {"X-Request-Id": "Mine.1_2-3"})
    assert up.last.all("X-Request-Id") == ["Mine.1_2-3"]
    assert answer.all("X-Request-Id") == ["Mine.1_2-3"]
    for bad in ("a b", "x" * 129, "a/b", "", "ä"):
        answer = untrusting.get("/", {"X-Request-Id": bad})
        made = answer.all("X-Request-Id")
        assert made == up.last.all("X-Request-Id") and len(made) == 1 and made[0] != bad
    assert untrusting.get("/", {"X-Request-Id": "x" * 128})["X-Request-Id"] == "x" * 128


def test_the_trace_is_kept_or_made(untrusting, up):
    good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    request = sent_up(untrusting, up, {"traceparent": good, "tracestate": "a=1"})
    assert request["traceparent"].split("-")[1] == good.split("-")[1]
    assert request["tracestate"] == "a=1"
    for bad in ("00-00000000000000000000000000000000-b7ad6b7169203331-01", "nonsense",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"):
        made = sent_up(untrusting, up, {"traceparent": bad}).all("traceparent")
        assert len(made) == 1 and made[0] != bad
        assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", made[0])


def test_via_is_appended(untrusting, up):
    vias = sent_up(untrusting, up, {"Via": "1.0 old, 1.1 older"})["Via"].split(", ")
    assert vias[:2] == ["1.0 old", "1.1 older"] and vias[2].startswith("1.1 reeve-") and len(vias) == 3


def test_hop_by_hop_fields_stay_on_their_hop(untrusting, up):
    request = sent_up(untrusting, up, [("Connection", "keep-alive, X-Mine , close-not"), ("X-Mine", "1"), ("Close-Not", "2"),
                                       ("Keep-Alive", "timeout=1"), ("Proxy-Connection", "keep-alive"), ("TE", "gzip"),
                                       ("Upgrade", "h2c"), ("HTTP2-Settings", "AAA"), ("Proxy-Authorization", "Basic x"),
                                       ("X-Stays", "3"), ("Accept-Encoding", "gzip")])
    assert not request.names() & {"x-mine", "close-not", "keep-alive", "proxy-connection", "upgrade"}
    assert request["X-Stays"] == "3" and request["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Host", "X-Request-Id", "Via", "Forwarded", "Content-Length", "traceparent"])
def test_connection_cannot_take_away_what_the_gateway_says(untrusting, up, name):
    """A client that names such a field in Connection is refused, or does not get rid of it."""
    before = len(up.requests)
    answer = untrusting.fetch("POST", "/", {"Connection": name}, b"body")
    if answer.status == 400:
        assert len(up.requests) == before
    else:
        assert up.last.all(name) and up.last.body == b"body"


def test_fields_that_never_travel_on(untrusting, up):
    request = sent_up(untrusting, up, [("Reeve-Decision", "x"), ("Reeve-Anything", "x"), ("Reeve-Tag", "mine"),
                                       ("X_Real_Ip", "1.2.3.4"), ("X-Original-URL", "/admin"), ("X-Rewrite-URL", "/admin"),
                                       ("Content_Length", "5")])
    assert not request.names() & {"reeve-decision", "reeve-anything", "x_real_ip", "x-original-url", "x-rewrite-url",
                                  "content_length"}
    assert request["Reeve-Tag"] == "mine"


def test_a_route_may_keep_fields(untrusting, up):
    request = sent_up(untrusting, up, {"X-Original-URL": "/a", "x_kept": "1", "x_other": "2"}, target="/keep")
    assert request["X-Original-URL"] == "/a" and request["x_kept"] == "1" and request["x_other"] is None


def test_other_fields_travel_unchanged_and_in_order(untrusting, up):
    fields = [("X-One", "1"), ("x-TWO", "a, b"), ("X-One", "1 again"), ("Cookie", "a=1; b=2"), ("X-Empty", ""),
              ("X-Latin", "caf\xe9"), ("Authorization", "Basic YTpi")]
    request = sent_up(untrusting, up, fields)
    kept = [(name, value) for name, value in request.fields if name.lower() in {key.lower() for key, _ in fields}]
    assert kept == fields


def test_what_the_client_is_told(untrusting):
    answer = untrusting.get("/", {"X-Request-Id": "mine"})
    assert answer.all("Reeve-Origin") == ["upstream"]
    assert answer["Reeve-Decision"].startswith("d_") and answer["Reeve-Decision"] != "d_forged" and answer["Reeve-Tag"] in (None, "kept")
    assert not answer.names() & {"x-hop", "proxy-connection", "keep-alive"}
    assert answer.all("Set-Cookie") == ["a=1", "b=2"]
    assert answer.all("X-Request-Id") == ["mine"]
    assert answer.body == b"ok"


# Who the client is: the field is believed from the right, from peers that are trusted, up to the first that is not.

def test_claims_of_strangers_are_dropped(untrusting, up):
    request = sent_up(untrusting, up, {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9;proto=https",
                                       "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example",
                                       "X-Forwarded-Port": "443", "X-Real-IP": "203.0.113.9"})
    assert request["X-Forwarded-For"] == "127.0.0.1"
    assert "203.0.113.9" not in request["Forwarded"]
    assert request["X-Forwarded-Proto"] == "http"
    assert request["X-Forwarded-Host"] == "test.example"
    entry = untrusting.wait_log()[-1]
    assert entry["client_ip"] == "127.0.0.1"


@pytest.mark.parametrize("field,client,upstream_sees", [
    ("203.0.113.9", "203.0.113.9", "203.0.113.9, 127.0.0.1"),
    ("1.1.1.1, 203.0.113.9", "203.0.113.9", "203.0.113.9, 127.0.0.1"),
    ("203.0.113.9, 10.0.0.2", "203.0.113.9", "203.0.113.9, 10.0.0.2, 127.0.0.1"),
    ("10.0.0.1, 10.0.0.2", "10.0.0.1", "10.0.0.1, 10.0.0.2, 127.0.0.1"),
    ("203.0.113.9:4711", "203.0.113.9", "203.0.113.9, 127.0.0.1"),
    ("[2001:db8::1]:443", "2001:db8::1", "2001:db8::1, 127.0.0.1"),
    ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9, 127.0.0.1"),
    ("203.0.113.9, nonsense, 10.0.0.2", "10.0.0.2", "10.0.0.2, 127.0.0.1"),
    ("unknown", "127.0.0.1", "127.0.0.1"),
    ("", "127.0.0.1", "127.0.0.1"),
])
def test_the_walk_from_right_to_left(trusting, up, field, client, upstream_sees):
    identifier = "walk-" + "".join(character if character.isalnum() else "." for character in field)
    request = sent_up(trusting, up, {"X-Forwarded-For": field, "X-Request-Id": identifier})
    assert request["X-Forwarded-For"] == upstream_sees
    entry = trusting.wait_log(lambda line: line["request_id"] == identifier)[0]
    assert entry["client_ip"] == client
    assert entry["peer"].startswith("127.0.0.1")


def test_field_lines_are_joined_in_order(trusting, up):
    request = sent_up(trusting, up, [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "10.0.0.2")])
    assert request["X-Forwarded-For"] == "203.0.113.9, 10.0.0.2, 127.0.0.1"


def test_proto_and_host_of_a_trusted_proxy_are_believed(trusting, up):
    request = sent_up(trusting, up, {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https",
                                     "X-Forwarded-Host": "outer.example"})
    assert request["X-Forwarded-Proto"] == "https"
    assert request["X-Forwarded-Host"] in ("outer.example", "test.example")


def test_the_forwarded_field_as_source(launch):
    gateway, up = launch.before(trusted_proxies=["127.0.0.1/32"], client_ip={"header": "forwarded"})
    request = sent_up(gateway, up, {"Forwarded": 'for=1.1.1.1, for="[2001:db8::1]:4711";proto=https',
                                    "X-Forwarded-For": "203.0.113.9"})
    assert request["X-Forwarded-For"] == "2001:db8::1, 127.0.0.1"
    assert "2001:db8::1" in request["Forwarded"] and "1.1.1.1" not in request["Forwarded"]


def test_a_single_valued_field_as_source(launch):
    gateway, up = launch.before(trusted_proxies=["127.0.0.1/32"], client_ip={"header": "X-Real-IP"})
    assert sent_up(gateway, up, {"X-Real-IP": "203.0.113.9"})["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1"
    assert sent_up(gateway, up, {"X-Forwarded-For": "203.0.113.9"})["X-Forwarded-For"] == "127.0.0.1"


# PROXY protocol: with it on, every connection from a trusted peer begins with it.

def proxied(up_and_gateway, prefix):
    with Connection(up_and_gateway.address) as connection:
        connection.send(prefix + b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        return connection.answer()


def v2(command, family, payload):
    return b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack("!BBH", 0x20 | command, family, len(payload)) + payload


V4 = socket.inet_aton("203.0.113.9") + socket.inet_aton("192.0.2.1") + struct.pack("!HH", 4711, 80)
V6 = socket.inet_pton(socket.AF_INET6, "2001:db8::9") + socket.inet_pton(socket.AF_INET6, "::1") + struct.pack("!HH", 1, 2)


@pytest.fixture(scope="module")
def behind_proxy(shared, up):
    return shared(configuration([route()], {"up": up}, trusted_proxies=["127.0.0.1/32"],
                                client_ip={"proxy_protocol": True}))


@pytest.mark.parametrize("prefix,client", [
    (b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n", "203.0.113.9"),
    (b"PROXY TCP6 2001:db8::9 ::1 1 2\r\n", "2001:db8::9"),
    (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    (v2(1, 0x11, V4), "203.0.113.9"),
    (v2(1, 0x21, V6), "2001:db8::9"),
    (v2(1, 0x11, V4 + b"\x04\x00\x02ab"), "203.0.113.9"),
    (v2(0, 0x00, b""), "127.0.0.1"),
])
def test_the_proxy_protocol_names_the_client(behind_proxy, up, prefix, client):
    assert proxied(behind_proxy, prefix).status == 200
    assert up.last["X-Forwarded-For"].split(", ")[0] == client


@pytest.mark.parametrize("prefix", [b"", b"PROXY TCP4 999.0.113.9 192.0.2.1 4711 80\r\n", b"PROXY TCP4 1.1.1.1\r\n",
                                    b"PROXY " + b"x" * 200, v2(1, 0x11, V4[:6]), b"\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x00"])
def test_a_bad_proxy_header_gets_nowhere(behind_proxy, up, prefix):
    before = len(up.requests)
    with Connection(behind_proxy.address, timeout=12) as connection:
        connection.send(prefix + b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        connection.finish_writing()
        assert connection.is_closed(5) or connection.answer().status == 400
    assert len(up.requests) == before


def test_loops_end(launch):
    """The own Via in a request: it has been here before."""
    gateway, up = launch.before()
    own = sent_up(gateway, up)["Via"]
    answer = gateway.get("/", {"Via": f"1.1 first, {own}"})
    assert (answer.status, answer.code) == (508, "loop-detected")
    assert gateway.get("/", {"Via": "1.1 reeve-somebodyelse"}).status == 200
    looping = launch(configuration([route()], {"up": {"targets": ["http://127.0.0.1:1"]}}), name="loop")
    config = configuration([route()], {"up": {"targets": [f"http://{looping.address}"]}})
    config["listen"] = [{"address": looping.address}]
    looping.stop()
    looping.write(config)
    looping.start()
    assert looping.get("/").status == 508
