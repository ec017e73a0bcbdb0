#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# An upstream to try the gateway with: answers with what it was asked, so that one sees what the gateway forwards.
#   /…        method, path and header fields as JSON      POST …    the same, and the body it got
#   /slow     the same after two seconds (?seconds=0.5)   /stream   one chunk every 200 ms (?chunks=10)
#   /healthz  204
# Standard library only; one thread a connection. `--port 0` takes a free port and prints it.
import argparse
import http.server
import json
import time
import urllib.parse


class Hello(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "hello"
    disable_nagle_algorithm = True

    def handle_request(self):
        url = urllib.parse.urlsplit(self.path)
        query = {name: values[-1] for name, values in urllib.parse.parse_qs(url.query).items()}
        body = self.read_body()
        name = url.path.rstrip("/").rpartition("/")[2]
        if name == "healthz":
            self.send_response(204)
            self.end_headers()
        elif name == "stream":
            self.answer_in_chunks(min(int(query.get("chunks", 10)), 1000))
        else:
            if name == "slow":
                time.sleep(min(float(query.get("seconds", 2)), 60))
            self.answer(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_request

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        return body

    def answer(self, body):
        seen = {"method": self.command, "path": self.path, "headers": dict(self.headers)}
        if body:
            seen["body"] = body.decode(errors="replace")
        text = json.dumps(seen, indent=2).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def answer_in_chunks(self, count):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.command == "HEAD":
            return
        for number in range(1, count + 1):
            line = f"chunk {number} of {count}\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(0.2)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass  # the gateway has the access log


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that left in the middle of an answer is nothing to report


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9000)
    server = Server(("127.0.0.1", parser.parse_args().port), Hello)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
