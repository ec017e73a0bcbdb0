# SPDX-License-Identifier: Apache-2.0
# Waiting for a condition instead of sleeping: polls until it holds, fails with what was waited for. Also ports for
# programs that cannot take port 0.
import os
import random
import socket
import time


def wait_until(condition, what, seconds=5.0, step=0.005):
    """The first true value of condition(); AssertionError with `what` when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(step)


def stays(condition, seconds, step=0.01):
    """Whether the condition holds all that time; for showing that something does *not* happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            return False
        time.sleep(step)
    return True


# Below the range that the kernel hands out for port 0, and each process starts somewhere else in it.
_chooser = random.Random(os.getpid())


def free_port():
    for _ in range(200):
        port = _chooser.randrange(12000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port found")
