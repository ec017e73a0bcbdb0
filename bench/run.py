# SPDX-License-Identifier: Apache-2.0
# `make bench`: builds the release binary, measures the chosen parts against the peers, and writes docs/benchmarks.md.
# Parts that were not chosen keep what was measured for them last (build/bench/results.json). A measurement, not a test:
# it ends with 0 also when a target is missed.
import argparse
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import parts
import policy_parts
import proxies
import report

PARTS = {**parts.PARTS, **policy_parts.PARTS}


def progress_bar(what, done, total, name):
    if not sys.stderr.isatty():
        return
    filled = 30 * done // total
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{what:<16} [{'#' * filled}{'.' * (30 - filled)}] {done}/{total} {name:<12}{end}")
    sys.stderr.flush()


def versions():
    told = []
    for kind in proxies.ALL:
        try:
            told.append(kind.version(kind))
        except (proxies.Unavailable, OSError, IndexError):
            continue
    return [text for text in told if text]


def main():
    parser = argparse.ArgumentParser(description="Measure Reeve against its peers.")
    parser.add_argument("--parts", default=" ".join(PARTS), help="of: " + " ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=15, help="shuffled rounds of one second (default 15)")
    parser.add_argument("--no-build", action="store_true", help="measure build/release/reeve as it is")
    options = parser.parse_args()
    chosen = options.parts.replace(",", " ").split()
    unknown = [part for part in chosen if part not in PARTS]
    if unknown:
        parser.error(f"no part named {unknown[0]}; there are {' '.join(PARTS)}")
    if not options.no_build:
        subprocess.run(["make", "--no-print-directory", "build/release/reeve"], cwd=proxies.ROOT, check=True)

    folder = proxies.BUILD / "run"
    folder.mkdir(parents=True, exist_ok=True)
    store = proxies.BUILD / "results.json"
    results = json.loads(store.read_text()) if store.exists() else {}
    try:
        for part in chosen:
            bench = parts.Bench(folder, options.rounds, progress_bar)
            try:
                before = os.getloadavg()[0]
                result = PARTS[part](bench)
            finally:
                bench.upstream.stop()
            results[part] = {"result": result, "date": report.today(), "rounds": options.rounds, "load": before,
                             "notes": bench.notes, "versions": versions()}
            store.write_text(json.dumps(results, indent=1))
    except proxies.Unavailable as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 1
    ordered = {part: results[part] for part in PARTS if part in results}
    command = f"make bench ROUNDS={options.rounds}" if options.rounds != 15 else "make bench"
    rows = report.write(proxies.ROOT / "docs" / "benchmarks.md", ordered, command)
    for what, target, measured, met in rows:
        print(f"{'met   ' if met else 'MISSED'} {what}: {measured} (target {target})")
    print("written to docs/benchmarks.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
