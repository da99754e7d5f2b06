# SPDX-License-Identifier: Apache-2.0
"""Archives that a node can look for priors in: three independent programs, some that misbehave, and listeners that are none."""
import base64
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from node_harness import ENVIRONMENT, ROOT, free_port

TITLE, OUR_TITLE = "ARCHIVE", "RADFM"
DICOMWEB_PLUGIN = Path(os.environ.get("RADFM_ORTHANC_DICOMWEB", "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"))


def entry(port, way, name="archive", **others):
    """An entry of the configuration's "pacs" for a DICOM archive on this machine."""
    return {"name": name, "ae_title": TITLE, "host": "127.0.0.1", "port": port, "timeout_ms": 60_000, "priors": way, **others}


def web_entry(port, name="archive", **others):
    """The same for a DICOMweb server, which needs no AE title."""
    return {"name": name, "url": f"http://127.0.0.1:{port}/dicom-web", "timeout_ms": 60_000, "priors": "dicomweb", **others}


class Archive:
    """A program with `files` in it, for the time of a `with`; what it wrote is shown when that fails. `our_port`: where its
    C-MOVE finds RADFM."""

    def __init__(self, files=(), our_port=0):
        self.files, self.our_port, self.port, self.process = list(files), our_port, 0, None

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="radfm-archive-"))
        try:
            self.start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, _value, _trace):
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)  # with the children that it has made for its associations
            self.process.wait()
        if kind is not None:
            print(f"--- {type(self).__name__} wrote\n{self.said()[-3000:]}", file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        raise NotImplementedError

    def entry(self, way, **others):
        return entry(self.port, way, **others)

    def run(self, command, ready):
        """Starts the program and waits until `ready` is true."""
        with open(self.folder / "log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=subprocess.STDOUT, env=ENVIRONMENT,
                                            start_new_session=True)
        deadline = time.monotonic() + 60
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{command[0]} does not serve")
            time.sleep(0.1)

    def said(self):
        log = self.folder / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def file_folder(self):
        """The files in a folder of this archive, by number."""
        folder = self.folder / "files"
        folder.mkdir()
        for number, path in enumerate(self.files):
            shutil.copyfile(path, folder / f"{number:03}.dcm")
        return folder


class PynetdicomArchive(Archive):
    """tests/scu-scp/archive.py, which says what each behaviour is. `known_title`: the only destination that it knows."""

    def __init__(self, files=(), our_port=0, behaviour="honest", known_title=OUR_TITLE):
        super().__init__(files, our_port)
        self.behaviour, self.known_title = behaviour, known_title

    def command(self):
        return [sys.executable, ROOT / "tests" / "scu-scp" / "archive.py", TITLE, self.file_folder(), self.behaviour,
                self.known_title, self.our_port]

    def start(self):
        self.run(self.command(), lambda: re.search(r"^port \d+$", self.said(), re.MULTILINE))
        self.port = int(re.search(r"^port (\d+)$", self.said(), re.MULTILINE).group(1))


class WebArchive(PynetdicomArchive):
    """tests/dicomweb/web_archive.py."""

    def command(self):
        return [sys.executable, ROOT / "tests" / "dicomweb" / "web_archive.py", self.file_folder(), self.behaviour]

    def entry(self, way="dicomweb", **others):
        return web_entry(self.port, **others)


class DcmqrscpArchive(Archive):
    """DCMTK's, with one process for each association, as sites run it."""

    def start(self):
        self.port = free_port()
        (self.folder / "storage").mkdir()
        settings = self.folder / "dcmqrscp.cfg"
        settings.write_text(f"NetworkTCPPort = {self.port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
                            f"HostTable BEGIN\nradfm = ({OUR_TITLE}, localhost, {self.our_port or 104})\nHostTable END\n"
                            f"VendorTable BEGIN\nVendorTable END\n"
                            f"AETable BEGIN\n{TITLE} {self.folder / 'storage'} RW (200, 64mb) ANY\nAETable END\n")
        title_and_place = ["-aet", OUR_TITLE, "-aec", TITLE, "127.0.0.1", str(self.port)]
        self.run(["dcmqrscp", "-c", settings],
                 lambda: subprocess.run(["echoscu", *title_and_place], capture_output=True, timeout=60).returncode == 0)
        if self.files:
            subprocess.run(["storescu", *title_and_place, *map(str, self.files)], env=ENVIRONMENT, check=True,
                           capture_output=True, timeout=60)


class OrthancArchive(Archive):
    """A second Orthanc, with a user and a password for HTTP. `certificates` (make_certificates): DICOM over TLS only."""

    def __init__(self, files=(), our_port=0, certificates=None):
        super().__init__(files, our_port)
        self.certificates, self.http_port = certificates, 0

    def start(self):
        self.port, self.http_port = free_port(), free_port()
        storage = str(self.folder / "storage")
        settings = {"DicomAet": TITLE, "DicomPort": self.port, "HttpPort": self.http_port, "StorageDirectory": storage,
                    "IndexDirectory": storage, "AuthenticationEnabled": True, "RegisteredUsers": {"radfm": "secret"},
                    "Plugins": [str(DICOMWEB_PLUGIN)] if DICOMWEB_PLUGIN.exists() else [], "DicomAlwaysAllowGet": True,
                    "DicomModalities": {"radfm": [OUR_TITLE, "127.0.0.1", self.our_port or 104]}}
        if self.certificates:
            settings.update(DicomTlsEnabled=True, DicomTlsPrivateKey=self.certificates["private_key_file"],
                            DicomTlsCertificate=self.certificates["certificate_file"],
                            DicomTlsTrustedCertificates=self.certificates["trusted_certificates_file"])
        (self.folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
        self.run(["Orthanc", self.folder / "orthanc.json"], self.serves)
        for path in self.files:
            self.ask("/instances", Path(path).read_bytes())

    def serves(self):
        try:
            return self.ask("/system")
        except OSError:
            return None

    def ask(self, path, body=None):
        return json.loads(self.get(path, body))

    def get(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", data=body)
        request.add_header("Authorization", "Basic " + base64.b64encode(b"radfm:secret").decode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def entry(self, way, **others):
        if way == "dicomweb":
            return web_entry(self.http_port, username="radfm", password="secret", **others)
        return super().entry(way, **({"tls": True} if self.certificates else {}), **others)


def make_certificates(folder):
    """A key and its certificate for 127.0.0.1 by an authority made for it, as the configuration's "tls" names them."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    key_kind = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *key_kind, "-days", "2", "-subj", "/CN=clinic", "-keyout", "clinic.key", "-out", "clinic.pem")
    openssl("req", *key_kind, "-subj", "/CN=node", "-keyout", "node.key", "-out", "node.csr")
    (Path(folder) / "node.ext").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-days", "2", "-in", "node.csr", "-CA", "clinic.pem", "-CAkey", "clinic.key", "-CAcreateserial",
            "-extfile", "node.ext", "-out", "node.pem")
    return {"private_key_file": f"{folder}/node.key", "certificate_file": f"{folder}/node.pem",
            "trusted_certificates_file": f"{folder}/clinic.pem"}


class TlsDropper:
    """Shakes hands over TLS and then closes the connection, whoever calls. `dropped`: how many it did that to."""

    def __init__(self, certificates):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificates["certificate_file"], certificates["private_key_file"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.dropped = self.listener.getsockname()[1], 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed
            try:
                with connection, self.context.wrap_socket(connection, server_side=True):
                    self.dropped += 1
            except OSError:
                pass  # no handshake

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def entry(self, way, **others):
        return entry(self.port, way, tls=True, **others)
