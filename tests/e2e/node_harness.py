# SPDX-License-Identifier: Apache-2.0
"""A whole node (Orthanc, plugin, worker, engine, reader) driven from outside, as an administrator would."""
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("RADFM_BUILD", ROOT / "build"))
SHARED = Path(os.environ.get("RADFM_SHARED", ROOT.parent / "shared"))
ENVIRONMENT = dict(os.environ, TCP_NODELAY="1", RADFM_BUILD=str(BUILD))
OPEN_STATES = ("queued", "leased", "delivering")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def basic(name, password):
    """The header of RFC 7617."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


class Node:
    """scripts/node on free ports and a folder of its own. `folder` given: state that outlives this object. `prefix`: a
    program that runs the rest of its command line in its own place, as prlimit does. `options`: more of scripts/node. `user`: name
    and password for an Orthanc that asks. `environment`: variables beside our own.
    `stand_in_ms`: tests/support/fake_engine.cpp in the model's place, which answers after so long; the reader is the real one."""

    def __init__(self, folder=None, configuration=None, wait=True, orthanc=None, prefix=(), options=(), user=None, environment=(),
                 stand_in_ms=None, log_path=None):
        self.owned, self.headers = folder is None, basic(*user) if user else {}
        self.folder = Path(folder or tempfile.mkdtemp(prefix="radfm-e2e-"))
        self.http_port, self.dicom_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.http_port}"
        self.configuration_file = self.folder / "radfm-node.json"
        command = [*prefix, sys.executable, str(ROOT / "scripts" / "node"), "--dir", str(self.folder), "--http-port",
                   str(self.http_port), "--dicom-port", str(self.dicom_port), *options]
        environment = dict(ENVIRONMENT, **dict(environment or ()))
        if stand_in_ms is not None:
            environment["RADFM_LIBEXEC"] = str(self.stand_in_programs())
            configuration = dict(configuration or {})
            configuration["model"] = {"directory": str(self.folder / f"sentences.{stand_in_ms}")}
        if configuration is not None:
            given = self.folder / "given.json"
            given.write_text(json.dumps(configuration), encoding="utf-8")
            command += ["--config", str(given)]
        if orthanc is not None:
            given = self.folder / "given-orthanc.json"
            given.write_text(json.dumps(orthanc), encoding="utf-8")
            command += ["--orthanc-config", str(given)]
        self.log_path = Path(log_path or self.folder / "node.log")
        self.log = open(self.log_path, "a", encoding="utf-8")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, env=environment)
        if wait:
            self.wait_ready()

    def stand_in_programs(self):
        """A folder for RADFM_LIBEXEC: each child program under the name that the worker looks for."""
        folder = self.folder / "programs"
        folder.mkdir(exist_ok=True)
        programs = {"radfm-engine": BUILD / "tests" / "fake_children" / "radfm-engine",
                    "radfm-reader": BUILD / "pipeline" / "imaging" / "radfm-reader"}
        for name, program in programs.items():
            if not program.exists():
                raise AssertionError(f"{program} is not built")
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(program)
        return folder

    def __enter__(self):
        return self

    def __exit__(self, kind, _value, _trace):
        self.stop()
        if self.owned and kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        elif kind is not None:
            print(f"--- node.log of {self.folder}\n{self.log_text()[-6000:]}", file=sys.stderr)

    def log_text(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_ready(self, seconds=90):
        self.until(seconds, "ready", lambda: "\nready\n" in self.log_text())

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)
        self.log.close()

    # -- waiting: a condition, never a time
    def until(self, seconds, what, ask):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the node ended while waiting for {what}")
            try:
                answer = ask()
            except (urllib.error.URLError, ConnectionError, TimeoutError, ValueError, OSError):
                answer = None
            if answer:
                return answer
            time.sleep(0.1)
        raise AssertionError(f"no {what} within {seconds} s; jobs: {self.jobs_or_nothing()}")

    # -- Orthanc
    def get(self, path):
        request = urllib.request.Request(self.base + path, headers=self.headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def json(self, path):
        return json.loads(self.get(path))

    def post(self, path, body, content_type="application/json"):
        request = urllib.request.Request(self.base + path, data=body, method="POST",
                                         headers={"Content-Type": content_type, "X-RadFM": "1", **self.headers})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def lookup(self, uid, kind):
        return [item["ID"] for item in self.post("/tools/lookup", uid.encode(), "text/plain") if item["Type"] == kind]

    def store(self, paths, calling="MODALITY", halt_at_refusal=False):
        """storescu, as a modality would; returns its exit code. A refused object is passed over, and no reason for another exit
        code than 0, unless told to halt there."""
        halt = [] if halt_at_refusal else ["-nh"]
        return subprocess.run(["storescu", *halt, "-R", "-aec", "ORTHANC", "-aet", calling, "127.0.0.1", str(self.dicom_port),
                               *map(str, paths)], env=ENVIRONMENT, capture_output=True, text=True, timeout=120).returncode

    def upload(self, path):
        """HTTP, for files in syntaxes that storescu does not propose."""
        return self.post("/instances", Path(path).read_bytes(), "application/dicom")

    def reports_in(self, study_uid):
        """The draft reports (bytes) that Orthanc holds in the study, oldest first."""
        return self.objects_in(study_uid, "SR")

    def objects_in(self, study_uid, modality):
        """The objects (bytes) of the study's series of this modality, by series number."""
        found = []
        for study in self.lookup(study_uid, "Study"):
            for series in self.json(f"/studies/{study}/series"):
                if series["MainDicomTags"].get("Modality") == modality:
                    for instance in series["Instances"]:
                        found.append((int(series["MainDicomTags"].get("SeriesNumber", 0)),
                                      self.get(f"/instances/{instance}/file")))
        return [data for _, data in sorted(found, key=lambda item: item[0])]

    # -- the queue
    def jobs(self, study=None):
        return self.json("/radfm/api/v1/jobs?limit=1000" + (f"&study={study}" if study else ""))

    def jobs_or_nothing(self):
        try:
            return self.jobs()
        except Exception:  # noqa: BLE001 - only used to word a failure
            return None

    def job(self, number):
        return self.json(f"/radfm/api/v1/jobs/{number}")

    def wait_job(self, study, seconds=90, state=None, count=1):
        """The newest job of the study once `count` jobs exist and none is open (or it has `state`)."""
        def ask():
            jobs = self.jobs(study)
            if len(jobs) < count:
                return None
            if state is not None:
                return jobs[0] if jobs[0]["state"] == state else None
            return jobs[0] if all(job["state"] not in OPEN_STATES for job in jobs) else None
        return self.until(seconds, f"{count} settled job(s) of {study}", ask)

    def settled(self, seconds=90):
        """Nothing waits any more: no pending study, no open job."""
        def ask():
            status = self.json("/radfm/api/v1/status")
            return status.get("pending_studies", 0) == 0 and all(job["state"] not in OPEN_STATES for job in self.jobs())
        return self.until(seconds, "settled node", ask)

    def ctl(self, *words):
        return subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), *words, "--config", str(self.configuration_file)],
                              capture_output=True, text=True, timeout=60)

    # -- processes
    def processes(self):
        """[(name, pid)] of the node's programs that run now, in no order."""
        parents, names = {}, {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                        stat = file.read()
                except OSError:
                    continue
                names[int(entry)] = stat[stat.index("(") + 1:stat.rindex(")")]
                state, parent = stat[stat.rindex(")") + 2:].split()[:2]
                if state not in "ZX":
                    parents[int(entry)] = int(parent)
        ours = {self.process.pid}
        for _ in range(3):
            ours |= {pid for pid, parent in parents.items() if parent in ours}
        return [(names[pid], pid) for pid in ours if pid != self.process.pid and
                names[pid].startswith(("Orthanc", "radfm-worker", "radfm-engine", "radfm-reader"))]

    def pids(self):
        """{"Orthanc": pid, "radfm-worker": pid, "radfm-engine": pid, "radfm-reader": pid} of what runs now."""
        return dict(self.processes())
