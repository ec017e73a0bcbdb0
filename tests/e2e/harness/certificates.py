# SPDX-License-Identifier: Apache-2.0
# Certificates for the tests, made with the openssl command: a CA, leaves for given names signed by it, client
# certificates. P-256 throughout; made once a test run and worker.
import pathlib
import ssl
import subprocess


def openssl(*arguments, cwd):
    done = subprocess.run(["openssl", *arguments], cwd=cwd, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Authority:
    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN=Reeve test {name}", cwd=self.folder)

    @property
    def file(self):
        return str(self.folder / f"{self.name}.pem")

    def issue(self, name, *hosts, days=10, usage="serverAuth"):
        """A leaf `name`; gives the paths of certificate and key."""
        names = ",".join(f"IP:{host}" if host.replace(".", "").isdigit() or ":" in host else f"DNS:{host}"
                         for host in hosts)
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names or 'DNS:' + name}\nextendedKeyUsage={usage}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={hosts[0] if hosts else name}", cwd=self.folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.pem", "-CAkey", f"{self.name}.key",
                "-CAcreateserial", "-days", str(days), "-extfile", extensions.name, "-out", f"{name}.pem", cwd=self.folder)
        return str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")

    def client_context(self, **options):
        """For a client that trusts this authority."""
        context = ssl.create_default_context(cafile=self.file)
        for name, value in options.items():
            setattr(context, name, value)
        return context

    def server_context(self, certificate, key, client_ca=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if client_ca:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def peer_names(connection):
    """The DNS names of the certificate that a TLS connection was shown."""
    return [value for kind, value in connection.socket.getpeercert().get("subjectAltName", ()) if kind == "DNS"]
