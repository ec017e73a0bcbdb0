# SPDX-License-Identifier: Apache-2.0
# The worked example as its README tells it: a publish that works, and the five classic refusals with their causes.
import re
import subprocess
import sys

import pytest
from harness.gateway import PROJECT, Gateway, reeve

FOLDER = PROJECT / "examples" / "posts"
README = (FOLDER / "README.md").read_text()
KEYS = re.findall(r"rv_live_\w{44}", README)


def key(beginning):
    return next(k for k in KEYS if k.startswith("rv_live_" + beginning))


class Site:
    def __init__(self, folder):
        self.folder = folder
        self.upstream = subprocess.Popen([sys.executable, FOLDER / "upstream.py", "--port", "0", "--file", folder / "posts"],
                                         stdout=subprocess.PIPE, text=True)
        url = self.upstream.stdout.readline().strip()
        self.gateway = Gateway(folder, (FOLDER / "reeve.yaml").read_text(), env={
            "POSTS_UPSTREAM": url, "REEVE_LISTEN": "127.0.0.1:0", "REEVE_ADMIN_LISTEN": "127.0.0.1:0",
            "REEVE_DATA": str(folder / "data")}).start()

    def client(self, *arguments, as_key="AnaPosts"):
        return subprocess.run([sys.executable, FOLDER / "client.py", "--url", f"http://{self.gateway.address}", "--key",
                               key(as_key) if len(as_key) < 40 else as_key, *arguments], capture_output=True, text=True, timeout=20)

    def stop(self):
        self.upstream.kill()
        self.upstream.wait()
        return self.gateway.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("posts"))
    yield site
    assert site.stop() == 0


def refused(done, code):
    assert done.returncode != 0, done.stdout
    text = done.stdout + done.stderr
    assert f"{code})" in text and "What to do:" in text and "d_" in text, text
    return text


def test_a_post_is_published_and_found(site):
    assert site.client("publish", "Sunset at the canal").returncode == 0
    listed = site.client("list", as_key="RobReads")
    assert "ana" in listed.stdout and "Sunset at the canal" in listed.stdout


def test_the_permission_is_missing(site):
    assert "posts:publish" in refused(site.client("publish", "Hello", as_key="RobReads"), "403 permission-missing")


@pytest.mark.parametrize("which,code", [("Nobody", "401 credential-unknown"), ("AnaPostsR6f", "401 credential-malformed"),
                                        ("AnaOld25", "401 credential-expired")])
def test_the_key_is_wrong_mistyped_or_expired(site, which, code):
    refused(site.client("list", as_key=which), code)


def test_the_address_is_not_allowed(site):
    assert "127.0.0.1" in refused(site.client("publish", "Hello", as_key="DeskOnly"), "403 ip-not-allowed")


def test_the_limit_is_reached(site):
    for _ in range(4):  # whatever the other tests have published: three at once are let through
        done = site.client("publish", "Another")
    refused(done, "429 rate-limited")
    assert done.returncode == 4


def test_the_configuration_is_broken():
    done = reeve("check", "broken.yaml", cwd=FOLDER)
    assert done.returncode == 1
    assert "broken.yaml:17:5: error[unknown-key]" in done.stdout
