# SPDX-License-Identifier: Apache-2.0
# What is finite: descriptors, memory, processor time. The gateway sheds and pauses, never dies, spins or grows with what
# passes through it. Issue ("Bad input"); architecture 4.
import pathlib
import threading
import time

from harness.client import Connection, Closed, connect_socket
from harness.gateway import SLOWNESS, configuration, route, settle
from harness.message import LAST_CHUNK, Request, chunk
from harness.waiting import wait_until

GROWTH_KIB = 512 * SLOWNESS


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def limited(launch, config, descriptors=256):
    return launch(config, wrapper=["prlimit", f"--nofile={descriptors}"])


def test_descriptor_exhaustion(launch):
    """More clients than descriptors: whoever asks is served, idle ones make room, and nothing spins."""
    up = launch.upstream()
    gateway = limited(launch, configuration([route()], {"up": up}))
    held = []
    for number in range(400):
        try:
            connection = Connection(gateway.address, timeout=10)
            if number % 4 == 0:
                assert connection.fetch("GET", f"/{number}").status in (200, 503)
            held.append(connection)
        except (Closed, ConnectionError, TimeoutError):
            continue
    assert gateway.is_alive()
    before = processor_seconds(gateway.pid)
    settle(1)
    assert processor_seconds(gateway.pid) - before < 0.5 * SLOWNESS
    with Connection(gateway.address, timeout=10) as newcomer:
        assert newcomer.fetch("GET", "/newcomer").status == 200
    for connection in held:
        connection.close()
    wait_until(lambda: gateway.get("/after").status == 200, "service after the flood")
    wait_until(lambda: gateway.descriptors() < 120, "descriptors to be given back", 10)
    assert len(gateway.stderr.splitlines()) < 200  # repeats are folded


def test_descriptor_exhaustion_by_busy_clients(launch):
    """Connections that cannot be shed: accepting pauses and goes on when some end."""
    release = threading.Event()

    def wait(connection, request):
        release.wait(20)
        connection.answer(200, {}, b"late")

    gateway = limited(launch, configuration([route()], {"up": launch.upstream(wait)}))
    held = []
    for _ in range(200):
        connection = Connection(gateway.address, timeout=20)
        connection.ask("GET", "/")
        held.append(connection)
    settle(0.5)
    assert gateway.is_alive()
    assert gateway.ask_admin("GET", "/healthz").status == 200  # the operator still gets in
    release.set()
    statuses = []
    for connection in held:
        try:
            statuses.append(connection.answer().status)
        except (Closed, ConnectionError, TimeoutError):
            statuses.append(None)
        connection.close()
    assert statuses.count(200) >= 60 and set(statuses) <= {200, 503, None}, statuses
    wait_until(lambda: gateway.get("/").status == 200, "service afterwards")


def test_a_connection_limit_above_the_descriptors_is_clamped_with_a_warning(launch):
    gateway = limited(launch, configuration([route(respond={"status": 200})], server={"connections": 100_000}))
    assert gateway.get("/").status == 200
    assert "warn" in gateway.stderr and "connections" in gateway.stderr


class Sampler:
    """The largest RssAnon while something goes on."""

    def __init__(self, gateway):
        self.gateway, self.most, self.running = gateway, gateway.rss_anon_kib(), True
        self.start = self.most
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while self.running:
            self.most = max(self.most, self.gateway.rss_anon_kib())
            time.sleep(0.02)

    def growth(self):
        self.running = False
        self.thread.join()
        return self.most - self.start


def warm(gateway, upload=200_000):
    """What is allocated once for all connections is there before the measurement begins."""
    for _ in range(4):
        with gateway.connect() as connection:
            for _ in range(20):
                connection.fetch("GET", "/warm")
                connection.fetch("POST", "/warm", body=b"x" * upload)


def test_memory_stays_with_a_slow_reader(launch):
    """A body far larger than every buffer goes to a client that reads more slowly than it comes."""
    def pour(connection, request):
        if request.path == "/warm":
            connection.answer(200, {}, b"x" * 200_000)
            return
        connection.begin_chunked()
        piece = b"x" * 65536
        for _ in range(48 * 16):
            if not connection.chunk(piece):
                return
        connection.send(LAST_CHUNK)

    gateway, _ = launch.before(pour)
    warm(gateway)
    sampler = Sampler(gateway)
    with gateway.connect(receive_buffer=65536, timeout=20) as connection:
        connection.ask("GET", "/")
        taken, began = 0, time.monotonic()
        while data := connection.socket.recv(262_144):
            taken += len(data)
            if data.endswith(LAST_CHUNK):
                break
            ahead = taken / (16 << 20) - (time.monotonic() - began)
            if ahead > 0:
                time.sleep(min(ahead, 0.1))
    assert taken > 48 << 20
    assert sampler.growth() <= GROWTH_KIB


def test_memory_stays_with_a_slow_upstream(launch):
    def sip(connection):
        head = connection.reader.head(Request)
        while head.path == "/warm":
            connection.reader.body(head)
            connection.answer(200)
            head = connection.reader.head(Request)
        began, taken, data = time.monotonic(), 0, b""
        while not data.endswith(LAST_CHUNK):
            data = connection.socket.recv(262_144)
            taken += len(data)
            ahead = taken / (16 << 20) - (time.monotonic() - began)
            if ahead > 0:
                time.sleep(min(ahead, 0.1))
        connection.answer(200, {"Connection": "close"}, str(taken).encode())

    gateway, _ = launch.before(launch.raw_upstream(sip))
    warm(gateway)
    sampler = Sampler(gateway)
    with gateway.connect(timeout=30) as connection:
        connection.ask("POST", "/", {"Transfer-Encoding": "chunked"})
        piece = chunk(b"x" * 65536)
        for _ in range(32 * 16):
            connection.send(piece)
        connection.send(LAST_CHUNK)
        assert connection.answer().status == 200
    assert sampler.growth() <= GROWTH_KIB


def test_idle_connections_cost_little(launch):
    gateway = launch(configuration([route(respond={"status": 200})]))
    warm(gateway, 20_000)  # no more than what is read before an answer that needs none of it
    before = gateway.rss_anon_kib()
    held = []
    for _ in range(500):
        connection = Connection(gateway.address)
        assert connection.fetch("GET", "/").status == 200
        held.append(connection)
    settle(0.3)
    assert (gateway.rss_anon_kib() - before) / 500 <= 8 * SLOWNESS  # the exact figure is the benchmark's
    for connection in held:
        connection.close()


def test_a_flood_of_bad_requests_does_not_grow_it(launch):
    gateway = launch(configuration([route(respond={"status": 200})], access_log="off"))
    bad = b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"

    def flood(times):
        for _ in range(times):
            try:
                end = connect_socket(gateway.address)
                end.sendall(bad)
                end.recv(1000)
                end.close()
            except ConnectionError:
                pass

    flood(200)
    before = gateway.rss_anon_kib()
    flood(800)
    assert gateway.rss_anon_kib() - before < GROWTH_KIB
    assert gateway.get("/").status == 200


def test_an_idle_gateway_uses_no_processor(launch):
    gateway = launch(configuration([route(respond={"status": 200})]))
    gateway.get("/")
    settle(0.3)
    before = processor_seconds(gateway.pid)
    settle(1.5)
    assert processor_seconds(gateway.pid) - before <= 0.05 * SLOWNESS
