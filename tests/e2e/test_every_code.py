# SPDX-License-Identifier: Apache-2.0
# Every code of contract 4.3 over a real socket, one row of TABLE each: the answer (as problem document, as text, to
# HEAD), its fields, the explanation of its decision by CLI and admin API, and its line in the access log. Codes that no
# row can give stand in LATER or in OUT_OF_REACH, so that a code that is in no list fails. Contract 4, 5 and 9; fine
# print 4 and 5.
import json
import re
import signal
from dataclasses import dataclass, field

import pytest
from harness.gateway import reeve, settle
from harness.keys import Key
from harness.nameserver import NameServer
from harness.waiting import wait_until

CHECKS = ("request global_network route method route_network ip_limit credential caller_network hours quarantine permission "
          "model body concurrency rate quota budget target").split()

# Contract 4.3, all of it.
CODES = """request-malformed request-timeout uri-too-long head-too-large method-not-implemented version-not-supported
misdirected-request loop-detected upgrade-refused route-not-found method-not-allowed credential-missing credential-misplaced
credential-malformed credential-unknown credential-ambiguous credential-expired credential-revoked credential-not-yet-valid
credential-wrong-environment token-signature-invalid token-issuer-unknown token-audience-mismatch token-algorithm-refused
certificate-missing certificate-not-trusted permission-missing model-not-granted ip-not-allowed ip-blocked outside-hours
quarantined body-too-large body-type-refused rate-limited quota-exhausted concurrency-limited budget-exhausted
upstream-unreachable upstream-malformed upstream-timeout no-healthy-target dependency-unavailable overloaded maintenance
draining internal-error client-closed""".split()

# Of features that the product does not have yet.
LATER = """token-signature-invalid token-issuer-unknown token-audience-mismatch token-algorithm-refused certificate-missing
certificate-not-trusted model-not-granted quarantined budget-exhausted""".split()

# Codes that nobody can provoke from outside, and why.
OUT_OF_REACH = {
    "misdirected-request": "needs routes under different client-certificate rules",
    "internal-error": "means a mistake in the product; nothing that a client or an upstream does may give it",
}

ANN, BOB, DESK, OLD, GONE, SOON = (Key(n) for n in range(1, 7))
TEST, STRANGER, EVE, FAST = Key(7, "test"), Key(99), Key(8), Key(9)

# Positions are compared with what the product says, so this is a file as people write it.
FILE = """\
data: ./data
listen: [ { address: "127.0.0.1:0" } ]
admin: { address: "127.0.0.1:0" }
server: { head_max: 4KiB, uri_max: 1KiB, head_timeout: 1s, body_idle: 500ms, drain: 1s }
dns: { servers: [ "DNS" ] }
trusted_proxies: [ 127.0.0.1 ]
networks: { office: [ 203.0.113.0/24 ] }
roles: { reader: [ posts:read ], publisher: [ "posts:*" ] }
organisations: { acme: {} }
teams: { growth: { organisation: acme } }
limits:
  slow: { rate: 1/10m, burst: 1, per: caller }
  swift: { rate: 1/30s, burst: 1, per: caller }
  daily: { quota: 1/day, per: caller }
  alone: { concurrency: 1, per: caller }
  plenty: { rate: 1000/1s, per: caller }
  knocking: { rate: 1/10m, burst: 1, per: ip, on: refused }
global: { networks: { deny: [ 198.51.100.66 ] } }
callers:
  - name: ann
    team: growth
    roles: [ publisher ]
    keys:
      - { id: Key00001, hash: "HASH1" }
      - { id: Key00004, hash: "HASH4", expires: 2026-01-31 }
      - { id: Key00005, hash: "HASH5", revoked: true }
      - { id: Key00006, hash: "HASH6", not_before: 2099-01-01 }
      - { id: Key00007, hash: "HASH7", env: test }
  - { name: bob, roles: [ reader ], keys: [ { id: Key00002, hash: "HASH2" } ] }
  - { name: desk, roles: [ publisher ], networks: { allow: [ office ] }, keys: [ { id: Key00003, hash: "HASH3" } ] }
  - { name: eve, roles: [ reader ], keys: [ { id: Key00008, hash: "HASH8" } ] }
upstreams:
  up: { targets: [ "UP" ] }
  dead: { targets: [ "http://127.0.0.1:1" ], ejection: off }
  odd: { targets: [ "UP" ], ejection: off }
  silent: { targets: [ "UP" ], ejection: off, timeout: { response: 200ms } }
  sick: { targets: [ "http://127.0.0.1:1" ], health: { path: /, every: 50ms, rise: 1, fall: 1 } }
  nameless: { targets: [ "http://nobody.internal:80" ], ejection: off, timeout: { connect: 300ms } }
  narrow: { targets: [ "UP" ], connections: { max: 1 }, timeout: { connect: 300ms }, ejection: off }
defaults: { authenticate: [ none ] }
routes:
  - { name: open, match: { path: /open }, upstream: up }
  - { name: hang, match: { path: /open/hang }, upstream: up }
  - { name: conditional, match: { path: /conditional, headers: { X-Version: "2" } }, upstream: up }
  - name: versioned
    match: { path: /versioned, methods: [ GET ], headers: { X-Version: "2" }, query: {} }
    authenticate: [ key ]
    upstream: up
  - { name: posting, match: { path: /posting, methods: [ POST, PUT ] }, upstream: up }
  - { name: wild, match: { path: "/wild/{x}" }, upstream: up }
  - { name: keyed, match: { path: /keyed }, authenticate: [ key ], upstream: up }
  - { name: either, match: { path: /either }, authenticate: [ none, key ], upstream: up }
  - name: publish
    match: { path: /publish }
    authenticate: [ key ]
    require: [ posts:read, posts:publish ]
    upstream: up
  - { name: deep, match: { path: "/publish/{rest...}" }, authenticate: [ key ], require: [ posts:publish ], upstream: up }
  - { name: office, match: { path: /office }, authenticate: [ key ], networks: { allow: [ office ] }, upstream: up }
  - { name: blocked, match: { path: /blocked }, networks: { deny: [ 192.0.2.0/24, 198.51.100.7 ] }, upstream: up }
  - name: closed
    match: { path: /closed }
    authenticate: [ key ]
    require: [ posts:publish ]
    hours: [ { days: mon, from: "00:00", to: "00:01" }, { days: tue, from: "00:00", to: "00:01" } ]
    body: { max: 10B, types: [ application/json ] }
    limits: [ slow ]
    upstream: up
  - { name: small, match: { path: /small }, body: { max: 10B, types: [ application/json ] }, upstream: up }
  - { name: slow, match: { path: /slow }, authenticate: [ key ], limits: [ slow ], upstream: up }
  - { name: swift, match: { path: /swift }, authenticate: [ key ], limits: [ swift ], upstream: up }
  - { name: daily, match: { path: /daily }, authenticate: [ key ], limits: [ daily ], upstream: up }
  - { name: both, match: { path: /both }, authenticate: [ key ], limits: [ daily, slow ], upstream: up }
  - { name: alone, match: { path: /alone }, authenticate: [ key ], limits: [ alone ], upstream: up }
  - { name: knocked, match: { path: /knocked }, authenticate: [ key ], limits: [ knocking ], upstream: up }
  - { name: hidden, match: { path: /hidden }, authenticate: [ key ], hidden: true, limits: [ plenty ],
      cors: { origins: [ "https://app.example" ] }, body: { max: 10B, types: [ a/b ] }, upstream: up }
  - { name: maintained, match: { path: /maintained }, maintenance: { retry_after: 10m }, limits: [ slow ], upstream: up }
  - { name: dead, match: { path: /dead }, upstream: dead }
  - { name: odd, match: { path: /odd }, upstream: odd }
  - { name: silent, match: { path: /silent }, upstream: silent }
  - { name: sick, match: { path: /sick }, upstream: sick }
  - { name: nameless, match: { path: /nameless }, upstream: nameless }
  - { name: narrow, match: { path: /narrow }, upstream: narrow }
"""


class Site:
    """The gateway of most rows, and what stands behind it."""

    def __init__(self, launcher):
        self.names = NameServer()
        self.names.silent = True
        launcher.servers.append(self.names)

        def hang(connection, request):
            connection.wait_closed(20)

        self.upstream = launcher.upstream(paths={"/odd": b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "/silent": hang, "/narrow": hang,
                                                 "/alone": hang, "/open/hang": hang})
        text = FILE.replace("UP", self.upstream.url).replace("DNS", self.names.address)
        for key in (ANN, BOB, DESK, OLD, GONE, SOON, TEST, EVE):
            text = text.replace(f"HASH{int(key.id[3:])}", key.entry()["hash"])
        self.text = text
        self.gateway = launcher(text)

    def fetch(self, method, target, fields=(), body=None):
        """On a connection of its own, which must hold nothing behind the answer."""
        with self.gateway.connect() as connection:
            pairs = [*(fields.items() if isinstance(fields, dict) else fields), ("Connection", "close")]
            answer = connection.fetch(method, target, pairs, body)
            assert connection.reader.rest() == b""
            return answer

    def place(self, route, snippet):
        """Where `^` of the snippet is in the file, looked for behind `route` (any text that occurs once)."""
        marked = snippet.replace("^", "")
        at = self.text.index(marked, self.text.index(route)) + snippet.index("^")
        return f"reeve.yaml:{self.text.count(chr(10), 0, at) + 1}:{at - self.text.rfind(chr(10), 0, at)}"


@pytest.fixture(scope="module")
def site(shared):
    return Site(shared)


# Ways to ask: each sends a request with this method and these fields besides its own, and gives the answer.

def asking(method="GET", path=None):
    def mark(ask):
        ask.method, ask.path = method, path
        return ask
    return mark


def plain(path, fields=None, body=None, method="GET"):
    @asking(method, path)
    def ask(site, with_method, more):
        return site.fetch(with_method, path, {**(fields or {}), **more}, body)
    return ask


def raw(head):
    """A head that no library sends."""
    @asking()
    def ask(site, _method, more):
        lines = "".join(f"{name}: {value}\r\n" for name, value in more.items())
        with site.gateway.connect() as connection:
            connection.send(head.replace("FIELDS", lines))
            return connection.answer()
    return ask


def used_up(path, fields):
    """Twice, where once is allowed."""
    @asking("GET", path)
    def ask(site, method, more):
        site.fetch(method, path, fields)
        return site.fetch(method, path, {**fields, **more})
    return ask


def beside_another(path, fields=None):
    """While another request is with the upstream."""
    @asking("GET", path)
    def ask(site, method, more):
        def count():
            return sum(request.path == path for request in site.upstream.requests)

        # One that another test has just left may still be there for a moment.
        for _ in range(20):
            with site.gateway.connect() as first:
                before = count()
                first.ask("GET", path, fields or {})
                try:
                    wait_until(lambda: count() > before, "the first request at the upstream", seconds=1)
                except AssertionError:
                    continue
                return site.fetch(method, path, {**(fields or {}), **more})
        raise AssertionError("no request came to the upstream")
    return ask


@asking("GET", "/open")
def looped(site, method, more):
    """As an upstream that leads back to the gateway would send it."""
    site.fetch("GET", "/open")
    via = next(request for request in site.upstream.requests if request.path == "/open")["Via"]
    return site.fetch(method, "/open", {"Via": via, **more})


@asking("GET", "/sick")
def when_sick(site, method, more):
    wait_until(lambda: site.fetch("GET", "/sick").status == 503, "the health check to fail")
    return site.fetch(method, "/sick", more)


@asking("POST", "/open")
def a_stalled_body(site, method, more):
    with site.gateway.connect() as connection:
        connection.ask(method, "/open", {**more, "Content-Length": "100"})
        connection.send(b"x")
        return connection.answer(to=method)


def an_endless_body(path, fields):
    """Its size is not said; it passes `max` while it is forwarded."""
    @asking("POST", path)
    def ask(site, method, more):
        with site.gateway.connect() as connection:
            connection.ask(method, path, {**more, **fields, "Transfer-Encoding": "chunked"})
            connection.send(b"b\r\n" + b"x" * 11 + b"\r\n")
            return connection.answer(to=method)
    return ask


@dataclass
class Row:
    code: str
    status: int
    check: str
    checks: str               # a letter for each of CHECKS: pass, fail, depends, ? unknown, - skipped
    ask: object
    at: tuple = None          # where the failing check points: (text before it, snippet with ^)
    reasons: tuple = ()       # what is told besides the code itself, as (code, check)
    fields: dict = field(default_factory=dict)   # of the answer, as patterns
    members: dict = field(default_factory=dict)  # of the problem document, as patterns
    shown: tuple = None       # (status, code) that the client gets instead: hidden routes
    log: dict = field(default_factory=dict)
    client: str = "127.0.0.1"
    known: bool = True        # the head could be read
    path: bool = True         # and its path has a normal form
    also_head: bool = True


RESULTS = {"p": "pass", "f": "fail", "d": "depends", "?": "unknown", "-": "skipped"}
HOST = "Host: test.example\r\n"
BEARER = {"WWW-Authenticate": 'Bearer realm="reeve"'}
INVALID = {"WWW-Authenticate": 'Bearer realm="reeve", error="invalid_token"'}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
OFFICE, VISITOR = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "198.51.100.7"}
KNOCKER, BANNED = {"X-Forwarded-For": "198.51.100.9"}, {"X-Forwarded-For": "198.51.100.66"}
ANNS = {"caller": "ann", "team": "growth", "key": ANN.id}
BOBS = {"caller": "bob", "key": BOB.id}
TEXT = {"Content-Type": "text/plain"}
TO_UP = {"attempts": 1, "target": r"http://127\.0\.0\.1:\d+"}


def with_key(key, path="/keyed", **more):
    return plain(path, {**key.bearer, **more})


def ann_key(key):
    return {"route": "keyed", **ANNS, "key": key.id}


def limited(name):
    return {"limit": name, "resets_at": TIME}


def rate_fields(name, count, window, **more):
    return {"RateLimit-Policy": f'"{name}";q={count};w={window}', "RateLimit": rf'"{name}";r=0;t=\d+', **more}


MISTYPED = ANN.text[:20] + ("1" if ANN.text[20] != "1" else "2") + ANN.text[21:]
TABLE = [
    # request
    Row("request-malformed", 400, "request", "fp????????????????", plain("/%zz"), path=False),
    Row("request-malformed", 400, "request", "fpp--------------p", plain("/wild/a%2Fb"), log={"route": "wild"}),
    Row("request-malformed", 400, "request", "fp????????????????", raw("GET / HTTP/1.1\r\n" + HOST + "X-A : b\r\n\r\n"), known=False),
    Row("request-timeout", 408, "request", "fp????????????????", raw("GET / HTTP/1.1\r\n" + HOST), known=False),
    Row("request-timeout", 408, "request", "fpp--------------p", a_stalled_body, also_head=False, log={"route": "open", **TO_UP}),
    Row("uri-too-long", 414, "request", "fp????????????????", raw("GET /" + "x" * 1100 + " HTTP/1.1\r\n" + HOST + "\r\n"), known=False),
    Row("head-too-large", 431, "request", "fp????????????????", raw("GET / HTTP/1.1\r\n" + HOST + "X-A: " + "x" * 5000 + "\r\n\r\n"),
        known=False),
    Row("method-not-implemented", 501, "request", "fp????????????????", plain("/open", method="TRACE"), also_head=False, path=False),
    Row("version-not-supported", 505, "request", "fp????????????????", raw("GET / HTTP/2.0\r\n" + HOST + "\r\n"), known=False),
    Row("loop-detected", 508, "request", "fp????????????????", looped, path=False),
    Row("upgrade-refused", 403, "request", "fpp--------------p",
        plain("/open", {"Connection": "upgrade", "Upgrade": "websocket"}), log={"route": "open"}),
    # global_network, route, method
    Row("ip-blocked", 403, "global_network", "pfp--------------p", plain("/open", BANNED), client="198.51.100.66",
        at=("global:", "deny: [ ^198"), log={"route": "open"}),
    Row("route-not-found", 404, "route", "ppf???????????????", plain("/nothing")),
    Row("route-not-found", 404, "route", "ppf???????????????", plain("/conditional", {"X-Version": "1"})),
    Row("method-not-allowed", 405, "method", "pppf??????????????", plain("/posting"), at=("posting", "methods: ^["),
        fields={"Allow": "POST, PUT"}),
    # route_network, ip_limit
    Row("ip-not-allowed", 403, "route_network", "ppp-f-p----------p", with_key(ANN, "/office"), at=("name: office", "allow: ^["),
        log={"route": "office", **ANNS}),
    Row("ip-not-allowed", 403, "route_network", "ppp-f-f?---------p", with_key(STRANGER, "/office"), at=("name: office", "allow: ^["),
        log={"route": "office"}),
    Row("ip-blocked", 403, "route_network", "ppp-f------------p", plain("/blocked", VISITOR), client="198.51.100.7",
        at=("name: blocked", "/24, ^198"), log={"route": "blocked"}),
    Row("rate-limited", 429, "ip_limit", "ppp--ff?---------p", used_up("/knocked", {**STRANGER.bearer, **KNOCKER}),
        reasons=(("credential-unknown", "credential"),), client="198.51.100.9", at=("name: knocked", "limits: [ ^"),
        fields=rate_fields("knocking", 1, 600), members=limited("knocking"), log={"route": "knocked"}),
    # credential, caller_network
    Row("credential-missing", 401, "credential", "ppp---f?---------p", plain("/keyed"), at=("name: keyed", "authenticate: ^["),
        fields=BEARER, log={"route": "keyed"}),
    Row("credential-missing", 401, "credential", "pppp--f?---------p", plain("/versioned", {"X-Version": "2"}),
        at=("name: versioned", "authenticate: ^["), fields=BEARER, log={"route": "versioned"}),
    Row("credential-misplaced", 401, "credential", "ppp---f?---------p", plain(f"/keyed?key={ANN.text}"),
        at=("name: keyed", "authenticate: ^["), fields=INVALID, log={"route": "keyed"}),
    Row("credential-malformed", 401, "credential", "ppp---f?---------p", plain("/keyed", {"X-Api-Key": MISTYPED}),
        at=("name: keyed", "authenticate: ^["), fields=INVALID, log={"route": "keyed"}),
    Row("credential-unknown", 401, "credential", "ppp---f?---------p", with_key(STRANGER), at=("name: keyed", "authenticate: ^["),
        fields=INVALID, log={"route": "keyed"}),
    Row("credential-unknown", 401, "credential", "ppp---f?---------p", with_key(STRANGER, "/either"),
        at=("name: either", "authenticate: ^["), fields=INVALID, log={"route": "either"}),
    Row("credential-ambiguous", 401, "credential", "ppp---f?---------p", plain("/keyed", {**ANN.bearer, "X-Api-Key": BOB.text}),
        at=("name: keyed", "authenticate: ^["), fields=INVALID, log={"route": "keyed"}),
    Row("credential-expired", 401, "credential", "ppp---f?---------p", with_key(OLD), at=("name: ann", "expires: ^2026"),
        fields=INVALID, log=ann_key(OLD)),
    Row("credential-revoked", 401, "credential", "ppp---f?---------p", with_key(GONE), at=("name: ann", "revoked: ^true"),
        fields=INVALID, log=ann_key(GONE)),
    Row("credential-not-yet-valid", 401, "credential", "ppp---f?---------p", with_key(SOON), at=("name: ann", "not_before: ^2099"),
        fields=INVALID, log=ann_key(SOON)),
    Row("credential-wrong-environment", 401, "credential", "ppp---f?---------p", with_key(TEST), at=("name: ann", "id: ^Key00007"),
        fields=INVALID, log=ann_key(TEST)),
    Row("ip-not-allowed", 403, "caller_network", "ppp---pf---------p", with_key(DESK), at=("name: desk", "allow: ^["),
        log={"route": "keyed", "caller": "desk", "key": DESK.id}),
    # hours, permission, body
    Row("outside-hours", 403, "hours", "ppp---p-f-p-p-d--p", with_key(ANN, "/closed"), at=("name: closed", "hours: ^["),
        log={"route": "closed", **ANNS}),
    Row("outside-hours", 403, "hours", "ppp---p-f-f-f-d--p", plain("/closed", {**BOB.bearer, **TEXT}, b"text"),
        reasons=(("permission-missing", "permission"), ("body-type-refused", "body")), at=("name: closed", "hours: ^["),
        log={"route": "closed", **BOBS}),
    Row("permission-missing", 403, "permission", "ppp---p---f------p", with_key(BOB, "/publish"),
        at=("name: publish", "posts:read, ^posts:publish"), log={"route": "publish", **BOBS}),
    Row("permission-missing", 403, "permission", "ppp---p---f------p", with_key(BOB, "/publish/" + "long/" * 60),
        at=("name: deep", "[ ^posts:publish"), log={"route": "deep", **BOBS}),
    Row("body-too-large", 413, "body", "ppp---------f----p", plain("/small", {"Content-Type": "application/json"}, b"x" * 11),
        at=("name: small", "max: ^10B"), log={"route": "small"}),
    Row("body-too-large", 413, "body", "ppp---------f----p", an_endless_body("/small", {"Content-Type": "application/json"}),
        also_head=False, at=("name: small", "max: ^10B"), log={"route": "small", **TO_UP}),
    Row("body-type-refused", 415, "body", "ppp---------f----p", plain("/small", TEXT, b"x"), at=("name: small", "types: ^["),
        log={"route": "small"}),
    # What a hidden route keeps to itself
    Row("credential-missing", 401, "credential", "ppp---f?----p-d--p", plain("/hidden"), shown=(404, "route-not-found"),
        at=("name: hidden", "authenticate: ^["), log={"route": "hidden"}),
    Row("body-type-refused", 415, "body", "ppp---p-----f-d--p", plain("/hidden", {**ANN.bearer, **TEXT}, b"x"),
        shown=(404, "route-not-found"), at=("name: hidden", "types: ^["), log={"route": "hidden", **ANNS}),
    Row("body-too-large", 413, "body", "ppp---p-----f-p--p",
        an_endless_body("/hidden", {**ANN.bearer, "Content-Type": "a/b", "Origin": "https://app.example"}),
        shown=(404, "route-not-found"), also_head=False, at=("name: hidden", "max: ^10B"), log={"route": "hidden", **ANNS, **TO_UP}),
    # Counters
    Row("concurrency-limited", 429, "concurrency", "ppp---p------f---p", beside_another("/alone", BOB.bearer),
        at=("name: alone", "limits: [ ^alone"), fields={"Retry-After": "1"}, members=limited("alone"), log={"route": "alone", **BOBS}),
    Row("rate-limited", 429, "rate", "ppp---p-------f--p", used_up("/swift", BOB.bearer), at=("name: swift", "limits: [ ^swift"),
        fields=rate_fields("swift", 1, 30, **{"Retry-After": r"(30|[12]?\d)"}), members=limited("swift"), log={"route": "swift", **BOBS}),
    Row("rate-limited", 429, "rate", "ppp---p-------f--p", used_up("/slow", BOB.bearer), at=("name: slow", "limits: [ ^slow"),
        fields=rate_fields("slow", 1, 600), members=limited("slow"), log={"route": "slow", **BOBS}),
    Row("quota-exhausted", 429, "quota", "ppp---p--------f-p", used_up("/daily", ANN.bearer), at=("name: daily", "limits: [ ^daily"),
        fields=rate_fields("daily", 1, 86400), members={"limit": "daily", "resets_at": r".*T00:00:00Z"}, log={"route": "daily", **ANNS}),
    Row("rate-limited", 429, "rate", "ppp---p-------ff-p", used_up("/both", EVE.bearer), at=("name: both", "limits: [ daily, ^slow"),
        reasons=(("quota-exhausted", "quota"),), members=limited("slow"), log={"route": "both", "caller": "eve", "key": EVE.id},
        fields={"RateLimit-Policy": '"slow";q=1;w=600, "daily";q=1;w=86400', "RateLimit": r'"slow";r=0;t=\d+, "daily";r=0;t=\d+'}),
    # target
    Row("maintenance", 503, "target", "ppp-----------d--f", plain("/maintained"), at=("name: maintained", "maintenance: ^{"),
        fields={"Retry-After": "600"}, log={"route": "maintained"}),
    Row("upstream-unreachable", 502, "target", "ppp--------------f", plain("/dead"), log={"route": "dead", **TO_UP}),
    Row("upstream-malformed", 502, "target", "ppp--------------f", plain("/odd"), log={"route": "odd", **TO_UP}),
    Row("upstream-timeout", 504, "target", "ppp--------------f", plain("/silent"), log={"route": "silent", **TO_UP}),
    Row("no-healthy-target", 503, "target", "ppp--------------f", when_sick, log={"route": "sick"}),
    Row("overloaded", 503, "request", "fpp--------------p", beside_another("/narrow"), fields={"Retry-After": "1"},
        log={"route": "narrow", **TO_UP}),
]

# By tests of their own, below.
ALSO_TESTED = ["dependency-unavailable", "draining", "client-closed"]


def test_every_code_of_the_contract_is_here():
    listed = [*{row.code for row in TABLE}, *ALSO_TESTED, *LATER, *OUT_OF_REACH]
    assert sorted(listed) == sorted(CODES)


def matches(pattern, value):
    return value is not None and re.fullmatch(pattern, value) is not None


def judge_fields(row, answer):
    status, _ = row.shown or (row.status, row.code)
    assert answer.status == status, answer
    assert answer["Reeve-Origin"] == "gateway"
    assert re.fullmatch(r"d_[A-Za-z0-9_-]{1,254}", answer["Reeve-Decision"])
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", answer["X-Request-Id"])
    assert answer["Date"] and answer["Cache-Control"] == "no-store"
    assert not any(name.startswith("access-control-") for name in answer.names())
    for name in ("WWW-Authenticate", "Allow", "Retry-After", "RateLimit", "RateLimit-Policy"):
        wanted = None if row.shown else row.fields.get(name)
        if wanted is None:
            assert name not in answer, (name, answer[name])
        else:
            assert answer[name] == wanted or matches(wanted, answer[name]), (name, answer[name])


def judge_problem(row, answer):
    judge_fields(row, answer)
    status, code = row.shown or (row.status, row.code)
    problem = answer.problem()
    assert list(problem)[:7] == ["type", "title", "status", "detail", "instance", "code", "reasons"]
    assert problem["type"] == f"https://reeve.invalid/problems/{code}"
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"] and problem["detail"]
    assert problem["instance"] == "urn:reeve:decision:" + answer["Reeve-Decision"]
    check = "route" if row.shown else row.check
    assert [(reason["code"], reason["check"]) for reason in problem["reasons"]] == [(code, check), *row.reasons]
    assert all(reason["detail"] and reason["fix"] for reason in problem["reasons"])
    assert "at" not in problem["reasons"][0], "positions are for those who may see everything"
    for name, wanted in row.members.items():
        assert matches(wanted, problem[name]) and problem["reasons"][0][name] == problem[name]
    assert ("missing" in problem["reasons"][0]) == (row.code == "permission-missing")
    assert ("slip" in problem["reasons"][0]) == (row.code == "credential-malformed")
    assert ("expired_at" in problem["reasons"][0]) == (row.code == "credential-expired")


def judge_explanation(row, document, answer, site):
    assert document["decision"] == answer["Reeve-Decision"] and matches(TIME[:-1] + r"(\.\d+)?Z", document["time"])
    status = row.shown[0] if row.shown else row.status
    assert (document["outcome"], document["status"], document["code"]) == ("deny", status, row.code)
    assert document.get("hidden", False) == bool(row.shown)
    assert document["configuration"]["current"] and document["configuration"]["available"]
    request = document["request"]
    truncated = row.ask.path is not None and len(row.ask.path) > 100
    assert request["client_ip"] == row.client and request["truncated"] is truncated
    if row.client != "127.0.0.1":
        assert "127.0.0.1 is a trusted proxy" in request["client_ip_source"]
    assert request["host"] == ("test.example" if row.known else None)
    if row.known:
        path = row.ask.path.partition("?")[0] if row.path else None
        assert request["method"] == row.ask.method
        assert request["path"] == path or truncated and path.startswith(request["path"])
    assert [check["check"] for check in document["checks"]] == CHECKS
    results = {check["check"]: check["result"] for check in document["checks"]}
    assert results == {name: RESULTS[letter] for name, letter in zip(CHECKS, row.checks)}
    failed = next(check for check in document["checks"] if check["check"] == row.check)
    assert failed["code"] == row.code
    assert failed.get("at") == (site.place(*row.at) if row.at else None)
    name = row.log.get("route")
    if name is None:
        assert document["route"] is None
    else:
        assert document["route"] == {"name": name, "at": site.place(f"name: {name}", "^name")}
    if "caller" not in row.log:
        assert document["caller"] is None
    else:
        told = document["caller"]
        assert (told["name"], told["team"], told["key"]) == (row.log["caller"], row.log.get("team"), row.log["key"])
    assert document["fixes"] == [] or all(fix["text"] for fix in document["fixes"])


def judge_log(row, entry, answer, method):
    status = row.shown[0] if row.shown else row.status
    wanted = {"decision": answer["Reeve-Decision"], "code": row.code, "check": row.check, "status": status, "origin": "gateway",
              "client_ip": row.client, "peer": "127.0.0.1", "tls": None, "upstream_status": None, "cost": None,
              "request_id": answer["X-Request-Id"], "bytes_out": len(answer.body)}
    for name in ("caller", "team", "key", "route"):
        wanted[name] = row.log.get(name)
    assert {name: entry[name] for name in wanted} == wanted
    assert (entry["attempts"], entry["target"]) == (0, None) if "attempts" not in row.log else (
        entry["attempts"] == 1 and matches(row.log["target"], entry["target"])), entry
    if row.known:
        assert (entry["method"], entry["host"], entry["protocol"]) == (method, "test.example", "HTTP/1.1")
        assert re.fullmatch(r"[0-9a-f]{32}", entry["trace_id"])
        assert entry["path"] == (row.ask.path.partition("?")[0] if row.path else None)


def explanations(site, decision):
    """By the CLI and by the admin API, which must agree."""
    done = site.gateway.cli("explain", decision, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    answer = site.gateway.ask_admin("GET", f"/v1/decisions/{decision}", token=site.gateway.token)
    assert answer.status == 200 and answer.json() == json.loads(done.stdout)
    return answer.json()


def number_of(rows):
    return [f"{index}-{row.code}" for index, row in enumerate(rows)]


READ = [row for row in TABLE if row.known]  # of the others nobody knows what they accept


@pytest.mark.parametrize("row", TABLE, ids=number_of(TABLE))
def test_a_code(site, row):
    answer = row.ask(site, row.ask.method, {"Accept": "application/json"} if row.known else {})
    judge_problem(row, answer)
    judge_explanation(row, explanations(site, answer["Reeve-Decision"]), answer, site)
    entries = site.gateway.wait_log(lambda entry: entry["decision"] == answer["Reeve-Decision"])
    assert len(entries) == 1
    judge_log(row, entries[0], answer, row.ask.method)


@pytest.mark.parametrize("row", READ, ids=number_of(READ))
def test_a_code_for_those_who_take_no_json_and_for_head(site, row):
    text = row.ask(site, row.ask.method, {"Accept": "text/html, application/json;q=0"})
    judge_fields(row, text)
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    status, code = row.shown or (row.status, row.code)
    assert text.body.decode().rstrip().endswith(f"Status {status}, code {code}, urn:reeve:decision:{text['Reeve-Decision']}")
    if row.also_head:
        answer = row.ask(site, "HEAD", {})
        judge_fields(row, answer)
        assert answer["Content-Type"] == "application/problem+json" and int(answer["Content-Length"]) > 100


# What holds for a while only, or ends the connection or the process

def test_dependency_unavailable(launch):
    """As long as the first question for an upstream's name waits for an answer; then its target is unhealthy."""
    site = Site(launch)
    row = Row("dependency-unavailable", 503, "target", "ppp--------------f", plain("/nameless"),
              log={"route": "nameless", "attempts": 1, "target": "http://nobody.internal:80"})
    answer = row.ask(site, "GET", {})
    judge_problem(row, answer)
    judge_explanation(row, explanations(site, answer["Reeve-Decision"]), answer, site)
    judge_log(row, site.gateway.wait_log(lambda entry: entry["route"] == "nameless")[0], answer, "GET")


def test_draining(launch):
    """In the last second a request on a connection that was busy when the drain began is refused."""
    site = Site(launch)
    row = Row("draining", 503, "request", "fp????????????????", plain("/open"), fields={"Retry-After": "1"}, path=False)
    with site.gateway.connect() as connection:
        connection.send("GET /open HTTP/1.1\r\n" + HOST)
        assert connection.is_open(0.1)
        site.gateway.signal(signal.SIGTERM)
        wait_until(lambda: " draining " in site.gateway.stderr, "the drain to begin")
        settle(0.3)
        connection.send("\r\n")
        answer = connection.answer()
        assert answer["Connection"] == "close" and connection.is_closed()
    judge_problem(row, answer)
    assert site.gateway.wait_stopped() == 0
    judge_log(row, site.gateway.log()[-1], answer, "GET")
    site.gateway.start()
    judge_explanation(row, explanations(site, answer["Reeve-Decision"]), answer, site)


def test_client_closed(site):
    """Nobody is there to be answered: it stands in the log alone."""
    with site.gateway.connect() as connection:
        connection.ask("GET", "/open/hang", {"X-Request-Id": "left-early"})
        wait_until(lambda: site.upstream.requests and site.upstream.last["X-Request-Id"] == "left-early", "the request")
    entry = site.gateway.wait_log(lambda line: line["request_id"] == "left-early")[0]
    assert (entry["code"], entry["check"], entry["status"], entry["origin"]) == ("client-closed", "request", 499, "gateway")
    assert (entry["decision"], entry["route"], entry["upstream_status"], entry["bytes_out"]) == (None, "hang", None, 0)
    assert entry["attempts"] == 1 and entry["target"] == site.upstream.url
