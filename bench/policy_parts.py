# SPDX-License-Identifier: Apache-2.0
# The parts of the benchmark that are about deciding: against peers that do the same job, and Reeve against itself with
# a policy and without, with a large one and with a small one. Like those of parts.py each gives a dictionary that
# report.py turns into tables.
import json
import statistics
import time

import callgrind
import governed
import measure
import parts
import policies

SLICE, SLICES_A_ROUND = 0.25, 4  # seconds; with the usual 15 rounds 60 slices for each
WARM = 6  # seconds: every caller has its counters, every route its rows


def with_governed(bench, measured):
    job = governed.Job(bench.folder)
    running = []
    try:
        running = governed.start(bench, job)
        return measured(running, job)
    finally:
        parts.stop(running)
        job.end()


def turn(proxy, requests, status=200):
    sample = measure.load(proxy, "fast", "-", requests=requests, status=status)
    proxy.forget_log()
    return sample


def lost_lines(bench, proxy, job):
    """A log that drops lines would be no log: every request of a second has its own."""
    proxy.forget_log()
    count = measure.load(proxy, "fast", "-", requests=job.requests).count
    time.sleep(2)
    written = len(proxy.lines())
    if written < count:
        bench.note(f"{proxy.name} wrote {written:,} log lines for {count:,} requests")


def against_peers(bench):
    """Requests with one of the 10,000 keys, each with another."""
    def measured(running, job):
        for proxy in running:
            lost_lines(bench, proxy, job)
        return {"1 KB, governed": parts.summary(bench.rounds_of(running, "governed", lambda proxy: turn(proxy, job.requests)))}
    return with_governed(bench, measured)


def refusal(bench):
    """Requests with well-formed keys that nobody has."""
    def measured(running, job):
        return {"unknown key": parts.summary(bench.rounds_of(running, "refusal", lambda proxy: turn(proxy, job.refused, 401)))}
    return with_governed(bench, measured)


class Asked:
    """A gateway that is asked what stands in a file: one side of a comparison in turns."""

    def __init__(self, name, proxy, requests):
        self.name, self.proxy, self.requests = name, proxy, requests

    def load(self, seconds):
        return measure.load(self.proxy, "fast", "-", requests=self.requests, seconds=seconds)


def in_slices(bench, what, sides):
    """Short turns of all sides; the medians, and each one's ratio to the first by rounds."""
    gateways = list(dict.fromkeys(side.proxy for side in sides))
    try:
        for proxy in gateways:
            proxy.start()
        for side in sides:
            side.load(WARM)
        samples = bench.rounds_of(sides, what, lambda side: side.load(SLICE), bench.rounds * SLICES_A_ROUND)
    finally:
        parts.stop(gateways)
    base = samples[sides[0].name]
    return {name: {"cpu_us": statistics.median(one.cpu_us for one in taken),
                   "ratio": measure.interval([one.cpu_us / first.cpu_us for one, first in zip(taken, base)])[:3]}
            for name, taken in samples.items()}


def counted(bench, what, sides):
    """Instructions a request of each."""
    result = {}
    for number, side in enumerate(sides):
        bench.progress(what, number + 1, len(sides), side.name)
        result[side.name] = callgrind.instructions(bench, f"{what}-{number}", side.proxy.configuration, side.proxy.port,
                                                   policies.requests_in(side.requests))
    return result


def micro(folder, chosen):
    """{name: what it counted}; empty where it cannot be built."""
    told = parts.micro_benchmark(folder, chosen, "--benchmark_format=json")
    return {one["name"].removesuffix("/iterations:1"): one for one in json.loads(told)["benchmarks"]} if told else {}


SMALL, TEN_OF_LARGE, ALL_OF_LARGE = "small", "large, ten asked for", "large, all in turns"


def scale(bench):
    """The same policy with ten of everything, and with 10,000 routes, 100,000 networks and 100,000 keys, of which the same
    ten are asked for, or all; and the decision itself without a gateway around it."""
    small, large = (policies.Sized(bench.upstream.port, bench.folder, name, routes=routes, networks=many, keys=many)
                    for name, routes, many in (("small", 10, 10), ("large", 10_000, 100_000)))
    few = small.request_file("requests.txt", small.keys, small.paths)
    sides = [Asked(SMALL, small, few), Asked(TEN_OF_LARGE, large, few),
             Asked(ALL_OF_LARGE, large, large.request_file("requests.txt", large.keys, large.paths))]
    return {"slices": in_slices(bench, "scale", sides), "instructions": counted(bench, "scale", sides),
            "micro": micro("policy", "judge|in_turns")}


PLAIN, ASKING = "plain", "with a policy"


def policy(bench):
    """Plain forwarding, and the same with everything asked for; both without a log. The same once more without kernel."""
    plain = policies.Sized(bench.upstream.port, bench.folder, "plain")
    asking = policies.Sized(bench.upstream.port, bench.folder, "policy", networks=governed.NETWORKS, keys=governed.KEYS)
    requests = asking.request_file("requests.txt", asking.keys, asking.paths)
    sides = [Asked(PLAIN, plain, requests), Asked(ASKING, asking, requests)]
    return {"slices": in_slices(bench, "policy", sides), "instructions": counted(bench, "policy", sides),
            "micro": micro("proxy", "in_turns|request/refused")}


KEPT = 100_000
AT_ONCE = ("env", "MIMALLOC_PAGE_RESET=1", "MIMALLOC_RESET_DELAY=0")


class GivingBack(policies.Sized):
    """The allocator told to give memory back at once: what remains is in use."""

    def command(self):
        return [*AT_ONCE, *super().command()]


def memory_of(bench, kind, keys):
    """RssAnon a while after the start, in bytes, and the names in it."""
    proxy = kind(bench.upstream.port, bench.folder, f"keys-{keys}", keys=keys)
    try:
        proxy.start()
        time.sleep(2)
        return measure.rss_anon_kib(proxy.process.pid) * 1024, sum(len(key.caller) for key in proxy.keys)
    finally:
        proxy.stop()


def keys(bench):
    """Anonymous memory of a key and its caller, with names as short as they can be and their letters taken off."""
    result = {}
    for number, (what, kind) in enumerate((("as it starts", policies.Sized), ("memory given back at once", GivingBack))):
        bench.progress("keys", number + 1, 2, what)
        few, few_names = memory_of(bench, kind, 1)
        many, names = memory_of(bench, kind, KEPT + 1)
        result[what] = {"bytes_each": (many - few - (names - few_names)) / KEPT, "rss_mib": many / 2**20}
    return result


PARTS = {"governed": against_peers, "refusal": refusal, "scale": scale, "policy": policy, "keys": keys}
