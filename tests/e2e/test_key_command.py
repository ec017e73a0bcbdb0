# SPDX-License-Identifier: Apache-2.0
# `reeve key create CALLER --print`: a key whose form another reader of the contract agrees with, and a line of YAML
# that says the same. Contract 1 and 3; fine print 1 and 3.
import hashlib
import json
import re

import pytest
from harness.gateway import reeve
from harness.keys import checksum

def create(tmp_path, *options, caller="ci-bot"):
    done = reeve("key", "create", caller, "--print", "--json", *options, cwd=tmp_path)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_the_key_and_its_hash(tmp_path):
    made = create(tmp_path)
    assert set(made) == {"key", "id", "hash", "line"}
    assert re.fullmatch(r"rv_live_[0-9A-Za-z]{44}", made["key"])
    body, secret = made["key"][:46], made["key"][16:46]
    assert made["key"][46:] == checksum(body)
    assert made["id"] == made["key"][8:16]
    assert made["hash"] == "sha256:" + hashlib.sha256(secret.encode()).hexdigest()
    assert list(tmp_path.iterdir()) == []


def test_the_line_is_one_flow_mapping(tmp_path):
    made = create(tmp_path)
    assert made["line"] == f'{{ id: "{made["id"]}", hash: "{made["hash"]}" }}'
    made = create(tmp_path, "--env", "test", "--expires", "2027-01-31")
    assert made["key"].startswith("rv_test_")
    assert made["line"] == (f'{{ id: "{made["id"]}", hash: "{made["hash"]}", env: test, expires: 2027-01-31 }}')


def test_people_see_the_key_and_the_line(tmp_path):
    done = reeve("key", "create", "ci-bot", "--print", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    [key] = re.findall(r"rv_live_[0-9A-Za-z]{44}", done.stdout)
    assert f'{{ id: "{key[8:16]}", hash: "sha256:' in done.stdout


def test_no_two_keys_are_alike(tmp_path):
    assert len({create(tmp_path)[part] for part in ("key", "id") for _ in range(5)}) == 10


@pytest.mark.parametrize("arguments", [
    ["ci bot", "--print"], ["anonymous", "--print"], ["ci-bot", "--print", "--env", "prod"],
    ["ci-bot", "--print", "--expires", "tomorrow"], ["--print"], ["ci-bot"],
])
def test_wrong_usage(tmp_path, arguments):
    done = reeve("key", "create", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == "" and done.stderr != ""
    done = reeve("key", "create", "--json", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and set(json.loads(done.stdout)["error"]) == {"code", "detail"}


def test_the_environment_is_that_of_the_configuration_found(tmp_path):
    (tmp_path / "reeve.yaml").write_text("environment: test\n")
    assert create(tmp_path)["key"].startswith("rv_test_")
    assert create(tmp_path, "--env", "live")["key"].startswith("rv_live_")
