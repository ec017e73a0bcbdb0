# SPDX-License-Identifier: Apache-2.0
# Configuration problems: every one at once, each at its place, with what was meant; the same from `check`, at start and
# at a reload. Contract 2; fine print 1 (findings) and 2.
import json

import pytest
from harness.gateway import PROJECT, configuration, reeve, route
from harness.keys import Key

ROUTE = "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], respond: { status: 204 } } ]\n"


def check(tmp_path, text, *options, files=None, env=None, name="reeve.yaml"):
    for other, content in (files or {}).items():
        (tmp_path / other).write_text(content)
    (tmp_path / name).write_text(text)
    done = reeve("check", "--json", *options, name, cwd=tmp_path, env=env)
    document = json.loads(done.stdout)
    assert document["ok"] == (done.returncode == 0), done
    for finding in document["findings"]:
        assert set(finding) >= {"file", "line", "column", "severity", "rule", "text", "fix"}
        assert finding["severity"] in ("error", "warning", "info")
    return document


def places(document, rule=None, severity="error"):
    return [(found["rule"], found["line"], found["column"]) for found in document["findings"]
            if found["severity"] == severity and rule in (None, found["rule"])]


def test_a_good_file(tmp_path):
    document = check(tmp_path, ROUTE)
    assert document["ok"] and places(document) == []
    done = reeve("check", "reeve.yaml", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""


ONE_PROBLEM = {
    # what: (rule, line, column, text)
    "no yaml": ("yaml-syntax", None, None, "routes: [ {\n"),
    "a tab for indentation": ("yaml-syntax", 2, None, "server:\n\thead_max: 1KiB\n" + ROUTE),
    "an unknown key": ("unknown-key", 1, 1, "lisen: []\n" + ROUTE),
    "an unknown key inside": ("unknown-key", 1, 11, "server: { hed_max: 1KiB }\n" + ROUTE),
    "a key twice: the second one": ("duplicate-key", 2, 1, "log: info\nlog: warn\n" + ROUTE),
    "a list for a mapping": ("wrong-type", 1, 9, "server: [ 1 ]\n" + ROUTE),
    "a mapping for text": ("wrong-type", 1, 7, "data: { a: b }\n" + ROUTE),
    "no number": ("wrong-type", 1, 10, "threads: many\n" + ROUTE),
    "a duration without unit": ("bad-value", 1, 17, "server: { idle: soon }\n" + ROUTE),
    "a size of nothing known": ("bad-value", 1, 21, "server: { head_max: 3XB }\n" + ROUTE),
    "a word that is none of the words": ("bad-value", 1, 6, "log: loud\n" + ROUTE),
    "an address that is none": ("bad-value", 1, 22, "listen: [ { address: \"nowhere\" } ]\n" + ROUTE),
    "host bits in a network": ("bad-value", 1, 20, "trusted_proxies: [ 10.0.0.1/8 ]\n" + ROUTE),
    "an upstream of no name": ("unknown-name", 1, 80,
                               "routes: [ { name: a, match: { path: /a }, authenticate: [ none ],    upstream: nowhere } ]\n"),
    "a route without path": ("missing-key", 1, 31,
                             "routes: [ { name: a, match: { methods: [ GET ] }, authenticate: [ none ], respond: { status: 204 } } ]\n"),
    "a route without destination": ("missing-key", 1, 13,
                                    "routes: [ { name: a, match: { path: /a }, authenticate: [ none ] } ]\n"),
    "a route without authenticate": ("missing-key", 1, 13,
                                     "routes: [ { name: a, match: { path: /a }, respond: { status: 204 } } ]\n"),
    "a status that is none": ("out-of-range", 1, 87,
                              "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], respond: { status:  99 } } ]\n"),
    "none with require": ("none-with-require", 1, None,
                          "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], require: [ x:y ], respond: { status: 204 } } ]\n"),
    "a regular expression for a path": ("bad-value", 1, None,
                                        "routes: [ { name: a, match: { path: \"/a/{x...}/b\" }, authenticate: [ none ], respond: { status: 204 } } ]\n"),
    "an unset variable": ("env-unset", 1, 7, "data: ${NO_SUCH_VARIABLE}\n" + ROUTE),
    "an included file that includes": ("include", 1, None, "include: [ reeve.yaml ]\n" + ROUTE),
    "no port": ("bad-value", 1, 22, "listen: [ { address: \"127.0.0.1\" } ]\n" + ROUTE),
    "a port out of range": ("bad-value", 1, 22, "listen: [ { address: \"127.0.0.1:70000\" } ]\n" + ROUTE),
}


@pytest.mark.parametrize("what", ONE_PROBLEM)
def test_one_problem(tmp_path, what):
    rule, line, column, text = ONE_PROBLEM[what]
    document = check(tmp_path, text)
    found = places(document, rule)
    assert found, document["findings"]
    assert line in (None, found[0][1]), document["findings"]
    if column is not None:
        assert found[0][2] == column, document["findings"]


def test_a_route_twice_and_a_tie(tmp_path):
    document = check(tmp_path, "routes:\n"
                     "  - { name: a, match: { path: \"/x/{id}\" }, authenticate: [ none ], respond: { status: 204 } }\n"
                     "  - { name: b, match: { path: \"/x/{other}\" }, authenticate: [ none ], respond: { status: 204 } }\n"
                     "  - { name: a, match: { path: /y }, authenticate: [ none ], respond: { status: 204 } }\n")
    rules = {finding["rule"]: finding for finding in document["findings"] if finding["severity"] == "error"}
    assert set(rules) == {"route-tie", "duplicate-name"}
    assert rules["duplicate-name"]["line"] == 4
    assert rules["route-tie"]["line"] in (2, 3)


@pytest.mark.parametrize("second", [
    "methods: [ POST ], path: /x",  # disjoint methods
    "path: /x, headers: { x-a: present }, methods: [ GET ]",  # more conditions
    "path: /x/",  # the trailing slash is significant
    "path: /X",
    "host: a.example, path: /x",
])
def test_no_tie(tmp_path, second):
    document = check(tmp_path, "routes:\n"
                     "  - { name: a, match: { path: /x, methods: [ GET ] }, authenticate: [ none ], respond: { status: 204 } }\n"
                     f"  - {{ name: b, match: {{ {second} }}, authenticate: [ none ], respond: {{ status: 204 }} }}\n")
    assert document["ok"], document["findings"]


def test_different_values_of_one_field_do_not_tie(tmp_path):
    rows = "".join(f"  - {{ name: r{value}, match: {{ path: /x, headers: {{ x-a: {value} }} }}, authenticate: [ none ],"
                   " respond: { status: 204 } }\n" for value in ("v1", "v2"))
    assert check(tmp_path, "routes:\n" + rows)["ok"]
    both = rows.replace("v2", "v1").replace("rv1", "second", 1)
    assert places(check(tmp_path, "routes:\n" + both), "route-tie")


def test_every_problem_at_once(tmp_path):
    document = check(tmp_path, "lisen: []\nlog: loud\nserver: { idle: soon, hed_max: 1 }\n"
                     "routes:\n  - { name: a, match: { path: /a }, authenticate: [ none ], upstream: nowhere }\n"
                     "  - { name: \"b c\", match: { path: b }, authenticate: [ none ], respond: { status: 204 } }\n")
    found = places(document)
    assert {(rule, line) for rule, line, _ in found} >= {
        ("unknown-key", 1), ("bad-value", 2), ("bad-value", 3), ("unknown-key", 3), ("unknown-name", 5), ("bad-value", 6)}
    assert found == sorted(found, key=lambda place: place[1:])


@pytest.mark.parametrize("text,meant", [
    ("lisen: []\n" + ROUTE, "listen"),
    ("server: { head_maxx: 1KiB }\n" + ROUTE, "head_max"),
    ("log: wran\n" + ROUTE, "warn"),
    ("upstreams: { posts: { targets: [ \"http://127.0.0.1:1\" ] } }\n"
     "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], upstream: post } ]\n", "posts"),
])
def test_did_you_mean(tmp_path, text, meant):
    errors = [finding for finding in check(tmp_path, text)["findings"] if finding["severity"] == "error"]
    assert len(errors) == 1
    assert meant in errors[0]["text"] + (errors[0]["fix"] or "")
    done = reeve("check", "reeve.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert f"did you mean" in (done.stdout + done.stderr).lower() and meant in done.stdout + done.stderr


def test_people_read_file_line_column_severity_and_rule(tmp_path):
    check(tmp_path, "lisen: []\n" + ROUTE)
    done = reeve("check", "reeve.yaml", cwd=tmp_path)
    assert "reeve.yaml:1:1: error[unknown-key]: " in done.stdout + done.stderr
    assert "\x1b[" not in done.stdout + done.stderr


def test_columns_count_characters(tmp_path):
    document = check(tmp_path, "data: \"äöü€\"\nserver: { x: \"日本\", hed: 1 }\n" + ROUTE)
    assert ("unknown-key", 2, 20) in places(document)


NOT_YET = {
    "store": "store: \"sqlite:reeve.db\"\n",
    "authenticators": "authenticators: { corp: { jwt: { issuer: \"https://id.example/\" } } }\n",
    "decisions": "decisions: { sample: 1% }\n",
    "cache": "cache: { size: 1MiB }\n",
    "mcp": "mcp: { a: b }\n",
}


@pytest.mark.parametrize("key", NOT_YET)
def test_what_comes_later_is_refused_at_its_key(tmp_path, key):
    found = places(check(tmp_path, NOT_YET[key] + ROUTE))
    assert [rule for rule, line, _ in found] == ["not-yet"], found
    assert found[0][1] == 1


@pytest.mark.parametrize("entry", ["price: { per_request: \"1 USD\" }", "cache: { ttl: 1s }"])
def test_what_comes_later_in_a_route(tmp_path, entry):
    document = check(tmp_path, "routes:\n  - name: a\n    match: { path: /a }\n    authenticate: [ basic ]\n"
                     f"    {entry}\n    respond: {{ status: 204 }}\n")
    rules = {(rule, line) for rule, line, _ in places(document)}
    assert ("not-yet", 5) in rules and ("not-yet", 4) in rules, document["findings"]


def test_a_key_that_stands_in_the_wrong_place_is_not_shown(tmp_path):
    key = Key(1)
    for place in ({"id": key.text, "hash": key.entry()["hash"]}, {"id": key.id, "hash": key.text},
                  {"id": key.id, "foreign": key.text}):
        (tmp_path / "reeve.yaml").write_text(json.dumps({"callers": [{"name": "ann", "keys": [place]}]}))
        done = reeve("check", "reeve.yaml", cwd=tmp_path)
        assert done.returncode == 1
        assert key.secret not in done.stdout + done.stderr


def test_an_empty_list_is_no_use_of_it(tmp_path):
    document = check(tmp_path, "callers: []\nexpect: []\nlimits: {}\n"
                     "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], limits: [], hours: [], require: [],"
                     " respond: { status: 204 } } ]\n")
    assert document["ok"], document["findings"]


def test_text_stays_text(launch):
    """Plain scalars are taken verbatim where text is wanted: no `on`, `1e5`, `18:00` surprises."""
    gateway = launch("data: ./data\nlisten: [ { address: \"127.0.0.1:0\" } ]\nadmin: { address: \"127.0.0.1:0\" }\n"
                     "routes:\n  - { name: on, match: { path: /a }, authenticate: [ none ],"
                     " respond: { status: 200, headers: { x-a: 1e5, x-b: 18:00, x-c: yes, x-d: 0x10, x-e: ~ }, body: null } }\n")
    answer = gateway.get("/a")
    assert [answer[name] for name in ("x-a", "x-b", "x-c", "x-d", "x-e")] == ["1e5", "18:00", "yes", "0x10", "~"]
    assert answer.body == b"null"


def test_environment_values(launch):
    base = ("data: ./data\nlisten: [ { address: \"127.0.0.1:0\" } ]\nadmin: { address: \"127.0.0.1:0\" }\n"
            "routes:\n  - { name: a, match: { path: /a }, authenticate: [ none ], respond: { status: 200, body: \"%s\" } }\n")
    gateway = launch(base % "${ONE} ${TWO:-two, three} $${ONE} ${THREE:-}", env={"ONE": "x: [1] #"})
    assert gateway.get("/a").body == b"x: [1] # two, three ${ONE} "


def test_anchors(launch):
    gateway = launch("data: ./data\nlisten: [ { address: \"127.0.0.1:0\" } ]\nadmin: { address: \"127.0.0.1:0\" }\n"
                     "routes:\n  - { name: a, match: { path: /a }, authenticate: &nobody [ none ], respond: &ok { status: 200, body: x } }\n"
                     "  - { name: b, match: { path: /b }, authenticate: *nobody, respond: *ok }\n")
    assert gateway.get("/a").body == gateway.get("/b").body == b"x"


def test_an_anchor_bomb_is_refused_quickly(tmp_path):
    lines = ["data: &a0 [ x, x, x, x, x, x, x, x, x ]"]
    lines += [f"k{level}: &a{level} [ {', '.join([f'*a{level - 1}'] * 9)} ]" for level in range(1, 12)]
    assert not check(tmp_path, "\n".join(lines) + "\n" + ROUTE)["ok"]
    assert not check(tmp_path, "data: " + "[" * 5000 + "]" * 5000 + "\n" + ROUTE)["ok"]


def test_include_merges_and_keeps_positions(tmp_path):
    files = {"b.yaml": ROUTE.replace("name: a", "name: b").replace("/a", "/b"), "c.yaml": "log: loud\n"}
    document = check(tmp_path, "include: [ \"[bc].yaml\" ]\n" + ROUTE, files=files)
    errors = [finding for finding in document["findings"] if finding["severity"] == "error"]
    assert [(error["file"].rpartition("/")[2], error["line"], error["rule"]) for error in errors] == [("c.yaml", 1, "bad-value")]


def test_a_name_given_twice_shows_both_places(tmp_path):
    document = check(tmp_path, "include: [ \"b.yaml\" ]\n" + ROUTE, files={"b.yaml": ROUTE.replace("/a", "/b")})
    error = next(finding for finding in document["findings"] if finding["rule"] == "duplicate-name")
    assert "reeve.yaml:2" in error["text"] + error["file"] + f":{error['line']}" and "b.yaml:1" in \
        error["text"] + error["file"] + f":{error['line']}"


def test_an_include_that_matches_nothing_is_a_warning(tmp_path):
    document = check(tmp_path, "include: [ \"nothing-*.yaml\" ]\n" + ROUTE)
    assert document["ok"]
    assert [rule for rule, _, _ in places(document, severity="warning")] == ["include"]
    assert not check(tmp_path, "include: [ \"nothing-*.yaml\" ]\n" + ROUTE, "--strict")["ok"]


def test_an_included_route_works(launch):
    gateway = launch("include: [ \"routes/*.yaml\" ]\ndata: ./data\nlisten: [ { address: \"127.0.0.1:0\" } ]\n"
                     "admin: { address: \"127.0.0.1:0\" }\n" + ROUTE,
                     files={"routes/b.yaml": ROUTE.replace("name: a", "name: b").replace("/a", "/b")})
    assert gateway.get("/a").status == gateway.get("/b").status == 204


def test_several_files_are_checked_each_by_itself(tmp_path):
    (tmp_path / "good.yaml").write_text(ROUTE)
    (tmp_path / "bad.yaml").write_text("lisen: []\n" + ROUTE)
    done = reeve("check", "--json", "good.yaml", "bad.yaml", cwd=tmp_path)
    assert done.returncode == 1
    findings = json.loads(done.stdout)["findings"]
    assert [finding["file"].rpartition("/")[2] for finding in findings if finding["severity"] == "error"] == ["bad.yaml"]


def test_an_unreadable_file_could_not_be_done(tmp_path):
    done = reeve("check", "missing.yaml", cwd=tmp_path)
    assert done.returncode == 3 and "missing.yaml" in done.stderr
    done = reeve("check", "--json", "missing.yaml", cwd=tmp_path)
    assert done.returncode == 3 and set(json.loads(done.stdout)["error"]) >= {"code", "detail"}


def test_the_complete_file_of_the_contract_names_only_what_is_not_there_yet(tmp_path):
    """Every key that works now, in one file: no finding."""
    config = configuration(
        [route("everything", match={"host": ["api.example.com", "*.example.org"], "path": ["/p", "/p/{x}"],
                                    "methods": ["GET", "POST"], "headers": {"x-a": "present"}, "query": {"q": "1"}},
               body={"max": "1MiB"},
               headers={"request": {"set": {"X-Team": "${route.name}"}, "add": {}, "remove": ["Cookie"], "keep": []},
                        "response": {"set": {}, "remove": []}},
               cors={"origins": ["https://app.example.com"], "methods": ["POST"], "headers": ["content-type"],
                     "expose": [], "credentials": False, "max_age": "10m"},
               forward={"path": "/v2/p", "host": "keep"}, encoded_slash="refuse", hidden=False, enabled=True,
               upgrade=["websocket"], timeout={"response": "30s", "idle": "60s", "total": "none"},
               maintenance={"retry_after": "10m"})],
        {"up": {"targets": ["http://127.0.0.1:9000", {"url": "https://10.0.0.7:9443", "weight": 2}],
                "tls": {"verify": True, "server_name": "posts.internal"}, "protocol": "http1",
                "balance": "least_requests", "timeout": {"connect": "1s", "response": "5s", "idle": "60s"},
                "retry": {"attempts": 2, "on": ["connect-failure", "503"]},
                "health": {"path": "/healthz", "every": "5s", "timeout": "2s", "rise": 2, "fall": 3},
                "ejection": {"failures": 5, "for": "10s", "max_share": "50%"},
                "connections": {"max": 1024, "keep": 128}}},
        server={"head_max": "32KiB", "uri_max": "16KiB", "head_timeout": "10s", "body_idle": "30s", "idle": "60s",
                "drain_delay": "0s", "drain": "30s", "connections": "auto", "allow_half_close": False},
        dns={"servers": []}, access_log="stdout", log="info", threads="auto", trusted_proxies=["10.0.0.0/8"],
        client_ip={"header": "x-forwarded-for", "proxy_protocol": False})
    document = check(tmp_path, json.dumps(config))
    assert [finding for finding in document["findings"] if finding["severity"] == "error"] == []


OPEN_TO_ALL = "trusted_proxies: [ 0.0.0.0/0 ]\n" + ROUTE


def test_the_audit_warns_and_strict_fails(tmp_path):
    document = check(tmp_path, OPEN_TO_ALL)
    assert document["ok"]
    assert places(document, severity="warning") == [("trusted-everybody", 1, 20)]
    done = reeve("check", "reeve.yaml", cwd=tmp_path)
    assert done.returncode == 0 and "reeve.yaml:1:20: warning[trusted-everybody]: " in done.stdout
    assert reeve("check", "--strict", "reeve.yaml", cwd=tmp_path).returncode == 1


def test_the_audit_hints_and_strict_is_content(tmp_path):
    document = check(tmp_path, "roles: { reader: [ posts:read ] }\n" + ROUTE, "--strict")
    assert document["ok"]
    assert ("unused", 1, 10) in places(document, severity="info")


@pytest.mark.parametrize("example", ["hello", "posts"])
def test_the_examples_pass_the_audit(tmp_path, example):
    done = reeve("check", "--strict", str(PROJECT / "examples" / example / "reeve.yaml"), cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_gateway_tells_warnings_of_the_audit_but_no_hints(launch):
    gateway = launch("data: ./data\nlisten: [ { address: \"127.0.0.1:0\" } ]\nadmin: { address: \"127.0.0.1:0\" }\n"
                     "roles: { reader: [ posts:read ] }\n" + OPEN_TO_ALL)
    assert gateway.get("/a").status == 204
    assert "warning[trusted-everybody]" in gateway.stderr
    assert "unused" not in gateway.stderr
