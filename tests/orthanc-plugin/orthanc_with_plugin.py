# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Orthanc with the plugin (or without it), in a folder of its own. Only Python's standard library."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

from small_ct import ct_slice

DEADLINE_S = 60
SKIPPED = 77  # what a test ends with where something is not installed
GOOD = '{"orthanc": {"url": "http://127.0.0.1:8042"}}'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class OrthancWithPlugin:
    """`settings` are added to Orthanc's configuration; plugin None: Orthanc alone."""

    def __init__(self, plugin, orthanc, folder, settings=None):
        self.plugin, self.orthanc, self.folder, self.process = plugin, orthanc, folder, None
        self.settings = settings or {}
        self.database = folder + "/radfm-queue.sqlite"

    def start(self):
        self.dicom_port = free_port()
        self.url = f"http://127.0.0.1:{free_port()}"
        configuration = {
            "Name": "test", "StorageDirectory": self.folder + "/storage", "IndexDirectory": self.folder + "/storage",
            "HttpPort": int(self.url.rsplit(":", 1)[1]), "DicomPort": self.dicom_port, "RemoteAccessAllowed": False,
            "StableAge": 1, "DefaultEncoding": "Utf8", "Plugins": [self.plugin] if self.plugin else [],
            "RadFM": {"Configuration": "radfm-node.json"}, **self.settings}
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
        status, _, body = self.ask("POST", "/instances", ct_slice(study, instance))
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

    def store(self, paths):
        """C-STORE of many files over one association; storescu's exit code."""
        return subprocess.run(["storescu", "-nh", "-aec", "ORTHANC", "127.0.0.1", str(self.dicom_port), *paths],
                              env=dict(os.environ, TCP_NODELAY="1"), capture_output=True, text=True, timeout=600).returncode

    def configure(self, text):
        with open(self.folder + "/radfm-node.json", "w", encoding="utf-8") as file:
            file.write(text)

    def wait_until_it_reads(self):
        self.until(lambda: self.get("/radfm/api/v1/status")["queue"], "the queue to be open")

    def plugin_says(self):
        return self.get("/radfm/api/v1/status")["plugin"]

    def studies_with_jobs(self):
        """In the order in which their jobs were made."""
        return [job["study"] for job in reversed(self.get("/radfm/api/v1/jobs?limit=1000"))]

    def stable_events(self):
        """How many StableStudy Orthanc has logged."""
        return sum(change["ChangeType"] == "StableStudy" for change in self.get("/changes?limit=1000")["Changes"])

    def cursor(self):
        """How far the list of changes was taken over."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as queue:
            return queue.execute("SELECT sequence FROM change_cursor").fetchone()[0]

    def processor_s(self):
        """What it has computed so far, ended threads too; proc(5), utime and stime."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(next(line for line in status if line.startswith("VmRSS")).split()[1])
