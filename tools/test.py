# SPDX-License-Identifier: Apache-2.0
# Everything that `make test` runs after the packages are there, in the order in which a mistake is cheapest to see:
# house rules, unit tests under ASan and UBSan, fuzz targets, simulator, threads under TSan, end-to-end tests against
# the release build. A step that cannot run counts as one failure; the rest goes on. The last line is the sum.
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOBS = str(os.cpu_count() or 2)
FUZZ_RUNS = 20_000
FUZZ_SECONDS = 10  # at most, each; the runs are what is fixed
SIM_SEEDS = 200
# Folders whose code several threads run; and what proves the doors that they go through.
TSAN_FOLDERS = ["base", "rt", "net", "server", "limits", "journal", "telemetry", "upstream", "control"]
ENVIRONMENT = {
    **os.environ,
    "ASAN_SYMBOLIZER_PATH": "/usr/lib/llvm-19/bin/llvm-symbolizer",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1 external_symbolizer_path=/usr/lib/llvm-19/bin/llvm-symbolizer",
}


class Failed(Exception):
    """A step could not be carried out; the text says why."""


class Tally:
    def __init__(self):
        self.rows = []

    def add(self, what, passed, failed):
        self.rows.append((what, passed, failed))
        print(f"   {what}: {passed} passed, {failed} failed", flush=True)

    def sum(self):
        return sum(row[1] for row in self.rows), sum(row[2] for row in self.rows)


def run(*command, seconds=3600, env=None, quiet=False):
    """Runs a command in the project's root; gives its exit status and, when quiet, what it printed."""
    try:
        done = subprocess.run([str(word) for word in command], cwd=ROOT, env={**ENVIRONMENT, **(env or {})},
                              timeout=seconds, text=True, errors="replace",
                              stdout=subprocess.PIPE if quiet else None,
                              stderr=subprocess.STDOUT if quiet else None)
    except subprocess.TimeoutExpired as error:
        output = error.output or ""
        if isinstance(output, bytes):
            output = output.decode(errors="replace")
        return 124, output + f"\nnot finished after {seconds} s"
    except OSError as error:
        return 127, str(error)
    return done.returncode, done.stdout or ""


def must(*command, **options):
    status, output = run(*command, **options)
    if status != 0:
        raise Failed(f"`{' '.join(str(word) for word in command)}` ended with {status}\n{output}")


def configure(preset):
    (ROOT / "build").mkdir(exist_ok=True)
    must("cmake", "--preset", preset, "-Wno-dev", quiet=True)


def build(preset, *targets):
    configure(preset)
    must("cmake", "--build", f"build/{preset}", "-j", JOBS, *(["--target", *targets] if targets else []))


def count_ctest(folder):
    """Cases as GoogleTest counted them; a program that left no count is one case."""
    passed = failed = 0
    for case in xml.parse(folder / "ctest.xml").getroot().iter("testcase"):
        good = case.get("status") == "run"
        report = folder / f"reeve_{case.get('name')}_test.xml"
        if not report.exists():
            passed, failed = passed + good, failed + (not good)
            continue
        suite = xml.parse(report).getroot()
        bad = int(suite.get("failures")) + int(suite.get("errors"))
        passed += int(suite.get("tests")) - bad - int(suite.get("disabled"))
        failed += max(bad, not good)
    return passed, failed


def ctest(tally, preset, what, only=None):
    results = ROOT / "build" / preset / "results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    run("ctest", "--test-dir", f"build/{preset}", "-j", JOBS, "--output-on-failure", "--no-tests=error", "--quiet",
        "--output-junit", results / "ctest.xml", *(["-R", only] if only else []),
        env={"GTEST_OUTPUT": f"xml:{results}/", "GTEST_BRIEF": "1"})
    if not (results / "ctest.xml").exists():
        raise Failed(f"ctest left no results for {preset}")
    tally.add(what, *count_ctest(results))


def tidy(tally, _):
    status, output = run(sys.executable, "tools/tidy.py", quiet=True)
    print(output, end="")
    tally.add("house rules", int(status == 0), int(status != 0))
    status, output = run(sys.executable, "-m", "unittest", "discover", "-s", "tools", "-p", "*_test.py", quiet=True)
    ran = re.search(r"^Ran (\d+) tests", output, re.M)
    bad = sum(int(count) for count in re.findall(r"(?:failures|errors)=(\d+)", output))
    if status != 0:
        print(output)
    total = int(ran.group(1)) if ran else 0
    tally.add("the rules' own tests", total - bad, max(bad, int(status != 0)))


def unit(tally, _):
    build("dev")
    ctest(tally, "dev", "unit and property tests")


def fuzz_one(name):
    """Fixed seed and number of runs over the committed corpus; what it finds new is thrown away."""
    scratch = ROOT / "build" / "fuzz-smoke" / name
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    corpus = ROOT / "fuzz" / "corpus" / name
    command = [ROOT / "build" / "dev" / f"{name}_fuzz", scratch]
    command += [corpus] if corpus.is_dir() else []
    return run(*command, "-seed=1", f"-runs={FUZZ_RUNS}", f"-max_total_time={FUZZ_SECONDS}", "-timeout=10",
               "-rss_limit_mb=2048", f"-artifact_prefix={scratch}-crash-", quiet=True, seconds=120)


def fuzz(tally, _):
    names = sorted(source.name.removesuffix("_fuzz.cpp") for source in (ROOT / "fuzz").glob("*_fuzz.cpp"))
    if not names:
        raise Failed("no fuzz target under fuzz/")
    build("dev", *(f"{name}_fuzz" for name in names))
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        for name, (status, output) in zip(names, pool.map(fuzz_one, names)):
            last = next((line for line in reversed(output.splitlines()) if re.match(r"#\d+\s", line)), "")
            print(f"   {name}: {'ok' if status == 0 else 'FAILED'} {last.split(' L:')[0]}", flush=True)
            if status != 0:
                bad += 1
                print(output[-8000:])
    tally.add("fuzz targets", len(names) - bad, bad)


def simulate(*arguments):
    """Runs the simulator; gives (passed, failed) of its last line and what it printed."""
    status, output = run(ROOT / "build/dev/reeve_simulate", *arguments, quiet=True, seconds=1500)
    counted = re.findall(r"(\d+) passed, (\d+) failed", output)
    passed, failed = (int(number) for number in counted[-1]) if counted else (0, 1)
    return passed, max(failed, int(status != 0)), output


def sim(tally, _):
    build("dev", "reeve_simulate")
    jobs = int(JOBS)
    share = [SIM_SEEDS // jobs + (part < SIM_SEEDS % jobs) for part in range(jobs)]
    runs = [("--first", 1 + sum(share[:part]), "--seeds", share[part]) for part in range(jobs) if share[part]]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(lambda arguments: simulate(*arguments), runs))
    for _, failed, output in results:
        if failed:
            print(output[-8000:])
    tally.add("simulator seeds", sum(result[0] for result in results), sum(result[1] for result in results))
    passed, failed, output = simulate("--seeds", SIM_SEEDS, "--plant", "all")
    if failed:
        print(output[-8000:])
    tally.add("planted bugs found by the simulator", passed, failed)


def pytest(tally, what, binary, arguments):
    report = ROOT / "build" / "e2e-results" / f"{binary.parent.name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    if not binary.exists():
        raise Failed(f"{binary} is not there")
    # Most of a test's time is waiting: more workers than cores, but not so many that a 100 ms bound suffers.
    run("/usr/bin/python3", "-m", "pytest", "tests/e2e", "-q", "-n", "4", f"--junitxml={report}",
        *arguments, env={"REEVE_BIN": str(binary)}, seconds=1200)
    if not report.exists():
        raise Failed(f"the end-to-end tests left no report ({what})")
    suite = xml.parse(report).getroot().find("testsuite")
    bad = int(suite.get("failures")) + int(suite.get("errors"))
    tally.add(what, int(suite.get("tests")) - bad - int(suite.get("skipped")), bad)


def threads(tally, _):
    configure("tsan")
    there = [folder for folder in TSAN_FOLDERS if any((ROOT / "src" / folder).rglob("*_test.cpp"))]
    must("cmake", "--build", "build/tsan", "-j", JOBS, "--target", *(f"reeve_{folder}_test" for folder in there))
    ctest(tally, "tsan", "unit tests under TSan", only=f"^({'|'.join(there)})$")
    build("tsan", "reeve")
    pytest(tally, "end-to-end under TSan", ROOT / "build/tsan/reeve", ["-m", "threads"])


def release(_, __):
    build("release", "reeve")


def e2e(tally, arguments):
    pytest(tally, "end-to-end", ROOT / "build/release/reeve", arguments)


STEPS = {"tidy": tidy, "unit": unit, "fuzz": fuzz, "sim": sim, "threads": threads, "release": release, "e2e": e2e}


def main():
    parser = argparse.ArgumentParser(description="Run the project's tests.")
    parser.add_argument("--only", default=",".join(STEPS), help="steps to run: " + ",".join(STEPS))
    parser.add_argument("pytest", nargs="*", help="arguments for the end-to-end tests, after --")
    options = parser.parse_args()
    chosen = options.only.split(",")
    unknown = [step for step in chosen if step not in STEPS]
    if unknown:
        parser.error(f"no step named {unknown[0]}; there are {', '.join(STEPS)}")

    tally = Tally()
    for step in chosen:
        started = time.monotonic()
        print(f"== {step}", flush=True)
        try:
            STEPS[step](tally, options.pytest)
        except Failed as reason:
            print(reason)
            tally.add(step, 0, 1)
        print(f"   {step} took {time.monotonic() - started:.0f} s", flush=True)
    passed, failed = tally.sum()
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
