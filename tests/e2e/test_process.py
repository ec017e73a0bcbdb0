# SPDX-License-Identifier: Apache-2.0
# The process as an operator sees it: what appears when it serves, how it stops, which exit status means what, what
# happens when something it needs is taken. Contract 1; fine print 1.
import json
import os
import re
import signal
import socket
import stat
import time

from harness.client import Closed, fetch
from harness.gateway import configuration, reeve, route, settle
from harness.waiting import free_port, stays, wait_until

HELLO = route(respond={"status": 200, "body": "hello"})


def simple(**top):
    return configuration([HELLO], **top)


def test_run_json_says_where_it_serves(launch, short_folder):
    listen = [{"address": "127.0.0.1:0"}, {"address": f"unix:{short_folder}/front.sock"}, {"address": "[::1]:0"}]
    gateway = launch(simple(listen=listen))
    run = gateway.run
    assert run["pid"] == gateway.process.pid
    assert re.fullmatch(r"127\.0\.0\.1:[1-9]\d*", run["listen"][0])
    assert run["listen"][1] == f"unix:{short_folder}/front.sock"
    assert re.fullmatch(r"\[::1\]:[1-9]\d*", run["listen"][2])
    assert re.fullmatch(r"127\.0\.0\.1:[1-9]\d*", run["admin"])
    assert run["configuration"] == str(gateway.file)
    assert run["token_file"] == str(gateway.data / "admin.token")
    for listener in range(3):
        assert gateway.get("/", listener=listener).body == b"hello"


def test_the_admin_token_is_readable_for_its_owner_only_and_lasts(launch):
    gateway = launch(simple())
    token = gateway.token
    assert len(token) >= 20
    assert stat.S_IMODE(os.stat(gateway.run["token_file"]).st_mode) == 0o600
    assert gateway.stop() == 0
    gateway.start()
    assert gateway.token == token


def test_a_unix_listener_has_its_mode_and_is_removed_at_the_end(launch, short_folder):
    gateway = launch(simple(listen=[{"address": f"unix:{short_folder}/front.sock", "mode": "0660"}]))
    path = gateway.address.removeprefix("unix:")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    assert gateway.get("/").status == 200
    gateway.kill()
    gateway.start()  # the left-over socket of a killed process is no obstacle
    assert gateway.get("/").status == 200
    gateway.expect_clean_stop = True
    assert gateway.stop() == 0
    assert not os.path.exists(path)


def test_sigterm_and_sigint_end_it_in_order(launch):
    for number in (signal.SIGTERM, signal.SIGINT):
        gateway = launch(simple())
        gateway.signal(number)
        assert gateway.wait_stopped() == 0
        assert not (gateway.data / "run.json").exists()


def test_after_kill_9_it_starts_again(launch):
    gateway = launch(simple())
    gateway.kill()
    assert (gateway.data / "run.json").exists()
    gateway.start()
    assert gateway.run["pid"] == gateway.process.pid
    assert gateway.get("/").status == 200


def test_a_locked_data_folder_is_refused_and_names_the_owner(launch):
    first = launch(simple())
    second = launch(simple(data=str(first.data)), wait=False)
    assert second.wait_stopped() == 3
    assert str(first.pid) in second.stderr
    assert first.get("/").status == 200
    assert json.loads((first.data / "run.json").read_text())["pid"] == first.pid


def test_a_taken_port_could_not_be_done(launch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        gateway = launch(simple(listen=[{"address": f"127.0.0.1:{port}"}]), wait=False)
        assert gateway.wait_stopped() == 3
        assert str(port) in gateway.stderr
        assert not (gateway.data / "run.json").exists()


def test_a_bad_file_ends_the_start_with_its_problems(launch):
    gateway = launch("listen: [ { address: \"127.0.0.1:0\" } ]\nroutez: []\n", wait=False)
    assert gateway.wait_stopped() == 1
    assert "reeve.yaml:2:1: error[unknown-key]" in gateway.stderr
    assert gateway.stdout == ""


def test_a_missing_file_could_not_be_read(tmp_path):
    done = reeve("run", "-c", tmp_path / "missing.yaml")
    assert done.returncode == 3
    assert "missing.yaml" in done.stderr


def test_without_a_file_it_prints_one_that_works(tmp_path):
    done = reeve("run", cwd=tmp_path)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    lines = text.splitlines()
    yaml = [line for line in lines if re.match(r"\s*(\w+:|- |\{|#|$)", line) or line.startswith("  ")]
    start = next(index for index, line in enumerate(yaml) if re.match(r"\s*(data|listen|upstreams|routes|defaults):", line))
    (tmp_path / "reeve.yaml").write_text("\n".join(yaml[start:]) + "\n")
    checked = reeve("check", "reeve.yaml", cwd=tmp_path)
    assert checked.returncode == 0, f"{checked.stdout}{checked.stderr}\nfor:\n{text}"


def test_it_finds_its_file_as_told(tmp_path, launch):
    """-c, else REEVE_CONFIG, else ./reeve.yaml."""
    def listen_of(folder):
        return json.loads((folder / "data/run.json").read_text())["listen"]

    named = launch(simple(), name="named")
    assert named.get("/").status == 200
    other = launch(simple(), name="other", start=False)
    other.write(simple())
    # Started from another folder, with only the environment saying where the file is.
    done = reeve("check", cwd=tmp_path, env={"REEVE_CONFIG": str(other.file)})
    assert done.returncode == 0, done.stdout + done.stderr
    done = reeve("check", cwd=other.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert listen_of(named.folder)


def test_wrong_usage(tmp_path):
    for arguments in (["serve"], ["run", "--no-such-flag"], ["reload", "extra"], [], ["version", "x"]):
        done = reeve(*arguments, cwd=tmp_path)
        assert done.returncode == 2, (arguments, done)
        assert done.stdout == "" or arguments == [], (arguments, done)
    done = reeve("reload", "--json", "extra", cwd=tmp_path)
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert set(error) >= {"code", "detail"}


def test_help_is_no_problem():
    for arguments in (["--help"], ["run", "--help"], ["check", "--help"]):
        done = reeve(*arguments)
        assert done.returncode == 0 and "usage" in done.stdout.lower(), arguments


def test_version():
    done = reeve("version")
    assert done.returncode == 0
    assert re.search(r"\d+\.\d+\.\d+", done.stdout) and "clang" in done.stdout.lower()
    document = json.loads(reeve("version", "--json").stdout)
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", document["version"])
    assert document["commit"] and "clang" in document["compiler"].lower() and document["libraries"]


def test_nobody_there_is_unreachable(tmp_path):
    (tmp_path / "reeve.yaml").write_text("routes: []\n")
    done = reeve("reload", "-c", tmp_path / "reeve.yaml", cwd=tmp_path)
    assert done.returncode == 3, done
    done = reeve("reload", "--json", "--admin", f"http://127.0.0.1:{free_port()}", cwd=tmp_path,
                 env={"REEVE_ADMIN_TOKEN": "t"})
    assert done.returncode == 3
    assert set(json.loads(done.stdout)["error"]) >= {"code", "detail"}


def test_a_run_json_of_a_dead_process_is_unreachable(launch):
    gateway = launch(simple())
    gateway.kill()
    done = gateway.cli("reload", "-c", gateway.file)
    assert done.returncode == 3, done


def test_drain_serves_what_is_open_and_refuses_nothing_in_flight(launch):
    def slow(connection, request):
        time.sleep(0.6)
        connection.answer(200, {}, b"late")

    gateway, _ = launch.before(launch.upstream(slow), server={"drain": "5s"})
    with gateway.connect() as busy, gateway.connect() as idle:
        idle.ask("GET", "/warm-up")
        assert idle.answer().status == 200
        busy.ask("GET", "/")
        settle(0.1)
        gateway.signal(signal.SIGTERM)
        assert idle.is_closed(1.0)
        answer = busy.answer()
        assert answer.body == b"late"
        assert "close" in answer["Connection"]
        assert busy.is_closed(1.0)
    assert gateway.wait_stopped() == 0


def test_drain_makes_readyz_fail_at_once_and_waits_its_delay(launch):
    gateway = launch(simple(server={"drain_delay": "1s"}))
    assert gateway.ask_admin("GET", "/readyz").status == 200
    with gateway.connect() as connection:
        assert connection.fetch("GET", "/").status == 200
        gateway.signal(signal.SIGTERM)
        wait_until(lambda: gateway.ask_admin("GET", "/readyz").status == 503, "/readyz to be 503", 0.7)
        assert gateway.ask_admin("GET", "/healthz").status == 200
        assert gateway.get("/").status == 200  # listeners stay for the delay
    assert gateway.wait_stopped() == 0


def test_drain_cuts_what_takes_too_long(launch):
    def never(connection, request):
        connection.wait_closed(20)

    gateway, _ = launch.before(launch.upstream(never), server={"drain": "500ms"})
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        settle(0.1)
        started = time.monotonic()
        gateway.signal(signal.SIGTERM)
        assert gateway.wait_stopped() == 0
        assert 0.3 < time.monotonic() - started < 3


def test_a_second_signal_cuts_at_once(launch):
    def never(connection, request):
        connection.wait_closed(20)

    gateway, _ = launch.before(launch.upstream(never))
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        settle(0.1)
        gateway.signal(signal.SIGTERM)
        assert stays(gateway.is_alive, 0.3)
        gateway.signal(signal.SIGTERM)
        assert gateway.wait_stopped(2) == 0


def test_it_tells_systemd(launch, tmp_path):
    path = tmp_path / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(path))
        notified.settimeout(5)
        gateway = launch(simple(), env={"NOTIFY_SOCKET": str(path)})
        assert b"READY=1" in notified.recv(4096)
        assert gateway.reload(simple(log="warn")).status == 200
        seen = notified.recv(4096)
        assert b"RELOADING=1" in seen and b"MONOTONIC_USEC=" in seen
        if b"READY=1" not in seen:
            assert b"READY=1" in notified.recv(4096)
        gateway.signal(signal.SIGTERM)
        assert b"STOPPING=1" in notified.recv(4096)
        assert gateway.wait_stopped() == 0


def test_messages_are_time_level_code_text(launch):
    gateway = launch(simple(log="info"))
    gateway.stop()
    lines = [line for line in gateway.stderr.splitlines() if line.strip()]
    assert lines
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* (error|warn|info|debug) [a-z][a-z0-9-]* \S", line), line


def test_request_text_is_escaped_wherever_it_is_shown(launch):
    gateway = launch(simple(log="debug"))
    gateway.get("/%1b%5B31mred", {"X-Evil": "a\x9b31m"})
    gateway.wait_log()
    for text in (gateway.stdout, gateway.stderr):
        assert "\x1b" not in text and "\x9b" not in text


def test_start_does_not_depend_on_the_network(launch):
    """A name that does not resolve at start is a warning and an unhealthy target."""
    gateway = launch(configuration([route(), route("own", "/own", respond={"status": 200})],
                                   {"up": {"targets": ["http://no-such-host.invalid:80"]}}))
    assert gateway.get("/own").status == 200
    answer = gateway.get("/")
    assert (answer.status, answer.code) in ((503, "no-healthy-target"), (502, "upstream-unreachable"))
    assert "no-such-host.invalid" in gateway.stderr


def test_a_client_of_a_stopped_gateway_is_refused(launch):
    gateway = launch(simple())
    address = gateway.address
    gateway.stop()
    try:
        fetch(address, "GET", "/")
    except (ConnectionRefusedError, Closed):
        return
    raise AssertionError("somebody still answers")
