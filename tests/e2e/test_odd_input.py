# SPDX-License-Identifier: Apache-2.0
# What no honest client sends: credentials of every odd shape, heads of ten thousand lines, decision ids that were made
# up or bent, forwarding fields that lie. Each gets a clear answer, opens nothing, and leaves a gateway that serves on.
# Contract 3, 5; fine print 2 (client_ip), 3 and 8.
import base64
import hashlib
import json
import random

import pytest
from harness.client import exchange
from harness.gateway import configuration, reeve, route
from harness.keys import DIGITS, Key, checksum

ANN, BOB = Key(1), Key(2)
FOREIGN = "an-imported-key"


def top(**more):
    return {"roles": {"reader": ["posts:read"]}, "networks": {"office": ["203.0.113.0/24", "2001:db8:1::/48"]},
            "callers": [{"name": "ann", "roles": ["reader"], "keys": [
                ANN.entry(), {"id": "imported", "foreign": "sha256:" + hashlib.sha256(FOREIGN.encode()).hexdigest()}]},
                {"name": "bob", "keys": [BOB.entry()]}], **more}


ROUTES = [route("abroad", "/abroad", authenticate=["key"], networks={"allow": ["office"]}, require=["posts:read"]),
          route("keyed", "/keyed", authenticate=["key"]), route("query", "/query", authenticate=["key"], key_in_query="true"),
          route("office", "/office", authenticate=["none"], networks={"allow": ["office"]}),
          route("address", "/address", authenticate=["none"],
                headers={"request": {"set": {"X-Seen": "${client.ip}"}}})]


@pytest.fixture(scope="module")
def up(shared):
    return shared.upstream()


@pytest.fixture(scope="module")
def gateway(shared, up):
    return shared(configuration(ROUTES, {"up": up}, **top()))


@pytest.fixture(autouse=True)
def serves_on(request):
    """Whatever a test sent: an honest request is served afterwards, by the same process."""
    yield
    for name in ("gateway", "proxied", "forwarded"):
        if name in request.fixturenames:
            gateway = request.getfixturevalue(name)
            assert gateway.is_alive()
            assert gateway.get("/keyed", ANN.bearer).status == 200


def basic(text, encode=base64.b64encode):
    data = text if isinstance(text, bytes) else text.encode()
    return "Basic " + encode(data).decode("latin-1")


def with_sum(body):
    return body + checksum(body)


def refused(gateway, up, codes, fields, target="/keyed"):
    before = len(up.requests)
    answer = gateway.get(target, fields)
    assert answer.status in (400, 401), answer
    assert answer.code in codes.split("|"), answer
    assert len(up.requests) == before
    return answer


# Credentials. With foreign keys about, what is no key at all is merely unknown.

UNKNOWN, MALFORMED, MISPLACED, AMBIGUOUS, MISSING, BAD = (
    "credential-unknown", "credential-malformed", "credential-misplaced", "credential-ambiguous", "credential-missing",
    "request-malformed")
SHAPES = {
    "a key of 20,000 characters": ({"X-Api-Key": "rv_live_" + "a" * 20_000}, MALFORMED),
    "20,000 characters that are no key": ({"Authorization": "Bearer " + "x" * 20_000}, UNKNOWN),
    "a good key and 20,000 more": ({"X-Api-Key": ANN.text + "a" * 20_000}, MALFORMED),
    "only the prefix": ({"X-Api-Key": "rv_live_"}, MALFORMED),
    "only the mark": ({"X-Api-Key": "rv_"}, MALFORMED),
    "another environment's name": ({"X-Api-Key": with_sum("rv_prod_" + ANN.text[8:46])}, MALFORMED),
    "an upper-case prefix": ({"X-Api-Key": "RV_LIVE_" + ANN.text[8:]}, UNKNOWN),
    "no secret": ({"X-Api-Key": with_sum("rv_live_" + ANN.id)}, MALFORMED),
    "a secret of zeros": ({"X-Api-Key": with_sum("rv_live_" + ANN.id + "0" * 30)}, UNKNOWN),
    "a right key with a wrong sum": ({"X-Api-Key": ANN.text[:-1] + DIGITS[(DIGITS.index(ANN.text[-1]) + 1) % 62]}, MALFORMED),
    "a sum that wraps around": ({"X-Api-Key": ANN.text[:-6] + "zzzzzz"}, MALFORMED),
    "one's id with another's secret": ({"X-Api-Key": with_sum("rv_live_" + ANN.id + BOB.secret)}, UNKNOWN),
    "its hash": ({"X-Api-Key": ANN.entry()["hash"]}, UNKNOWN),
    "the hash of a foreign key": ({"X-Api-Key": top()["callers"][0]["keys"][1]["foreign"]}, UNKNOWN),
    "its id": ({"X-Api-Key": ANN.id}, UNKNOWN),
    "UTF-8": ({"X-Api-Key": "schlüssel-ключ".encode().decode("latin-1")}, UNKNOWN),
    "a key with a letter that looks the same": ({"X-Api-Key": ANN.text[:12] + "е".encode().decode("latin-1") + ANN.text[13:]}, MALFORMED),
    "bytes that are no UTF-8": ({"X-Api-Key": "\xff\xfe\x80"}, UNKNOWN),
    "a no-break space behind": ({"X-Api-Key": ANN.text + "\xc2\xa0"}, MISPLACED),
    "a tab within": ({"X-Api-Key": ANN.text[:20] + "\t" + ANN.text[20:]}, MALFORMED),
    "a control byte": ({"X-Api-Key": ANN.text + "\x01"}, BAD),
    "NUL": ({"X-Api-Key": ANN.text + "\0"}, BAD),
    "DEL": ({"X-Api-Key": "\x7f" + ANN.text}, BAD),
    "quotes": ({"X-Api-Key": f'"{ANN.text}"'}, MISPLACED),
    "one quote": ({"X-Api-Key": f'"{ANN.text}'}, MISPLACED),
    "typographic quotes": ({"X-Api-Key": f"“{ANN.text}”".encode().decode("latin-1")}, MISPLACED),
    "angle brackets": ({"X-Api-Key": f"<{ANN.text}>"}, MALFORMED + "|" + UNKNOWN),
    "percent-encoded": ({"X-Api-Key": ANN.text.replace("_", "%5F")}, UNKNOWN),
    "Bearer in X-Api-Key": ({"X-Api-Key": f"Bearer {ANN.text}"}, MISPLACED),
    "Bearer twice": ({"Authorization": f"Bearer Bearer {ANN.text}"}, MISPLACED),
    "Bearer a hundred times": ({"Authorization": "Bearer " * 100 + ANN.text}, MISPLACED),
    "Bearer alone": ({"Authorization": "Bearer"}, MISSING + "|" + MISPLACED),
    "Bearer and blanks": ({"Authorization": "Bearer   "}, MISSING + "|" + MISPLACED),
    "Bearer with a colon": ({"Authorization": f"Bearer: {ANN.text}"}, MISPLACED),
    "Bearer without a blank": ({"Authorization": f"Bearer{ANN.text}"}, MISPLACED),
    "Bearer with a comma list": ({"Authorization": f"Bearer {ANN.text}, Bearer {ANN.text}"}, MALFORMED),
    "Token": ({"Authorization": f"Token {ANN.text}"}, MISPLACED),
    "an unknown scheme with parameters": ({"Authorization": 'Digest username="a", realm="b"'}, MISPLACED),
    "an empty Authorization": ({"Authorization": ""}, MISSING),
    "empty fields all over": ({"Authorization": "", "X-Api-Key": "", "Reeve-Key": "", "x-goog-api-key": ""}, MISSING),
    "JSON": ({"X-Api-Key": json.dumps({"key": ANN.text})}, UNKNOWN),
    "a format string": ({"X-Api-Key": "%s%n{}{0}${caller.name}"}, UNKNOWN),
    "SQL": ({"X-Api-Key": "' OR '1'='1"}, UNKNOWN),
    "three parts with dots": ({"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."}, UNKNOWN),
    # Basic
    "no base64": ({"Authorization": "Basic !!!!"}, MALFORMED),
    "base64 of one character": ({"Authorization": "Basic Y"}, MALFORMED),
    "base64 with blanks": ({"Authorization": "Basic YW55 OnB3"}, MALFORMED),
    "base64 with too much padding": ({"Authorization": "Basic YW55OnB3===="}, MALFORMED),
    "base64 of the other alphabet": ({"Authorization": basic(b"any:\xff\xff\xfe", base64.urlsafe_b64encode)}, MALFORMED),
    "no colon": ({"Authorization": basic("nothing")}, MALFORMED),
    "a key without colon": ({"Authorization": basic(ANN.text)}, MISPLACED),
    "a key as the user's name": ({"Authorization": basic(f"{ANN.text}:")}, MISPLACED),
    "NUL before the key": ({"Authorization": basic(f"any:\0{ANN.text}")}, UNKNOWN + "|" + MALFORMED),
    "NUL behind the key": ({"Authorization": basic(f"any:{ANN.text}\0")}, MALFORMED),
    "a line break behind the key": ({"Authorization": basic(f"any:{ANN.text}\r\n")}, MISPLACED),
    "an empty password": ({"Authorization": basic("any:")}, MISSING),
    "only a colon": ({"Authorization": basic(":")}, MISSING),
    "two colons": ({"Authorization": basic(f"a:b:{ANN.text}")}, UNKNOWN + "|" + MALFORMED),
    "Basic alone": ({"Authorization": "Basic"}, MISSING + "|" + MISPLACED),
    "Basic of 16,000 bytes": ({"Authorization": basic("a" * 12_000 + ":" + "b" * 4_000)}, UNKNOWN),
    # Several
    "two Authorization lines": ([("Authorization", f"Bearer {ANN.text}"), ("Authorization", f"Bearer {BOB.text}")], AMBIGUOUS),
    "two X-Api-Key lines": ([("X-Api-Key", BOB.text), ("X-Api-Key", ANN.text)], AMBIGUOUS),
    "a list in X-Api-Key": ({"X-Api-Key": f"{ANN.text}, {BOB.text}"}, MALFORMED),
    "a hundred different ones": ([("Authorization", f"Bearer {Key(n).text}") for n in range(100)], AMBIGUOUS),
    "a good one among foreign ones": ([("X-Api-Key", "one"), ("x-goog-api-key", "two"), ("Authorization", "Bearer three")], AMBIGUOUS),
    "a bad Reeve-Key before a good key": ({"Reeve-Key": Key(99).text, **ANN.bearer}, UNKNOWN),
    "two different Reeve-Keys": ([("Reeve-Key", ANN.text), ("Reeve-Key", BOB.text)], AMBIGUOUS),
    "a good key and a mistyped one": ({"X-Api-Key": ANN.text, "Authorization": f"Bearer {ANN.text[:-1]}"}, AMBIGUOUS),
    # Names
    "an underscore for the dash": ({"X_Api_Key": ANN.text}, MISPLACED),
    "a cookie named like the field": ({"Cookie": f"X-Api-Key={ANN.text}; Authorization=Bearer {ANN.text}"}, MISPLACED),
    "Proxy-Authorization": ({"Proxy-Authorization": f"Bearer {ANN.text}"}, MISPLACED),
    "a forwarded identity": ({"X-Forwarded-User": "ann", "Remote-User": "ann", "X-Caller": "ann", "Reeve-Caller": "ann"}, MISSING),
}


@pytest.mark.parametrize("what", SHAPES)
def test_an_odd_credential_is_refused_and_called_what_it_is(gateway, up, what):
    fields, codes = SHAPES[what]
    answer = refused(gateway, up, codes, fields)
    assert ANN.secret.encode() not in answer.body
    assert len(answer.body) < 4000


@pytest.mark.parametrize("fields", [
    [("Authorization", f"Bearer {ANN.text}")] * 50, [("X-Api-Key", ANN.text), ("Authorization", f"Bearer {ANN.text}")],
    {"Authorization": f"BEARER   {ANN.text} "}, {"Authorization": basic(f":{ANN.text}")},
    {"Authorization": basic(f"{BOB.text}:{ANN.text}")}, {"X-Api-Key": FOREIGN},
    [("X-Api-Key", ""), ("X-Api-Key", ANN.text)], [("X-Api-Key", "for the upstream"), ("Authorization", f"Bearer {ANN.text}")],
    {"Reeve-Key": ANN.text, "Authorization": "Bearer whatever", "X-Api-Key": Key(99).text},
], ids=range(9))
def test_odd_but_right(gateway, up, fields):
    """Equal copies are one; what is plainly meant for this gateway counts; no copy of it goes on."""
    assert gateway.get("/keyed", fields).status == 200
    assert all(ANN.secret not in value and FOREIGN not in value for _, value in up.last.fields)


@pytest.mark.parametrize("query,codes", [
    (f"key={ANN.text}&key={BOB.text}", AMBIGUOUS), (f"KEY={ANN.text}", MISPLACED), (f"key%00={ANN.text}", MISPLACED + "|" + BAD),
    (f"key={ANN.text}%00", MALFORMED), (f"key={ANN.text}+", MISPLACED + "|" + MALFORMED), ("key=%", UNKNOWN + "|" + MALFORMED),
    ("key=%zz%", UNKNOWN + "|" + MALFORMED), ("key=", MISSING), ("key", MISSING), (f";key={ANN.text}", MISPLACED),
    (f"a=b;key={ANN.text}", MISPLACED), ("&" * 10_000, MISSING), ("key=" + "a" * 10_000, UNKNOWN), ("key=x&" * 2_000, UNKNOWN),
    (f"key[]={ANN.text}", MISPLACED), (f"x=key={ANN.text}", MISPLACED),
])
def test_odd_queries(gateway, up, query, codes):
    refused(gateway, up, codes, {}, f"/query?{query}")


@pytest.mark.parametrize("query,left", [
    (f"key={ANN.text}", None), (f"%6bey={ANN.text}&a=1", "a=1"), (f"a=1&key={ANN.text}&key={ANN.text}&b=2", "a=1&b=2"),
    (f"&&key={ANN.text}&&", "&&&"), ("key=" + "".join(f"%{ord(c):02x}" for c in ANN.text), None),
])
def test_a_key_in_the_query_is_taken_out_whatever_its_spelling(gateway, up, query, left):
    assert gateway.get(f"/query?{query}").status == 200
    path, _, rest = up.last.target.partition("?")
    assert (path, rest or None) == ("/query", left)


def test_random_credentials_open_nothing(gateway, up):
    """Every bit of a good key turned, and texts made of its pieces."""
    chance = random.Random(7)
    before = len(up.requests)
    with gateway.connect() as connection:
        for position in range(len(ANN.text)):
            bent = ANN.text[:position] + chr(ord(ANN.text[position]) ^ 1 << chance.randrange(5)) + ANN.text[position + 1:]
            if not all("!" <= character <= "~" for character in bent):
                continue
            answer = connection.fetch("GET", "/keyed", {"X-Api-Key": bent})
            assert answer.status == 401 and answer["Connection"] is None
        for _ in range(300):
            pieces = [ANN.text[:8], ANN.id, BOB.id, ANN.secret, BOB.secret, ANN.text[-6:], "Bearer ", " ", '"', "_", "\xe4", ":"]
            value = "".join(chance.choices(pieces, k=chance.randrange(1, 7))).strip()
            if value != ANN.text:
                answer = connection.fetch("GET", "/keyed", {chance.choice(["X-Api-Key", "Authorization", "Reeve-Key"]): value})
                assert answer.status == 401, value
    assert len(up.requests) == before


def test_outside_the_network_nobody_learns_whether_a_key_is_good(gateway):
    """A stolen key is not confirmed: right, wrong, malformed or none, the answer is the same to the byte."""
    told = set()
    for fields in (ANN.bearer, BOB.bearer, Key(99).bearer, {"X-Api-Key": ANN.text[:-1]}, {"X-Api-Key": FOREIGN}, {}):
        answer = gateway.get("/abroad", fields)
        assert (answer.status, answer.code) == (403, "ip-not-allowed")
        names = [pair for pair in answer.fields if pair[0] not in ("Date", "Reeve-Decision", "X-Request-Id")]
        told.add((repr(names), answer.body.replace(answer["Reeve-Decision"].encode(), b""), len(answer["Reeve-Decision"])))
    assert len(told) == 1


@pytest.mark.parametrize("path", ["/keyed", "/abroad", "/address", "/keyed/", "//keyed", "/a/../keyed", "/keyed/.", "/KEYED", "/%6beyed",
                                  "/keyed%2f", "/keyed;a", "/%zz", "/%00", "/.;x/keyed", "/keyed?%zz"])
@pytest.mark.parametrize("host", ["a", "A.:80", "[::1]:8080"])
def test_a_question_is_answered_as_the_request_was(gateway, path, host):
    """`explain` reads odd spellings as the gateway does: it never tells an operator what a client would not meet."""
    for key in (None, ANN, BOB, Key(99)):
        answer = gateway.get(path, key.bearer if key else {}, host=host)
        question = {"from": "127.0.0.1", "method": "GET", "url": f"http://{host}{path}", **({"key": key.text} if key else {})}
        told = gateway.ask_admin("POST", "/v1/explain", body=json.dumps(question).encode(), token=gateway.token).json()
        assert told.get("outcome") == ("allow" if answer.status == 200 else "deny"), (key, answer, told)
        assert told["code"] == (None if answer.status == 200 else answer.code), (key, answer, told)


# Heads

def test_ten_thousand_lines(gateway, up):
    """One by one in size, all together within and beyond head_max."""
    before = len(up.requests)
    for count, line in ((10_000, "X: y\r\n"), (10_000, "A:\r\n"), (10_000, f"X-Api-Key: {BOB.text}\r\n"),
                        (5_000, "X-Forwarded-For: 1.2.3.4\r\n"), (100_000, "B: c\r\n")):
        head = "GET /keyed HTTP/1.1\r\nHost: a\r\n" + line * count + f"X-Api-Key: {ANN.text}\r\n\r\n"
        answers, closed = exchange(gateway.address, head.encode())
        assert closed and len(answers) == 1 and answers[0].status in (400, 431), answers
    assert len(up.requests) == before


def test_as_many_lines_as_fit(gateway, up):
    """Thousands of short lines are served, or refused for their number."""
    for line in ("A:\r\n", "a:b\r\n", "Cookie: a\r\n", "Connection: x\r\n", "Via: 1.1 a\r\n"):
        head = "GET /keyed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + f"X-Api-Key: {ANN.text}\r\n"
        head += line * ((32_000 - len(head)) // len(line)) + "\r\n"
        answers, _ = exchange(gateway.address, head.encode())
        assert answers[0].status in (200, 431, 400), (line, answers[0])


# Decision ids

def opened(gateway, decision):
    """What the admin API and the CLI say, which must be the same."""
    answer = gateway.ask_admin("GET", f"/v1/decisions/{decision}", token=gateway.token)
    done = gateway.cli("explain", decision, "--json")
    assert (answer.status, done.returncode) in ((200, 0), (404, 1)), (answer, done)
    if answer.status == 404:
        assert answer.code == "route-not-found" and answer.problem()["detail"]
        assert json.loads(done.stdout)["error"]["code"] == "decision-unreadable"
    return answer.status == 200


def test_a_decision_id_with_any_bit_turned_cannot_be_opened(gateway):
    decision = gateway.get("/keyed", ANN.bearer)["Reeve-Decision"]
    assert opened(gateway, decision)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for position in range(2, len(decision)):
        for bit in range(6):
            other = alphabet[alphabet.index(decision[position]) ^ 1 << bit]
            bent = decision[:position] + other + decision[position + 1:]
            answer = gateway.ask_admin("GET", f"/v1/decisions/{bent}", token=gateway.token)
            assert answer.status == 404, (position, bit)


@pytest.mark.parametrize("change", [
    lambda d: d[:-1], lambda d: d[:-4], lambda d: d[: len(d) // 2], lambda d: d[:3], lambda d: "d_", lambda d: d[2:],
    lambda d: d + "A", lambda d: d + "AAAA", lambda d: d + d, lambda d: d.upper(), lambda d: d.lower(), lambda d: "D" + d[1:],
    lambda d: "x" + d, lambda d: d + "=", lambda d: d.replace("d_", "d__"), lambda d: "d_" + "A" * 254, lambda d: "d_" + "_" * 4000,
    lambda d: d[:2] + d[2:][::-1], lambda d: "d_" + d[40:] + d[2:40],
], ids=range(19))
def test_a_decision_id_that_was_cut_or_lengthened_or_made_up_cannot_be_opened(gateway, change):
    decision = gateway.get("/nothing")["Reeve-Decision"]
    assert not opened(gateway, change(decision))


@pytest.mark.parametrize("path", ["d_%00", "d_%2e%2e", "../callers", "d_/..", "%64_AAAA", "d_AAAA/more", "", "d_?x=1", "d_AAAA%0d%0aX:y"])
def test_paths_that_are_no_decision_id(gateway, path):
    answer = gateway.ask_admin("GET", f"/v1/decisions/{path}", token=gateway.token)
    assert answer.status in (400, 404), answer


@pytest.mark.parametrize("word", ["", "d_", "d_é", "d_\n", "-", "d_" + "x" * 100_000, "d_a b", "d_%41", "urn:reeve:decision:d_A",
                                  "../../etc/passwd", "d_;id"], ids=range(11))
def test_words_that_are_no_decision_id(gateway, word):
    done = gateway.cli("explain", word)
    assert done.returncode in (1, 2) and done.stderr, done


def test_another_gateways_decisions_stay_closed(gateway, launch, up):
    """The same configuration, another data folder: other keys."""
    other = launch(configuration(ROUTES, {"up": up}, **top()))
    decisions = [each.get("/keyed")["Reeve-Decision"] for each in (gateway, other)]
    assert opened(gateway, decisions[0]) and opened(other, decisions[1])
    assert not opened(gateway, decisions[1]) and not opened(other, decisions[0])


def test_ids_of_one_request_made_twice_have_nothing_in_common(gateway):
    """Nobody learns from ids that two requests were alike."""
    ids = [gateway.get("/keyed", ANN.bearer)["Reeve-Decision"] for _ in range(20)]
    assert len(set(ids)) == 20 and len({len(each) for each in ids}) == 1
    for first, second in zip(ids, ids[1:]):
        same = sum(a == b for a, b in zip(first[4:], second[4:]))
        assert same < len(first) / 4


# Who asks

@pytest.fixture(scope="module")
def proxied(shared, up):
    """Behind proxies at 127.0.0.1 and in 10.0.0.0/8."""
    return shared(configuration(ROUTES, {"up": up}, trusted_proxies=["127.0.0.1", "10.0.0.0/8", "2001:db8:ff::/64"], **top()))


@pytest.fixture(scope="module")
def forwarded(shared, up):
    return shared(configuration(ROUTES, {"up": up}, trusted_proxies=["127.0.0.1"], client_ip={"header": "forwarded"}, **top()))


def seen(gateway, up, fields):
    """The address that the gateway takes for the client's."""
    answer = gateway.get("/address", fields)
    assert answer.status == 200, answer
    return up.last["X-Seen"]


LIES = [{"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}, {"X-Real-IP": "203.0.113.9"},
        {"True-Client-IP": "203.0.113.9"}, {"X-Client-IP": "203.0.113.9"}, {"CF-Connecting-IP": "203.0.113.9"},
        {"X_Forwarded_For": "203.0.113.9"}, {"Via": "1.1 203.0.113.9"}, {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"},
        {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9;by=127.0.0.1"}]


@pytest.mark.parametrize("fields", LIES, ids=range(len(LIES)))
def test_from_an_untrusted_peer_nothing_is_believed(gateway, up, fields):
    assert seen(gateway, up, fields) == "127.0.0.1"
    answer = gateway.get("/office", fields)
    assert (answer.status, answer.code) == (403, "ip-not-allowed")
    assert "203.0.113.9" not in answer.problem()["detail"]
    told = gateway.ask_admin("GET", "/v1/decisions/" + answer["Reeve-Decision"], token=gateway.token).json()["request"]
    assert told["client_ip"] == "127.0.0.1"
    assert ("not believed" in told["client_ip_source"]) == ("X-Forwarded-For" in fields)
    entry = gateway.wait_log(lambda line: line["decision"] == answer["Reeve-Decision"])[0]
    assert (entry["client_ip"], entry["peer"]) == ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize("fields", [fields for fields in LIES if "X-Forwarded-For" not in fields])
def test_a_trusted_proxy_is_believed_in_its_one_field_only(proxied, up, fields):
    assert seen(proxied, up, fields) == "127.0.0.1"


ENTRIES = {
    "203.0.113.9": "203.0.113.9",
    " 203.0.113.9 ,": "203.0.113.9",
    ", ,203.0.113.9": "203.0.113.9",
    "198.51.100.1, 203.0.113.9": "203.0.113.9",
    "203.0.113.9, 10.0.0.1, 10.1.1.1": "203.0.113.9",
    "10.0.0.3, 10.0.0.2": "10.0.0.3",                       # all trusted: the leftmost
    "203.0.113.9:1234": "203.0.113.9",
    "[2001:db8:1::1]": "2001:db8:1::1",
    "[2001:db8:1::1]:443": "2001:db8:1::1",
    "2001:db8:1::1": "2001:db8:1::1",
    "2001:DB8:0001:0::1": "2001:db8:1::1",
    "::ffff:203.0.113.9": "203.0.113.9",                    # IPv4-mapped is IPv4
    "[::ffff:203.0.113.9]:80": "203.0.113.9",
    "198.51.100.1, ::ffff:10.0.0.1": "198.51.100.1",
    "203.0.113.9, [2001:db8:ff::2]:1": "203.0.113.9",
    # No address: the last hop before it is the client.
    "": "127.0.0.1",
    ",": "127.0.0.1",
    "unknown": "127.0.0.1",
    "_hidden": "127.0.0.1",
    "203.0.113.9, unknown": "127.0.0.1",
    "203.0.113.9, garbage, 10.0.0.1": "10.0.0.1",
    "203.0.113.9:": "127.0.0.1",
    "203.0.113.9:99999": "127.0.0.1",
    "203.0.113.9:-1": "127.0.0.1",
    "203.0.113.9:1:2": "127.0.0.1",
    "203.0.113": "127.0.0.1",
    "203.0.113.9.1": "127.0.0.1",
    "203.0.113.256": "127.0.0.1",
    "203.0.113.09": "127.0.0.1",
    "0xcb.0.113.9": "127.0.0.1",
    "3405803785": "127.0.0.1",
    "203.0.113.9/32": "127.0.0.1",
    "203.0.113.9 203.0.113.9": "127.0.0.1",
    "\"203.0.113.9\"": "127.0.0.1",
    "[203.0.113.9]": "127.0.0.1",
    "[2001:db8:1::1": "127.0.0.1",
    "2001:db8:1::1]": "127.0.0.1",
    "[2001:db8:1::1]443": "127.0.0.1",
    "[2001:db8:1::1]:": "127.0.0.1",
    "[2001:db8:1::1%eth0]": "127.0.0.1",
    "2001:db8:1::1%eth0": "127.0.0.1",
    "2001:db8:1:::1": "127.0.0.1",
    "1:2:3:4:5:6:7:8:9": "127.0.0.1",
    "localhost": "127.0.0.1",
    "203.0.113.9\xa0": "127.0.0.1",
    "x" * 20_000: "127.0.0.1",
    "203.0.113.9, " + "x" * 20_000: "127.0.0.1",
    ", ".join(["203.0.113.9"] * 1000): "203.0.113.9",
    "198.51.100.1, " + ", ".join(["10.0.0.1"] * 1000): None,  # more hops than anybody has: see the test
    "," * 20_000: "127.0.0.1",
}


@pytest.mark.parametrize("value", ENTRIES, ids=range(len(ENTRIES)))
def test_a_list_of_hops_is_read_from_the_right_up_to_what_is_no_address(proxied, up, value):
    wanted = ENTRIES[value]
    got = seen(proxied, up, {"X-Forwarded-For": value})
    assert got == wanted or wanted is None and got in ("198.51.100.1", "10.0.0.1"), (value[:50], got)
    answer = proxied.get("/office", {"X-Forwarded-For": value})
    inside = got.startswith(("203.0.113.", "2001:db8:1:"))
    assert answer.status == (200 if inside else 403)
    assert len(up.last["X-Forwarded-For"]) < 4096


def test_several_lines_are_one_list(proxied, up):
    lines = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "198.51.100.1, 10.0.0.1"), ("X-Forwarded-For", "10.0.0.2")]
    assert seen(proxied, up, lines) == "198.51.100.1"
    assert up.last["X-Forwarded-For"] == "198.51.100.1, 10.0.0.1, 10.0.0.2, 127.0.0.1"
    assert seen(proxied, up, [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "")]) == "203.0.113.9"
    assert seen(proxied, up, [("X-Forwarded-For", "10.0.0.1")] * 900) in ("10.0.0.1", "127.0.0.1")


@pytest.mark.parametrize("value,wanted", [
    ("for=203.0.113.9", "203.0.113.9"), ("For=\"203.0.113.9:80\";proto=http", "203.0.113.9"),
    ("for=\"[2001:db8:1::1]:80\"", "2001:db8:1::1"), ("for=198.51.100.1, for=203.0.113.9", "203.0.113.9"),
    ("by=203.0.113.9", "127.0.0.1"), ("for=203.0.113.9, by=1.2.3.4", "127.0.0.1"), ("for=203.0.113.9;for=203.0.113.8", "127.0.0.1"),
    ("for=203.0.113.9, for=unknown", "127.0.0.1"), ("for=203.0.113.9, for=_x", "127.0.0.1"), ("203.0.113.9", "127.0.0.1"),
    ("for=\"203.0.113.9", "127.0.0.1"), ("for=[2001:db8:1::1]", None), ("proto=\"for=203.0.113.9\"", "127.0.0.1"),
    ("for=203.0.113.9;proto=\"a, for=198.51.100.1\"", "203.0.113.9"), ("for=198.51.100.1;x=\"\\\", for=203.0.113.9", "127.0.0.1"),
    (", ".join(["for=198.51.100.1"] * 1000), "198.51.100.1"), ("for=" + "[" * 10_000, "127.0.0.1"), ("\"" * 9_999, "127.0.0.1"),
], ids=range(18))
def test_forwarded_is_read_by_its_grammar(forwarded, up, value, wanted):
    got = seen(forwarded, up, {"Forwarded": value, "X-Forwarded-For": "203.0.113.200"})
    assert got == wanted or wanted is None and got in ("127.0.0.1", "2001:db8:1::1")


PREFIXES = [b"PROXY TCP4 203.0.113.9 10.0.0.1 1 2\r\n", b"PROXY UNKNOWN\r\n",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x0a\0\0\1\0\1\0\2", b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"]
REQUEST = b"GET /office HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("prefix", PREFIXES, ids=range(4))
def test_a_proxy_header_from_whom_none_is_expected_is_no_request(gateway, up, prefix):
    before = len(up.requests)
    answers, closed = exchange(gateway.address, prefix + REQUEST)
    assert closed and [answer.status for answer in answers] == [400]
    assert len(up.requests) == before


@pytest.mark.parametrize("prefix", [
    b"", b"PROXY TCP4 203.0.113.999 10.0.0.1 1 2\r\n", b"PROXY TCP4 203.0.113.9 10.0.0.1 1 2\n", b"PROXY TCP4 203.0.113.9 10.0.0.1 1\r\n",
    b"PROXY TCP4 203.0.113.9 10.0.0.1 1 2 3\r\n", b"PROXY TCP6 203.0.113.9 ::1 1 2\r\n", b"PROXY " + b"x" * 200, b"proxy UNKNOWN\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x02\xcb\0", b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
], ids=range(11))
def test_a_broken_proxy_header_ends_the_connection(shared, up, prefix):
    """From a peer whose every connection must begin with one. What is behind it is nobody's request."""
    if not hasattr(shared, "with_proxy_header"):
        shared.with_proxy_header = shared(configuration(
            ROUTES, {"up": up}, trusted_proxies=["127.0.0.1"], client_ip={"proxy_protocol": True}, server={"head_timeout": "500ms"}, **top()))
    gateway, before = shared.with_proxy_header, len(up.requests)
    answers, closed = exchange(gateway.address, prefix + REQUEST)
    assert closed and not answers and len(up.requests) == before
    for good in (PREFIXES[0], PREFIXES[2]):
        answers, _ = exchange(gateway.address, good + REQUEST)
        assert [answer.status for answer in answers] == [200]
    for unknown in (PREFIXES[1], PREFIXES[3]):
        answers, _ = exchange(gateway.address, unknown + REQUEST)
        assert [answer.status for answer in answers] == [403]


@pytest.mark.parametrize("address", ["203.0.113.9, 1.2.3.4", "203.0.113.9/32", "::ffff:203.0.113.9", "[2001:db8::1]", "203.0.113.9:80", "0", "",
                                     "localhost", "1" * 100_000, "fe80::1%1"], ids=range(10))
def test_odd_addresses_to_explain(gateway, address):
    body = json.dumps({"from": address, "method": "GET", "url": "http://h/office"}).encode()
    answer = gateway.ask_admin("POST", "/v1/explain", body=body, token=gateway.token)
    if address == "::ffff:203.0.113.9":
        assert answer.json()["outcome"] == "allow"  # IPv4-mapped is IPv4
    else:
        assert answer.status in (400, 413), answer


QUESTIONS = [
    {"method": "GET\r\nX: y"}, {"method": "GET /office HTTP/1.1\r\nX-A: b\r\nY:"}, {"method": ""}, {"method": "G(T"},
    {"url": "http://h/ HTTP/1.1\r\nX-Api-Key: " + ANN.text + "\r\nY: z"}, {"url": "http://h/a b"}, {"url": "http:///"}, {"url": "h"},
    {"url": "http://u@h/keyed"}, {"url": "http://h\0/"}, {"url": "http://" + "h" * 10_000}, {"headers": {"A\r\nX-Api-Key": ANN.text}},
    {"headers": {"A": "b\r\nX-Api-Key: " + ANN.text}}, {"headers": {"": "x"}}, {"headers": {"Host": "other"}},
    {"headers": {"Content-Length": "-1"}}, {"headers": {"Transfer-Encoding": "gzip"}}, {"as": "ann\0"}, {"at": "now"}, {"model": "m"},
]


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_odd_questions_to_explain_are_never_allowed(gateway, question):
    body = json.dumps({"from": "198.51.100.1", "method": "GET", "url": "http://h/keyed", **question}).encode()
    answer = gateway.ask_admin("POST", "/v1/explain", body=body, token=gateway.token)
    assert answer.status == 400 or answer.status == 200 and answer.json()["outcome"] == "deny", answer
    assert ANN.secret.encode() not in answer.body


@pytest.mark.parametrize("body", [b"", b"[", b"null", b"\xff", b'{"a":' * 5_000, b"[" * 100_000, b'{"from":"1.2.3.4"' + b" " * 3_000_000 + b"}",
                                  b'{"from":"1.2.3.4","from":"1.2.3.4","method":"GET","url":"http://h/"}' + b"{}"], ids=range(8))
def test_odd_bodies_to_explain(gateway, body):
    answer = gateway.ask_admin("POST", "/v1/explain", body=body, token=gateway.token)
    assert answer.status in (400, 413), answer


def test_the_command_line_takes_odd_questions_calmly(gateway):
    for arguments in (["--key", "\x1b[31m", "--from", "1.2.3.4", "GET", "http://h/keyed"], ["--from", "1.2.3.4", "GET", "http://h/\x1b[2J"],
                      ["--from", "1.2.3.4", "-H", "no colon", "GET", "http://h/keyed"], ["--from", "1.2.3.4", "-H", ": x", "GET", "http://h/keyed"],
                      ["--from", "1.2.3.4", "-H", "A: b\r\nX-Api-Key: " + ANN.text, "GET", "http://h/keyed"]):
        done = reeve("explain", *arguments, cwd=gateway.folder)
        assert done.returncode in (1, 2), done
        assert "\x1b" not in done.stdout + done.stderr
