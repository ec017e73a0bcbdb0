# SPDX-License-Identifier: Apache-2.0
# What operators look at and touch: the admin address, metrics, the access log, the bodies of the gateway's own answers;
# and that secrets are in none of them. Contract 4.1, 7, 9; fine print 1, 4, 7.
import json
import os
import re
import signal
import subprocess
import time

import pytest
from harness.client import Connection
from harness.gateway import BINARY, clean_environment, configuration, route
from harness.waiting import stays, wait_until

LOG_FIELDS = ["time", "decision", "code", "check", "client_ip", "peer", "caller", "team", "key", "route", "method", "host",
              "path", "status", "origin", "protocol", "tls", "bytes_in", "bytes_out", "duration", "attempts", "target",
              "upstream_status", "upstream_duration", "request_id", "trace_id", "cost"]


@pytest.fixture(scope="module")
def up(shared):
    return shared.upstream()


@pytest.fixture(scope="module")
def gateway(shared, up):
    return shared(configuration([route(), route("own", "/own", respond={"status": 200, "body": "own"}),
                                 route("m", "/m", match={"methods": ["GET"]}),
                                 route("small", "/small", body={"max": "10B"})], {"up": up}))


# The admin address

@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_need_no_token_and_no_host(gateway, path):
    assert gateway.ask_admin("GET", path).status == 200
    assert gateway.ask_admin("GET", path, {"Host": "probe.example"}).status == 200
    assert gateway.ask_admin("HEAD", path).status == 200
    assert gateway.get(path).json()["target"] == path  # on the public side it is a path like any other


@pytest.mark.parametrize("token", [None, "wrong", ""])
def test_the_rest_needs_the_token(gateway, token):
    answer = gateway.ask_admin("POST", "/v1/reload", {"Authorization": f"Bearer {token}"} if token is not None else {})
    assert answer.status == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.problem()["status"] == 401


def test_the_tokens_place_is_authorization_only(gateway):
    assert gateway.ask_admin("POST", "/v1/reload?token=" + gateway.token).status == 401
    assert gateway.ask_admin("POST", "/v1/reload", {"Cookie": "token=" + gateway.token}).status == 401


def test_a_foreign_host_is_421(gateway):
    answer = gateway.ask_admin("POST", "/v1/reload", {"Host": "evil.example"}, token=gateway.token)
    assert answer.status == 421 and answer.problem()["status"] == 421


def test_what_the_admin_address_does_not_know(gateway):
    assert gateway.ask_admin("GET", "/v1/nothing", token=gateway.token).status == 404
    answer = gateway.ask_admin("GET", "/v1/reload", token=gateway.token)
    assert answer.status == 405 and "POST" in answer["Allow"]
    assert gateway.ask_admin("POST", "/v1/reload?surprise=1", token=gateway.token).status == 400


def test_reload_answers_what_it_did(gateway):
    answer = gateway.reload()
    assert answer.status == 200 and answer["Content-Type"].startswith("application/json")
    document = answer.json()
    assert document["ok"] is True and document["changed"] is False and document["findings"] == []
    assert set(document) >= {"ok", "changed", "configuration", "findings", "loses", "digest"}


def test_config_shows_what_is_served(gateway):
    document = gateway.ask_admin("GET", "/v1/config", token=gateway.token).json()
    assert document["file"] == str(gateway.file) and document["files"] == ["reeve.yaml"]
    assert document["hash"] == gateway.reload().json()["configuration"]
    written = json.loads(gateway.file.read_text())
    assert document["configuration"]["routes"] == written["routes"]


def test_stats_sum_up_what_was_served(gateway):
    gateway.get("/own")
    gateway.fetch("POST", "/m")
    gateway.wait_log(lambda line: line["path"] == "/m")
    stats = gateway.ask_admin("GET", "/v1/stats", token=gateway.token).json()
    assert stats["requests"]["total"] == stats["requests"]["gateway"] + stats["requests"]["upstream"]
    assert sum(stats["requests"]["statuses"].values()) == stats["requests"]["total"] >= 2
    assert 0 < stats["requests"]["duration"]["p50"] <= stats["requests"]["duration"]["p99"]
    assert "own" in [row["route"] for row in stats["routes"]]
    assert "method-not-allowed" in [row["code"] for row in stats["refusals"]]
    assert stats["targets"][0]["upstream"] == "up" and stats["targets"][0]["healthy"] is True
    assert stats["connections"]["opened"] >= stats["connections"]["open"]


def test_hostile_requests_to_the_admin_address(gateway):
    for data in (b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"POST /v1/reload HTTP/1.1\r\nHost : a\r\n\r\n",
                 b"GET " + b"x" * 100_000):
        with Connection(gateway.admin) as connection:
            try:
                connection.send(data)
            except ConnectionError:
                pass
            assert connection.answer().status in (400, 414, 431)
    assert gateway.ask_admin("GET", "/healthz").status == 200


# Metrics

def test_metrics_have_their_names(gateway):
    gateway.get("/own")
    gateway.get("/own?secret=1")
    gateway.fetch("POST", "/m")
    gateway.get("/")
    gateway.wait_log(lambda line: line["path"] == "/")
    answer = gateway.ask_admin("GET", "/metrics")
    assert answer["Content-Type"].startswith("text/plain")
    text = answer.body.decode()
    for name in ("reeve_requests_total", "reeve_request_duration_seconds", "reeve_refusals_total", "reeve_target_healthy",
                 "reeve_connections", "reeve_config_last_reload_success", "reeve_loop_lag_seconds"):
        assert re.search(rf"^# TYPE {name} ", text, re.M), name
    values = gateway.metrics()

    def series(name, **labels):
        return sum(value for key, value in values.items() if key.partition("{")[0] == name
                   and all(f'{label}="{wanted}"' in key for label, wanted in labels.items()))

    assert series("reeve_requests_total", route="own", method="GET", status="200", origin="gateway") >= 2
    assert series("reeve_requests_total", route="all", method="GET", status="200", origin="upstream") >= 1
    assert series("reeve_refusals_total", code="method-not-allowed", check="method") >= 1
    assert series("reeve_request_duration_seconds_count") >= 4
    assert series("reeve_request_duration_seconds_bucket", le="+Inf") == series("reeve_request_duration_seconds_count")
    assert series("reeve_config_last_reload_success") == 1
    assert series("reeve_connections") >= 0


def test_metrics_are_well_formed_and_bounded(gateway):
    for number in range(30):
        gateway.fetch(f"METHOD{number}", f"/path{number}", {"Host": f"host{number}.example"})
    gateway.wait_log(lambda line: line["method"] == "METHOD29")
    text = gateway.ask_admin("GET", "/metrics").body.decode()
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \S+ .*|\w+(\{(\w+="(\\.|[^"\\])*",?)*\})? [-+0-9.eEInfNa]+', line), line
    assert "host29.example" not in text and "/path29" not in text and text.count("METHOD") <= 1


# The access log

def test_a_log_line_has_exactly_the_fields(gateway):
    gateway.fetch("POST", "/a/../b?secret=hunter2", {"X-Request-Id": "log-1", "Cookie": "c=hunter2",
                                                     "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                  b"a body", host="WWW.Example.com:80")
    entry = gateway.wait_log(lambda line: line["request_id"] == "log-1")[0]
    assert list(entry) == LOG_FIELDS
    assert entry["decision"].startswith("d_")
    for name in ("caller", "team", "key", "cost", "code", "check"):
        assert entry[name] is None, name
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", entry["time"])
    assert entry["client_ip"] == "127.0.0.1" and entry["peer"].startswith("127.0.0.1")
    assert (entry["route"], entry["method"], entry["path"], entry["status"]) == ("all", "POST", "/b", 200)
    assert entry["host"].lower().startswith("www.example.com")
    assert entry["origin"] == "upstream" and entry["protocol"] == "HTTP/1.1"
    assert entry["bytes_in"] >= 6 and entry["bytes_out"] > 0
    assert 0 < entry["duration"] < 5 and 0 < entry["upstream_duration"] <= entry["duration"]
    assert entry["attempts"] == 1 and entry["upstream_status"] == 200
    assert entry["target"].startswith("http://127.0.0.1:") or entry["target"].startswith("127.0.0.1:")
    assert entry["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert "hunter2" not in json.dumps(entry)


def test_the_log_of_a_refusal(gateway):
    gateway.fetch("POST", "/m", {"X-Request-Id": "log-2"})
    entry = gateway.wait_log(lambda line: line["request_id"] == "log-2")[0]
    assert list(entry) == LOG_FIELDS
    assert (entry["code"], entry["check"], entry["status"], entry["origin"]) == ("method-not-allowed", "method", 405, "gateway")
    assert entry["target"] is None and entry["upstream_status"] is None and entry["upstream_duration"] is None
    gateway.get("/own", {"X-Request-Id": "log-3"})
    entry = gateway.wait_log(lambda line: line["request_id"] == "log-3")[0]
    assert (entry["code"], entry["route"], entry["origin"]) == (None, "own", "gateway")


def test_what_never_became_a_request_is_logged_too(launch):
    gateway = launch(configuration([route(respond={"status": 200})]))
    with gateway.connect() as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")
        assert connection.answer().status == 400
    entry = gateway.wait_log()[0]
    assert list(entry) == LOG_FIELDS
    assert (entry["status"], entry["code"], entry["check"]) == (400, "request-malformed", "request")
    assert entry["route"] is None


def test_the_log_can_be_off_or_a_file(launch):
    off = launch(configuration([route(respond={"status": 200})], access_log="off"))
    assert off.get("/").status == 200
    assert stays(lambda: off.stdout == "", 0.2)
    filed = launch(configuration([route(respond={"status": 200})], access_log="file:access.log"))
    assert filed.get("/first").status == 200
    path = filed.data / "access.log"
    wait_until(lambda: path.exists() and "/first" in path.read_text(), "the line in the file")
    path.rename(filed.data / "access.log.1")
    filed.signal(signal.SIGUSR1)
    wait_until(path.exists, "the file to be opened again")
    assert filed.get("/second").status == 200
    wait_until(lambda: "/second" in path.read_text(), "the line in the new file")
    assert "/second" not in (filed.data / "access.log.1").read_text()
    assert filed.stdout == ""


def test_a_reader_of_stdout_that_stops_does_not_stop_requests(launch, tmp_path):
    """A full pipe: lines are dropped and counted, requests are answered."""
    gateway = launch(configuration([route(respond={"status": 200})]), start=False)
    reading, writing = os.pipe()
    gateway.out_path, gateway.err_path = tmp_path / "out", tmp_path / "err"
    gateway.out_path.touch()
    with open(gateway.err_path, "wb") as err:
        gateway.process = subprocess.Popen([str(BINARY), "run", "-c", str(gateway.file)], cwd=gateway.folder, stdout=writing,
                                           stderr=err, env=clean_environment())
    os.close(writing)
    gateway.wait_ready()
    with gateway.connect() as connection:
        started = time.monotonic()
        for _ in range(3000):
            assert connection.fetch("GET", "/" + "x" * 100).status == 200
        assert time.monotonic() - started < 20
    os.close(reading)
    assert gateway.get("/").status == 200


# The gateway's own answers

PROBLEMS = [
    (lambda gateway: gateway.fetch("POST", "/m"), 405, "method-not-allowed", "method"),
    (lambda gateway: gateway.fetch("POST", "/small", body=b"x" * 11), 413, "body-too-large", "body"),
    (lambda gateway: gateway.get("/%zz"), 400, "request-malformed", "request"),
    (lambda gateway: gateway.fetch("TRACE", "/"), 501, "method-not-implemented", "request"),
]


@pytest.mark.parametrize("index", range(len(PROBLEMS)))
def test_a_refusal_is_a_problem_document(gateway, index):
    make, status, code, check = PROBLEMS[index]
    answer = make(gateway)
    assert answer.status == status
    problem = answer.problem()
    assert problem["type"] == f"https://reeve.invalid/problems/{code}"
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"] and problem["detail"]
    assert problem["instance"] == "urn:reeve:decision:" + answer["Reeve-Decision"]
    reason = problem["reasons"][0]
    assert (reason["code"], reason["check"]) == (code, check) and reason["detail"]
    assert answer["Reeve-Origin"] == "gateway"
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", answer["X-Request-Id"])
    assert answer["Date"]


@pytest.mark.parametrize("accept,kind", [
    (None, "application/problem+json"), ("*/*", "application/problem+json"), ("application/*", "application/problem+json"),
    ("application/json", "application/problem+json"), ("application/problem+json;q=0.1", "application/problem+json"),
    ("text/html, */*;q=0.1", "application/problem+json"), ("text/html", "text/plain"), ("text/plain", "text/plain"),
    ("application/json;q=0, text/*", "text/plain"), ("application/xml", "text/plain"),
])
def test_text_for_those_who_take_no_json(gateway, accept, kind):
    answer = gateway.fetch("POST", "/m", {"Accept": accept} if accept is not None else {})
    assert answer["Content-Type"].startswith(kind), answer
    if kind == "text/plain":
        assert "method-not-allowed" in answer.body.decode() or "POST" in answer.body.decode()


def test_head_gets_headers_only(gateway):
    with gateway.connect() as connection:
        answer = connection.fetch("HEAD", "/%zz/")
        assert answer.status == 400 and answer.body == b""


def test_what_the_client_sent_is_not_echoed_raw(gateway):
    answer = gateway.fetch("POST", "/m?<script>alert(1)</script>", {"Accept": "text/html", "X-Request-Id": "<b>"})
    assert b"<script>" not in answer.body and "<b>" not in (answer["X-Request-Id"] or "")


# Secrets

def test_secrets_are_nowhere(launch):
    """The admin token, and what clients send in fields and queries, show up in no output."""
    marks = {name: f"mark-{name}-7f3a" for name in ("authorization", "cookie", "query", "key", "body", "set-cookie", "basic")}
    up = launch.upstream(lambda connection, request: connection.answer(200, {"Set-Cookie": marks["set-cookie"]}))
    gateway = launch(configuration([route(), route("m", "/m", match={"methods": ["PUT"]})], {"up": up}, log="debug"))
    fields = {"Authorization": f"Bearer {marks['authorization']}", "Cookie": marks["cookie"], "X-Api-Key": marks["key"],
              "Proxy-Authorization": f"Basic {marks['basic']}"}
    shown = ""
    for method, target in (("POST", "/"), ("POST", "/m"), ("TRACE", "/"), ("POST", "/%zz")):
        answer = gateway.fetch(method, f"{target}?k={marks['query']}", fields, marks["body"].encode())
        if answer["Reeve-Origin"] == "gateway":
            shown += repr(answer)
    gateway.ask_admin("POST", "/v1/reload", {"Authorization": f"Bearer {marks['key']}"})
    gateway.reload()
    gateway.wait_log(count=4)
    shown += gateway.ask_admin("GET", "/metrics").body.decode() + gateway.reload().body.decode()
    token = gateway.token
    gateway.stop()
    shown += gateway.stdout + gateway.stderr
    for name, mark in {**marks, "token": token}.items():
        assert mark not in shown, name
