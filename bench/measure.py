# SPDX-License-Identifier: Apache-2.0
# How the benchmark measures: processor time of a process by the scheduler's own accounts (all its threads), its
# anonymous memory, load by wrk or by load.cpp, and what may be said of a row of ratios: median and the 95 % interval of
# it by order statistics (no assumption about how they are spread).
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import time

from proxies import BUILD, LOAD_CORES, pinned


def processor_ns(pid):
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def rss_anon_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


class Sample:
    """One second of load on one proxy."""

    def __init__(self, count, cpu_ns, seconds, **more):
        self.count = count
        self.cpu_us = cpu_ns / 1000 / max(count, 1)
        self.utilisation = cpu_ns / 1e9 / seconds
        self.more = more


def run_load(proxy, command, environment=None):
    before, started = processor_ns(proxy.process.pid), time.monotonic()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, preexec_fn=pinned(LOAD_CORES),
                          env={**os.environ, **(environment or {})})
    return done.stdout + done.stderr, processor_ns(proxy.process.pid) - before, time.monotonic() - started


def wrk(proxy, path, *, tls=False, connections=64, seconds=1, environment=None):
    scheme, port = ("https", proxy.tls_port) if tls else ("http", proxy.port)
    output, cpu, elapsed = run_load(proxy, ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"{scheme}://127.0.0.1:{port}{path}"],
                                    environment)
    counted = re.search(r"(\d+) requests in", output)
    if not counted or "Non-2xx" in output:
        raise RuntimeError(f"{proxy.name}: {output}")
    errors = re.search(r"Socket errors: (.*)", output)
    return Sample(int(counted.group(1)), cpu, elapsed, errors=errors.group(1) if errors else None)


def load(proxy, mode, path, *, connections=64, rate=0, seconds=1, requests=None, status=200):
    """`requests`: a file of them, one a line; then an answer of another status ends it all."""
    more = [requests, status] if requests else []
    output, cpu, elapsed = run_load(proxy, [BUILD / "load", mode, proxy.port, path, connections, rate, seconds, *more])
    result = json.loads(output)
    if requests and result["errors"]:
        raise RuntimeError(f"{proxy.name}: {result['errors']} of {result['count']} answers were not {status}")
    count, lasted = result.pop("count"), result.pop("seconds")
    return Sample(count, cpu, elapsed, per_second=count / lasted, **result)


def interval(values):
    """Median and the order statistics that hold it with at least 95 % probability."""
    ordered = sorted(values)
    count = len(ordered)
    low = 0
    covered = 1.0
    while low + 1 < count / 2:
        outside = 2 * sum(math.comb(count, k) for k in range(low + 1)) / 2 ** count
        if 1 - outside < 0.95:
            break
        covered = 1 - outside
        low += 1
    index = max(low - 1, 0)
    return statistics.median(ordered), ordered[index], ordered[count - 1 - index], covered


def ratio_text(values):
    middle, low, high, _ = interval(values)
    return f"{middle:.3f} [{low:.3f}–{high:.3f}]"
