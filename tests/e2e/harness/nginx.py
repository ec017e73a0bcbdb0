# SPDX-License-Identifier: Apache-2.0
# nginx as an upstream that nobody here wrote: one process in the foreground, in a folder of its own, on a free port.
import pathlib
import shutil
import subprocess

from harness.client import connect_socket
from harness.waiting import free_port, wait_until

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 64m;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    gzip on;
    gzip_proxied any;
    gzip_min_length 100;
    gzip_types text/plain;
    location /files/ {{ alias {folder}/files/; }}
    location /status/404 {{ return 404; }}
    location /empty {{ return 204; }}
    location /host {{ default_type text/plain; return 200 "$host|$http_x_forwarded_for|$http_via"; }}
{more}
  }}
}}
"""


def find_nginx():
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Nginx:
    def __init__(self, folder, more=""):
        self.folder = pathlib.Path(folder)
        (self.folder / "files").mkdir(parents=True)
        self.port = free_port()
        self.process = None
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(folder=self.folder, port=self.port, more=more))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def file(self, name, content):
        (self.folder / "files" / name).write_bytes(content)

    def start(self):
        self.process = subprocess.Popen([find_nginx(), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"),
                                         "-e", str(self.folder / "error.log")],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def answers():
            assert self.process.poll() is None, (self.folder / "error.log").read_text()
            try:
                connect_socket(f"127.0.0.1:{self.port}").close()
                return True
            except OSError:
                return False

        wait_until(answers, "nginx", 10)
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
