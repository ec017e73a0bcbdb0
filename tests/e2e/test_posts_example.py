# SPDX-License-Identifier: Apache-2.0
# The two programs of examples/posts by themselves: what the client says and ends with for each kind of answer, that
# the service loses no post, and that the keys printed in the README are those of reeve.yaml. Needs no gateway.
import hashlib
import http.server
import json
import re
import subprocess
import sys
import threading
import zlib

import pytest
from harness.gateway import PROJECT, clean_environment

FOLDER = PROJECT / "examples/posts"
DECISION = "d_AQ" + "x" * 126
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY = re.compile(r"rv_live_\w+")


def problem(status, code, *reasons, title="A title"):
    return status, {"Content-Type": "application/problem+json", "Reeve-Origin": "gateway", "Reeve-Decision": DECISION}, {
        "title": title, "status": status, "code": code,
        "reasons": [{"code": code, "check": "c", "detail": detail, "fix": fix} for detail, fix in reasons]}


@pytest.fixture
def client():
    """Runs the client against a server that gives one answer."""
    servers = []

    def run(answer, *arguments):
        status, fields, document = answer

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.server.seen = self.headers
                body = json.dumps(document).encode()
                self.send_response(status)
                for name, value in {**fields, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = run_client(f"http://127.0.0.1:{server.server_port}", *arguments)
        return done, server

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


def run_client(url, *arguments):
    return subprocess.run([sys.executable, FOLDER / "client.py", "--url", url, *arguments], env=clean_environment(),
                          capture_output=True, text=True, timeout=30)


def test_a_refusal_is_told_with_every_reason_and_the_next_step(client):
    done, server = client(problem(403, "permission-missing", ("Detail one.", "Fix one."), ("Detail two.", "Fix two.")),
                          "--key", "rv_live_x", "publish", "hello")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        "Refused: A title (403 permission-missing).\n"
        "  1. Detail one.\n     What to do: Fix one.\n"
        "  2. Detail two.\n     What to do: Fix two.\n"
        f"Decision: {DECISION}\nNext: reeve explain {DECISION}\n")
    assert server.seen["Authorization"] == "Bearer rv_live_x"


@pytest.mark.parametrize("answer, code", [
    (problem(401, "credential-expired", ("D.", "F.")), 1),
    (problem(403, "ip-not-allowed", ("D.", "F.")), 1),
    (problem(404, "route-not-found", ("D.", "F.")), 5),
    (problem(413, "body-too-large", ("D.", "F.")), 5),
    (problem(429, "rate-limited", ("D.", "F.")), 4),
    (problem(502, "upstream-unreachable", ("D.", "F.")), 3),
    ((200, {"Content-Type": "application/json"}, {"posts": []}), 0),
    ((403, {"Content-Type": "application/json", "Reeve-Origin": "upstream"}, {"error": "not yours"}), 5),
    ((403, {"Content-Type": "application/problem+json", "Reeve-Origin": "upstream"}, {"code": "permission-missing"}), 5),
    ((500, {"Content-Type": "text/plain"}, "broken"), 3),
])
def test_the_exit_code_tells_what_kind_of_answer_came(client, answer, code):
    done, _ = client(answer, "list")
    assert done.returncode == code
    assert ("reeve explain" in done.stderr) == (DECISION in answer[1].values())


def test_a_wait_is_told(client):
    status, fields, document = problem(429, "rate-limited", ("D.", "F."))
    done, _ = client((status, {**fields, "Retry-After": "20"}, document), "publish", "hello")
    assert "The same request will pass in 20 s." in done.stderr


def test_nothing_that_came_acts_on_the_terminal(client):
    done, _ = client(problem(403, "c\x1b[31m", ("a\r\nb\x07", "\u202ec"), title="t\x9b2J"), "list")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stderr)


def test_no_answer_is_trouble_not_a_refusal():
    done = run_client("http://127.0.0.1:1", "list")
    assert done.returncode == 3 and "No answer" in done.stderr


class Service:
    def __init__(self, folder):
        self.folder = folder
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, FOLDER / "upstream.py", "--port", "0", "--file", "posts.jsonl"],
                                        cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def service(tmp_path):
    started = Service(tmp_path)
    yield started
    started.stop()


def test_posts_are_published_listed_and_read(service):
    assert run_client(service.url, "publish", "Sunset", "--lat", "52.49", "--lon", "13.42").returncode == 0
    assert run_client(service.url, "publish", "Harbour", "--lat", "53.55", "--lon", "9.99").returncode == 0
    assert [line.split("  ")[-1] for line in run_client(service.url, "list").stdout.splitlines()] == ["Harbour", "Sunset"]
    near = run_client(service.url, "list", "--near", "52.5,13.4", "--km", "5").stdout
    assert "Sunset" in near and "Harbour" not in near
    assert "Harbour" in run_client(service.url, "read", "2").stdout
    assert run_client(service.url, "read", "3").returncode == 5
    assert run_client(service.url, "publish", " ").returncode == 5


def test_no_post_is_lost_when_the_service_is_killed(service, tmp_path):
    for number in range(5):
        assert run_client(service.url, "publish", f"post {number}").returncode == 0
    service.stop()
    with open(tmp_path / "posts.jsonl", "a") as file:
        file.write('{"id": 6, "text": "ha')
    service.start()
    listed = run_client(service.url, "list").stdout
    assert all(f"post {number}\n" in listed for number in range(5)) and "ha" not in listed
    assert run_client(service.url, "publish", "after").stdout.startswith("6  ")
    assert len((tmp_path / "posts.jsonl").read_text().splitlines()) == 6


def checksum(text):
    rest = zlib.crc32(text.encode())
    digits = ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return digits


def test_the_keys_of_the_readme_are_those_of_the_configuration():
    configured = dict(re.findall(r'id: "(\w{8})", hash: "sha256:([0-9a-f]{64})"', (FOLDER / "reeve.yaml").read_text()))
    printed = set(KEY.findall((FOLDER / "README.md").read_text()))
    right = {key for key in printed if checksum(key[:-6]) == key[-6:]}
    assert len(printed - right) == 1  # the mistyped one
    assert all(len(key) == 52 for key in printed)
    known = {key[8:16]: hashlib.sha256(key[16:46].encode()).hexdigest() for key in right}
    assert {key_id: known.get(key_id) for key_id in configured} == configured
    assert set(known) - set(configured) == {"NobodyXx"}
