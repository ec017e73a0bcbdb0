# SPDX-License-Identifier: Apache-2.0
# Why: `reeve explain` and its admin resources, for decisions that were taken and for requests that were never sent.
# Contract 1, 5 and 7; fine print 1 and 5.
import json

import pytest
from harness.gateway import configuration, reeve, route
from harness.keys import Key

ANN, BOB, STRANGER = Key(1), Key(2), Key(99)
CHECKS = ("request global_network route method route_network ip_limit credential caller_network hours quarantine permission "
          "model body concurrency rate quota budget target").split()

TOP = {
    "networks": {"office": ["203.0.113.0/24"]},
    "trusted_proxies": ["127.0.0.1"],
    "roles": {"reader": ["posts:read"], "publisher": ["posts:*"]},
    "limits": {"few": {"rate": "1/10m", "burst": 2, "per": "caller"}},
    "callers": [{"name": "ann", "roles": ["publisher"], "keys": [ANN.entry()]},
                {"name": "bob", "roles": ["reader"], "keys": [BOB.entry()]}],
}
ROUTES = [
    route("publish", "/posts", match={"methods": ["POST"]}, authenticate=["key"], require=["posts:publish"],
          networks={"allow": ["office"]}, limits=["few"], body={"max": 10}),
    route("hidden", "/hidden", authenticate=["key"], hidden=True),
]
OFFICE = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture(scope="module")
def gateway(shared):
    return shared.before(None, ROUTES, defaults=None, **TOP)[0]


def explain(gateway, *arguments, expect=0, env=None):
    done = gateway.cli("explain", *arguments, "--json", env=env)
    assert done.returncode == expect, done.stdout + done.stderr
    return json.loads(done.stdout)


def checks(document):
    assert [check["check"] for check in document["checks"]] == CHECKS
    return {check["check"]: check for check in document["checks"]}


def test_a_past_refusal_is_explained_with_every_check_and_its_place(gateway):
    answer = gateway.fetch("POST", "/posts", BOB.bearer)
    document = explain(gateway, answer["Reeve-Decision"])
    assert document["decision"] == answer["Reeve-Decision"]
    assert (document["outcome"], document["status"], document["code"]) == ("deny", 403, "ip-not-allowed")
    assert document["configuration"]["current"] and document["configuration"]["available"]
    assert document["request"]["client_ip"] == "127.0.0.1" and document["request"]["path"] == "/posts"
    assert document["caller"]["name"] == "bob" and document["caller"]["key"] == BOB.id
    assert document["caller"]["roles"][0]["role"] == "reader"
    assert document["route"]["name"] == "publish" and document["route"]["at"].startswith("reeve.yaml:")
    all_checks = checks(document)
    assert all_checks["route_network"]["result"] == "fail" and all_checks["route_network"]["wanted"] == "office"
    assert all_checks["route_network"]["at"].startswith("reeve.yaml:")
    assert all_checks["permission"]["result"] == "fail"
    assert all_checks["credential"]["result"] == "pass"
    assert "saw" not in all_checks["body"], "the id does not hold what the body was"
    assert all_checks["quarantine"]["result"] == "skipped"
    assert all_checks["rate"]["result"] == "depends" and all_checks["rate"]["limit"] == "few"


def test_a_past_success_shows_that_its_counter_was_taken(gateway):
    answer = gateway.fetch("POST", "/posts", {**ANN.bearer, **OFFICE})
    document = explain(gateway, answer["Reeve-Decision"])
    assert (document["outcome"], document["status"], document["code"]) == ("allow", 200, None)
    assert checks(document)["rate"]["result"] == "pass"
    assert "X-Forwarded-For" in document["request"]["client_ip_source"]


def test_a_hidden_routes_refusal_is_shown_as_it_was(gateway):
    answer = gateway.get("/hidden")
    document = explain(gateway, answer["Reeve-Decision"])
    assert document["hidden"] is True and document["code"] == "credential-missing" and document["status"] == 404


def test_an_id_that_was_changed_or_made_elsewhere_cannot_be_opened(gateway):
    good = gateway.get("/nothing")["Reeve-Decision"]
    for wrong in (good[:-1] + ("A" if good[-1] != "A" else "B"), good[:50], "d_", "hello", "d_" + "A" * 200):
        done = gateway.cli("explain", wrong)
        assert done.returncode == 1, wrong
        assert gateway.ask_admin("GET", f"/v1/decisions/{wrong}", token=gateway.token).status == 404


def test_a_hypothetical_request_is_judged_like_a_real_one(gateway):
    url = "http://any.example/posts"
    allowed = explain(gateway, "--as", "ann", "--from", "203.0.113.9", "POST", url)
    assert (allowed["outcome"], allowed["status"], allowed["decision"]) == ("allow", None, None)
    assert checks(allowed)["credential"]["saw"] == "assumed"
    denied = explain(gateway, "--as", "bob", "--from", "203.0.113.9", "POST", url, expect=1)
    assert denied["code"] == "permission-missing"
    assert explain(gateway, "--from", "203.0.113.9", "POST", url, expect=1)["code"] == "credential-missing"
    keyed = explain(gateway, "--from", "203.0.113.9", "POST", url, env={"REEVE_KEY": ANN.text})
    assert keyed["caller"]["name"] == "ann" and keyed["caller"]["key"] == ANN.id
    unknown = explain(gateway, "--key", STRANGER.text, "--from", "203.0.113.9", "POST", url, expect=1)
    assert unknown["code"] == "credential-unknown"
    large = explain(gateway, "--as", "ann", "--from", "203.0.113.9", "-H", "Content-Length: 11", "POST", url, expect=1)
    assert large["code"] == "body-too-large"


def test_a_full_counter_makes_it_depend(launch):
    gateway, _ = launch.before(None, ROUTES, defaults=None, **TOP)
    for _ in range(2):
        gateway.fetch("POST", "/posts", {**ANN.bearer, **OFFICE})
    document = explain(gateway, "--as", "ann", "--from", "203.0.113.9", "POST", "http://h/posts", expect=1)
    assert document["outcome"] == "depends" and checks(document)["rate"]["left"] == 0


def test_a_file_is_asked_without_a_gateway(tmp_path):
    (tmp_path / "other.yaml").write_text(json.dumps(configuration(ROUTES, {"up": {"targets": ["http://127.0.0.1:9"]}},
                                                                  defaults=None, **TOP)))
    done = reeve("explain", "-c", "other.yaml", "--as", "ann", "--from", "203.0.113.9", "POST", "http://h/posts", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("allowed"), done.stdout + done.stderr
    assert "few" in done.stdout and "[other.yaml:" in done.stdout
    done = reeve("explain", "-c", "other.yaml", "--from", "1.2.3.4", "GET", "http://h/posts", cwd=tmp_path)
    assert done.returncode == 1 and "method-not-allowed" in done.stdout


def test_after_a_change_the_past_and_today_are_both_told(launch):
    gateway, upstream = launch.before(None, ROUTES, defaults=None, **TOP)
    decision = gateway.fetch("POST", "/posts", {**BOB.bearer, **OFFICE})["Reeve-Decision"]
    more = {**TOP, "roles": {"reader": ["posts:*"], "publisher": ["posts:*"]}}
    assert gateway.reload(configuration(ROUTES, {"up": upstream}, defaults=None, **more)).status == 200
    document = explain(gateway, decision)
    assert document["code"] == "permission-missing"
    assert document["configuration"]["available"] is True and document["configuration"]["current"] is False
    past = checks(document)["permission"]
    assert past["result"] == "fail" and past["saw"] == "none of them" and past["at"].startswith("reeve.yaml:")
    assert document["today"]["outcome"] == "allow" and document["today"]["route"]["name"] == "publish"


def test_an_earlier_configuration_is_kept_over_restarts_as_long_as_its_environment_is_the_same(launch):
    roles = {"reader": ["${GRANTED}"], "publisher": ["posts:*"]}
    upstream = launch.upstream()
    before = configuration(ROUTES, {"up": upstream}, defaults=None, **{**TOP, "roles": roles})
    gateway = launch(before, env={"GRANTED": "posts:read"})
    decision = gateway.fetch("POST", "/posts", {**BOB.bearer, **OFFICE})["Reeve-Decision"]
    assert gateway.reload(configuration(ROUTES, {"up": upstream}, defaults=None, **TOP)).status == 200
    gateway.stop()
    gateway.start()
    assert explain(gateway, decision)["configuration"]["available"] is True
    gateway.stop()
    gateway.env["GRANTED"] = "posts:write"
    gateway.start()
    document = explain(gateway, decision)
    assert document["configuration"]["available"] is False and document["configuration"]["loaded"] is None
    assert document["code"] == "permission-missing" and document["today"]["code"] == "permission-missing"


def test_a_request_without_a_route_is_told_the_nearest_ones(gateway):
    document = explain(gateway, "--from", "203.0.113.9", "GET", "http://h/post", expect=1)
    nearest = checks(document)["route"]["nearest"]
    assert nearest[0]["route"] == "publish" and nearest[0]["at"].startswith("reeve.yaml:")
    assert nearest[0]["differs"] == "path: wants /posts, got /post; method: wants POST, got GET"
    assert b"nearest" not in gateway.get("/post").body, "operators alone may see the names of routes"
    past = explain(gateway, gateway.get("/post")["Reeve-Decision"])
    assert checks(past)["route"]["nearest"][0]["route"] == "publish"
    assert "nearest: publish" in gateway.cli("explain", "--from", "203.0.113.9", "GET", "http://h/post").stdout


def test_ids_are_opened_after_a_restart(launch):
    gateway, _ = launch.before(None, ROUTES, defaults=None, **TOP)
    decision = gateway.get("/nothing")["Reeve-Decision"]
    gateway.stop()
    gateway.start()
    assert explain(gateway, decision)["code"] == "route-not-found"


@pytest.mark.parametrize("arguments", [
    ["POST", "http://h/"], ["--from", "here", "GET", "http://h/"], ["--from", "1.2.3.4", "GET", "ftp://h/"],
    ["--as", "carl", "--from", "1.2.3.4", "GET", "http://h/"], ["--as", "ann", "--key", "k", "--from", "1.2.3.4", "GET", "http://h/"],
    ["GET", "http://h/", "more"], [],
])
def test_wrong_questions_are_wrong_usage(gateway, arguments):
    done = gateway.cli("explain", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr


def test_the_admin_api_wants_its_token_and_known_members(gateway):
    body = json.dumps({"from": "1.2.3.4", "method": "GET", "url": "http://h/"}).encode()
    assert gateway.ask_admin("POST", "/v1/explain", body=body).status == 401
    assert gateway.ask_admin("POST", "/v1/explain", body=body, token=gateway.token).status == 200
    for wrong in (b"[]", b"{", b"{}", b'{"from":"1.2.3.4","method":"GET","url":"http://h/","who":1}'):
        assert gateway.ask_admin("POST", "/v1/explain", body=wrong, token=gateway.token).status == 400
