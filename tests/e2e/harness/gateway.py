# SPDX-License-Identifier: Apache-2.0
# A gateway process under test: writes its configuration into a folder of its own, starts it on free ports, finds out
# through run.json where it listens, reads its access log and messages, stops it. The binary is $REEVE_BIN, else
# build/release/reeve.
import json
import os
import pathlib
import signal
import subprocess
import time

from harness.client import Connection, fetch
from harness.waiting import wait_until

PROJECT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("REEVE_BIN") or PROJECT / "build/release/reeve").absolute()
# Sanitizer builds are several times slower; bounds that are about speed are widened by this.
SLOWNESS = 10 if "tsan" in BINARY.parts or "dev" in BINARY.parts else 1


def clean_environment(more=None):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REEVE_", "LISTEN_", "NOTIFY_"))}
    return {**kept, "NO_COLOR": "1", **(more or {})}


def reeve(*arguments, cwd=None, env=None, stdin=None, seconds=30):
    """Runs a command of the CLI to its end."""
    return subprocess.run([str(BINARY), *map(str, arguments)], cwd=cwd, env=clean_environment(env), input=stdin,
                          capture_output=True, text=True, timeout=seconds)


def configuration(routes, upstreams=None, **top):
    """A configuration as a dictionary: free ports, nobody authenticated, a gate that only warns (tests take routes away
    all the time). An upstream may be given as a server of harness.upstream, or as the dictionary that the contract
    says."""
    document = {"data": "./data", "listen": [{"address": "127.0.0.1:0"}], "admin": {"address": "127.0.0.1:0"},
                "defaults": {"authenticate": ["none"]}, "gate": {"lost_access": "warn"}}
    if upstreams:
        document["upstreams"] = {name: entry if isinstance(entry, dict) else {"targets": [entry.url]}
                                 for name, entry in upstreams.items()}
    document["routes"] = routes
    document.update(top)
    return {key: value for key, value in document.items() if value is not None}


def route(name="all", path="/{rest...}", upstream="up", *, match=None, **more):
    destination = {} if {"redirect", "respond"} & set(more) or upstream is None else {"upstream": upstream}
    return {"name": name, "match": {"path": path, **(match or {})}, **more, **destination}


class Gateway:
    def __init__(self, folder, config, *, files=None, env=None, arguments=(), wrapper=(), pass_fds=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "reeve.yaml"
        self.data = self.folder / "data"
        self.env = env or {}
        self.arguments = list(arguments)
        self.wrapper = [str(word) for word in wrapper]
        self.pass_fds = pass_fds
        self.process = None
        self.run = None
        self.expect_clean_stop = True
        for name, text in (files or {}).items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.write(config)

    def write(self, config):
        """Changes the configuration file: YAML text, or a dictionary (JSON is YAML)."""
        text = config if isinstance(config, str) else json.dumps(config, indent=1, ensure_ascii=False)
        part = self.file.with_suffix(".part")
        part.write_text(text)
        part.replace(self.file)

    # Life

    def start(self, wait=True):
        self.out_path, self.err_path = self.folder / "stdout.log", self.folder / "stderr.log"
        with open(self.out_path, "ab") as out, open(self.err_path, "ab") as err:
            self.process = subprocess.Popen(
                [*self.wrapper, str(BINARY), "run", "-c", str(self.file), *self.arguments], cwd=self.folder,
                env=clean_environment(self.env), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                pass_fds=self.pass_fds, close_fds=True)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=10 * SLOWNESS):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} at start:\n{self.stderr}")
            try:
                run = json.loads((self.data / "run.json").read_text())
            except (FileNotFoundError, json.JSONDecodeError):
                return None
            return run if run["pid"] == self.process.pid or self.wrapper else None

        self.run = wait_until(ready, "run.json of the gateway", seconds)
        self.run_history = getattr(self, "run_history", []) + [self.run]

    def refresh(self):
        self.run = json.loads((self.data / "run.json").read_text())

    def signal(self, number):
        self.process.send_signal(number)

    def wait_stopped(self, seconds=10):
        return self.process.wait(seconds * SLOWNESS)

    def stop(self):
        """Ends it in order; a second signal cuts what is still open. Gives the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(0.3 * SLOWNESS)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGTERM)
        try:
            return self.process.wait(10 * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise AssertionError(f"did not stop on two SIGTERM:\n{self.stderr}") from None

    def kill(self):
        self.expect_clean_stop = False
        self.process.kill()
        self.process.wait(5)

    # Talking to it

    @property
    def pid(self):
        return self.run["pid"]

    @property
    def address(self):
        return self.run["listen"][0]

    @property
    def admin(self):
        return self.run["admin"]

    @property
    def token(self):
        return pathlib.Path(self.run["token_file"]).read_text().strip()

    def connect(self, listener=0, **options):
        return Connection(self.run["listen"][listener], **options)

    def fetch(self, method, target, fields=(), body=None, listener=0, **options):
        return fetch(self.run["listen"][listener], method, target, fields, body, **options)

    def get(self, target="/", fields=(), **options):
        return self.fetch("GET", target, fields, **options)

    def ask_admin(self, method, target, fields=(), body=None, token=None):
        pairs = dict(fields)
        pairs.setdefault("Host", self.admin)
        if token:
            pairs["Authorization"] = f"Bearer {token}"
        return fetch(self.admin, method, target, pairs, body)

    def metrics(self):
        """{name{labels}: value} of /metrics."""
        answer = self.ask_admin("GET", "/metrics")
        assert answer.status == 200, answer
        values = {}
        for line in answer.body.decode().splitlines():
            if line and not line.startswith("#"):
                series, _, value = line.rpartition(" ")
                values[series] = float(value)
        return values

    def reload(self, config=None):
        """Through the admin API; the answer comes when every thread serves the new configuration."""
        if config is not None:
            self.write(config)
        return self.ask_admin("POST", "/v1/reload", token=self.token)

    def cli(self, *arguments, env=None, seconds=30):
        return reeve(*arguments, cwd=self.folder, env=env, seconds=seconds)

    # What it said

    @property
    def stdout(self):
        return self.out_path.read_text(errors="replace")

    @property
    def stderr(self):
        return self.err_path.read_text(errors="replace")

    def log(self):
        """The access log's complete lines."""
        return [json.loads(line) for line in self.stdout.splitlines(keepends=True) if line.endswith("\n")]

    def wait_log(self, matches=lambda entry: True, count=1, seconds=5.0):
        """At least that many lines that match, as soon as they are written."""
        def there():
            found = [entry for entry in self.log() if matches(entry)]
            return found if len(found) >= count else None

        try:
            return wait_until(there, f"{count} log lines", seconds)
        except AssertionError:
            raise AssertionError(f"no such log lines among:\n{self.stdout[-3000:]}") from None

    # How it is

    def rss_anon_kib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
        raise AssertionError("no RssAnon")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def is_alive(self):
        return self.process.poll() is None


def settle(seconds):
    """A pause that is part of what is tested (an idle time, a period), not a wait for something."""
    time.sleep(seconds)
