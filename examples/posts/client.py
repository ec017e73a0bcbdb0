#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# A client as one would write it for an API behind Reeve: when it is refused it says why, what helps, and with which
# command the operator sees more. Standard library only.
#   client.py publish "Sunset at the canal" --lat 52.49 --lon 13.42
#   client.py list [--near 52.49,13.42 --km 2]      client.py read 7
# The key comes from --key or POSTS_KEY. The program ends with
#   0 done    1 refused: who you are or what you may (401, 403)    2 wrong usage    3 no answer, or trouble behind it
#   4 a limit is reached: the same request will pass later (429)   5 the request itself is wrong (other 4xx)
import argparse
import http.client
import json
import os
import sys
import urllib.parse

DONE, REFUSED, USAGE, TROUBLE, LATER, WRONG = range(6)
SECONDS = 10


class Answer:
    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.document = {}
        if "json" in fields.get("Content-Type", ""):
            try:
                parsed = json.loads(body)
                self.document = parsed if isinstance(parsed, dict) else {}
            except ValueError:
                pass

    @property
    def code(self):
        """Why the gateway refused. None: it did not; whatever the status says, the service behind it did."""
        is_problem = self.fields.get("Content-Type", "").startswith("application/problem+json")
        from_gateway = self.fields.get("Reeve-Origin", "gateway") == "gateway"
        return self.document.get("code") if is_problem and from_gateway else None

    @property
    def decision(self):
        return self.fields.get("Reeve-Decision")


def call(base, key, method, target, body=None):
    url = urllib.parse.urlsplit(base)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=SECONDS)
    fields = {"Accept": "application/json"}
    if key:
        fields["Authorization"] = f"Bearer {key}"
    if body is not None:
        body = json.dumps(body).encode()
        fields["Content-Type"] = "application/json"
    try:
        connection.request(method, url.path.rstrip("/") + target, body, fields)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def shown(text):
    """Whatever came over the network, fit for a terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def say_refusal(answer, out):
    """Title, every reason with what to do, and where to learn more."""
    problem = answer.document
    word = "Refused" if answer.status < 500 else "Failed"
    print(f"{word}: {shown(problem.get('title', 'no title'))} ({answer.status} {shown(answer.code)}).", file=out)
    reasons = problem.get("reasons") or [{"detail": problem.get("detail", "")}]
    for number, reason in enumerate(reasons, 1):
        print(f"  {number}. {shown(reason.get('detail', ''))}", file=out)
        if reason.get("fix"):
            print(f"     What to do: {shown(reason['fix'])}", file=out)
    if wait := answer.fields.get("Retry-After"):
        print(f"The same request will pass in {shown(wait)} s.", file=out)
    if answer.decision:
        print(f"Decision: {shown(answer.decision)}", file=out)
        print(f"Next: reeve explain {shown(answer.decision)}", file=out)


def say_other(answer, out):
    told = answer.document.get("error") or answer.document.get("title") or "no further word"
    origin = shown(answer.fields.get("Reeve-Origin", "upstream"))
    print(f"Failed: {answer.status} from the {'gateway' if origin == 'gateway' else 'service'}: {shown(told)}.", file=out)
    if answer.decision:
        print(f"Decision: {shown(answer.decision)}", file=out)


def exit_code(answer):
    if answer.status < 400:
        return DONE
    if answer.status >= 500:
        return TROUBLE
    if answer.status == 429:
        return LATER
    # A 403 without the gateway's code is the service's own word about this request, not about who asks.
    return REFUSED if answer.code and answer.status in (401, 403) else WRONG


def show_post(post):
    print(f"{shown(post.get('id'))}  {shown(post.get('time'))}  {shown(post.get('author'))}  "
          f"{shown(post.get('lat'))},{shown(post.get('lon'))}  {shown(post.get('text'))}")


def run(asked):
    if asked.command == "publish":
        post = {"text": asked.text, "lat": asked.lat, "lon": asked.lon}
        answer = call(asked.url, asked.key, "POST", "/posts", post)
    elif asked.command == "read":
        answer = call(asked.url, asked.key, "GET", f"/posts/{asked.id}")
    else:
        near = {"near": asked.near, "km": asked.km} if asked.near else {}
        answer = call(asked.url, asked.key, "GET", "/posts" + ("?" + urllib.parse.urlencode(near) if near else ""))
    if answer.status < 400:
        for post in answer.document.get("posts", [answer.document] if "id" in answer.document else []):
            show_post(post)
    elif answer.code:
        say_refusal(answer, sys.stderr)
    else:
        say_other(answer, sys.stderr)
    return exit_code(answer)


def arguments():
    parser = argparse.ArgumentParser(description="publishes and reads posts through Reeve")
    parser.add_argument("--url", default=os.environ.get("POSTS_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--key", default=os.environ.get("POSTS_KEY", ""))
    commands = parser.add_subparsers(dest="command", required=True)
    publish = commands.add_parser("publish", help="publish a post")
    publish.add_argument("text")
    publish.add_argument("--lat", type=float, default=52.49)
    publish.add_argument("--lon", type=float, default=13.42)
    listing = commands.add_parser("list", help="the newest posts")
    listing.add_argument("--near", metavar="LAT,LON")
    listing.add_argument("--km", type=float, default=10)
    commands.add_parser("read", help="one post").add_argument("id", type=int)
    return parser.parse_args()


def main():
    asked = arguments()
    try:
        return run(asked)
    except (OSError, http.client.HTTPException) as error:
        print(f"No answer from {asked.url}: {error or type(error).__name__}.", file=sys.stderr)
        return TROUBLE


if __name__ == "__main__":
    sys.exit(main())
