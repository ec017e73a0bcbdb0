# SPDX-License-Identifier: Apache-2.0
# WebSocket tunnels, with a client and a server that nobody here wrote, and byte by byte; what is refused. Contract 2
# (upgrade), 4.3; fine print 2 and 4.
import asyncio
import hashlib
import signal
import socket
import threading

import pytest
import websockets
from harness.client import Closed
from harness.gateway import configuration, route
from harness.waiting import wait_until

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ASK = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY}
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")


class WebSocketServer:
    """An echo server of the websockets library, on a thread of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.paths = []
        self.closed = []
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        started = threading.Event()

        async def echo(connection):
            self.paths.append(connection.path)
            try:
                async for message in connection:
                    await connection.send(message)
            finally:
                self.closed.append(connection.close_code)

        async def serve():
            async with websockets.serve(echo, sock=listener, max_size=1 << 24):
                started.set()
                await asyncio.Future()

        def run():
            asyncio.set_event_loop(self.loop)
            self.task = self.loop.create_task(serve())
            try:
                self.loop.run_until_complete(self.task)
            except asyncio.CancelledError:
                pass

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        started.wait(5)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.thread.join(5)


@pytest.fixture(scope="module")
def echo(shared):
    server = WebSocketServer()
    shared.servers.append(server)
    return server


@pytest.fixture(scope="module")
def gateway(shared, echo):
    return shared(configuration([route("ws", "/ws/{r...}", upgrade=["websocket"]), route("plain", "/plain")], {"up": echo}))


def url(gateway, path="/ws/chat?room=1"):
    return f"ws://{gateway.address}{path}"


@pytest.mark.threads
def test_messages_go_both_ways(gateway, echo):
    async def talk():
        async with websockets.connect(url(gateway), max_size=1 << 24) as client:
            for message in ("hello", b"\x00\xff" * 1000, "x" * 2_000_000, ""):
                await client.send(message)
                assert await client.recv() == message
            await (await client.ping())

    asyncio.run(asyncio.wait_for(talk(), 20))
    assert echo.paths[-1] == "/ws/chat?room=1"


@pytest.mark.threads
def test_many_tunnels_at_once(gateway):
    async def talk(number):
        async with websockets.connect(url(gateway)) as client:
            for count in range(20):
                await client.send(f"{number}:{count}")
                assert await client.recv() == f"{number}:{count}"

    async def all_of_them():
        await asyncio.gather(*(talk(number) for number in range(30)))

    asyncio.run(asyncio.wait_for(all_of_them(), 30))


def test_a_client_that_leaves_takes_the_tunnel_with_it(gateway, echo):
    async def leave():
        client = await websockets.connect(url(gateway))
        await client.send("x")
        await client.recv()
        client.transport.abort()

    count = len(echo.closed)
    asyncio.run(asyncio.wait_for(leave(), 10))
    wait_until(lambda: len(echo.closed) > count, "the server's end to close")


def test_the_101_is_a_final_answer(launch):
    gateway, up = tunnel(launch)
    with gateway.connect() as connection:
        connection.ask("GET", "/", {**ASK, "X-Request-Id": "tunnel"})
        answer = connection.answer()
        assert answer.status == 101
        assert answer["Upgrade"].lower() == "websocket" and "upgrade" in answer["Connection"].lower()
        assert answer["Sec-WebSocket-Accept"]
        assert answer["Reeve-Origin"] == "upstream" and answer["X-Request-Id"] == "tunnel"
        request = up.connections[0].heads[0]
        assert request["Upgrade"] == "websocket" and "upgrade" in request["Connection"].lower()
        assert request["Sec-WebSocket-Key"] == KEY and request["X-Forwarded-For"] == "127.0.0.1"
        connection.send(b"ping")
        assert connection.reader.exactly(4) == b"ping"
    entry = gateway.wait_log(lambda line: line["request_id"] == "tunnel")[0]
    assert entry["status"] == 101 and entry["bytes_in"] >= 4 and entry["bytes_out"] >= 4


def tunnel(launch, after=None, answer=SWITCH, **top):
    def script(connection):
        connection.heads = [connection.reader.request()]
        connection.send(answer)
        if after:
            after(connection)
            return
        while True:
            connection.send(connection.reader.exactly(1))

    up = launch.raw_upstream(script)
    return launch(configuration([route(upgrade=["websocket"], **top.pop("route", {}))], {"up": up}, **top)), up


def test_bytes_sent_along_with_the_request_are_the_tunnels(launch):
    gateway, _ = tunnel(launch)
    with gateway.connect() as connection:
        connection.send("GET / HTTP/1.1\r\nHost: a.example\r\n" + "".join(f"{name}: {value}\r\n" for name, value in ASK.items())
                        + "\r\nearly")
        assert connection.answer().status == 101
        assert connection.reader.exactly(5) == b"early"


def test_bytes_that_come_with_the_101_are_the_tunnels(launch):
    gateway, _ = tunnel(launch, answer=SWITCH + b"greeting")
    with gateway.connect() as connection:
        connection.ask("GET", "/", ASK)
        assert connection.answer().status == 101
        assert connection.reader.exactly(8) == b"greeting"


def test_half_closing_passes_through(launch):
    def after(connection):
        rest = connection.reader.rest()  # until the gateway passes the client's end on
        connection.send(hashlib.sha256(rest).hexdigest().encode())

    gateway, _ = tunnel(launch, after)
    with gateway.connect() as connection:
        connection.ask("GET", "/", ASK)
        assert connection.answer().status == 101
        data = bytes(range(256)) * 4000
        connection.send(data)
        connection.finish_writing()
        assert connection.reader.rest() == hashlib.sha256(data).hexdigest().encode()


def test_an_idle_tunnel_is_ended(launch):
    gateway, up = tunnel(launch, route={"timeout": {"idle": "400ms"}})
    with gateway.connect() as connection:
        connection.ask("GET", "/", ASK)
        assert connection.answer().status == 101
        connection.send(b"x")
        assert connection.reader.exactly(1) == b"x"
        assert connection.is_closed(3)
    wait_until(lambda: up.connections[0].closed_at, "the upstream's end to close")


def test_drain_ends_tunnels(launch):
    gateway, _ = tunnel(launch, server={"drain": "300ms"})
    with gateway.connect() as connection:
        connection.ask("GET", "/", ASK)
        assert connection.answer().status == 101
        gateway.signal(signal.SIGTERM)
        assert connection.is_closed(3)
    assert gateway.wait_stopped() == 0


def test_an_upstream_that_declines_answers_like_any_other(launch):
    gateway, _ = launch.before(lambda connection, request: connection.answer(200, {}, b"no tunnels"),
                               routes=[route(upgrade=["websocket"])])
    with gateway.connect() as connection:
        answer = connection.fetch("GET", "/", ASK)
        assert answer.status == 200 and answer.body == b"no tunnels"
        assert connection.fetch("GET", "/").status == 200


@pytest.mark.parametrize("path,token", [("/plain", "websocket"), ("/ws/x", "tls/1.2"), ("/plain", "foo")])
def test_upgrades_that_are_not_allowed(gateway, path, token):
    answer = gateway.get(path, {"Connection": "Upgrade", "Upgrade": token})
    assert (answer.status, answer.code) == (403, "upgrade-refused")


def test_h2c_is_ignored_and_dropped(launch):
    gateway, up = launch.before()
    answer = gateway.get("/", {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQ"})
    assert answer.status == 200
    assert not up.last.names() & {"upgrade", "http2-settings"}


def test_upgrade_without_connection_upgrade_is_just_a_field(gateway):
    """RFC 9110, 7.8: it counts only when Connection names it."""
    answer = gateway.get("/plain", {"Upgrade": "websocket"})
    assert answer.status in (400, 426, 200, 403)


def test_a_101_to_another_protocol_than_asked_is_malformed(launch):
    gateway, _ = tunnel(launch, answer=SWITCH.replace(b"Upgrade: websocket", b"Upgrade: other"))
    answer = gateway.get("/", ASK)
    assert (answer.status, answer.code) == (502, "upstream-malformed")


def test_a_tunnel_that_breaks_is_seen(launch):
    gateway, _ = tunnel(launch, after=lambda connection: connection.close())
    with gateway.connect() as connection:
        connection.ask("GET", "/", ASK)
        assert connection.answer().status == 101
        with pytest.raises((Closed, ConnectionResetError)):
            connection.reader.exactly(1)
