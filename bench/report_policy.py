# SPDX-License-Identifier: Apache-2.0
# The tables of what policy_parts.py measured of Reeve against itself: its targets, and the rows behind them. The
# comparisons with peers are report.py's.
from report_table import ratio, spread, table


def result_of(results, part):
    return results.get(part, {}).get("result") or {}


def in_turns(result):
    """(what, compared) of the micro-benchmark's comparisons that were made."""
    return [(name.partition("/")[2], one) for name, one in result.get("micro", {}).items()
            if name.startswith("in_turns") and not one.get("error_occurred")]


def errors(result):
    return [f"`{name}`: {one['error_message']}." for name, one in result.get("micro", {}).items() if one.get("error_occurred")]


def target_rows(results):
    rows = []

    def at_most(what, most, target, value, text):
        rows.append((what, target, text, value <= most))

    def against(what, most, base, row):
        rows.append((what, f"≤ {most:.2f} × {base}", ratio(row), row["ratio"][0] <= most))

    scale = result_of(results, "scale")
    if scale:
        small = next(iter(scale["instructions"]))
        for name, row in scale["slices"].items():
            if name == small:
                continue
            what = f"10,000 routes, 100,000 networks and keys ({name.partition(', ')[2]})"
            against(what + ", CPU a request", 1.05, "10 of each", row)
            value = scale["instructions"][name] / scale["instructions"][small]
            at_most(what + ", instructions", 1.05, "≤ 1.05 × 10 of each", value, f"{value:.3f}")
        for what, one in in_turns(scale):
            if what == "decide":
                at_most("`decide` on them", 1000, "< 1 µs, no allocation", one["large_ns"],
                        f"{one['large_ns']:.0f} [{one['large_low_ns']:.0f}–{one['large_high_ns']:.0f}] ns")
        if errors(scale):
            rows.append(("`decide` on them", "no allocation", "an error, see below", False))
    policy = result_of(results, "policy")
    for row in list(policy.get("slices", {}).values())[1:]:
        against("all of policy on, CPU a request", 1.10, "plain forwarding", row)
    keys = result_of(results, "keys")
    if keys:
        value = keys["as it starts"]["bytes_each"]
        at_most("memory of a key, names apart", 150, "< 150 bytes", value, f"{value:.0f} bytes")
    return rows


def slices(result, header):
    base = next(iter(result["instructions"]))
    return table([header, "CPU µs a request", "instructions a request", "CPU to the first"], [
        (name, f"{row['cpu_us']:.2f}", f"{result['instructions'][name]:,.0f}", "1" if name == base else ratio(row))
        for name, row in result["slices"].items()])


def scale_details(result):
    lines = ["### A large policy and a small one", "",
             "Small: 10 routes, networks and keys. Large: 10,000, 100,000 and 100,000. In turns, slices of 250 ms.", ""]
    lines += slices(result, "policy")
    if in_turns(result):
        lines += table(["without a gateway around it", "small, ns", "large, ns", "large to small"], [
            (what, f"{one['small_ns']:.0f}", f"{one['large_ns']:.0f}", spread(one["ratio"], one["ratio_low"], one["ratio_high"]))
            for what, one in in_turns(result)])
    return lines + errors(result)


def policy_details(result):
    lines = ["### With a policy and without", "",
             "Key, permission, networks, hours and a limit on every route, or nothing; no log. In turns, slices of 250 ms.", ""]
    lines += slices(result, "")
    if in_turns(result):
        lines += table(["over streams in memory, without a kernel", "plain, ns", "with a policy, ns", "to plain"], [
            ("a request", f"{one['plain_ns']:.0f}", f"{one['policy_ns']:.0f}", spread(one["ratio"], one["ratio_low"], one["ratio_high"]))
            for _, one in in_turns(result)])
    return lines + errors(result)


def keys_details(result):
    return ["### Memory of 100,000 keys, a caller each", ""] + table(
        ["", "bytes a key", "RssAnon MB"],
        [(what, f"{row['bytes_each']:.0f}", f"{row['rss_mib']:.1f}") for what, row in result.items()])


DETAILS = {"scale": scale_details, "policy": policy_details, "keys": keys_details}
