# SPDX-License-Identifier: Apache-2.0
# A real server behind and real clients before the gateway: nginx, curl, wrk. What the byte-exact tests do not think of.
import gzip
import hashlib
import re
import shutil
import subprocess

import pytest
from harness.gateway import configuration, route
from harness.nginx import find_nginx

pytestmark = pytest.mark.skipif(not find_nginx(), reason="nginx is not installed")
BIG = bytes(range(256)) * 20_000


@pytest.fixture(scope="module")
def nginx(shared):
    server = shared.nginx()
    server.file("small.txt", b"small file\n" * 30)
    server.file("big.bin", BIG)
    return server.start()


@pytest.fixture(scope="module")
def gateway(shared, nginx):
    return shared(configuration([route()], {"up": {"targets": [nginx.url]}}))


def curl(gateway, path, *options):
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *options, f"http://{gateway.address}{path}"],
                          capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_files(gateway):
    with gateway.connect() as connection:
        answer = connection.fetch("GET", "/files/small.txt")
        assert answer.body == b"small file\n" * 30 and answer["Content-Type"] == "text/plain"
        assert connection.fetch("GET", "/files/big.bin").body == BIG
        head = connection.fetch("HEAD", "/files/big.bin")
        assert head["Content-Length"] == str(len(BIG))


def test_ranges_and_conditions(gateway):
    answer = gateway.get("/files/big.bin", {"Range": "bytes=100-199"})
    assert answer.status == 206 and answer.body == BIG[100:200] and answer["Content-Range"] == f"bytes 100-199/{len(BIG)}"
    etag = gateway.get("/files/small.txt")["ETag"]
    answer = gateway.get("/files/small.txt", {"If-None-Match": etag})
    assert answer.status == 304 and answer.body == b""
    assert gateway.get("/files/big.bin", {"Range": "bytes=99999999-"}).status == 416


def test_compressed_and_chunked(gateway):
    answer = gateway.get("/files/small.txt", {"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip" and answer["Transfer-Encoding"] == "chunked"
    assert gzip.decompress(answer.body) == b"small file\n" * 30


def test_statuses(gateway):
    answer = gateway.get("/status/404")
    assert answer.status == 404 and answer["Reeve-Origin"] == "upstream" and b"nginx" in answer.body
    assert gateway.get("/empty").status == 204
    assert gateway.fetch("POST", "/files/small.txt", body=b"x" * 100_000).status == 405


def test_what_nginx_sees(gateway):
    host, forwarded, via = gateway.get("/host", host="www.example.com").body.decode().split("|")
    assert host == "www.example.com" and forwarded == "127.0.0.1" and via.startswith("1.1 reeve-")


def test_curl(gateway, tmp_path):
    assert hashlib.sha256(curl(gateway, "/files/big.bin")).digest() == hashlib.sha256(BIG).digest()
    assert curl(gateway, "/files/big.bin", "--http1.0") == BIG
    assert curl(gateway, "/files/small.txt", "--compressed") == b"small file\n" * 30
    assert curl(gateway, "/files/big.bin", "-r", "5-9") == BIG[5:10]
    upload = tmp_path / "upload"
    upload.write_bytes(BIG)
    status = curl(gateway, "/files/small.txt", "-o", "/dev/null", "-w", "%{http_code}", "-T", str(upload))
    assert status == b"405"
    urls = [f"http://{gateway.address}/files/small.txt"] * 4
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *urls, "-w", "%{num_connects} "], capture_output=True, text=True,
                          timeout=30)
    assert re.findall(r"(\d) ", done.stdout.replace("small file", ""))[:4] == ["1", "0", "0", "0"]


@pytest.mark.threads
@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
@pytest.mark.parametrize("path", ["/files/small.txt", "/files/big.bin", "/status/404"])
def test_wrk(gateway, path):
    done = subprocess.run(["wrk", "-t1", "-c24", "-d1s", f"http://{gateway.address}{path}"], capture_output=True, text=True,
                          timeout=30)
    assert int(re.search(r"(\d+) requests in", done.stdout).group(1)) > 2
    assert "Socket errors" not in done.stdout
    assert ("Non-2xx" in done.stdout) == (path == "/status/404")
