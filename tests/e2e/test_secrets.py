# SPDX-License-Identifier: Apache-2.0
# Secrets are planted in every place where one can come in, right and wrong; then everything that leaves the process is
# searched for them, as they are, percent-encoded, in base64 and in hex, whole or in part. What an upstream is to get it
# gets; an accepted credential it does not. Contract 3 (redacted everywhere), 7 and 9; fine print 3.
import base64
import hashlib
import json
import pathlib

import pytest
from harness.gateway import configuration, reeve, route
from harness.keys import Key


def mark(name):
    """Nobody writes this by chance, and every character is one that no encoding has to escape."""
    return "s" + hashlib.sha256(name.encode()).hexdigest()[:29]


class Planted:
    """Secrets by name, and the texts under which they must not be found."""

    def __init__(self):
        self.texts = {}

    def __call__(self, name):
        return self.texts.setdefault(name, mark(name))

    def key(self, name, environment="live"):
        key = Key(len(self.texts) + 100, environment)
        self.texts[name] = key.secret
        return key

    @staticmethod
    def forms(secret):
        """Pieces of it, so that a shortened one is found too."""
        for at in range(0, max(len(secret) - 14, 1), 5):
            piece = secret[at:at + 14].encode()
            yield piece
            yield piece.hex().encode()
            yield piece.hex().upper().encode()
            yield b"".join(b"%%%02X" % byte for byte in piece)
            yield b"".join(b"%%%02x" % byte for byte in piece)
        for shift in range(3):  # base64 has three ways to write a text within another one
            inner = base64.b64encode(b"\0" * shift + secret.encode())[4:-4]
            for at in range(0, max(len(inner) - 16, 1), 6):
                yield inner[at:at + 16]

    def found_in(self, name, data):
        return next((form for form in self.forms(self.texts[name]) if form in data), None)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


PLANTED = Planted()
# Right keys, one for each place.
BEARER, API, GOOG, PASSWORD, REEVE, QUERY = (PLANTED.key(f"a right key in {place}") for place in (
    "Authorization", "X-Api-Key", "x-goog-api-key", "Basic", "Reeve-Key", "the query"))
EXPIRED, REVOKED = PLANTED.key("an expired key"), PLANTED.key("a revoked key")
TEST = PLANTED.key("a key of the other environment", "test")
RIGHT = [BEARER, API, GOOG, PASSWORD, REEVE, QUERY]
FOREIGN = PLANTED("a right foreign key")
ENV_TOKEN, ENV_URL = PLANTED("a header's value from the environment"), PLANTED("a password in a URL from the environment")


def wrong(place):
    return PLANTED.key(f"an unknown key in {place}").text


def misplaced(place):
    return PLANTED.key(f"a key misplaced in {place}").text


CALLERS = [{"name": "ann", "roles": ["reader"], "keys": [*(key.entry() for key in RIGHT), EXPIRED.entry(expires="2026-01-01"),
                                                        REVOKED.entry(revoked="true"), TEST.entry(),
                                                        {"id": "imported", "foreign": "sha256:" + hashlib.sha256(FOREIGN.encode()).hexdigest()}]}]

ACCEPTED = [("/keyed", BEARER.bearer), ("/keyed", {"X-Api-Key": API.text}), ("/keyed", {"x-goog-api-key": GOOG.text}),
            ("/keyed", {"Authorization": basic("any", PASSWORD.text)}), ("/keyed", {"Reeve-Key": REEVE.text}),
            (f"/query?a=1&key={QUERY.text}", {}), ("/keyed", {"X-Api-Key": FOREIGN})]

REFUSED = [
    ("/keyed", {"Authorization": f"Bearer {wrong('Authorization')}"}), ("/keyed", {"X-Api-Key": wrong("X-Api-Key")}),
    ("/keyed", {"x-goog-api-key": wrong("x-goog-api-key")}), ("/keyed", {"Authorization": basic("any", wrong("Basic"))}),
    ("/keyed", {"Reeve-Key": wrong("Reeve-Key")}), (f"/query?key={wrong('the query')}", {}),
    ("/keyed", EXPIRED.bearer), ("/keyed", REVOKED.bearer), ("/keyed", TEST.bearer),
    ("/keyed", {"Authorization": f"Bearer {PLANTED.key('a key cut short').text[:-3]}"}),
    ("/keyed", {"Authorization": f"Bearer Bearer {misplaced('a doubled scheme')}"}),
    ("/keyed", {"Authorization": f'Bearer "{misplaced("quotes")}"'}), ("/keyed", {"Authorization": misplaced("no scheme")}),
    ("/keyed", {"Authorization": f"Digest {misplaced('another scheme')}"}),
    ("/keyed", {"Authorization": basic(misplaced("a user name"), "")}),
    (f"/keyed?token={misplaced('a query')}", {}), ("/keyed", {"Cookie": f"session={misplaced('a cookie')}"}),
    ("/keyed", {"X-My-Key": misplaced("another field")}), ("/keyed", {"X-Request-Id": misplaced("X-Request-Id")}),
    (f"/keyed/{misplaced('the path')}", {}), (f"/nothing/{misplaced('an unknown path')}", {}),
    ("/keyed", {"Authorization": f"Bearer {PLANTED('a token of another kind')}"}),
    ("/keyed", {"Authorization": basic("any", PLANTED("a password that is no key"))}),
    ("/keyed", {"Authorization": f"Bearer {wrong('one of two')}", "X-Api-Key": wrong("the other of two")}),
    ("/strict", {**BEARER.bearer, "Cookie": PLANTED("a cookie"), "X-Own": PLANTED("a field")}),
    (f"/strict?q={PLANTED('a query value')}", BEARER.bearer),
    ("/dead", {"Authorization": f"Bearer {PLANTED('what goes to nobody')}"}),
    ("/broken", {"Cookie": PLANTED("a cookie for a broken upstream")}),
]

MALFORMED = [
    f"GET /keyed HTTP/1.1\r\nHost: a\r\nX-Api-Key : {wrong('a malformed head')}\r\n\r\n",
    f"GET /keyed HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {wrong('a control byte')}\x01\r\n\r\n",
    f"GET /?key={wrong('a target with a blank')} x HTTP/1.1\r\nHost: a\r\n\r\n",
    f"GET /%zz?key={wrong('a bad path')} HTTP/1.1\r\nHost: a\r\n\r\n",
    f"TRACE / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {wrong('TRACE')}\r\n\r\n",
    f"GET / HTTP/3.0\r\nHost: a\r\nAuthorization: Bearer {wrong('an odd version')}\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: {PLANTED('the user of a host')}@a\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: a\r\nX: {PLANTED('a head that is too large') * 2000}\r\n\r\n",
    f"POST /keyed HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{PLANTED('a bad chunk')}\r\n",
]


def site_config(up, broken, certificate, **changes):
    def keyed(name, **more):
        return route(name, f"/{name}", authenticate=["key"], **more)

    routes = [
        keyed("keyed", headers={"request": {"set": {"X-Upstream-Token": "${UPSTREAM_TOKEN}"}}}),
        keyed("query", key_in_query="true"),
        route("keyed-path", "/keyed/{x}", authenticate=["key"]),
        keyed("strict", require=["posts:write"]),
        route("open", "/open"), route("dead", "/dead", upstream="dead"), route("broken", "/broken", upstream="broken"),
        route("bounded", "/bounded", body={"max": "1B"}),
    ]
    return configuration(
        routes, {"up": up, "dead": {"targets": ["http://127.0.0.1:1"]}, "broken": broken}, roles={"reader": ["posts:read"]},
        callers=CALLERS, log="debug",
        listen=[{"address": "127.0.0.1:0"},
                {"address": "127.0.0.1:0", "tls": {"certs": [{"cert": certificate[0], "key": certificate[1]}]}}], **changes)


class Run:
    """What a gateway said while all this was sent to it, by where it said it."""

    def __init__(self, launcher, authority):
        certificate = authority.issue("secrets", "secrets.example")
        self.up = launcher.upstream(lambda connection, request: connection.answer(200, {"Set-Cookie": PLANTED("Set-Cookie")}))
        broken = launcher.raw_upstream(lambda connection: (connection.reader.request(), connection.send(
            f"HTTP/1.1 200 OK\r\nContent-Length: {PLANTED('a broken answer')}\r\n\r\n".encode())))
        config = site_config(self.up, broken, certificate)
        self.gateway = launcher(config, env={"UPSTREAM_TOKEN": ENV_TOKEN, "UPSTREAM_URL": f"http://u:{ENV_URL}@127.0.0.1:1"})
        self.said = {}
        self.note("run.json", (self.gateway.data / "run.json").read_bytes())
        key_lines = [line for line in pathlib.Path(certificate[1]).read_text().splitlines() if "-" not in line]
        PLANTED.texts["the TLS key"] = key_lines[1]
        PLANTED.texts["the admin token"] = self.gateway.token
        self.send_requests()
        self.ask_operators_questions()
        self.load_bad_files(config)
        self.gateway.stop()
        self.note("stdout", self.gateway.stdout.encode())
        self.note("stderr", self.gateway.stderr.encode())
        for path in self.gateway.data.rglob("*"):
            if path.is_file() and path.name not in ("admin.token", "decision.keys"):
                self.note(f"data/{path.name}", path.read_bytes())

    def note(self, where, data):
        self.said[where] = self.said.get(where, b"") + data

    def note_answer(self, answer):
        if answer["Reeve-Origin"] == "gateway":
            self.note("answers", repr(answer.fields).encode() + answer.body)
            self.decisions.append(answer["Reeve-Decision"])

    def send_requests(self):
        gateway, self.decisions = self.gateway, []
        for target, fields in ACCEPTED:
            answer = gateway.get(target, {**fields, "Cookie": PLANTED("a cookie that goes on")})
            assert answer.status == 200, (target, answer)
            self.decisions.append(answer["Reeve-Decision"])
        self.reached = b"".join(bytes(connection.received) for connection in self.up.connections)
        for accept in ("application/json", "text/plain"):
            for target, fields in REFUSED:
                answer = gateway.get(target, {**fields, "Accept": accept})
                assert answer["Reeve-Origin"] == "gateway" and answer.status >= 400, (target, answer)
                self.note_answer(answer)
        for method, target in (("POST", "/bounded"), ("POST", "/dead"), ("POST", "/strict")):
            self.note_answer(gateway.fetch(method, target, {}, PLANTED("a body").encode()))
        for data in MALFORMED:
            with gateway.connect() as connection:
                try:
                    connection.send(data)
                except ConnectionError:
                    pass  # refused before all of it was read
                self.note_answer(connection.answer())

    def ask_operators_questions(self):
        gateway, token = self.gateway, self.gateway.token
        for decision in self.decisions:
            self.note("explanations", gateway.ask_admin("GET", f"/v1/decisions/{decision}", token=token).body)
        for decision in (self.decisions[0], self.decisions[-1]):
            for arguments in ([decision], [decision, "--json"]):
                self.note_command("reeve explain", gateway.cli("explain", *arguments))
        asked = PLANTED.key("a key that was asked about").text
        for key in (asked, BEARER.text, asked[:-1], FOREIGN, f"Bearer {asked}"):
            for target in ("/keyed", f"/keyed?token={PLANTED('a query that was asked about')}"):
                body = {"key": key, "from": "203.0.113.9", "method": "GET", "url": f"http://h{target}",
                        "headers": {"Cookie": PLANTED("a cookie that was asked about")}}
                self.note("explanations", gateway.ask_admin("POST", "/v1/explain", body=json.dumps(body).encode(), token=token).body)
            self.note_command("reeve explain", gateway.cli("explain", "--from", "203.0.113.9", "GET", "http://h/keyed",
                                                           "--json", env={"REEVE_KEY": key}))
        for wrong_token in (wrong("the admin API"), PLANTED("a wrong admin token"), token[:-1]):
            self.note("admin", repr(gateway.ask_admin("POST", "/v1/reload", token=wrong_token).body).encode())
        for path in ("/metrics", "/healthz", "/readyz", "/openapi.json", f"/v1/config?token={PLANTED('an admin query')}"):
            answer = gateway.ask_admin("GET", path, token=token)
            self.note("admin", repr(answer.fields).encode() + answer.body)

    def note_command(self, name, done):
        self.note(name, (done.stdout + done.stderr).encode())

    def load_bad_files(self, good):
        """Files with a secret where none belongs. What is wrong is said, the secret is not."""
        def changed(change):
            document = json.loads(json.dumps(good))
            change(document)
            return document

        def set_key(**entry):
            return changed(lambda document: document["callers"][0].update(keys=[entry]))

        def set_target(url):
            return changed(lambda document: document["upstreams"].update(up={"targets": [url]}))

        secret_key = PLANTED.key("a whole key in a file").text
        files = [set_key(id="Key00001", hash=secret_key), set_key(id=secret_key, hash=BEARER.entry()["hash"]),
                 set_key(id="x", foreign=PLANTED("a foreign key in a file")),
                 set_target(f"http://user:{PLANTED('a password in a URL')}@127.0.0.1:9000"), set_target("${UPSTREAM_URL}"),
                 changed(lambda document: document.update(environment="${UPSTREAM_TOKEN}")),
                 changed(lambda document: document["routes"][0].update(upstream="${UPSTREAM_TOKEN}")),
                 changed(lambda document: document["routes"][0].update(match={"path": "${UPSTREAM_TOKEN}"})),
                 changed(lambda document: document["routes"][0].update(timeout={"response": "${UPSTREAM_TOKEN}"})),
                 changed(lambda document: document["callers"][0].update(roles=["${UPSTREAM_TOKEN}"])),
                 changed(lambda document: document["listen"][1]["tls"]["certs"][0].update(
                     key=document["listen"][1]["tls"]["certs"][0]["cert"])),
                 changed(lambda document: document["callers"][0].update(password=PLANTED("a caller's password")))]
        for document in files:
            answer = self.gateway.reload(document)
            assert answer.status == 422, (document, answer)
            self.note("reload", answer.body)
            for arguments in (["check", "reeve.yaml"], ["check", "reeve.yaml", "--json"], ["reload"]):
                done = reeve(*arguments, cwd=self.gateway.folder, env=self.gateway.env)
                assert done.returncode == 1, done
                self.note_command(f"reeve {arguments[0]}", done)
        assert self.gateway.reload(good).status == 200


@pytest.fixture(scope="module")
def run(shared, authority):
    return Run(shared, authority)


@pytest.mark.parametrize("where", ["answers", "stdout", "stderr", "run.json", "explanations", "reeve explain", "admin", "reload",
                                   "reeve check", "reeve reload", "data"])
def test_no_secret_is_in(run, where):
    """`data` stands for every file of the data folder but the two that are secrets themselves."""
    texts = {name: data for name, data in run.said.items() if name == where or name.startswith(where + "/")}
    assert texts
    found = [(name, place, form) for place, data in texts.items() for name in PLANTED.texts
             if (form := PLANTED.found_in(name, data))]
    assert not found


def test_there_was_something_to_find(run):
    """The search sees what is there: ids of keys are no secrets and are told."""
    assert BEARER.id.encode() in run.said["stdout"] and BEARER.id.encode() in run.said["explanations"]
    assert len(run.said["stdout"].splitlines()) > 60 and b"credential-unknown" in run.said["answers"]
    for secret in (PLANTED.texts["a right key in Authorization"], FOREIGN):
        for text in (secret.encode(), secret.encode().hex().encode(), base64.b64encode(f"any:{secret}".encode()),
                     base64.b64encode(f"a:{secret}".encode()), base64.b64encode(f":{secret}".encode())):
            name = next(name for name, value in PLANTED.texts.items() if value == secret)
            assert PLANTED.found_in(name, text)


def test_the_upstream_gets_what_is_for_it_and_no_accepted_credential(run):
    assert ENV_TOKEN.encode() in run.reached and PLANTED("a cookie that goes on").encode() in run.reached
    for name in PLANTED.texts:
        if name.startswith("a right"):
            assert not PLANTED.found_in(name, run.reached), name


def test_files_that_are_secrets_are_for_the_owner_alone(run):
    for name in ("admin.token", "decision.keys"):
        assert (run.gateway.data / name).stat().st_mode & 0o077 == 0
