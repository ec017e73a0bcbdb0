# SPDX-License-Identifier: Apache-2.0
# Turns the measurements into docs/benchmarks.md: a table of targets with what was measured and whether it was met, then
# the rows behind it. Writes only between the two markers; what people wrote around them stays.
import datetime
import os
import pathlib
import platform

import report_policy
from report_table import ratio, table

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def find(results, part, *path):
    """The value at a path into a part's result, or None where it was not measured."""
    value = results.get(part, {}).get("result")
    for step in path:
        if not isinstance(value, dict):
            return None
        value = next((entry for key, entry in value.items() if key == step or key.startswith(step + " at ")), None)
    return value


def target_rows(results):
    """(what, the target, what was measured, met). Met means the median keeps the target; the interval stands beside."""
    rows = []

    def compare(what, peer, most, part, group):
        row = find(results, part, group, peer)
        if row:
            rows.append((what, f"≤ {most:.2f} × {peer}", ratio(row), row["ratio"][0] <= most))

    def below(what, unit, most, value, text=None):
        if value is not None:
            rows.append((what, f"≤ {most:g} {unit}", text or f"{value:.1f} {unit}", value <= most))

    compare("1 KB, 64 connections, CPU a request", "nginx", 0.70, "forward", "1 KB")
    compare("16 KB, CPU a request", "nginx", 0.75, "forward", "16 KB")
    compare("1 KB at an equal rate, CPU a request", "nginx", 0.70, "rate", "1 KB")
    compare("16 KB at an equal rate, CPU a request", "nginx", 0.75, "rate", "16 KB")
    compare("64 streams, CPU a chunk", "haproxy", 1.0, "streams", "64 streams")
    row = find(results, "streams", "64 streams", "haproxy")
    if row:
        middle, low, high = row["delay_ratio"]
        rows.append(("64 streams, p50 delay of a chunk", "≤ 1.00 × haproxy", f"{middle:.3f} [{low:.3f}–{high:.3f}]", middle <= 1.0))
    compare("1 KB over TLS 1.3, keep-alive, CPU a request", "nginx", 0.90, "tls", "1 KB over TLS 1.3, keep-alive")
    for what, most in (("plain", 4), ("TLS", 20)):
        value = find(results, "idle", "reeve", what)
        below(f"idle connection, {what}", "KB", most, value / 1024 if value is not None else None)
    started = find(results, "start", "reeve")
    if started:
        middle, low, high = started["ms"]
        below("start to first answer", "ms", 30, middle, f"{middle:.1f} [{low:.1f}–{high:.1f}] ms")
        below("RssAnon after start", "MB", 6, started["rss_mib"])
    counted = find(results, "routes")
    if counted:
        value = counted["10000"] / counted["10"]
        rows.append(("10,000 routes, instructions a request", "≤ 1.05 × 10 routes", f"{value:.3f}", value <= 1.05))
    for peer, most in (("nginx", 0.75), ("haproxy", 0.85), ("envoy", 0.25)):
        compare("1 KB, governed, CPU a request", peer, most, "governed", "1 KB, governed")
    compare("explained refusal of an unknown key, CPU a request", "nginx", 1.0, "refusal", "unknown key")
    rows += report_policy.target_rows(results)
    return rows


def compared(title, unit, groups):
    lines = [f"### {title}", ""]
    for group, proxies in groups.items():
        has_delay = any("p50_us" in row for row in proxies.values())
        header = [group, f"CPU µs a {unit}", f"{unit}s a second", "utilisation", "Reeve's CPU to it"]
        header += ["p50 µs", "p99 µs"] if has_delay else []
        rows = []
        for name, row in proxies.items():
            cells = [name, f"{row['cpu_us']:.2f}", f"{row['per_second']:,.0f}", f"{row['utilisation']:.2f}",
                     ratio(row) if "ratio" in row else "1"]
            cells += [f"{row['p50_us']:.0f}", f"{row['p99_us']:.0f}"] if has_delay else []
            rows.append(cells)
        lines += table(header, rows)
    return lines


TITLES = {"forward": ("Forwarding, as fast as it goes", "request"), "rate": ("Forwarding at an equal rate", "request"),
          "streams": ("Streams", "chunk"), "tls": ("TLS towards the client", "request"),
          "governed": ("The same job: keys, networks, limit, log", "request"),
          "refusal": ("Refusing an unknown key", "request")}


def details(part, result):
    if part in TITLES:
        return compared(*TITLES[part], result)
    if part in report_policy.DETAILS:
        return report_policy.DETAILS[part](result)
    if part == "idle":
        return ["### Idle connections, bytes each", ""] + table(
            ["", "plain", "TLS"], [(name, *(f"{row.get(what, 0):,.0f}" for what in ("plain", "TLS"))) for name, row in result.items()])
    if part == "start":
        return ["### Start", ""] + table(["", "ms to the first answer", "RssAnon MB"], [
            (name, "{:.1f} [{:.1f}–{:.1f}]".format(*row["ms"]), f"{row['rss_mib']:.1f}") for name, row in result.items()])
    lines = ["### Routes", ""] + table(["routes", "instructions a request"], [
        (f"{int(count):,}", f"{value:,.0f}") for count, value in result.items() if count != "micro"])
    if result.get("micro"):
        lines += ["```", *result["micro"], "```", ""]
    return lines


def machine():
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    release = next((line.partition("=")[2].strip('"') for line in pathlib.Path("/etc/os-release").read_text().splitlines()
                    if line.startswith("PRETTY_NAME")), "")
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}, {release}"


def write(path, results, command):
    lines = [BEGIN, "", f"`{command}` on {machine()}.", ""]
    rows = target_rows(results)
    if rows:
        lines += table(["what", "target", "measured", "met"], [(*row[:3], "yes" if row[3] else "**no**") for row in rows])
    for part, entry in results.items():
        lines += details(part, entry["result"])
        lines += [f"{entry['date']}, {entry['rounds']} rounds, load average before {entry['load']:.1f}. "
                  + "; ".join(entry["versions"]) + "." + "".join(f" {note}." for note in entry["notes"]), ""]
    lines.append(END)
    text = path.read_text() if path.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(before + "\n".join(lines) + after)
    return rows


def today():
    return datetime.date.today().isoformat()
