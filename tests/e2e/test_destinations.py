# SPDX-License-Identifier: Apache-2.0
# What a route does with a request besides forwarding it as it is: answers of its own, redirects, rewritten paths and
# hosts, header edits, shares of traffic, CORS, maintenance. Contract 2; fine print 2.
import collections

import pytest
from harness.gateway import configuration, route


@pytest.fixture(scope="module")
def up(shared):
    return shared.upstream()


@pytest.fixture(scope="module")
def gateway(shared, up):
    cors = {"origins": ["https://app.example.com"], "headers": ["content-type"], "expose": ["X-Total"], "max_age": "10m"}
    second = shared.upstream(lambda connection, request: connection.answer(200, {"X-Who": "second"}, b"{}"))
    shared.second = second
    return shared(configuration([
        route("respond", "/respond", respond={"status": 418, "headers": {"X-A": "1", "Content-Type": "text/x"},
                                              "body": "to ${client.ip} by ${route.name}: ${request.query}"}),
        route("respond-default", "/respond-default", respond={}),
        route("respond-empty", "/respond-204", respond={"status": 204}),
        route("redirect", "/redirect", redirect={"to": "/new"}),
        route("redirect-status", "/redirect-status", redirect={"to": "https://other.example/x", "status": 308}),
        route("redirect-name", "/old/{id}/{rest...}", redirect={"to": "https://n.example/new/{rest}?id={id}", "status": 301}),
        route("strip", "/api/{rest...}", forward={"strip_prefix": "/api"}),
        route("strip-deep", "/deep/er/{rest...}", forward={"strip_prefix": "/deep/er"}),
        route("rewrite", "/users/{id}", forward={"path": "/v2/people/{id}"}),
        route("rewrite-value", "/values", forward={"path": "/v/${route.name}"}),
        route("rewrite-query", "/fixed", forward={"path": "/f"}),
        route("host-upstream", "/host/upstream", forward={"host": "upstream"}),
        route("host-name", "/host/name", forward={"host": "inner.example"}),
        route("host-keep", "/host/keep"),
        route("edits", "/edits/{who}", headers={
            "request": {"set": {"X-Set": "${path.who}", "X-Gone": "${request.query}", "X-Many": "one"}, "add": {"X-Add": "more"},
                        "remove": ["Cookie", "X-Many"]},
            "response": {"set": {"X-Back": "yes", "Server": "mine"}, "remove": ["Content-Type"]}}),
        route("cors", "/cors", match={"methods": ["GET", "POST"]}, cors=cors),
        route("cors-put", "/cors", match={"methods": ["PUT"]}),
        route("cors-any", "/cors-any", cors={"origins": ["*"]}),
        route("cors-credentials", "/cors-credentials", cors={"origins": ["https://app.example.com"], "credentials": True}),
        route("cors-hidden", "/cors-hidden", match={"methods": ["GET"]}, cors=cors, hidden=True),
        route("maintenance", "/maintenance", maintenance={"retry_after": "10m"}),
        route("weights", "/weights", upstream=[{"name": "up", "weight": 3}, {"name": "second", "weight": 1}]),
    ], {"up": up, "second": second}))


def seen(answer):
    assert answer.status == 200, answer
    return answer.json()


def fields(answer, name):
    return [value for key, value in seen(answer)["fields"] if key.lower() == name.lower()]


def test_respond(gateway):
    answer = gateway.get("/respond?q=1")
    assert answer.status == 418
    assert answer["X-A"] == "1" and answer["Content-Type"] == "text/x"
    assert answer.body == b"to 127.0.0.1 by respond: q=1"
    assert answer["Reeve-Origin"] == "gateway"
    head = gateway.fetch("HEAD", "/respond?q=1")
    assert head.status == 418 and head["Content-Length"] == str(len(answer.body))
    assert gateway.get("/respond-default").status == 200
    answer = gateway.get("/respond-204")
    assert answer.status == 204 and "Content-Length" not in answer


def test_respond_reads_an_upload_first(gateway):
    with gateway.connect() as connection:
        assert connection.fetch("POST", "/respond", body=b"x" * 20000).status == 418
        assert connection.fetch("GET", "/respond").status == 418


@pytest.mark.parametrize("path,status,location", [
    ("/redirect", 302, "/new"), ("/redirect?a=b&c", 302, "/new?a=b&c"),
    ("/redirect-status", 308, "https://other.example/x"), ("/redirect-status?q", 308, "https://other.example/x?q"),
    ("/old/7/x/y", 301, "https://n.example/new/x/y?id=7"), ("/old/7/x?z=1", 301, "https://n.example/new/x?id=7"),
])
def test_redirect(gateway, path, status, location):
    answer = gateway.get(path)
    assert (answer.status, answer["Location"]) == (status, location)
    assert answer["Reeve-Origin"] == "gateway"


@pytest.mark.parametrize("sent,forwarded", [
    ("/api/a/b?x=%20&y", "/a/b?x=%20&y"), ("/api/", "/"), ("/deep/er/x", "/x"), ("/users/7", "/v2/people/7"),
    ("/users/7?a=1", "/v2/people/7?a=1"), ("/users/a%20b", "/v2/people/a%20b"), ("/values", "/v/rewrite-value"),
    ("/fixed?q=//../%7e", "/f?q=//../%7e"), ("/host/./keep", "/host/keep"),
])
def test_the_path_upstream(gateway, sent, forwarded):
    assert seen(gateway.get(sent))["target"] == forwarded


def test_the_host_upstream(gateway, up):
    assert fields(gateway.get("/host/keep", host="a.example:81"), "Host") == ["a.example:81"]
    assert fields(gateway.get("/host/upstream"), "Host") == [f"127.0.0.1:{up.port}"]
    assert fields(gateway.get("/host/name"), "Host") == ["inner.example"]


def test_header_edits(gateway):
    answer = gateway.get("/edits/ann", [("Cookie", "a=b"), ("X-Many", "two"), ("X-Many", "three"), ("X-Add", "first"),
                                        ("X-Gone", "was here"), ("X-Other", "stays")])
    assert fields(answer, "Cookie") == []
    assert fields(answer, "X-Many") == ["one"]
    assert fields(answer, "X-Set") == ["ann"]
    assert fields(answer, "X-Gone") == []  # an empty request value removes the field
    assert fields(answer, "X-Add") == ["first", "more"]
    assert fields(answer, "X-Other") == ["stays"]
    assert answer["X-Back"] == "yes" and answer.all("Server") == ["mine"] and "Content-Type" not in answer


def test_a_line_break_never_gets_into_a_header(gateway, up):
    answer = gateway.get("/edits/a%0d%0aX-Evil:%20yes")
    if answer.status == 200:
        assert "x-evil" not in {name.lower() for name, _ in answer.json()["fields"]}
    else:
        assert answer.status in (400, 404)
    assert "x-evil" not in up.last.names()


PREFLIGHT = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}


def test_a_preflight_is_answered_by_the_gateway(gateway, up):
    before = len(up.requests)
    answer = gateway.fetch("OPTIONS", "/cors", {**PREFLIGHT, "Access-Control-Request-Headers": "content-type"})
    assert answer.status == 204
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert {word.strip() for word in answer["Access-Control-Allow-Methods"].split(",")} >= {"GET", "POST"}
    assert "content-type" in answer["Access-Control-Allow-Headers"].lower()
    assert answer["Access-Control-Max-Age"] == "600"
    assert "origin" in answer["Vary"].lower()
    assert answer["Reeve-Origin"] == "gateway"
    assert len(up.requests) == before


@pytest.mark.parametrize("change", [
    {"Origin": "https://evil.example"}, {"Access-Control-Request-Method": "DELETE"},
    {"Access-Control-Request-Headers": "x-not-listed"},
])
def test_a_preflight_for_what_is_not_listed_gets_no_permission(gateway, change):
    answer = gateway.fetch("OPTIONS", "/cors", {**PREFLIGHT, **change})
    assert answer.status in (204, 405)
    assert "Access-Control-Allow-Origin" not in answer


def test_a_simple_request_across_origins(gateway):
    answer = gateway.get("/cors", {"Origin": "https://app.example.com"})
    assert answer.status == 200
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "x-total" in answer["Access-Control-Expose-Headers"].lower()
    answer = gateway.get("/cors", {"Origin": "https://evil.example"})
    assert answer.status == 200 and "Access-Control-Allow-Origin" not in answer  # not refused, not permitted
    assert gateway.get("/cors-any", {"Origin": "https://x.example"})["Access-Control-Allow-Origin"] == "*"
    answer = gateway.get("/cors-credentials", {"Origin": "https://app.example.com"})
    assert answer["Access-Control-Allow-Credentials"] == "true"


def test_refusals_carry_the_cors_fields(launch):
    gateway = launch(configuration([route(cors={"origins": ["https://app.example.com"]}, maintenance={"retry_after": "5s"})],
                                   {"up": launch.upstream()}))
    answer = gateway.get("/", {"Origin": "https://app.example.com"})
    assert answer.status == 503
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "retry-after" in answer["Access-Control-Expose-Headers"].lower()


def test_without_cors_options_is_a_method_like_others(gateway):
    assert seen(gateway.fetch("OPTIONS", "/host/keep", PREFLIGHT))["method"] == "OPTIONS"
    answer = gateway.fetch("OPTIONS", "/cors")  # no preflight: no Access-Control-Request-Method
    assert answer.status == 405


def test_a_hidden_route_answers_no_preflight(gateway):
    answer = gateway.fetch("OPTIONS", "/cors-hidden", {**PREFLIGHT, "Access-Control-Request-Method": "GET"})
    assert answer.status == 404 and not [name for name in answer.names() if name.startswith("access-control")]


def test_maintenance(gateway, up):
    before = len(up.requests)
    answer = gateway.get("/maintenance")
    assert (answer.status, answer.code) == (503, "maintenance")
    assert answer["Retry-After"] == "600"
    assert len(up.requests) == before


def test_weights_share_the_traffic(gateway):
    counts = collections.Counter("second" if gateway.get("/weights")["X-Who"] else "up" for _ in range(80))
    assert 10 <= counts["second"] <= 30, counts


def test_redirect_https_listener(launch):
    gateway = launch(configuration([route(respond={"status": 200})],
                                   listen=[{"address": "127.0.0.1:0", "redirect": "https"}, {"address": "127.0.0.1:0"}]))
    answer = gateway.get("/a/../b?c=%20d", host="www.example.com")
    assert answer.status == 308
    assert answer["Location"] in ("https://www.example.com/a/../b?c=%20d", "https://www.example.com/b?c=%20d")
    assert gateway.fetch("POST", "/x", body=b"abc", host="www.example.com:80").status == 308
    assert gateway.get("/", listener=1).status == 200
