# SPDX-License-Identifier: Apache-2.0
# Gateways that do the same job before the same upstream: 10,000 keys, an allow list of 100 networks, a limit for each
# caller, a request id, a JSON access log. Each is started from its configuration in peers/governed/, and before anything
# is measured it must show that it does the job: `verify`. All logs are files in memory, so that no disk is measured.
import json
import os
import pathlib
import shutil
import socket
import tempfile
import time

import credentials
import proxies

KEYS, NETWORKS = 10_000, 100
# A limit that never refuses: what is measured is its counting. And one that does, to see that there is one.
GENEROUS, STRICT = (1_000_000, 1_000_000), (1, 3)


class Job:
    """What all of them are given, and the requests that they get."""

    def __init__(self, folder):
        self.keys = credentials.make_keys(KEYS)
        self.unknown = credentials.make_keys(KEYS, credentials.SEED + 1)
        self.networks = credentials.make_networks(NETWORKS)
        self.requests, self.refused = folder / "requests.txt", folder / "refused.txt"
        self.requests.write_text(credentials.request_lines(self.keys, count=50_000))
        self.refused.write_text(credentials.request_lines(self.unknown, count=50_000))
        memory = pathlib.Path("/dev/shm")
        self.logs = pathlib.Path(tempfile.mkdtemp(prefix="reeve-bench-", dir=memory if memory.is_dir() else folder))

    def end(self):
        shutil.rmtree(self.logs, ignore_errors=True)


class Governed:
    """Beside proxies.Proxy: the data files of the job, and the log."""

    def __init__(self, upstream_port, folder, job, limit=GENEROUS):
        self.job, self.limit = job, limit
        self.log = job.logs / f"{self.name}.log"
        self.log.unlink(missing_ok=True)
        self.ready_fields = f"X-Api-Key: {job.keys[0].text}\r\n"
        super().__init__(upstream_port, folder / "governed")

    def values(self):
        rate, burst = self.limit
        return {"FOLDER": self.folder, "PORT": self.port, "UPSTREAM": self.upstream_port, "LOG": self.log,
                "RATE": rate, "BURST": burst}

    def forget_log(self):
        """All of them append, so that an emptied file goes on."""
        if self.log.exists():
            os.truncate(self.log, 0)

    def lines(self):
        return self.log.read_text().splitlines() if self.log.exists() else []


class Reeve(Governed, proxies.Reeve):
    template = "governed/reeve.yaml"

    def values(self):
        (self.folder / "callers.yaml").write_text(credentials.callers_yaml(self.job.keys))
        return {**super().values(), "NETWORKS": ", ".join(self.job.networks)}


class Nginx(Governed, proxies.Nginx):
    template = "governed/nginx.conf"

    def values(self):
        (self.folder / "keys.map").write_text("".join(f"{key.text} {key.caller};\n" for key in self.job.keys))
        allowed = "".join(f"allow {network};\n" for network in self.job.networks)
        (self.folder / "networks.conf").write_text(allowed + "deny all;\n")
        return super().values()


class HAProxy(Governed, proxies.HAProxy):
    template = "governed/haproxy.cfg"

    def values(self):
        self.output = self.log  # it writes no file of its own
        (self.folder / "keys.map").write_text("".join(f"{key.text} {key.caller}\n" for key in self.job.keys))
        (self.folder / "networks.lst").write_text("\n".join(self.job.networks) + "\n")
        return super().values()


class Envoy(Governed, proxies.Envoy):
    template = "governed/envoy.yaml"

    def values(self):
        credentials_ = ", ".join(f"{{ key: {key.text}, client: {key.caller} }}" for key in self.job.keys)
        principals = ", ".join("{{ direct_remote_ip: {{ address_prefix: {}, prefix_len: {} }} }}".format(*network.split("/"))
                               for network in self.job.networks)
        return {**super().values(), "CREDENTIALS": credentials_, "PRINCIPALS": principals}

    def command(self):
        return [*super().command(), "--file-flush-interval-msec", "1000"]


ALL = [Reeve, Nginx, HAProxy, Envoy]


def ask(port, fields="", *, path="/echo", source="127.0.0.1"):
    """Status, head and body of one answer."""
    with socket.create_connection(("127.0.0.1", port), 5, source_address=(source, 0)) as end:
        end.sendall(f"GET {path} HTTP/1.1\r\nHost: bench.example\r\n{fields}Connection: close\r\n\r\n".encode())
        received = b""
        while part := end.recv(65536):
            received += part
    head, _, body = received.decode().partition("\r\n\r\n")
    return int(head.split()[1]), head, body


def field(head, name):
    for line in head.splitlines():
        if line.lower().startswith(name.lower() + ":"):
            return line.partition(":")[2].strip()
    return None


def expect(proxy, what, holds):
    if not holds:
        raise RuntimeError(f"{proxy.name} does not do the job: {what}")


def verify(proxy):
    """With a generous limit: who is let in, what goes upstream, what the log says."""
    first, unknown = proxy.job.keys[0], proxy.job.unknown[0]
    key = f"X-Api-Key: {first.text}\r\n"
    status, _, upstream = ask(proxy.port, key)
    expect(proxy, f"a right key gives {status}", status == 200)
    request_id = field(upstream, "X-Request-Id")
    expect(proxy, "no request id reaches the upstream", request_id)
    expect(proxy, "the key reaches the upstream", first.text not in upstream)
    for why, fields, source, wanted in (("an unknown key", f"X-Api-Key: {unknown.text}\r\n", "127.0.0.1", 401),
                                        ("no key", "", "127.0.0.1", 401), ("an address outside", key, "127.0.1.1", 403)):
        status, _, _ = ask(proxy.port, fields, source=source)
        expect(proxy, f"{why} gives {status}", status == wanted)
    end = time.monotonic() + 10
    while True:
        lines = [json.loads(line) for line in proxy.lines() if line.startswith("{")]
        if any(line.get("request_id") == request_id and line.get("caller") == first.caller for line in lines):
            return
        expect(proxy, "the log has no line with the request's id and its caller", time.monotonic() < end)
        time.sleep(0.1)


def verify_limit(proxy):
    """With a strict limit: it refuses, and only the caller that used it up."""
    first, second = (f"X-Api-Key: {key.text}\r\n" for key in proxy.job.keys[1:3])
    answers = [ask(proxy.port, first)[0] for _ in range(12)]
    expect(proxy, f"a limit of {STRICT[1]} lets {answers.count(200)} of 12 pass", 1 <= answers.count(200) <= 7)
    expect(proxy, "one caller's limit refuses another", ask(proxy.port, second)[0] == 200)


def start(bench, job):
    """Those that run here and do the job, started and warm."""
    running = []
    try:
        for kind in ALL:
            try:
                strict = kind(bench.upstream.port, bench.folder, job, STRICT)
                try:
                    verify_limit(strict.start())
                finally:
                    strict.stop()
                running.append(kind(bench.upstream.port, bench.folder, job).start())
                verify(running[-1])
            except proxies.Unavailable as reason:
                if kind is Reeve:
                    raise
                bench.note(f"{kind.name}: {reason}")
    except BaseException:
        for proxy in running:
            proxy.stop()
        raise
    return running
