# SPDX-License-Identifier: Apache-2.0
# The parts of the benchmark, one function each: it measures and gives a dictionary that report.py turns into tables.
# Proxies take turns inside each round, in a new order every time, and ratios are taken inside the round: what the
# machine does meanwhile hits all of them.
import random
import re
import socket
import ssl
import statistics
import subprocess
import time

import callgrind
import measure
import proxies

SEED = 20261124


class Bench:
    """What the parts share: the upstream, the proxies that run here, how many rounds, progress."""

    def __init__(self, folder, rounds, progress):
        self.folder = folder
        self.rounds = rounds
        self.progress = progress
        self.random = random.Random(SEED)
        self.notes = []
        self.upstream = proxies.Upstream()
        proxies.compile_tool("load")

    def start(self, kinds):
        """Those of the kinds that run here; Reeve must."""
        running = []
        for kind in kinds:
            try:
                running.append(kind(self.upstream.port, self.folder).start())
            except proxies.Unavailable as reason:
                if kind is proxies.Reeve:
                    raise
                self.note(f"{kind.name}: {reason}")
        return running

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def rounds_of(self, running, what, sample, rounds=None):
        """{name: [Sample of each round]}; `sample(proxy)` is one turn."""
        samples = {proxy.name: [] for proxy in running}
        rounds = rounds or self.rounds
        for number in range(rounds):
            order = list(running)
            self.random.shuffle(order)
            for proxy in order:
                self.progress(what, number * len(running) + order.index(proxy) + 1, rounds * len(running), proxy.name)
                samples[proxy.name].append(sample(proxy))
        return samples


def summary(samples):
    """Per proxy the medians, and Reeve's ratio to it round by round."""
    rows = {}
    for name, taken in samples.items():
        row = {"cpu_us": statistics.median(one.cpu_us for one in taken),
               "per_second": statistics.median(one.more.get("per_second", one.count) for one in taken),
               "utilisation": statistics.median(one.utilisation for one in taken)}
        for key in ("p50_us", "p99_us"):
            if key in taken[0].more:
                row[key] = statistics.median(one.more[key] for one in taken)
        if name != "reeve":
            ratios = [ours.cpu_us / theirs.cpu_us for ours, theirs in zip(samples["reeve"], taken)]
            row["ratio"] = measure.interval(ratios)[:3]
            if "p50_us" in row:
                row["delay_ratio"] = measure.interval([ours.more["p50_us"] / theirs.more["p50_us"]
                                                       for ours, theirs in zip(samples["reeve"], taken)])[:3]
        rows[name] = row
    return rows


def forward(bench):
    running = bench.start(proxies.ALL)
    try:
        result = {}
        for what, path in (("1 KB", "/s"), ("16 KB", "/b")):
            result[what] = summary(bench.rounds_of(running, f"forward {what}", lambda proxy: measure.wrk(proxy, path)))
        return result
    finally:
        stop(running)


def rate(bench):
    """The same at one rate for all, half of what the slowest of the measured peers can do."""
    running = bench.start([proxies.Reeve, proxies.Nginx, proxies.HAProxy])
    try:
        result = {}
        for what, path in (("1 KB", "/s"), ("16 KB", "/b")):
            most = min(measure.wrk(proxy, path).count for proxy in running)
            per_second = max(1000, most // 2 // 500 * 500)
            rows = summary(bench.rounds_of(running, f"rate {what}",
                                           lambda proxy: measure.load(proxy, "rate", path, rate=per_second)))
            result[f"{what} at {per_second:,} requests a second"] = rows
        return result
    finally:
        stop(running)


def streams(bench):
    running = bench.start([proxies.Reeve, proxies.Nginx, proxies.HAProxy])
    try:
        return {"64 streams": summary(bench.rounds_of(running, "streams", lambda proxy: measure.load(
            proxy, "streams", "/sse", connections=64, seconds=1)))}
    finally:
        stop(running)


def openssl_configuration(bench):
    """Makes wrk ask for the one suite that the target names, and for full handshakes nothing else."""
    path = bench.folder / "openssl.cnf"
    path.write_text("openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = suites\n[suites]\n"
                    "Ciphersuites = TLS_AES_128_GCM_SHA256\n")
    return {"OPENSSL_CONF": str(path)}


def handshakes(proxy):
    """Full TLS 1.3 handshakes, one after the other, for a second."""
    command = ["openssl", "s_time", "-connect", f"127.0.0.1:{proxy.tls_port}", "-new", "-time", "1", "-tls1_3",
               "-ciphersuites", "TLS_AES_128_GCM_SHA256"]
    output, cpu, elapsed = measure.run_load(proxy, command)
    counted = re.search(r"(\d+) connections in \d+ real seconds", output) or re.search(r"(\d+) connections in", output)
    if not counted:  # this openssl has no switch for the version; the listener allows 1.3 only
        output, cpu, elapsed = measure.run_load(proxy, [word for word in command if word != "-tls1_3"])
        counted = re.search(r"(\d+) connections in", output)
    return measure.Sample(int(counted.group(1)), cpu, elapsed)


def tls(bench):
    running = [proxy for proxy in bench.start([proxies.Reeve, proxies.Nginx, proxies.HAProxy, proxies.Envoy])]
    environment = openssl_configuration(bench)
    try:
        result = {"1 KB over TLS 1.3, keep-alive": summary(bench.rounds_of(
            running, "tls", lambda proxy: measure.wrk(proxy, "/s", tls=True, environment=environment)))}
        result["full handshakes"] = summary(bench.rounds_of(running, "handshakes", handshakes))
        return result
    finally:
        stop(running)


IDLE_CONNECTIONS = 5000


def idle_memory(proxy, secure):
    """Anonymous memory a connection: opened and served one after another, then idle for two seconds."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = b"GET /s HTTP/1.1\r\nHost: bench.example\r\n\r\n"
    before = measure.rss_anon_kib(proxy.process.pid)
    held = []
    try:
        for _ in range(IDLE_CONNECTIONS):
            end = socket.create_connection(("127.0.0.1", proxy.tls_port if secure else proxy.port), 10)
            if secure:
                end = context.wrap_socket(end)
            held.append(end)
            end.sendall(request)
            received = b""
            while len(received) < 1024 or b"\r\n\r\n" not in received:
                received += end.recv(65536)
            if not received.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{proxy.name}: {received[:100]!r}")
        time.sleep(2)
        return (measure.rss_anon_kib(proxy.process.pid) - before) * 1024 / IDLE_CONNECTIONS
    finally:
        for end in held:
            end.close()


def idle(bench):
    result = {}
    kinds = [proxies.Reeve, proxies.Nginx, proxies.HAProxy]
    for number, kind in enumerate(kinds):
        bench.progress("idle", number + 1, len(kinds), kind.name)
        for what, secure in (("plain", False), ("TLS", True)):
            running = bench.start([kind])  # a fresh process each time: nothing left from the other kind
            try:
                for proxy in running:
                    result.setdefault(kind.name, {})[what] = idle_memory(proxy, secure)
            finally:
                stop(running)
    return result


STARTS = 15


def start(bench):
    """From exec to the first answer, data folder there and caches warm; and what it has in memory then."""
    result = {}
    kinds = [proxies.Reeve, proxies.Nginx, proxies.HAProxy]
    for number, kind in enumerate(kinds):
        times, memory = [], []
        try:
            proxy = kind(bench.upstream.port, bench.folder).start()
            proxy.stop()
            for turn in range(STARTS):
                bench.progress("start", number * STARTS + turn + 1, len(kinds) * STARTS, kind.name)
                began = time.perf_counter()
                proxy.spawn()
                while not proxies.answers(proxy.port):
                    if time.perf_counter() - began > 20:
                        raise proxies.Unavailable("does not start")
                times.append((time.perf_counter() - began) * 1000)
                time.sleep(0.2)
                memory.append(measure.rss_anon_kib(proxy.process.pid) / 1024)
                proxy.stop()
        except proxies.Unavailable as reason:
            bench.note(f"{kind.name}: {reason}")
            continue
        result[kind.name] = {"ms": measure.interval(times)[:3], "rss_mib": statistics.median(memory)}
    return result


ROUTES_CONFIGURATION = """data: {folder}/data-{count}
listen: [ {{ address: "127.0.0.1:{port}" }} ]
admin: {{ address: "127.0.0.1:0" }}
access_log: off
threads: 1
defaults: {{ authenticate: [ none ] }}
upstreams: {{ bench: {{ targets: [ "http://127.0.0.1:{upstream}" ] }} }}
routes:
"""


def routes_configuration(bench, count):
    """Its file, and the port that it listens on."""
    port = proxies.free_ports(1)[0]
    rows = "".join(f'  - {{ name: r{number}, match: {{ host: h{number % 10}.example, path: "/api/v1/things{number}/{{id}}/parts" }},'
                   " upstream: bench }\n" for number in range(count))
    file = bench.folder / f"routes-{count}.yaml"
    file.write_text(ROUTES_CONFIGURATION.format(folder=bench.folder, count=count, port=port,
                                                upstream=bench.upstream.port) + rows)
    return file, port


def routes(bench):
    result = {}
    for number, count in enumerate((10, 10_000)):
        bench.progress("routes", number + 1, 2, f"{count} routes")
        requests = [f"GET /api/v1/things{number}/77/parts HTTP/1.1\r\nHost: h{number % 10}.example\r\n\r\n".encode()
                    for number in range(count)]
        result[str(count)] = callgrind.instructions(bench, f"routes-{count}", *routes_configuration(bench, count), requests)
    # Its own repetitions, interleaved: the two sizes take turns.
    told = micro_benchmark("policy", "[Rr]oute", "--benchmark_repetitions=15", "--benchmark_enable_random_interleaving=true",
                           "--benchmark_report_aggregates_only=true", "--benchmark_min_time=0.05")
    if told:
        result["micro"] = [line for line in told.splitlines() if "_median" in line]
    return result


def micro_benchmark(folder, chosen, *options):
    """What the micro-benchmarks of a folder of src/, of these names, print; None where they cannot be built."""
    program = proxies.ROOT / "build" / "release" / f"reeve_{folder}_bench"
    built = subprocess.run(["cmake", "--build", "build/release", "--target", program.name], cwd=proxies.ROOT, capture_output=True)
    if built.returncode != 0 or not program.exists():
        return None
    return subprocess.run([str(program), f"--benchmark_filter={chosen}", *options], capture_output=True, text=True,
                          preexec_fn=proxies.pinned(proxies.PROXY_CORES)).stdout


def stop(running):
    for proxy in running:
        proxy.stop()


PARTS = {"forward": forward, "rate": rate, "streams": streams, "tls": tls, "idle": idle, "start": start, "routes": routes}
