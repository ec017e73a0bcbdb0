# SPDX-License-Identifier: Apache-2.0
# Who may do what, from where, when and how often: every code of contract 4.3 that these checks can give, over a real
# socket, with its status, fields, body and log line. Contract 2 to 4; fine print 2 to 4.
import json
import re

import pytest
from harness.gateway import configuration, route
from harness.keys import Key

ANN, BOB, DESK, OLD, GONE, SOON = (Key(n) for n in range(1, 7))
TEST = Key(7, "test")
STRANGER = Key(99)

CALLERS = [
    {"name": "ann", "team": "growth", "roles": ["publisher"], "keys": [
        ANN.entry(), OLD.entry(expires="2026-01-31"), GONE.entry(revoked="true"), SOON.entry(not_before="2099-01-01"),
        TEST.entry()]},
    {"name": "bob", "roles": ["reader"], "keys": [BOB.entry()]},
    {"name": "desk", "roles": ["publisher"], "networks": {"allow": ["office"]}, "keys": [DESK.entry()]},
]

TOP = {
    "networks": {"office": ["203.0.113.0/24"], "here": ["127.0.0.0/8"]},
    "trusted_proxies": ["127.0.0.1"],
    "roles": {"reader": ["posts:read"], "publisher": ["posts:*"]},
    "organisations": {"acme": {}},
    "teams": {"growth": {"organisation": "acme"}},
    "limits": {"few": {"rate": "1/10m", "burst": 2, "per": "caller"},
               "daily": {"quota": "1/day", "per": "caller"},
               "alone": {"concurrency": 1, "per": "caller"}},
    "callers": CALLERS,
}


def here(name, **more):
    return route(name, f"/{name}", authenticate=["key"], **more)


ROUTES = [
    here("posts", require=["posts:read"], headers={"request": {"set": {
        "X-Caller": "${caller.name}", "X-Team": "${caller.team}", "X-Org": "${caller.organisation}", "X-Key": "${key.id}"}}}),
    here("publish", require=["posts:publish"], match={"methods": ["POST"]}, body={"max": 10, "types": ["application/json"]}),
    here("office", networks={"allow": ["office"]}, require=["posts:publish"]),
    here("blocked", networks={"deny": ["here"]}),
    here("closed", hours=[{"days": "mon", "from": "00:00", "to": "00:01", "zone": "Europe/Berlin"},
                          {"days": "tue", "from": "00:00", "to": "00:01"}]),
    here("few", limits=["few"]),
    here("daily", limits=["daily"]),
    here("alone", limits=["alone"]),
    here("maintained", limits=["few"], maintenance={"retry_after": "10m"}),
    here("hidden", hidden=True, require=["posts:publish"]),
    here("query", key_in_query="true"),
    here("passed-on", forward_credential=True),
    route("open", "/open", authenticate=["none"]),
    route("either", "/either", authenticate=["none", "key"]),
    route("browser", "/browser", authenticate=["key"], cors={"origins": ["https://app.example"]}),
]


@pytest.fixture(scope="module")
def site(shared):
    return shared.before(None, ROUTES, defaults=None, **TOP)


@pytest.fixture(scope="module")
def gateway(site):
    return site[0]


def refused(answer, status, code, *codes):
    """The problem document, judged in what every refusal has."""
    assert answer.status == status, answer
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Reeve-Origin"] == "gateway"
    document = json.loads(answer.body)
    assert document["code"] == code and document["status"] == status, document
    assert document["type"].endswith("/" + code)
    assert [reason["code"] for reason in document["reasons"]] == [code, *codes], document
    assert all(reason["detail"] and reason["fix"] for reason in document["reasons"])
    return document


def without_instance(answer):
    return re.sub(rb"urn:reeve:[-:\w]*", b"", answer.body)


def test_a_key_opens_its_route_and_goes_no_further(site):
    gateway, upstream = site
    answer = gateway.get("/posts?a=1", {**ANN.bearer, "X-Other": "stays"})
    assert answer.status == 200
    seen = upstream.requests[-1]
    assert seen["Authorization"] is None and seen["X-Other"] == "stays"
    assert (seen["X-Caller"], seen["X-Team"], seen["X-Org"], seen["X-Key"]) == ("ann", "growth", "acme", ANN.id)
    entry = gateway.wait_log(lambda e: e["path"] == "/posts" and e["caller"] == "ann")[-1]
    assert entry["key"] == ANN.id and entry["team"] == "growth" and entry["code"] is None


@pytest.mark.parametrize("fields", [
    {"X-Api-Key": ANN.text}, {"x-goog-api-key": ANN.text}, {"Reeve-Key": ANN.text},
    {"Authorization": f"bearer {ANN.text}"},
])
def test_a_key_may_come_in_several_places(site, fields):
    gateway, upstream = site
    assert gateway.get("/posts", fields).status == 200
    assert all(upstream.requests[-1][name] is None for name in fields)


def test_a_key_in_the_query_only_where_the_route_says_so(site):
    gateway, upstream = site
    assert gateway.get(f"/query?a=1&key={ANN.text}&b=2").status == 200
    assert upstream.requests[-1].target.endswith("/query?a=1&b=2")
    refused(gateway.get(f"/posts?key={ANN.text}"), 401, "credential-misplaced")


def test_a_credential_is_passed_on_where_the_route_says_so(site):
    gateway, upstream = site
    assert gateway.get("/passed-on", ANN.bearer).status == 200
    assert upstream.requests[-1]["Authorization"] == f"Bearer {ANN.text}"


@pytest.mark.parametrize("fields,code", [
    ({}, "credential-missing"),
    (STRANGER.bearer, "credential-unknown"),
    (OLD.bearer, "credential-expired"),
    (GONE.bearer, "credential-revoked"),
    (SOON.bearer, "credential-not-yet-valid"),
    (TEST.bearer, "credential-wrong-environment"),
    ({"Authorization": f"Bearer {ANN.text[:-1]}"}, "credential-malformed"),
    ({"Authorization": ANN.text}, "credential-misplaced"),
    ({"Cookie": f"session={ANN.text}"}, "credential-misplaced"),
    ({**ANN.bearer, "X-Api-Key": BOB.text}, "credential-ambiguous"),
])
def test_every_way_in_which_a_credential_fails(gateway, fields, code):
    answer = gateway.get("/posts", fields)
    refused(answer, 401, code)
    challenge = 'Bearer realm="reeve"' + (', error="invalid_token"' if fields else "")
    assert answer["WWW-Authenticate"] == challenge


def test_a_mistyped_key_is_told_the_slip_and_where(gateway):
    wrong = "1" if ANN.text[20] != "1" else "2"
    document = refused(gateway.get("/posts", {"X-Api-Key": ANN.text[:20] + wrong + ANN.text[21:]}), 401, "credential-malformed")
    assert document["reasons"][0]["slip"] == "substitution" and document["reasons"][0]["slip_at"] == 21


def test_unknown_and_wrong_secret_look_the_same(gateway):
    body = f"rv_live_{ANN.id}{STRANGER.secret}"
    from harness.keys import checksum
    answers = [gateway.get("/posts", {"X-Api-Key": key}) for key in (STRANGER.text, body + checksum(body))]
    assert without_instance(answers[0]) == without_instance(answers[1])
    assert {answer.status for answer in answers} == {401}


def test_a_missing_permission_is_named(gateway):
    document = refused(gateway.fetch("POST", "/publish", BOB.bearer), 403, "permission-missing")
    assert document["reasons"][0]["missing"] == ["posts:publish"]
    entry = gateway.wait_log(lambda e: e["code"] == "permission-missing")[-1]
    assert entry["caller"] == "bob" and entry["check"] == "permission"


def test_all_causes_are_told_at_once(gateway):
    refused(gateway.fetch("POST", "/publish", {**BOB.bearer, "Content-Type": "text/plain"}, b"x" * 5), 403,
            "permission-missing", "body-type-refused")


def test_bodies_are_judged_by_size_and_type(gateway):
    good = {**ANN.bearer, "Content-Type": "application/json; charset=utf-8"}
    assert gateway.fetch("POST", "/publish", good, b"{}").status == 200
    assert gateway.fetch("POST", "/publish", ANN.bearer).status == 200
    refused(gateway.fetch("POST", "/publish", good, b"x" * 11), 413, "body-too-large")
    refused(gateway.fetch("POST", "/publish", ANN.bearer, b"x"), 415, "body-type-refused")


def test_addresses_are_judged_and_nothing_else_is_confirmed(gateway):
    refused(gateway.get("/office", STRANGER.bearer), 403, "ip-not-allowed")
    refused(gateway.get("/office", BOB.bearer), 403, "ip-not-allowed")
    refused(gateway.get("/blocked", ANN.bearer), 403, "ip-blocked")
    office = {"X-Forwarded-For": "203.0.113.9"}
    assert gateway.get("/office", {**ANN.bearer, **office}).status == 200
    refused(gateway.get("/posts", DESK.bearer), 403, "ip-not-allowed")
    assert gateway.get("/posts", {**DESK.bearer, **office}).status == 200
    entry = gateway.wait_log(lambda e: e["path"] == "/posts" and e["code"] == "ip-not-allowed")[-1]
    assert entry["check"] == "caller_network"


def test_a_closed_route_says_when_it_opens(gateway):
    document = refused(gateway.get("/closed", ANN.bearer), 403, "outside-hours")
    assert "Europe/Berlin" in document["detail"]
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["reasons"][0]["fix"])


def test_a_rate_admits_its_burst_and_then_says_when(gateway):
    first = gateway.get("/few", ANN.bearer)
    assert (first.status, first["RateLimit-Policy"]) == (200, '"few";q=2;w=1200')
    assert first["RateLimit"].startswith('"few";r=1;t=')
    assert gateway.get("/few", ANN.bearer).status == 200
    answer = gateway.get("/few", ANN.bearer)
    document = refused(answer, 429, "rate-limited")
    assert document["limit"] == "few" and document["resets_at"] == document["reasons"][0]["resets_at"]
    assert answer["Retry-After"] is None, "ten minutes of waiting are no Retry-After"
    assert answer["RateLimit"].startswith('"few";r=0;')
    assert gateway.get("/few", BOB.bearer).status == 200, "another caller has a counter of its own"


def test_a_quota_is_used_up_until_its_window_ends(gateway):
    assert gateway.get("/daily", ANN.bearer).status == 200
    document = refused(gateway.get("/daily", ANN.bearer), 429, "quota-exhausted")
    assert document["resets_at"].endswith("T00:00:00Z")


def test_a_refused_request_uses_nothing_up(gateway):
    desk = {**DESK.bearer, "X-Forwarded-For": "203.0.113.9"}
    for _ in range(5):
        refused(gateway.get("/maintained", desk), 503, "maintenance")
    assert gateway.get("/few", desk)["RateLimit"].startswith('"few";r=1;')


def test_one_at_a_time(launch):
    import threading
    release = threading.Event()

    def slow(connection, request):
        release.wait(10)
        connection.answer(200, body=b"done")

    gateway, upstream = launch.before(slow, [here("alone", limits=["alone"])], defaults=None, **TOP)
    with gateway.connect() as first:
        first.ask("GET", "/alone", ANN.bearer)
        upstream.wait_for_requests(1)
        answer = gateway.get("/alone", ANN.bearer)
        refused(answer, 429, "concurrency-limited")
        assert answer["Retry-After"] == "1"
        release.set()
        assert first.answer().status == 200
    assert gateway.get("/alone", ANN.bearer).status == 200


def test_a_hidden_route_looks_like_none(gateway):
    nothing = gateway.get("/nothing-here", BOB.bearer)
    for fields in ({}, BOB.bearer, STRANGER.bearer):
        answer = gateway.get("/hidden", fields)
        assert answer.status == 404 and len(answer.body) == len(nothing.body)
        assert without_instance(answer) == without_instance(nothing)
        assert answer["WWW-Authenticate"] is None
    assert gateway.get("/hidden", ANN.bearer).status == 200
    assert gateway.wait_log(lambda e: e["path"] == "/hidden" and e["code"] == "permission-missing")


@pytest.mark.parametrize("disclosure", ["none", "own", "full"])
def test_a_hidden_route_cannot_be_told_from_none(launch, disclosure):
    """Whatever is asked in whatever way: the same fields and the same bytes, ids and date apart."""
    hidden = here("hidden", hidden=True, require=["posts:publish"], match={"methods": ["POST"]}, body={"max": 10},
                  cors={"origins": ["https://app.example"]}, limits=["few"])
    gateway, _ = launch.before(None, [hidden], defaults=None, disclosure={"reasons_to_caller": disclosure}, **TOP)
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}

    def told(method, path, fields, body):
        answer = gateway.fetch(method, path, fields, body)
        names = [pair for pair in answer.fields if pair[0] not in ("Date", "Reeve-Decision", "X-Request-Id")]
        return answer.status, names, without_instance(answer), len(answer["Reeve-Decision"])

    for method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE", "ODD"):
        for fields in ({}, BOB.bearer, STRANGER.bearer, preflight, {**BOB.bearer, **preflight}, {"Upgrade": "websocket", "Connection": "upgrade"}):
            for accept in ("application/json", "text/plain"):
                for body in (None, b"x" * 20):
                    asked = {**fields, "Accept": accept}
                    assert told(method, "/hidden", asked, body) == told(method, "/no-hid", asked, body), (method, asked, body)


def test_without_disclosure_a_429_still_says_which_limit_and_when(launch):
    gateway, _ = launch.before(None, [here("few", limits=["few"]), here("closed", require=["posts:publish"])], defaults=None,
                               disclosure={"reasons_to_caller": "none"}, **TOP)
    for _ in range(2):
        gateway.get("/few", BOB.bearer)
    full = gateway.get("/few", BOB.bearer)
    assert full.status == 429 and full.json()["reasons"] == []
    assert full.json()["limit"] == "few" and full.json()["resets_at"].endswith("Z")
    denied = gateway.get("/closed", BOB.bearer)
    assert denied.status == 403 and denied.json()["reasons"] == [] and "posts:publish" not in str(denied.json())


def test_none_alone_looks_for_nothing_and_beside_key_judges_what_comes(site):
    gateway, upstream = site
    assert gateway.get("/open", STRANGER.bearer).status == 200
    assert upstream.requests[-1]["Authorization"] == f"Bearer {STRANGER.text}"
    assert gateway.get("/either").status == 200
    assert gateway.get("/either", ANN.bearer).status == 200
    refused(gateway.get("/either", STRANGER.bearer), 401, "credential-unknown")


def test_refusals_reach_browsers(gateway):
    answer = gateway.get("/browser", {"Origin": "https://app.example"})
    refused(answer, 401, "credential-missing")
    assert answer["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]


def test_no_key_is_in_the_log_or_a_message(gateway):
    gateway.get(f"/posts?key={ANN.text}", {"Cookie": f"k={DESK.text}", "X-Mine": BOB.text})
    gateway.get("/posts", {"X-Api-Key": ANN.text[:-1]})
    gateway.wait_log(lambda e: e["code"] == "credential-malformed")
    for key in (ANN, BOB, DESK):
        assert key.secret not in gateway.stdout and key.secret not in gateway.stderr


def test_refusals_are_counted_by_code_and_check(gateway):
    gateway.get("/blocked", ANN.bearer)
    values = gateway.metrics()
    assert values['reeve_refusals_total{code="ip-blocked",check="route_network",route="blocked"}'] >= 1


def test_limits_outlive_reloads_and_restarts(launch):
    from harness.waiting import wait_until
    routes = [here("daily", limits=["daily"])]
    gateway, upstream = launch.before(None, routes, defaults=None, **TOP)
    assert gateway.get("/daily", ANN.bearer).status == 200
    refused(gateway.get("/daily", ANN.bearer), 429, "quota-exhausted")
    more = {**TOP, "limits": {**TOP["limits"], "daily": {"quota": "2/day", "per": "caller"}}}
    document = configuration(routes, {"up": upstream}, defaults=None, **more)
    assert gateway.reload(document).status == 200
    assert gateway.get("/daily", ANN.bearer)["RateLimit"].startswith('"daily";r=0;'), "one of two was used before"
    wait_until(lambda: (gateway.data / "counters").exists(), "the counters' file")
    gateway.stop()
    gateway.start()
    refused(gateway.get("/daily", ANN.bearer), 429, "quota-exhausted")


def test_who_is_refused_too_often_is_refused_for_a_while(launch):
    top = {**TOP, "limits": {"knocking": {"rate": "1/10m", "burst": 3, "per": "ip", "on": "refused"}},
           "global": {"limits": ["knocking"]}}
    gateway, _ = launch.before(None, [here("posts")], defaults=None, **top)
    for _ in range(3):
        refused(gateway.get("/posts", STRANGER.bearer), 401, "credential-unknown")
    refused(gateway.get("/posts", ANN.bearer), 429, "rate-limited")
    elsewhere = {"X-Forwarded-For": "198.51.100.9"}
    assert gateway.get("/posts", {**ANN.bearer, **elsewhere}).status == 200
    entry = gateway.wait_log(lambda e: e["code"] == "rate-limited")[-1]
    assert entry["check"] == "ip_limit"
