# SPDX-License-Identifier: Apache-2.0
# TLS on both sides: which certificate a name is shown, versions, resumption, cut connections; what an upstream must prove
# and what the gateway proves to it. Issue ("TLS by OpenSSL on both sides"); contract 2; architecture 4.
import json
import socket
import ssl
import subprocess
import threading

import pytest
from harness.certificates import Authority, peer_names
from harness.client import Closed
from harness.gateway import configuration, route


@pytest.fixture(scope="module")
def leaves(authority):
    return {name: authority.issue(name, *hosts) for name, hosts in {
        "front": ["www.example.com", "127.0.0.1"], "wild": ["*.example.org"], "fallback": ["fallback.example"]}.items()}


def certificate(leaf, *hosts):
    return {"cert": leaf[0], "key": leaf[1], **({"hosts": list(hosts)} if hosts else {})}


@pytest.fixture(scope="module")
def up(shared):
    return shared.upstream()


@pytest.fixture(scope="module")
def gateway(shared, up, leaves):
    certs = [certificate(leaves["fallback"], "fallback.example"), certificate(leaves["front"], "www.example.com", "127.0.0.1"),
             certificate(leaves["wild"], "*.example.org")]
    return shared(configuration([route()], {"up": up}, listen=[
        {"address": "127.0.0.1:0", "tls": {"certs": certs}},
        {"address": "127.0.0.1:0", "tls": {"certs": certs, "min_version": "1.3"}},
        {"address": "127.0.0.1:0"}]))


def secure(gateway, authority, name="www.example.com", listener=0, context=None, **options):
    return gateway.connect(listener, tls=context or authority.client_context(), server_name=name, **options)


@pytest.mark.threads
def test_requests_over_tls(gateway, authority, up):
    with secure(gateway, authority) as connection:
        assert connection.socket.version() == "TLSv1.3"
        for _ in range(3):
            assert connection.fetch("GET", "/x", host="www.example.com").status == 200
    assert up.last["X-Forwarded-Proto"] == "https"
    assert "proto=https" in up.last["Forwarded"]
    assert gateway.wait_log(lambda line: line["tls"])[-1]["tls"]


@pytest.mark.parametrize("name,expected", [
    ("www.example.com", "www.example.com"), ("WWW.example.com", "www.example.com"), ("a.example.org", "*.example.org"),
    ("fallback.example", "fallback.example"),
])
def test_the_certificate_by_name(gateway, authority, name, expected):
    with secure(gateway, authority, name) as connection:
        assert expected in peer_names(connection)


@pytest.mark.parametrize("name", [None, "unknown.example"])
def test_another_name_or_none_gets_the_first_certificate(gateway, authority, name):
    context = authority.client_context(check_hostname=False)
    with secure(gateway, authority, name, context=context) as connection:
        assert "fallback.example" in peer_names(connection)


def limited(authority, most):
    context = authority.client_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = most
    return context


def test_versions(gateway, authority):
    with secure(gateway, authority, context=limited(authority, ssl.TLSVersion.TLSv1_2)) as connection:
        assert connection.socket.version() == "TLSv1.2"
        assert connection.fetch("GET", "/").status == 200
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        secure(gateway, authority, listener=1, context=limited(authority, ssl.TLSVersion.TLSv1_2)).fetch("GET", "/")
    with secure(gateway, authority, listener=1) as connection:
        assert connection.fetch("GET", "/").status == 200


def test_alpn_offers_http_1_1(gateway, authority):
    context = authority.client_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with secure(gateway, authority, context=context) as connection:
        assert connection.socket.selected_alpn_protocol() == "http/1.1"
        assert connection.fetch("GET", "/").status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed(gateway, authority, version):
    context = limited(authority, version)
    with secure(gateway, authority, context=context) as connection:
        assert connection.fetch("GET", "/").status == 200
        session = connection.socket.session
    with secure(gateway, authority, context=context, session=session) as connection:
        assert connection.fetch("GET", "/").status == 200
        assert connection.socket.session_reused


def test_sessions_are_resumed_over_a_reload(launch, up, authority, leaves):
    config = configuration([route()], {"up": up}, listen=[{"address": "127.0.0.1:0",
                                                           "tls": {"certs": [certificate(leaves["front"])]}}])
    gateway = launch(config)
    context = authority.client_context()
    with secure(gateway, authority, context=context) as connection:
        assert connection.fetch("GET", "/").status == 200
        session = connection.socket.session
    assert gateway.reload({**config, "log": "warn"}).status == 200
    with secure(gateway, authority, context=context, session=session) as connection:
        assert connection.fetch("GET", "/").status == 200
        assert connection.socket.session_reused


def test_bodies_over_tls(gateway, authority):
    body = bytes(range(256)) * 400
    with secure(gateway, authority) as connection:
        for size in (0, 1, 16383, 16384, 16385, len(body)):
            assert connection.fetch("POST", "/", body=body[:size]).json()["length"] == size
    pieces = [b"POST / HTTP/1.1\r\nHo", b"st: www.example.com\r\nContent-Length: 4\r\n", b"\r\nab", b"cd"]
    with secure(gateway, authority) as connection:
        connection.send_pieces(pieces)
        assert connection.answer().json()["body"] == "abcd"


def test_plain_http_on_a_tls_port(gateway):
    with gateway.connect() as connection:
        connection.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        try:
            assert connection.answer().status == 400
        except (Closed, ConnectionResetError, ValueError, AssertionError, IndexError):
            pass  # an alert and a close is the other usual answer
    with gateway.connect(2) as connection:  # and TLS on a plain port
        connection.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n")
        assert connection.answer().status == 400
        assert connection.is_closed()


def test_a_handshake_that_stalls_is_ended(launch, up, leaves):
    gateway = launch(configuration([route()], {"up": up}, server={"head_timeout": "500ms", "idle": "500ms"}, listen=[
        {"address": "127.0.0.1:0", "tls": {"certs": [certificate(leaves["front"])]}}]))
    with gateway.connect() as connection:
        connection.send(b"\x16\x03\x01")
        assert connection.is_closed(3)


def test_leaving_in_the_handshake_harms_nobody(gateway, authority):
    for data in (b"", b"\x16\x03\x01\x02\x00", b"\x16\x03\x01\x00\x05hello", b"\x80" * 100):
        with gateway.connect() as connection:
            connection.send(data)
    with secure(gateway, authority) as connection:
        assert connection.fetch("GET", "/").status == 200


def test_host_and_sni_may_differ_under_equal_rules(gateway, authority):
    with secure(gateway, authority) as connection:
        assert connection.fetch("GET", "/", host="other.example").status == 200


def test_client_certificates_are_asked_for_and_never_refused_in_the_handshake(launch, authority, leaves, up, tmp_path):
    stranger = Authority(tmp_path / "stranger", "stranger")
    gateway = launch(configuration([route()], {"up": up}, listen=[
        {"address": "127.0.0.1:0", "tls": {"certs": [certificate(leaves["front"])], "client_ca": authority.file}}]))
    for issuer in (None, authority, stranger):
        context = authority.client_context()
        if issuer:
            context.load_cert_chain(*issuer.issue("client", "ci.example.com", usage="clientAuth"))
        with secure(gateway, authority, context=context) as connection:
            assert connection.fetch("GET", "/", host="www.example.com").status == 200, issuer


def test_a_renewed_certificate_alone_is_a_change(launch, authority, up):
    config = configuration([route()], {"up": up}, listen=[
        {"address": "127.0.0.1:0", "tls": {"certs": [{"cert": "c.pem", "key": "k.pem"}]}}])
    gateway = launch(config, start=False)

    def install(name):
        for source, target in zip(authority.issue(name, name), ("c.pem", "k.pem")):
            (gateway.folder / target).write_text(open(source).read())

    install("before.example")
    gateway.start()
    with secure(gateway, authority, "before.example") as connection:
        assert connection.fetch("GET", "/").status == 200
        install("after.example")
        assert gateway.reload().json()["changed"] is True
        assert connection.fetch("GET", "/").status == 200  # an open connection goes on
    with secure(gateway, authority, "after.example") as connection:
        assert "after.example" in peer_names(connection)


@pytest.mark.parametrize("change,words", [
    ({"cert": "missing.pem"}, "missing.pem"), ({"key": "other.key"}, "key"), ({"cert": "nonsense.pem"}, "nonsense.pem"),
])
def test_certificates_that_cannot_be_used_are_problems(launch, authority, leaves, change, words):
    entry = {"cert": leaves["front"][0], "key": leaves["front"][1], **change}
    gateway = launch(configuration([route(respond={"status": 200})],
                                   listen=[{"address": "127.0.0.1:0", "tls": {"certs": [entry]}}]),
                     files={"nonsense.pem": "nonsense", "other.key": open(leaves["wild"][1]).read()}, wait=False)
    assert gateway.wait_stopped() == 1
    assert words in gateway.stderr and "reeve.yaml:" in gateway.stderr


def test_the_certificates_end_is_in_the_metrics(gateway):
    values = {series: value for series, value in gateway.metrics().items()
              if series.startswith("reeve_certificate_expiry_seconds")}
    assert values
    for value in values.values():
        assert 8 * 86400 < value < 11 * 86400 or value > 1e9  # left, or as a time


# Towards the upstream

class TlsUpstream:
    def __init__(self, launch, authority, *hosts, client_ca=None, **options):
        leaf = authority.issue("up-" + hosts[0].replace("*", "any"), *hosts)
        self.names = []
        context = authority.server_context(*leaf, client_ca=client_ca)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)

        def handler(connection, request):
            subject = connection.socket.getpeercert() if client_ca else None
            connection.answer(200, {}, json.dumps(subject).encode())

        self.server = launch.upstream(handler, tls=context, **options)
        self.url = self.server.url


def behind_tls(launch, server, tls, url=None):
    entry = {"targets": [url or server.url], "ejection": "off", "retry": {"attempts": 1}}
    if tls is not None:
        entry["tls"] = tls
    return launch(configuration([route()], {"up": entry}, threads=1))


def test_a_verified_upstream(launch, authority):
    up = TlsUpstream(launch, authority, "127.0.0.1", "localhost")
    gateway = behind_tls(launch, up, {"ca": authority.file})
    for _ in range(3):
        assert gateway.get("/").status == 200
    assert len(up.server.connections) == 1
    assert up.names in ([None], [])  # an address is no server name
    gateway = behind_tls(launch, up, {"ca": authority.file}, url=f"https://localhost:{up.server.port}")
    assert gateway.get("/").status == 200
    assert up.names[-1] == "localhost"


def test_verification_is_on_unless_told(launch, authority):
    up = TlsUpstream(launch, authority, "127.0.0.1")
    answer = behind_tls(launch, up, None).get("/")  # the system's store does not know this authority
    assert (answer.status, answer.code) == (502, "upstream-unreachable")
    assert behind_tls(launch, up, {"verify": False}).get("/").status == 200


def test_the_name_must_fit(launch, authority):
    up = TlsUpstream(launch, authority, "posts.internal")
    assert behind_tls(launch, up, {"ca": authority.file}).get("/").status == 502
    gateway = behind_tls(launch, up, {"ca": authority.file, "server_name": "posts.internal"})
    assert gateway.get("/").status == 200
    assert up.names[-1] == "posts.internal"


def test_an_expired_certificate_is_not_accepted(launch, authority):
    certificate_file, key = authority.issue("expired", "127.0.0.1", days=-1)
    up = launch.upstream(tls=authority.server_context(certificate_file, key))
    assert behind_tls(launch, up, {"ca": authority.file}).get("/").status == 502


def test_a_client_certificate_is_shown(launch, authority):
    up = TlsUpstream(launch, authority, "127.0.0.1", client_ca=authority.file)
    certificate_file, key = authority.issue("gateway-client", "me.internal", usage="clientAuth")
    gateway = behind_tls(launch, up, {"ca": authority.file, "cert": certificate_file, "key": key})
    assert "me.internal" in gateway.get("/").body.decode()
    assert behind_tls(launch, up, {"ca": authority.file}).get("/").status == 502


def test_a_plain_upstream_behind_https(launch, authority):
    up = launch.upstream()
    answer = behind_tls(launch, up, {"ca": authority.file}, url=f"https://127.0.0.1:{up.port}").get("/")
    assert answer.status in (502, 504) and answer.code in ("upstream-unreachable", "upstream-timeout")


def test_a_missing_close_notify_is_a_cut_body(launch, authority):
    """A close-delimited body whose TLS stream ends without close_notify may be half of it."""
    leaf = authority.issue("abrupt", "127.0.0.1")

    def script(connection):
        connection.reader.request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\nhalf of i")
        raw = connection.socket.detach()
        end = socket.socket(fileno=raw)
        end.shutdown(socket.SHUT_RDWR)
        end.close()

    up = launch.raw_upstream(script, tls=authority.server_context(*leaf))
    gateway = behind_tls(launch, up, {"ca": authority.file})
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        with pytest.raises((Closed, ConnectionResetError)):
            connection.answer()
    assert gateway.wait_log()[0]["code"] == "upstream-malformed"


def test_sessions_with_the_upstream_are_resumed(launch, authority):
    leaf = authority.issue("resuming", "127.0.0.1")
    context = authority.server_context(*leaf)
    reused = []

    def once(connection, request):
        reused.append(connection.socket.session_reused)
        connection.answer(200, {"Connection": "close"}, b"x")

    up = launch.upstream(once, tls=context)
    gateway = behind_tls(launch, up, {"ca": authority.file})
    for _ in range(6):
        assert gateway.get("/").status == 200
    assert any(reused[1:])


def test_curl_speaks_to_it(gateway, authority):
    host, _, port = gateway.address.rpartition(":")
    done = subprocess.run(["curl", "-sS", "--cacert", authority.file, "--resolve", f"www.example.com:{port}:{host}",
                           f"https://www.example.com:{port}/a?b=c", "-d", "hello", "-w", "%{http_code} %{http_version}"],
                          capture_output=True, text=True, timeout=20)
    assert done.stdout.endswith("200 1.1"), done
    assert json.loads(done.stdout[:-7])["body"] == "hello"


def test_many_handshakes_at_once(gateway, authority):
    failures = []

    def visit():
        try:
            with secure(gateway, authority, timeout=20) as connection:
                assert connection.fetch("GET", "/").status == 200
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=visit) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
