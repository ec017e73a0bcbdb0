# SPDX-License-Identifier: Apache-2.0
# What every end-to-end test gets: `launch` starts a gateway and checks at the end that it stopped in order and never
# reported an internal error; `upstream`, `raw_upstream` make upstreams; `authority` makes certificates. A test that
# hangs is ended after a minute. All ports are free ones, all files in the test's own folder: tests run side by side.
import pathlib
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.certificates import Authority
from harness.gateway import BINARY, SLOWNESS, Gateway, configuration, route
from harness.nginx import Nginx
from harness.upstream import RawUpstream, Upstream

LONGEST_TEST = 60 * SLOWNESS


def pytest_configure(config):
    config.addinivalue_line("markers", "threads: worth running under ThreadSanitizer too")
    if not BINARY.exists() and not config.option.collectonly:
        pytest.exit(f"no gateway to test at {BINARY}: run `make release`, or set REEVE_BIN", 4)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    def give_up(_signal, _frame):
        raise TimeoutError(f"the test took more than {LONGEST_TEST} s")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST_TEST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


class Launcher:
    """Starts gateways and upstreams and takes them down again, checking that nothing went wrong unseen."""

    def __init__(self, folder):
        self.folder = folder
        self.gateways = []
        self.servers = []

    def __call__(self, config, *, name=None, start=True, wait=True, **options):
        gateway = Gateway(self.folder / (name or f"gateway{len(self.gateways)}"), config, **options)
        self.gateways.append(gateway)
        if start:
            gateway.start(wait)
        return gateway

    def upstream(self, *arguments, **options):
        return self._keep(Upstream(*arguments, **options))

    def raw_upstream(self, script, **options):
        return self._keep(RawUpstream(script, **options))

    def nginx(self, more=""):
        return self._keep(Nginx(self.folder / f"nginx{len(self.servers)}", more))

    def before(self, handler_or_server=None, routes=None, *, upstream_options=None, **top):
        """A gateway with one upstream `up` behind it; gives both."""
        if hasattr(handler_or_server, "url"):
            server = handler_or_server
        else:
            server = self.upstream(*([handler_or_server] if handler_or_server else []))
        entry = {"targets": [server.url], **(upstream_options or {})}
        return self(configuration(routes or [route()], {"up": entry}, **top)), server

    def _keep(self, server):
        self.servers.append(server)
        return server

    def finish(self):
        wrong = []
        for gateway in self.gateways:
            if gateway.process is None:
                continue
            started_well = gateway.run is not None
            try:
                status = gateway.stop()
            except AssertionError as error:
                wrong.append(str(error))
                continue
            if started_well and gateway.expect_clean_stop and status != 0:
                wrong.append(f"the gateway ended with {status}:\n{gateway.stderr[-4000:]}")
            for sign in ("internal error at", "Sanitizer", "runtime error:"):
                if sign in gateway.stderr:
                    wrong.append(f"the gateway reported:\n{gateway.stderr[-8000:]}")
        for server in self.servers:
            server.stop()
            wrong += [f"a scripted upstream failed: {error!r}" for error in getattr(server, "errors", ())
                      if not isinstance(error, (OSError, EOFError))]
        assert not wrong, "\n".join(wrong)


@pytest.fixture
def launch(tmp_path):
    launcher = Launcher(tmp_path)
    yield launcher
    launcher.finish()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The same for a whole file: for gateways whose configuration does not change between its tests."""
    launcher = Launcher(tmp_path_factory.mktemp("shared"))
    yield launcher
    launcher.finish()


@pytest.fixture
def short_folder():
    """For Unix sockets, whose paths may have no more than 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="reeve") as folder:
        yield folder


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))
