# SPDX-License-Identifier: Apache-2.0
# Nobody is denied unseen: `reeve plan`, POST /v1/plan, and the gate of reloads and starts. Contract 6; fine print 1, 6.
import json

import pytest
from harness.gateway import configuration, reeve, route
from harness.keys import Key

ANN, BOB = Key(1), Key(2)
OFFICE = {"office": ["203.0.113.0/24"]}
ROLES = {"reader": ["posts:read"], "publisher": ["posts:*"]}


def policy(*, bob=("reader",), networks=None, hours=None, **top):
    publish = route("publish", "/posts", match={"methods": ["POST"]}, authenticate=["key"], require=["posts:publish"],
                    networks={"allow": ["office"]}, upstream=None, respond={})
    read = route("read", "/posts", match={"methods": ["GET"]}, authenticate=["key"], require=["posts:read"], upstream=None,
                 respond={}, **({"hours": hours} if hours else {}))
    return configuration([publish, read], defaults=None, **{
        "gate": None, "networks": networks or OFFICE, "roles": ROLES,
        "callers": [{"name": "ann", "roles": ["publisher"], "keys": [ANN.entry()]},
                    {"name": "bob", "roles": list(bob), "keys": [BOB.entry()]}], **top})


def plan_files(tmp_path, before, after, *arguments):
    (tmp_path / "old.yaml").write_text(json.dumps(before, indent=1))
    (tmp_path / "new.yaml").write_text(json.dumps(after, indent=1))
    return reeve("plan", "new.yaml", "--against", "old.yaml", *arguments, cwd=tmp_path)


def test_two_files_are_compared_without_a_gateway(tmp_path):
    done = plan_files(tmp_path, policy(), policy(bob=[]), "--json")
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == {"loses", "gains", "changed", "expect", "audit", "same", "digest"}
    row, = document["loses"]
    assert (row["caller"], row["route"], row["method"]) == ("bob", "read", "GET")
    assert (row["was"], row["becomes"], row["hours"]) == ("allow", "permission-missing", "always")
    assert row["networks"] == ["0.0.0.0/0", "::/0"] and row["because"].startswith("new.yaml:")
    assert row["witness"]["as"] == "bob" and row["witness"]["method"] == "GET"
    text = plan_files(tmp_path, policy(), policy(bob=[])).stdout
    assert "bob: GET read" in text and "reeve reload --accept-lost " + document["digest"] in text


def test_what_is_gained_is_no_loss(tmp_path):
    done = plan_files(tmp_path, policy(bob=[]), policy(), "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["loses"] == [] and document["gains"][0]["becomes"] == "allow" and document["same"] is False
    assert plan_files(tmp_path, policy(), policy()).stdout == "Nobody gains or loses anything.\n"


def test_a_new_file_with_errors_is_told_with_its_findings(tmp_path):
    done = plan_files(tmp_path, policy(), policy(bob=["raeder"]), "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["ok"] is False and document["findings"][0]["rule"] == "unknown-name"
    assert "did you mean `reader`" in plan_files(tmp_path, policy(), policy(bob=["raeder"])).stderr


def test_a_plans_rows_come_true(launch):
    gateway = launch(policy())
    after = policy(networks={"office": ["203.0.113.0/25", "127.0.0.0/8"]})
    (gateway.folder / "next.yaml").write_text(json.dumps(after, indent=1, ensure_ascii=False))
    done = gateway.cli("plan", "next.yaml", "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert [row["networks"] for row in document["loses"]] == [["203.0.113.128/25"]]
    assert [row["networks"] for row in document["gains"]] == [["127.0.0.0/8"]]
    assert gateway.fetch("POST", "/posts", ANN.bearer).status == 403
    gateway.write(after)
    assert gateway.cli("reload", "--accept-lost", document["digest"]).returncode == 0
    assert gateway.fetch("POST", "/posts", ANN.bearer).status == 200
    for row in document["loses"]:
        witness = row["witness"]
        explained = gateway.cli("explain", "--as", witness["as"], "--from", witness["from"], "--at", witness["at"],
                                witness["method"], witness["url"], "--json")
        assert json.loads(explained.stdout)["code"] == row["becomes"]


def test_the_gate_refuses_lost_access_until_it_is_accepted(launch):
    gateway = launch(policy())
    assert gateway.fetch("GET", "/posts", BOB.bearer).status == 200
    gateway.write(policy(bob=[]))
    done = gateway.cli("reload", "--json")
    assert done.returncode == 1, done.stdout
    document = json.loads(done.stdout)
    assert set(document) == {"ok", "changed", "configuration", "findings", "loses", "digest"}
    assert document["ok"] is False and document["loses"][0]["caller"] == "bob"
    assert gateway.fetch("GET", "/posts", BOB.bearer).status == 200, "nothing has changed"
    answer = gateway.ask_admin("POST", "/v1/reload", token=gateway.token)
    assert answer.status == 409 and answer.problem()["code"] == "access-lost"
    assert answer.json()["digest"] == document["digest"]
    stale = gateway.cli("reload", "--accept-lost", "0" * 64)
    assert stale.returncode == 1 and document["digest"] in stale.stderr
    assert gateway.cli("reload", "--accept-lost", document["digest"]).returncode == 0
    assert gateway.fetch("GET", "/posts", BOB.bearer).status == 403


def test_the_new_file_may_accept_the_digest_itself(launch):
    gateway = launch(policy())
    gateway.write(policy(bob=[], gate={"accept": []}))
    digest = json.loads(gateway.cli("reload", "--json").stdout)["digest"]
    gateway.write(policy(bob=[], gate={"accept": [digest]}))
    assert gateway.cli("reload").returncode == 0


@pytest.mark.parametrize("change", [{"hours": [{"days": "mon-fri", "from": "08:00", "to": "18:00"}]},
                                    {"networks": {"office": ["203.0.113.0/25"]}}])
def test_every_kind_of_loss_is_gated(launch, change):
    gateway = launch(policy())
    gateway.write(policy(**change))
    assert gateway.cli("reload").returncode == 1


def test_a_key_that_was_revoked_or_a_caller_that_was_removed_is_wanted(launch):
    gateway = launch(policy())
    document = policy()
    document["callers"][1]["keys"][0]["revoked"] = True
    gateway.write(document)
    assert gateway.cli("reload").returncode == 0
    document["callers"].pop()
    gateway.write(document)
    assert gateway.cli("reload").returncode == 0


def test_a_start_with_lost_access_warns_and_serves(launch):
    gateway = launch(policy())
    gateway.stop()
    gateway.write(policy(bob=[]))
    gateway.start()
    assert gateway.fetch("GET", "/posts", BOB.bearer).status == 403
    assert "lost-access" in gateway.stderr and "bob: GET read: allow becomes permission-missing" in gateway.stderr


def test_what_the_admin_api_refuses_of_a_plan(launch):
    gateway = launch(policy())
    for body in ("", "{}", "[]", '{"config": 1}', '{"config": "a", "at": "now"}', '{"config": "a", "more": 1}'):
        assert gateway.ask_admin("POST", "/v1/plan", body=body.encode(), token=gateway.token).status == 400, body
    answer = gateway.ask_admin("POST", "/v1/plan", body=json.dumps({"config": "routez: []"}).encode(), token=gateway.token)
    assert answer.status == 422 and answer.json()["findings"][0]["rule"] == "unknown-key"
    assert gateway.ask_admin("POST", "/v1/plan", body=json.dumps({"config": "a"}).encode()).status == 401
