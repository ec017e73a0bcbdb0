# SPDX-License-Identifier: Apache-2.0
# Which route a request takes: hosts before paths before methods before conditions, the most specific one wherever one
# stands in the file; what a path becomes before it is matched. Contract 2 ("Which route", "Path"); fine print 2.
import pytest
from harness.gateway import configuration, route


def named(name, path, **match):
    """A route that answers with its name."""
    more = {key: match.pop(key) for key in ("enabled", "hidden", "encoded_slash") if key in match}
    return route(name, path, match=match, respond={"status": 200, "headers": {"X-Route": name}, "body": "${request.path}"},
                 **more)


ROUTES = [
    named("rest", "/a/{r...}"),
    named("one", "/a/{x}"),
    named("literal", "/a/b"),
    named("suffix", "/a/{x}:go"),
    named("slash", "/a/b/"),
    named("deep", "/a/{x}/c"),
    named("deep-literal", "/a/b/{y}"),
    named("two-paths", ["/p1", "/p2/{x}"]),
    named("get-only", "/m", methods=["GET"]),
    named("post-only", "/m", methods=["POST"]),
    named("broad-m", "/{x}"),
    named("own-method", "/own", methods=["PURGE"]),
    named("any-host", "/h"),
    named("exact-host", "/h", host="www.example.com"),
    named("suffix-host", "/h", host="*.example.com"),
    named("longer-suffix", "/h", host="*.b.example.com"),
    named("only-suffix", "/only", host="*.example.com"),
    named("two-hosts", "/hh", host=["one.example", "two.example"]),
    named("v6-host", "/h", host="[::1]"),
    named("no-condition", "/c"),
    named("header", "/c", headers={"X-Kind": "one"}),
    named("header-and-query", "/c", headers={"X-Kind": "one"}, query={"q": "a b"}),
    named("must", "/must", headers={"X-Kind": "present"}),
    named("must-query", "/must-query", query={"flag": "present"}),
    named("disabled", "/disabled", enabled=False),
    named("disabled-m", "/m", methods=["DELETE"], enabled=False),
    named("hidden-m", "/m", methods=["PUT"], hidden=True),
    named("hidden", "/hidden", methods=["POST"], hidden=True),
    named("keeps-slash", "/keep/{x}", encoded_slash="keep"),
    named("refuses-slash", "/refuse/{x}"),
    named("hidden-slash", "/hiding/{x}", hidden=True),
]


@pytest.fixture(scope="module")
def gateway(shared):
    return shared(configuration(ROUTES))


def which(answer):
    return answer["X-Route"] if answer.status == 200 else answer.status


@pytest.mark.parametrize("path,expected", [
    ("/a/b", "literal"), ("/a/x", "one"), ("/a/x:go", "suffix"), ("/a/b:go", "suffix"), ("/a/:go", "one"),
    ("/a/b/", "slash"), ("/a/", "rest"), ("/a", "broad-m"), ("/a/x/", "rest"), ("/a/x/c", "deep"), ("/a/b/c", "deep-literal"),
    ("/a/b/d", "deep-literal"), ("/a/x/d", "rest"), ("/a/x/y/z", "rest"), ("/A/b", 404), ("/p1", "two-paths"),
    ("/p2/7", "two-paths"), ("/p2", "broad-m"), ("/p2/7/", 404), ("/", 404), ("/x?y=/a/b", "broad-m"),
])
def test_the_most_specific_path_wins(gateway, path, expected):
    assert which(gateway.get(path)) == expected


@pytest.mark.parametrize("host,expected", [
    ("www.example.com", "exact-host"), ("WWW.Example.COM", "exact-host"), ("www.example.com.", "exact-host"),
    ("www.example.com:8080", "exact-host"), ("x.example.com", "suffix-host"), ("x.y.example.com", "suffix-host"),
    ("x.b.example.com", "longer-suffix"), ("y.x.b.example.com", "longer-suffix"), ("b.example.com", "suffix-host"),
    ("example.com", "any-host"), ("other.org", "any-host"), ("127.0.0.1:80", "any-host"), ("[::1]:80", "v6-host"),
    ("badexample.com", "any-host"),
])
def test_host_levels(gateway, host, expected):
    assert which(gateway.get("/h", host=host)) == expected


def test_a_host_without_a_path_match_falls_back(gateway):
    assert which(gateway.get("/only", host="www.example.com")) == "only-suffix"
    assert which(gateway.get("/only", host="x.b.example.com")) == "only-suffix"
    assert which(gateway.get("/c", host="www.example.com")) == "no-condition"
    assert which(gateway.get("/only", host="example.org")) == "broad-m"
    assert which(gateway.get("/hh", host="two.example")) == "two-hosts"


def test_a_missing_method_is_405_and_no_fall_through(gateway):
    answer = gateway.fetch("PATCH", "/m")
    assert (answer.status, answer.code) == (405, "method-not-allowed")
    assert {word.strip() for word in answer["Allow"].split(",")} == {"GET", "HEAD", "POST"}
    assert which(gateway.fetch("POST", "/m")) == "post-only"
    assert gateway.fetch("DELETE", "/m").status == 405  # a disabled route is no route


def test_get_implies_head(gateway):
    answer = gateway.fetch("HEAD", "/m")
    assert answer.status == 200 and answer["X-Route"] == "get-only" and answer.body == b""
    assert answer["Content-Length"] == "2"


def test_methods_are_case_sensitive_and_may_be_anything(gateway):
    assert gateway.fetch("get", "/m").status == 405
    assert which(gateway.fetch("PURGE", "/own")) == "own-method"
    assert gateway.fetch("PURGE", "/m").status == 405
    answer = gateway.fetch("GET", "/own")
    assert answer.status == 405 and answer["Allow"] == "PURGE"


@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
def test_connect_and_trace_are_not_implemented(gateway, method):
    answer = gateway.fetch(method, "/a/b" if method == "TRACE" else "test.example:443")
    assert (answer.status, answer.code) == (501, "method-not-implemented")


def test_conditions_are_looked_at_last(gateway):
    assert which(gateway.get("/c")) == "no-condition"
    assert which(gateway.get("/c", {"X-Kind": "one"})) == "header"
    assert which(gateway.get("/c", {"x-kind": "two"})) == "no-condition"
    assert which(gateway.get("/c", [("X-Kind", "two"), ("X-Kind", "one")])) == "header"
    assert which(gateway.get("/c?q=a%20b", {"X-Kind": "one"})) == "header-and-query"
    assert which(gateway.get("/c?z=1&q=a+b", {"X-Kind": "one"})) in ("header", "header-and-query")
    assert which(gateway.get("/c?q=x&q=a%20b", {"X-Kind": "one"})) == "header-and-query"


def test_unmet_conditions_are_404_and_no_fall_through(gateway):
    answer = gateway.get("/must")
    assert (answer.status, answer.code) == (404, "route-not-found")
    assert "Allow" not in answer
    assert which(gateway.get("/must", {"X-Kind": ""})) == "must"
    assert gateway.get("/must-query").status == 404
    assert which(gateway.get("/must-query?flag")) == "must-query"


def test_hidden_looks_like_no_route(gateway):
    def without_changing(answer):
        document = answer.problem()
        document.pop("detail", None)
        return answer.status, sorted(answer.names() - {"date", "x-request-id"}), \
            {key: value for key, value in document.items() if key not in ("reasons", "instance")}

    nothing = without_changing(gateway.get("/no/such/route"))
    assert without_changing(gateway.get("/hidden")) == nothing
    assert without_changing(gateway.get("/hiding/a%2Fb")) == nothing
    assert which(gateway.fetch("POST", "/hidden")) == "hidden"


def test_disabled_is_absent(gateway):
    assert which(gateway.get("/disabled")) == "broad-m"


@pytest.mark.parametrize("sent,path", [
    ("/a/./b", "/a/b"), ("/a/x/../b", "/a/b"), ("/../../a/b", "/a/b"), ("//a///b", "/a/b"), ("/a/b/.", "/a/b/"),
    ("/a/b/x/..", "/a/b/"), ("/%61/%62", "/a/b"), ("/a/%7Euser", "/a/~user"), ("/a/%c3%a4", "/a/%C3%A4"),
    ("/a/%2e%2E/a/b", "/a/b"), ("/a/x%3ago", "/a/x%3Ago"), ("/a/b?x=%7e//..", "/a/b"), ("/a/x%20y", "/a/x%20y"),
    ("/a/b//", "/a/b/"), ("/a/x;v=1", "/a/x;v=1"), ("/a/...", "/a/..."),
])
def test_the_normal_form_is_what_is_matched(gateway, sent, path):
    answer = gateway.get(sent)
    assert answer.status == 200, answer
    assert answer.body.decode() == path


@pytest.mark.parametrize("sent", [
    "/a/%", "/a/%2", "/a/%zz", "/a/%00", "/a\\b", "/a/%5c", "/a/%5Cb", "/a/b#c", "/a/.;x", "/a/..;x/b", "/..;/b",
    "/a/\x80", "/a/\xe4", "/a/\x01b", "/a/\x7f", "/a/%2e;x",
])
def test_paths_that_nobody_means_well(gateway, sent):
    answer = gateway.get(sent)
    assert (answer.status, answer.code) == (400, "request-malformed")


def test_an_encoded_slash_is_data_or_refused(gateway):
    answer = gateway.get("/keep/a%2fb")
    assert which(answer) == "keeps-slash" and answer.body == b"/keep/a%2Fb"
    answer = gateway.get("/refuse/a%2Fb")
    assert (answer.status, answer.code) == (400, "request-malformed")
    assert gateway.get("/keep/a%2Fb/c").status == 404


def test_a_route_that_is_not_there(gateway):
    answer = gateway.get("/no/such/route")
    assert (answer.status, answer.code) == (404, "route-not-found")
    assert "literal" not in answer.body.decode()


def test_absolute_form_must_agree_with_host(gateway):
    assert which(gateway.get("http://www.example.com/h", host="www.example.com")) == "exact-host"
    for target, host in (("http://other.example/h", "www.example.com"), ("http:///h", "www.example.com"),
                         ("ftp://www.example.com/h", "www.example.com"), ("http://u@www.example.com/h", "www.example.com")):
        assert gateway.get(target, host=host).status == 400, target


def test_options_of_the_server_itself(gateway):
    answer = gateway.fetch("OPTIONS", "*")
    assert answer.status == 204 and answer["Reeve-Origin"] == "gateway"
    assert gateway.get("*").status == 400


def test_http_1_0_without_host_is_hostless(gateway):
    assert which(gateway.get("/h", host=None, version="1.0")) == "any-host"
    assert gateway.get("/h", host=None).status == 400


@pytest.mark.parametrize("host", ["", "a b", "a,b", "a/b", "a:b", "a@b", "[::1", "a:99999", "a..b"])
def test_an_invalid_host(gateway, host):
    assert gateway.get("/h", {"Host": host}).status == 400


def test_ten_thousand_routes(launch):
    """Many routes load and the right one is found; how fast is the benchmark's business."""
    routes = [named(f"r{number}", f"/many/{number}/{{x}}") for number in range(10_000)]
    gateway = launch(configuration(routes))
    for number in (0, 4711, 9999):
        assert which(gateway.get(f"/many/{number}/x")) == f"r{number}"
    assert gateway.get("/many/10000/x").status == 404
