# SPDX-License-Identifier: Apache-2.0
# A changed configuration while requests are running: none dropped, none governed by half of each; what cannot be loaded
# changes nothing. Contract 1, 2; fine print 1 (reload) and 2 (live reload).
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest
from harness.client import Connection, fetch
from harness.gateway import SLOWNESS, configuration, route
from harness.upstream import echo
from harness.waiting import free_port, stays, wait_until


def generation(number, upstreams, **top):
    """A configuration all of whose edits carry its number."""
    edits = {"request": {"set": {"X-Generation": str(number)}}, "response": {"set": {"X-Generation": str(number)}}}
    return configuration([route(headers=edits, forward={"path": f"/{number}/at/{number}"}),
                          route("own", "/own", headers={"response": edits["response"]},
                                respond={"status": 200, "headers": {"X-Own": str(number)}, "body": str(number)})],
                         upstreams, **top)


def own(number, **top):
    """One that needs no upstream."""
    return configuration([route("own", "/own", respond={"body": str(number)})], **top)


def generations_in(answer):
    seen = answer.json()
    fields = {name.lower(): value for name, value in seen["fields"]}
    return {answer["X-Generation"], fields["x-generation"], *seen["target"].strip("/").split("/at/")}


def test_a_reload_changes_what_is_served(launch):
    up = launch.upstream()
    gateway = launch(generation(1, {"up": up}))
    assert generations_in(gateway.get("/")) == {"1"}
    document = gateway.reload(generation(2, {"up": up})).json()
    assert document["ok"] and document["changed"] and document["configuration"]
    assert generations_in(gateway.get("/")) == {"2"}
    again = gateway.reload().json()
    assert again["ok"] and not again["changed"] and again["configuration"] == document["configuration"]


def test_sighup_reloads(launch):
    up = launch.upstream()
    gateway = launch(generation(1, {"up": up}))
    gateway.write(generation(2, {"up": up}))
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: gateway.get("/own").body == b"2", "the new configuration")
    assert gateway.is_alive()


def test_the_command_reloads(launch):
    gateway = launch(own(1))
    gateway.write(own(2))
    done = gateway.cli("reload", "-c", gateway.file)
    assert done.returncode == 0, done
    assert gateway.get("/own").body == b"2"
    gateway.write(own(3))
    done = gateway.cli("reload", "--json")  # finds ./reeve.yaml
    assert done.returncode == 0 and json.loads(done.stdout)["changed"] is True
    done = gateway.cli("reload", "--json", "--admin", f"http://{gateway.admin}",
                       env={"REEVE_ADMIN_TOKEN": gateway.token})
    assert json.loads(done.stdout)["changed"] is False
    done = gateway.cli("reload", env={"REEVE_ADMIN": f"http://{gateway.admin}", "REEVE_ADMIN_TOKEN": "wrong"})
    assert done.returncode != 0
    gateway.write("routez: []\ndata: ./data\n")  # the folder is still found
    done = gateway.cli("reload")
    assert done.returncode == 1 and "reeve.yaml:1:1: error[unknown-key]" in done.stdout + done.stderr
    assert gateway.get("/own").body == b"3"


@pytest.mark.parametrize("bad", ["routes: [", "routez: []\n", "log: loud\n"])
def test_a_bad_file_changes_nothing(launch, bad):
    up = launch.upstream()
    gateway = launch(generation(1, {"up": up}))
    answer = gateway.reload(bad)
    assert answer.status == 422
    assert answer.json()["findings"][0]["severity"] == "error"
    assert generations_in(gateway.get("/")) == {"1"}
    assert gateway.metrics()["reeve_config_last_reload_success"] == 0
    gateway.signal(signal.SIGHUP)
    assert stays(lambda: gateway.get("/own").body == b"1", 0.3)
    assert "error[" in gateway.stderr
    gateway.reload(generation(2, {"up": up}))
    assert gateway.get("/own").body == b"2"
    assert gateway.metrics()["reeve_config_last_reload_success"] == 1


@pytest.mark.parametrize("change", [{"data": "./elsewhere"}, {"admin": {"address": "127.0.0.1:1"}}, {"threads": 7}])
def test_what_needs_a_restart_refuses_the_whole_reload(launch, change):
    up = launch.upstream()
    gateway = launch(generation(1, {"up": up}))
    answer = gateway.reload(generation(2, {"up": up}, **change))
    assert answer.status == 422
    assert {finding["rule"] for finding in answer.json()["findings"]} == {"needs-restart"}
    assert generations_in(gateway.get("/")) == {"1"}


def test_listeners_come_and_go(launch):
    up = launch.upstream()
    gateway = launch(generation(1, {"up": up}))
    first = gateway.address
    two = [{"address": "127.0.0.1:0"}, {"address": f"127.0.0.1:{free_port()}"}]
    with gateway.connect() as before:
        assert before.fetch("GET", "/own").body == b"1"
        assert gateway.reload(generation(2, {"up": up}, listen=two)).status == 200
        gateway.refresh()
        assert gateway.run["listen"] == [first, two[1]["address"]]  # an unchanged entry keeps its socket, port 0 too
        assert gateway.get("/own", listener=0).body == gateway.get("/own", listener=1).body == b"2"
        assert before.fetch("GET", "/own").body == b"2"
        assert gateway.reload(generation(3, {"up": up}, listen=two[1:])).status == 200
        gateway.refresh()
        assert gateway.run["listen"] == [two[1]["address"]]
        assert gateway.get("/own").body == b"3"
        with pytest.raises(ConnectionRefusedError):
            fetch(first, "GET", "/own")


def test_a_socket_that_cannot_be_opened_refuses_the_whole_reload(launch):
    up = launch.upstream()
    gateway = launch(generation(1, {"up": up}))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        also_new = f"127.0.0.1:{free_port()}"
        answer = gateway.reload(generation(2, {"up": up}, listen=[{"address": "127.0.0.1:0"}, {"address": also_new},
                                                                  {"address": taken}]))
        assert answer.status >= 400 and taken in answer.body.decode()
    assert gateway.get("/own").body == b"1"
    with pytest.raises(ConnectionRefusedError):
        fetch(also_new, "GET", "/own")


def test_a_request_keeps_its_generation(launch):
    """One that is under way is answered by the rules it began with."""
    proceed = threading.Event()

    def wait(connection, request):
        proceed.wait(10)
        echo(connection, request)

    up = launch.upstream(wait)
    gateway = launch(generation(1, {"up": up}))
    with gateway.connect() as connection:
        connection.ask("GET", "/")
        up.wait_for_requests(1)
        assert gateway.reload(generation(2, {"up": up})).status == 200
        assert gateway.get("/own").body == b"2"
        proceed.set()
        assert generations_in(connection.answer()) == {"1"}
        assert generations_in(connection.fetch("GET", "/")) == {"2"}


def test_pooled_connections_and_health_outlive_a_reload(launch):
    up = launch.upstream()
    gateway = launch(generation(1, {"up": up}, threads=1))
    for number in range(2, 6):
        assert gateway.get("/").status == 200
        assert gateway.reload(generation(number, {"up": up}, threads=1)).status == 200
    assert gateway.get("/").status == 200
    assert len(up.connections) == 1


def test_an_upstream_that_goes_is_let_go(launch):
    old, new = launch.upstream(), launch.upstream()
    gateway = launch(generation(1, {"up": old}))
    assert gateway.get("/").status == 200
    assert gateway.reload(generation(2, {"up": new})).status == 200
    assert gateway.get("/").status == 200
    assert (len(old.requests), len(new.requests)) == (1, 1)
    wait_until(lambda: old.connections[0].closed_at, "the old upstream's idle connection to be closed")


@pytest.mark.threads
def test_two_hundred_reloads_under_load(launch):
    """Each answer carries the edits of one generation, the generation never goes back on a connection, and no request
    fails: neither on kept connections nor on new ones."""
    up = launch.upstream()
    gateway = launch(generation(0, {"up": up}))
    reloads = 200 if SLOWNESS == 1 else 40
    running, wrong, counts = [True], [], {}

    def load(who, keep):
        last, count, connection = -1, 0, None
        try:
            while running[0]:
                if connection is None or not keep:
                    if connection:
                        connection.close()
                    connection = Connection(gateway.address, timeout=20)
                    last = -1 if not keep else last
                seen = generations_in(connection.fetch("GET", "/"))
                count += 1
                if len(seen) != 1 or int(next(iter(seen))) < last:
                    wrong.append((who, last, seen))
                last = int(next(iter(seen)))
        except Exception as error:
            wrong.append((who, repr(error)))
        counts[who] = (count, last)

    threads = [threading.Thread(target=load, args=(who, who % 2 == 0)) for who in range(6)]
    for thread in threads:
        thread.start()
    for number in range(1, reloads + 1):
        answer = gateway.reload(generation(number, {"up": up}))
        assert answer.status == 200, answer
        assert gateway.get("/own").body.decode() == str(number)  # answered only when every thread serves the new one
    running[0] = False
    for thread in threads:
        thread.join(30)
    assert not wrong, wrong[:5]
    assert sum(count for count, _ in counts.values()) > reloads, counts
    assert gateway.is_alive()


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
def test_reloads_under_heavy_load_drop_nothing(launch):
    gateway = launch(own(0, access_log="off"))
    load = subprocess.Popen(["wrk", "-t1", "-c32", "-d3s", f"http://{gateway.address}/own"], stdout=subprocess.PIPE, text=True)
    number = 0
    while load.poll() is None:
        number += 1
        config = own(number, access_log="off")
        assert gateway.reload(config).status == 200
        time.sleep(0.02)
    report = load.communicate()[0]
    assert number > 10 and re.search(r"(\d+) requests in", report), report
    assert "Socket errors" not in report and "Non-2xx" not in report, report


def test_memory_does_not_grow_with_reloads(launch):
    routes = [route(f"r{number}", f"/r/{number}", respond={"status": 204}) for number in range(200)]
    gateway = launch(configuration(routes))

    def reload_some(times, offset):
        for number in range(times):
            routes[0]["respond"] = {"status": 200, "body": str(offset + number)}
            assert gateway.reload(configuration(routes)).json()["changed"]

    reload_some(20, 0)
    before = gateway.rss_anon_kib()
    reload_some(60, 1000)
    assert gateway.rss_anon_kib() - before < 3000 or SLOWNESS > 1  # sanitizers keep what is freed
