# SPDX-License-Identifier: Apache-2.0
# Listening sockets that somebody else opened: systemd's, or those of a running Reeve that is replaced without a refused
# connection. Issue ("listening sockets can be inherited"); fine print 1 (Upgrade).
import json
import os
import shutil
import socket
import stat
import threading

import pytest
from harness.client import Connection, connect_socket, fetch
from harness.gateway import configuration, route
from harness.waiting import free_port, stays, wait_until


def hello(body="hello", **top):
    return configuration([route(respond={"status": 200, "body": body})], **top)


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd is not installed")
def test_socket_activation(launch):
    """systemd-socket-activate listens, starts the gateway at the first connection, and passes both on."""
    address = f"127.0.0.1:{free_port()}"
    gateway = launch(hello(listen=[{"address": address}]), wrapper=["systemd-socket-activate", "-l", address], wait=False)

    def first_connection():
        try:
            return Connection(address, timeout=10)
        except ConnectionRefusedError:
            assert gateway.process.poll() is None, gateway.stderr
            return None

    with wait_until(first_connection, "systemd-socket-activate to listen") as first:
        assert first.fetch("GET", "/").body == b"hello"
    gateway.wait_ready()
    assert gateway.run["listen"] == [address]
    assert fetch(address, "GET", "/").body == b"hello"


def test_inherited_sockets_are_found_by_their_address(launch, short_folder):
    """LISTEN_FDS in another order than the file's; one address is not passed and is opened."""
    with socket.socket() as passed, socket.socket(socket.AF_UNIX) as local:
        passed.bind(("127.0.0.1", 0))
        passed.listen(16)
        address = f"127.0.0.1:{passed.getsockname()[1]}"
        path = f"{short_folder}/l.sock"
        gateway = launch(hello(listen=[{"address": address}, {"address": "127.0.0.1:0"}, {"address": f"unix:{path}"}]),
                         start=False)
        local.bind(path)
        local.listen(16)
        # The environment names the process that the descriptors are for, hence the shell that becomes it.
        gateway.wrapper = ["/bin/bash", "-c", f'exec 3<&{local.fileno()} 4<&{passed.fileno()}; LISTEN_PID=$$ LISTEN_FDS=2 '
                           'exec "$@"', "bash"]
        gateway.pass_fds = (passed.fileno(), local.fileno())
        gateway.start()
        for listener in range(3):
            assert gateway.get("/", listener=listener).body == b"hello"
        assert gateway.run["listen"][0] == address
        assert gateway.stop() == 0
        # The sockets are still the other's: connections queue up rather than being refused.
        connect_socket(address).close()


def test_descriptors_for_another_process_are_not_taken(launch):
    gateway = launch(hello(), env={"LISTEN_PID": "1", "LISTEN_FDS": "1"})
    assert gateway.get("/").body == b"hello"


def upgraded(launch, old, config=None, **options):
    """A second gateway on the same folder, started to take over."""
    new = launch(config or hello("new"), name=old.folder.name, arguments=["--upgrade"], start=False, **options)
    new.folder, new.file, new.data = old.folder, old.file, old.data
    return new


def test_an_upgrade_takes_over(launch):
    old = launch(hello("old", server={"drain": "5s"}))
    sock = old.data / "upgrade.sock"
    assert stat.S_IMODE(os.stat(sock).st_mode) == 0o600
    token, listen = old.token, old.run["listen"]
    with old.connect() as kept:
        assert kept.fetch("GET", "/").body == b"old"
        new = upgraded(launch, old)
        new.start()
        assert new.run["pid"] == new.process.pid != old.process.pid
        assert new.run["listen"] == listen and new.token == token
        assert new.get("/").body == b"new"
    assert old.wait_stopped() == 0
    assert new.get("/").body == b"new"
    assert json.loads((new.data / "run.json").read_text())["pid"] == new.process.pid
    assert new.reload(hello("newer")).status == 200
    assert new.get("/").body == b"newer"


def test_an_upgrade_refuses_no_connection(launch):
    old = launch(hello("old"))
    address = old.address
    running, wrong, seen = [True], [], set()

    def load():
        while running[0]:
            try:
                answer = fetch(address, "GET", "/", {"Connection": "close"}, timeout=10)
                seen.add(answer.body)
                if answer.status != 200:
                    wrong.append(answer)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    current, new = old, None
    for number in range(5):
        new = upgraded(launch, current, hello(f"new{number}"))
        new.start()
        assert current.wait_stopped() == 0
        current = new
    running[0] = False
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert b"new4" in seen or new.get("/").body == b"new4"


def test_a_request_in_flight_survives_the_upgrade(launch):
    proceed = threading.Event()

    def wait(connection, request):
        proceed.wait(10)
        connection.answer(200, {}, b"late")

    old, _ = launch.before(launch.upstream(wait))
    with old.connect() as connection:
        connection.ask("GET", "/")
        new = upgraded(launch, old)
        new.start()
        assert new.get("/").body == b"new"
        assert old.is_alive()
        proceed.set()
        answer = connection.answer()
        assert answer.body == b"late" and "close" in answer["Connection"]
    assert old.wait_stopped() == 0


def test_an_upgrade_that_fails_leaves_the_old_one_serving(launch):
    old = launch(hello("old"))
    new = upgraded(launch, old, "routez: []\n")
    new.start(wait=False)
    assert new.wait_stopped() in (1, 3)
    assert "unknown-key" in new.stderr
    assert stays(lambda: old.is_alive() and old.get("/").body == b"old", 0.3)
    assert json.loads((old.data / "run.json").read_text())["pid"] == old.process.pid
    old.write(hello("old again"))
    assert old.reload().status == 200
