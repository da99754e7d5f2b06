# SPDX-License-Identifier: Apache-2.0
"""The TLS of docs/dicom-conformance.md, negotiated with Python's ssl module as the peer. Needs the openssl program."""
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from conformance_peers import LINES, STATEMENT, Driver, Peer

SUITES = STATEMENT["tls_suites"]
NO_SUITE = 0x00FF  # RFC 5746 3.3: says that renegotiation is understood, where a suite would stand
OLD = "ALL:@SECLEVEL=0"
KEYS = ("RSA", "ECDSA")


def own_name(suite):
    """OpenSSL's name of a suite of TLS 1.2."""
    name = suite["name"].removeprefix("TLS_").replace("_WITH_", "-").replace("AES_", "AES")
    return name.replace("_", "-") + ":@SECLEVEL=0"


def offered_suites(hello):
    """The cipher suites of a ClientHello (RFC 8446 4.1.2), behind the heads of record and message."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    length = int.from_bytes(hello[at:at + 2], "big")
    return [int.from_bytes(hello[i:i + 2], "big") for i in range(at + 2, at + 2 + length, 2)]


class Secured(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        for kind, key in zip(KEYS, (("rsa:2048",), ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))):
            for name in ("ours", "theirs"):
                cls.openssl("req", "-x509", "-newkey", *key, "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                            "subjectAltName=IP:127.0.0.1", "-keyout", cls.file(f"{name}-{kind}.key"), "-out", cls.file(f"{name}-{kind}.pem"))
        cls.openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", cls.file("group.pem"))
        cls.drivers, cls.ports = {}, {}
        for kind in KEYS:
            driver = cls.drivers[kind] = Driver()
            assert driver.tell("tls", cls.file(f"ours-{kind}.key"), cls.file(f"ours-{kind}.pem"), cls.file(f"theirs-{kind}.pem")) == "ok"
            cls.ports[kind] = driver.serve()

    @classmethod
    def tearDownClass(cls):
        for driver in cls.drivers.values():
            driver.close()
        cls.folder.cleanup()

    @classmethod
    def file(cls, name):
        return str(Path(cls.folder.name) / name)

    @staticmethod
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)

    def side(self, protocol, version, suites=OLD, certificate=True, key="RSA"):
        context = ssl.SSLContext(protocol)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.file(f"ours-{key}.pem"))
        context.set_ciphers(suites)
        context.minimum_version = context.maximum_version = version
        if certificate:
            context.load_cert_chain(self.file(f"theirs-{key}.pem"), self.file(f"theirs-{key}.key"))
        if protocol == ssl.PROTOCOL_TLS_SERVER:
            context.load_dh_params(self.file("group.pem"))
        return context

    def call(self, version, suites=OLD, certificate=True, key="RSA"):
        """The suite that our server takes; None: no handshake."""
        try:
            with socket.create_connection(("127.0.0.1", self.ports[key])) as plain, \
                    self.side(ssl.PROTOCOL_TLS_CLIENT, version, suites, certificate, key).wrap_socket(plain) as secure:
                suite = secure.cipher()[0]
                # In TLS 1.3 the server looks at our certificate when we think to be done: it answers with an alert.
                if not certificate:
                    secure.recv(1)
                return suite
        except (ssl.SSLError, ConnectionError):
            return None

    def ask(self, version, suites=OLD, key="RSA"):
        """What our SCU says of a peer with this version and these suites alone."""
        peer = Peer(self.side(ssl.PROTOCOL_TLS_SERVER, version, suites, key=key))
        self.addCleanup(peer.close)
        peer.accept([(line["sop_class_uid"], line["transfer_syntaxes"]) for line in LINES["echo"]])
        return self.drivers[key].tell("request", "echo", peer.port)

    def test_what_our_scu_offers(self):
        """Aim: the suites of the table, and no other."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            def answer():
                connection, _ = server.accept()
                with connection:
                    hello = b""
                    while len(hello) < 5 or len(hello) < 5 + int.from_bytes(hello[3:5], "big"):
                        hello += connection.recv(65536)
                    self.offered = offered_suites(hello)
            thread = threading.Thread(target=answer)
            thread.start()
            self.assertRegex(self.drivers["RSA"].tell("request", "echo", server.getsockname()[1]), "^error")
            thread.join()
        self.assertCountEqual([code for code in self.offered if code != NO_SUITE], [suite["code"] for suite in SUITES])

    def test_each_suite_alone(self):
        """Aim: both sides with a peer that knows this suite of TLS 1.2 alone; TLS 1.3 with a peer that knows no older one."""
        for suite in (suite for suite in SUITES if suite["version"] == "1.2"):
            with self.subTest(suite["name"]):
                key = "ECDSA" if "ECDSA" in suite["name"] else "RSA"
                self.assertEqual(self.call(ssl.TLSVersion.TLSv1_2, own_name(suite), key=key), own_name(suite).split(":")[0])
                self.assertEqual(self.ask(ssl.TLSVersion.TLSv1_2, own_name(suite), key), "ok")
        for key in KEYS:
            self.assertIn(self.call(ssl.TLSVersion.TLSv1_3, key=key), [suite["name"] for suite in SUITES if suite["version"] == "1.3"])
            self.assertEqual(self.ask(ssl.TLSVersion.TLSv1_3, key=key), "ok")

    def test_no_other_suite_is_taken(self):
        """Aim: everything else that OpenSSL knows of TLS 1.2 is refused by our server."""
        everything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        everything.set_ciphers(OLD)
        known = {own_name(suite).split(":")[0] for suite in SUITES}
        others = [cipher["name"] for cipher in everything.get_ciphers() if cipher["protocol"] != "TLSv1.3" and cipher["name"] not in known]
        self.assertGreater(len(others), 20)
        for key in KEYS:
            self.assertEqual([name for name in others if self.call(ssl.TLSVersion.TLSv1_2, name + ":@SECLEVEL=0", key=key)], [])

    def test_no_older_version_and_nobody_without_a_certificate(self):
        """Aim: TLS 1.1 is neither spoken nor taken; both sides show who they are."""
        self.assertIsNone(self.call(ssl.TLSVersion.TLSv1_1))
        self.assertEqual(self.ask(ssl.TLSVersion.TLSv1_1), "error tls_refused")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertIsNotNone(self.call(version))
            self.assertIsNone(self.call(version, certificate=False))


if __name__ == "__main__":
    unittest.main()
