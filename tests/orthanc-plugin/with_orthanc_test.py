#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin inside the real Orthanc, which must start, store and stop whatever the plugin's configuration is like.

usage: with_orthanc_test.py PLUGIN.so ORTHANC CASE      cases: job, bad_configuration, restart
Ends with 77 (skipped) when there is no Orthanc. Only Python's standard library.
"""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SKIPPED = 77
DEADLINE_S = 60
GOOD = '{"orthanc": {"url": "http://127.0.0.1:8042"}}'


def element(group, number, vr, value):
    """One data element, explicit VR little endian (PS3.5 7.1.2)."""
    if isinstance(value, str):
        value = value.encode("ascii")
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB") else b" "
    head = struct.pack("<HH2s", group, number, vr.encode("ascii"))
    if vr in ("OB", "OW", "SQ", "UN"):
        return head + b"\0\0" + struct.pack("<I", len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def ct_image(study, instance):
    """A small CT image, as few attributes as Orthanc and the index need."""
    ct_class, explicit = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
    sop = f"{study}.1.{instance}"
    meta = (element(2, 1, "OB", b"\0\1") + element(2, 2, "UI", ct_class) + element(2, 3, "UI", sop)
            + element(2, 0x10, "UI", explicit) + element(2, 0x12, "UI", "2.25.1"))
    us = lambda number: struct.pack("<H", number)
    data = (element(8, 0x16, "UI", ct_class) + element(8, 0x18, "UI", sop)
            + element(8, 0x20, "DA", time.strftime("%Y%m%d", time.gmtime())) + element(8, 0x60, "CS", "CT")
            + element(0x10, 0x20, "LO", "TEST") + element(0x20, 0xd, "UI", study) + element(0x20, 0xe, "UI", study + ".1")
            + element(0x28, 2, "US", us(1)) + element(0x28, 4, "CS", "MONOCHROME2") + element(0x28, 0x10, "US", us(2))
            + element(0x28, 0x11, "US", us(2)) + element(0x28, 0x100, "US", us(16)) + element(0x28, 0x101, "US", us(16))
            + element(0x28, 0x102, "US", us(15)) + element(0x28, 0x103, "US", us(0)) + element(0x7fe0, 0x10, "OW", bytes(8)))
    return b"\0" * 128 + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + data


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """Orthanc with the plugin, in a folder that lives as long as the test."""

    def __init__(self, plugin, orthanc, folder):
        self.plugin, self.orthanc, self.folder, self.process = plugin, orthanc, folder, None

    def start(self):
        self.url = f"http://127.0.0.1:{free_port()}"
        configuration = {
            "Name": "test", "StorageDirectory": self.folder + "/storage", "IndexDirectory": self.folder + "/storage",
            "HttpPort": int(self.url.rsplit(":", 1)[1]), "DicomServerEnabled": False, "RemoteAccessAllowed": False,
            "StableAge": 1, "DefaultEncoding": "Utf8", "Plugins": [self.plugin],
            "RadFM": {"Configuration": "radfm-node.json"}}
        with open(self.folder + "/orthanc.json", "w", encoding="utf-8") as file:
            json.dump(configuration, file)
        self.log = open(self.folder + "/orthanc.log", "ab")
        self.process = subprocess.Popen([self.orthanc, self.folder + "/orthanc.json"], stdout=self.log, stderr=self.log,
                                        cwd="/", env=dict(os.environ, TCP_NODELAY="1"))
        self.until(lambda: self.get("/system"), "Orthanc to answer")

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return
        self.process.send_signal(how)
        code = self.process.wait(timeout=DEADLINE_S)
        assert how == signal.SIGKILL or code == 0, f"Orthanc ended with {code}"
        self.process = None
        self.log.close()

    def ask(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def get(self, path):
        status, _, body = self.ask("GET", path)
        assert status == 200, f"{path}: {status} {body[:300]}"
        return json.loads(body)

    def send(self, study, instance):
        status, _, body = self.ask("POST", "/instances", ct_image(study, instance))
        assert status == 200, f"Orthanc does not store: {status} {body[:300]}"

    def jobs(self):
        return self.get("/radfm/api/v1/jobs")

    def until(self, what, name):
        """Asks again until it is so; the end of the waiting is the only thing that time decides."""
        end = time.monotonic() + DEADLINE_S
        while True:
            assert self.process.poll() is None, f"Orthanc ended with {self.process.returncode}"
            try:
                answer = what()
                if answer:
                    return answer
            except (OSError, AssertionError):
                pass
            if time.monotonic() > end:
                raise AssertionError("waited in vain for " + name)
            time.sleep(0.05)

    def configure(self, text):
        with open(self.folder + "/radfm-node.json", "w", encoding="utf-8") as file:
            file.write(text)

    def wait_until_it_reads(self):
        self.until(lambda: self.get("/radfm/api/v1/status")["queue"], "the queue to be open")


def case_job(node):
    """A study becomes a job within seconds; page, errors and headers are as they should be."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    node.send("1.2.826.1", 1)
    node.send("1.2.826.1", 2)
    job = node.until(node.jobs, "a job")[0]
    assert job["study"] == "1.2.826.1" and job["state"] == "queued" and job["rule"] == "all", job
    assert node.get(f"/radfm/api/v1/jobs/{job['id']}")["images"] == 2
    for path in ("/radfm", "/radfm/"):
        status, headers, body = node.ask("GET", path)
        assert status == 200 and b"RadFM drafts" in body and "text/html" in headers["Content-Type"], (path, status)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    status, headers, body = node.ask("GET", "/radfm/api/v1/jobs?state=deaf")
    assert status == 400 and json.loads(body)["error"]["code"] == "bad_parameter", (status, body)
    assert "application/json" in headers["Content-Type"], headers
    status, headers, body = node.ask("GET", "/radfm/api/v1/pause")
    assert status == 405 and headers["Allow"] == "POST", (status, headers)
    assert node.ask("POST", "/radfm/api/v1/pause", b"")[0] == 403
    assert node.ask("POST", "/radfm/api/v1/pause", b"", {"X-RadFM": "1"})[0] == 200
    assert node.get("/radfm/api/v1/status")["queue"]["paused"] is True
    # Nobody was sent a report of a queued job: the body came through, and the queue refuses what it asks for.
    wanted = {"reason": "quality", "why": "x"}
    for words, expected in ((wanted, 409), (dict(wanted, why=""), 400), (dict(wanted, why="x" * 2000), 400), (dict(wanted, why="x" * 9000), 413)):
        status, _, body = node.ask("POST", f"/radfm/api/v1/jobs/{job['id']}/withdraw", json.dumps(words).encode(), {"X-RadFM": "1"})
        assert status == expected, (words, status, body)
    status, _, body = node.ask("GET", "/radfm/metrics")
    assert status == 200 and b'radfm_jobs{state="queued"} 1' in body
    assert node.ask("GET", "/radfm/nothing")[0] == 404
    node.stop()


def case_bad_configuration(node):
    """Orthanc starts and stores, the page names the mistake, and the study is not lost."""
    node.configure('{"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"lease_sm": 1}}')
    node.start()
    status = node.until(lambda: [s for s in [node.get("/radfm/api/v1/status")] if s["plugin"]["configuration_mistakes"]],
                        "the mistake")[0]
    assert "lease_sm" in status["plugin"]["configuration_mistakes"][0], status
    node.send("1.2.826.2", 1)
    assert node.ask("GET", "/radfm/")[0] == 200
    assert node.ask("GET", "/radfm/api/v1/jobs")[0] == 503
    node.configure(GOOD)
    assert node.until(node.jobs, "a job after the correction")[0]["study"] == "1.2.826.2"
    node.stop()


def case_restart(node):
    """Killed with the study unstable, Orthanc never tells that it is stable; the plugin takes it all the same."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    node.send("1.2.826.3", 1)
    node.stop(signal.SIGKILL)
    node.start()
    assert node.until(node.jobs, "a job after the restart")[0]["study"] == "1.2.826.3"
    node.stop()


def main():
    plugin, orthanc, case = sys.argv[1:4]
    if not os.access(orthanc, os.X_OK):
        print("skipped: there is no Orthanc on this machine")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="radfm-orthanc-") as folder:
        node = Node(os.path.abspath(plugin), orthanc, folder)
        try:
            globals()["case_" + case](node)
        except BaseException:
            if node.process is not None:
                node.process.kill()
                node.process.wait()
            with open(folder + "/orthanc.log", encoding="utf-8", errors="replace") as log:
                print(log.read()[-8000:])
            raise
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
