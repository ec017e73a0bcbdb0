# SPDX-License-Identifier: Apache-2.0
# Instructions a request, by callgrind: for differences that time on a shared machine does not show. Counts the program's
# own alone (the kernel's are not seen), of all its threads, between two moments while it serves: start and warming up
# are not in it.
import random
import re
import socket
import subprocess
import time

import proxies

WARM, COUNTED = 500, 2000


def without_lines(bench):
    """A copy of the binary that Debian's valgrind can read: it does not know clang's line tables."""
    target = bench.folder / "reeve-without-lines"
    subprocess.run(["llvm-strip-19", "--strip-debug", "-o", str(target), str(proxies.REEVE)], check=True)
    return target


def control(process, *words):
    subprocess.run(["callgrind_control", *words, str(process.pid)], check=True, capture_output=True)


def connect(process, port, seconds=300):
    end = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 60)
        except OSError:
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError("the gateway does not start under callgrind") from None
            time.sleep(0.05)


def ask(connection, requests, count, chance):
    """So many of the requests, drawn at random, one after the other; all answers are of 1 KB."""
    for _ in range(count):
        connection.sendall(chance.choice(requests))
        received = b""
        while len(received) < 1024 or b"\r\n\r\n" not in received:
            part = connection.recv(65536)
            if not part:
                raise RuntimeError("the gateway closed the connection")
            received += part
        if not received.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(received[:200])


def instructions(bench, name, configuration, port, requests):
    """A request's; the profile itself stays in `callgrind-NAME.out.1` of the benchmark's folder."""
    output = bench.folder / f"callgrind-{name}.out"
    for old in bench.folder.glob(f"{output.name}*"):
        old.unlink()
    process = subprocess.Popen(["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={output}",
                                str(without_lines(bench)), "run", "-c", str(configuration)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(process, port) as connection:
            chance = random.Random(0)
            control(process, "--instr=on")
            ask(connection, requests, WARM, chance)
            control(process, "--zero")
            ask(connection, requests, COUNTED, chance)
            control(process, "--dump")
    finally:
        process.terminate()
        process.wait(300)
    counted = (bench.folder / f"{output.name}.1").read_text()
    return int(re.search(r"^(?:summary|totals): (\d+)", counted, re.M).group(1)) / COUNTED
