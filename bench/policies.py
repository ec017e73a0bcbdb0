# SPDX-License-Identifier: Apache-2.0
# Gateways with policies of any size, for comparing Reeve with itself: everything that a policy can ask for turned on
# (key, permission, networks, hours, limit), or nothing; and as many routes, networks and keys as wanted.
import credentials
import proxies

SETTINGS = """data: {folder}/data
listen: [ {{ address: "127.0.0.1:{port}" }} ]
admin: {{ address: "127.0.0.1:0" }}
access_log: {log}
threads: 1
server: {{ idle: 300s }}
upstreams:
  bench: {{ targets: [ "http://127.0.0.1:{upstream}" ], timeout: {{ idle: 300s }} }}
"""

POLICY = """networks: {{ partners: [ {networks} ] }}
limits: {{ calling: {{ rate: 1000000/1s, per: caller }} }}
roles: {{ reader: [ things:read ] }}
defaults:
  authenticate: [ key ]
  require: [ things:read ]
  networks: {{ allow: [ partners ] }}
  hours: [ {{ days: mon-sun, from: "00:00", to: "24:00", zone: Europe/Berlin }} ]
  limits: [ calling ]
"""


def path(number):
    return f"/api/v1/things{number}/77/parts"


class Sized(proxies.Reeve):
    """With this many routes, networks and keys; without keys nothing is asked for."""

    template = ""

    def __init__(self, upstream_port, folder, name, *, routes=10, networks=10, keys=0, log="off"):
        self.name = name
        super().__init__(upstream_port, folder / "policies")
        self.keys = credentials.make_keys(keys)
        self.paths = [path(number) for number in range(routes)]
        text = SETTINGS.format(folder=self.folder, port=self.port, upstream=upstream_port, log=log)
        if keys:
            text += POLICY.format(networks=", ".join(credentials.make_networks(networks)))
            text += credentials.callers_yaml(self.keys, "roles: [ reader ], ")
            self.ready_fields = f"X-Api-Key: {self.keys[0].text}\r\n"
        else:
            text += "defaults: { authenticate: [ none ] }\n"
        text += "routes:\n" + "".join(
            f'  - {{ name: r{number}, match: {{ path: "/api/v1/things{number}/{{id}}/parts", methods: [ GET ] }}, upstream: bench }}\n'
            for number in range(routes))
        text += '  - { name: small, match: { path: /s }, upstream: bench }\n'
        self.configuration = self.folder / "reeve.yaml"
        self.configuration.write_text(text)

    def request_file(self, name, keys, paths):
        """Requests of these paths with these keys, each drawn anew."""
        file = self.folder / name
        file.write_text(credentials.request_lines(keys, paths, count=100_000))
        return file


def requests_in(file, count=20_000):
    """The first of a request file's, as callgrind.py sends them."""
    lines = file.read_text().splitlines()[:count]
    return ["GET {} HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: load\r\nAccept: */*\r\n{}\r\n\r\n".format(
        *line.split(" ", 1)).encode() for line in lines]
