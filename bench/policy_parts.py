# SPDX-License-Identifier: Apache-2.0
# The parts of the benchmark that are about deciding: against peers that do the same job, and Reeve against itself with
# a policy and without, with a large one and with a small one. Like those of parts.py each gives a dictionary that
# report.py turns into tables.
import json
import time

import callgrind
import governed
import measure
import parts
import policies

SLICE, SLICES_A_ROUND = 0.25, 4  # seconds; with the usual 15 rounds 60 slices for each


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


def in_slices(bench, what, ours, theirs, files):
    """Short turns of the two; `files` holds each one's requests."""
    running = [ours, theirs]
    try:
        for proxy in running:
            proxy.start()
            measure.load(proxy, "fast", "-", requests=files[proxy.name])  # every subject has its counters
        return parts.summary(bench.rounds_of(
            running, what, lambda proxy: measure.load(proxy, "fast", "-", requests=files[proxy.name], seconds=SLICE),
            bench.rounds * SLICES_A_ROUND), ours.name)
    finally:
        parts.stop(running)


def counted(bench, what, compared, files):
    """Instructions a request of each."""
    result = {}
    for number, proxy in enumerate(compared):
        bench.progress(what, number + 1, len(compared), proxy.name)
        result[proxy.name] = callgrind.instructions(bench, f"{what}-{proxy.name}", proxy.configuration, proxy.port,
                                                    policies.requests_in(files[proxy.name]))
    return result


def scale(bench):
    """The same policy with ten of everything, and with 10,000 routes, 100,000 networks and 100,000 keys; and the decision
    itself without a gateway around it."""
    small, large = (policies.Sized(bench.upstream.port, bench.folder, name, routes=routes, networks=many, keys=many)
                    for name, routes, many in (("small", 10, 10), ("large", 10_000, 100_000)))
    files = {proxy.name: proxy.request_file() for proxy in (small, large)}
    result = {"slices": in_slices(bench, "scale", large, small, files),
              "instructions": counted(bench, "scale", (small, large), files)}
    told = parts.micro_benchmark("judge|in_turns", "--benchmark_format=json")
    if told:
        result["decision"] = {one["name"].removesuffix("/iterations:1"): one for one in json.loads(told)["benchmarks"]}
    return result


def policy(bench):
    """Plain forwarding, and the same with everything asked for; both without a log."""
    plain = policies.Sized(bench.upstream.port, bench.folder, "plain")
    asking = policies.Sized(bench.upstream.port, bench.folder, "policy", networks=governed.NETWORKS, keys=governed.KEYS)
    files = {asking.name: asking.request_file(), plain.name: plain.request_file(asking.keys)}
    return {"slices": in_slices(bench, "policy", asking, plain, files),
            "instructions": counted(bench, "policy", (plain, asking), files)}


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
