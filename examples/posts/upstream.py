#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The service that the example protects: short posts, each pinned to a place.
#   POST /posts        {"text": "…", "lat": 52.52, "lon": 13.4}  ->  201, the post, and its address in Location
#   GET  /posts        the newest first; ?count=20; ?near=52.52,13.4&km=5 only those around there
#   GET  /posts/7      one post
#   GET  /healthz      204
# It knows no keys and asks for none: who may call is the gateway's business, which says in X-Author who did.
# Posts are lines of JSON in one file. A post is answered for only when it is on the disk, so a restart or a crash
# loses none; half a line at the end, of a post that nobody was told of, is cut off. Standard library only.
import argparse
import datetime
import errno
import http.server
import json
import math
import os
import pathlib
import sys
import threading
import urllib.parse

TEXT_MOST, BODY_MOST, COUNT_MOST = 500, 16 * 1024, 100
EARTH_RADIUS_KM = 6371


class Wrong(Exception):
    """What the client has to mend: a status and a sentence."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Posts:
    def __init__(self, path):
        path = pathlib.Path(path)
        self.lock = threading.Lock()
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        lines = path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        self.items = [json.loads(line) for line in lines]
        self.size = sum(map(len, lines))
        os.ftruncate(self.file, self.size)
        # A new file lasts when the folder that names it does.
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def add(self, post):
        with self.lock:
            post = {"id": len(self.items) + 1, **post}
            line = json.dumps(post).encode() + b"\n"
            try:
                if os.write(self.file, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(self.file)
            except OSError:
                os.ftruncate(self.file, self.size)  # nobody is told of this post, so nobody shall find it
                raise
            self.size += len(line)
            self.items.append(post)
            return post

    def newest(self):
        with self.lock:
            return self.items[::-1]

    def get(self, number):
        with self.lock:
            return self.items[number - 1] if 1 <= number <= len(self.items) else None


def distance_km(lat1, lon1, lat2, lon2):
    lat1, lon1, lat2, lon2 = map(math.radians, (lat1, lon1, lat2, lon2))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1, math.sqrt(half)))


def number_in(value, name, least, most):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise Wrong(422, f"{name} is a number from {least} to {most}")
    return value


def checked_post(body):
    try:
        post = json.loads(body)
    except ValueError:
        raise Wrong(400, "the body is not JSON") from None
    if not isinstance(post, dict) or set(post) - {"text", "lat", "lon"}:
        raise Wrong(422, "a post is an object of text, lat and lon")
    text = post.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > TEXT_MOST:
        raise Wrong(422, f"text is 1 to {TEXT_MOST} characters")
    return {"text": text, "lat": number_in(post.get("lat"), "lat", -90, 90),
            "lon": number_in(post.get("lon"), "lon", -180, 180)}


def asked_list(posts, query):
    def one(name, default):
        return query.get(name, [default])[-1]

    try:
        count = int(one("count", 20))
        near = [float(part) for part in one("near", "").split(",") if part]
        km = float(one("km", 10))
    except ValueError:
        raise Wrong(400, "count and km are numbers, near is lat,lon") from None
    if len(near) not in (0, 2) or not 1 <= count <= COUNT_MOST:
        raise Wrong(400, f"near is lat,lon; count is 1 to {COUNT_MOST}")
    found = posts.newest()
    if near:
        found = [post for post in found if distance_km(*near, post["lat"], post["lon"]) <= km]
    return {"posts": found[:count], "of": len(found)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "posts"
    disable_nagle_algorithm = True

    def handle_request(self):
        url = urllib.parse.urlsplit(self.path)
        try:
            body = self.read_body()
            self.serve(url.path.strip("/").split("/"), urllib.parse.parse_qs(url.query), body)
        except Wrong as wrong:
            self.answer(wrong.status, {"error": str(wrong)})
        except OSError as error:
            self.answer(500, {"error": f"the post could not be kept: {error.strerror}"})

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def serve(self, path, query, body):
        reading = self.command in ("GET", "HEAD")
        if path == ["healthz"]:
            self.answer(204, None)
        elif path == ["posts"] and reading:
            self.answer(200, asked_list(self.server.posts, query))
        elif path == ["posts"] and self.command == "POST":
            post = checked_post(body)
            now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
            post = self.server.posts.add({**post, "author": self.headers.get("X-Author", "unknown"), "time": now})
            self.answer(201, post, {"Location": f"/posts/{post['id']}"})
        elif len(path) == 2 and path[0] == "posts" and path[1].isdecimal() and reading:
            post = self.server.posts.get(int(path[1]))
            self.answer(200, post) if post else self.answer(404, {"error": "there is no such post"})
        else:
            self.answer(404, {"error": "there is nothing here"})

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self.read_chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > BODY_MOST:
            self.close_connection = True
            raise Wrong(413, f"a body has at most {BODY_MOST} bytes")
        return self.rfile.read(int(length))

    def read_chunks(self):
        body = b""
        while size := int(self.rfile.readline(100).split(b";")[0], 16):
            if len(body) + size > BODY_MOST:
                self.close_connection = True
                raise Wrong(413, f"a body has at most {BODY_MOST} bytes")
            body += self.rfile.read(size)
            self.rfile.readline(100)
        while self.rfile.readline(1000) not in (b"\r\n", b""):
            pass
        return body

    def answer(self, status, document, fields=None):
        text = b"" if document is None else json.dumps(document, ensure_ascii=False).encode() + b"\n"
        self.send_response(status)
        for name, value in (fields or {}).items():
            self.send_header(name, value)
        if document is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def log_message(self, *_):
        pass  # the gateway has the access log


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, posts):
        super().__init__(address, Handler)
        self.posts = posts

    def handle_error(self, request, client_address):
        pass  # a client that left in the middle is nothing to report


def main():
    parser = argparse.ArgumentParser(description="posts pinned to places, before which Reeve stands")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one; what is printed is where it listens")
    parser.add_argument("--file", default="posts.jsonl", help="where the posts are kept")
    asked = parser.parse_args()
    try:
        posts = Posts(asked.file)
    except (OSError, ValueError) as error:
        sys.exit(f"{asked.file} cannot be used: {error}")
    server = Server(("127.0.0.1", asked.port), posts)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
