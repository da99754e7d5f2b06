# SPDX-License-Identifier: Apache-2.0
"""The description that the node serves of its REST interface, asked of the node itself by schemathesis: made-up and real jobs and studies,
right and wrong requests, by a user of each role and by nobody. No server error but the documented 503; no status, header, content type or body that
is not described; what the description forbids is refused, what it allows is not.

    RADFM_OPENAPI_EXAMPLES=200 RADFM_OPENAPI_SEED=7 python -m unittest openapi_test     the long form, another seed"""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import pydicom
from dicom_files import changed, small_studies, study_of
from node_harness import ROOT, Node, basic, free_port

SEED = int(os.environ.get("RADFM_OPENAPI_SEED", "20261129"))
EXAMPLES_SHORT = 5
EXAMPLES = int(os.environ.get("RADFM_OPENAPI_EXAMPLES", EXAMPLES_SHORT))  # made up for each operation and role, beside those at the limits
PASSWORD = "zqkanari-x"
ROLES = ("anybody", "read", "operate", "administer")
DESCRIPTION = ROOT / "orthanc-plugin" / "openapi.json"
STATES = {"queued", "leased", "delivering", "done", "dead", "cancelled"}


def operations():
    """[(operationId, method)]"""
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    return [(operation["operationId"], method) for methods in paths.values() for method, operation in methods.items()]


def user_of(role, operation):
    """Each operation has a user of its own for each role: how often a user may ask is counted for each (orthanc-plugin/request_gate.h)."""
    return f"{role}.{operation}"


def users(*roles):
    return [user_of(role, operation) for role in roles for operation, _ in operations()]


def configuration(away):
    action = {"task": "report", "max_new_tokens": 8}
    return {"orthanc": {"url": "http://127.0.0.1:8042", "username": "worker", "password": PASSWORD},
            "access": {"read": users("read"), "operate": users("operate"), "administer": [*users("administer"), "admin"]},
            "pacs": [{"name": "away", "ae_title": "AWAY", "host": "127.0.0.1", "port": away}],
            "rules": [{"name": "off", "match": {"calling_aets": ["OFF"]}, "action": {"off": True}, "max_study_age_days": None},
                      {"name": "waits", "match": {"calling_aets": ["WAITS"]}, "action": {**action, "destinations": ["away"]}, "max_study_age_days": None},
                      {"name": "everything", "match": {}, "action": action, "max_study_age_days": None}]}


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        passwords = {name: PASSWORD for name in ["admin", "worker", *users(*ROLES)]}  # scripts/node asks as the first
        cls.node = cls.enterClassContext(Node(configuration=configuration(free_port()), user=("admin", PASSWORD), stand_in_ms=0,
                                              orthanc={"AuthenticationEnabled": True, "RegisteredUsers": passwords, "StableAge": 1}))
        cls.engine = None
        cls.addClassCleanup(cls.let_the_engine_go)
        cls.make_jobs()
        cls.orthanc = cls.node.pids()["Orthanc"]

    @classmethod
    def let_the_engine_go(cls):
        with contextlib.suppress(ProcessLookupError):  # in a long run the worker has replaced it
            if cls.engine:
                os.kill(cls.engine, signal.SIGCONT)

    @classmethod
    def make_jobs(cls):
        """One in each state, and more that are done."""
        node, files = cls.node, sorted(small_studies(cls.folder, 8))

        def job(path, state, calling="MODALITY"):
            node.store([path], calling=calling)
            return node.wait_job(study_of(path), state=state)

        cut = changed(files[0], cls.folder, PixelData=pydicom.dcmread(files[0]).PixelData[:100])
        job(cut, "dead")
        job(files[1], "done")
        job(files[2], "done", "OFF")
        job(files[3], "delivering", "WAITS")
        cls.engine = node.pids()["radfm-engine"]
        os.kill(cls.engine, signal.SIGSTOP)  # what it is asked now is not answered
        job(files[4], "leased")
        node.post("/radfm/api/v1/pause", b"")
        job(files[5], "queued")
        node.post(f"/radfm/api/v1/jobs/{job(files[6], 'queued')['id']}/cancel", b"")
        cls.jobs = node.jobs()
        assert {row["state"] for row in cls.jobs} == STATES, cls.jobs

    def settings(self, role):
        """schemathesis.toml for a role; without one for somebody without a name."""
        known = {"ids": [row["id"] for row in self.jobs], "uids": [row[name] for row in self.jobs for name in ("study", "sop_instance_uid")]}
        lines = [f"hooks = {json.dumps(str(Path(__file__).with_name('openapi_hooks.py')))}"]
        lines += [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in known.items()]
        lines += ["[parameters]"] + [f'"{where}" = {{ dictionary = "{name}", probability = 0.7 }}' for where, name in
                                     (("path.id", "ids"), ("path.uid", "uids"), ("query.study", "uids"), ("query.before", "ids"))]
        lines += ['[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", "503"]',
                  '[checks.negative_data_rejection]\nexpected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "414", "503"]',
                  '[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "503"]']
        # Orthanc answers other methods itself, with 400.
        lines += ['[phases.coverage]\nunexpected-methods = ["get", "put", "post", "delete"]']
        if role:
            lines += [f'[[operations]]\ninclude-operation-id = "{operation}"\n'
                      f'auth = {{ basic = {{ username = "{user_of(role, operation)}", password = "{PASSWORD}" }} }}' for operation, _ in operations()]
        path = Path(self.folder) / f"{role or 'nobody'}.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def ask(self, role):
        """All operations by a user of this role; what lies at and beyond each limit by one who may do all."""
        examples = EXAMPLES if role in ROLES[1:] else max(1, EXAMPLES // 3)  # the others are told the same each time
        phases = "examples,coverage,fuzzing" if role == ROLES[-1] or EXAMPLES > EXAMPLES_SHORT else "examples,fuzzing"
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(self.settings(role)), "run", str(DESCRIPTION), "--url", self.node.base,
                   "--phases", phases, "--checks", "all", "--max-examples", str(examples), "--seed", str(SEED),
                   "--generation-database", "none", "--continue-on-failure", "--no-color", "--warnings", "off", "--request-timeout", "20"]
        print(f"\n{role or 'without a user'}, seed {SEED}, {examples} examples", flush=True)
        done = subprocess.run(command, capture_output=True, text=True, timeout=3_000, cwd=self.folder)
        print("\n".join(line for line in done.stdout.splitlines() if line.strip())[-1_200:], flush=True)
        self.assertEqual(done.returncode, 0, done.stdout[-20_000:] + done.stderr[-2_000:])

    def test_each_role(self):
        """Aim: the node answers as it says, whoever asks, and is the same process afterwards."""
        for role in (None, *ROLES):
            with self.subTest(role=role):
                self.ask(role)
                self.assertEqual(self.node.pids()["Orthanc"], self.orthanc)
                self.assertEqual(len(self.node.json("/radfm/api/v1/status")["you"]["roles"]), 3)

    def test_parameters_are_read_as_they_were_meant(self):
        """Aim: what a browser escapes in an address means what it was before; Orthanc does not undo it for a plugin."""
        study = self.jobs[0]["study"]
        found = self.node.json("/radfm/api/v1/jobs?st%75dy=" + study.replace(".", "%2E"))
        self.assertEqual({row["study"] for row in found}, {study})

    def test_it_serves_the_file(self):
        """Aim: what is served is the file that the tests and the documents speak of, to any user."""
        self.node.headers = basic(user_of("anybody", "openapi"), PASSWORD)
        try:
            self.assertEqual(self.node.get("/radfm/api/v1/openapi.json"), DESCRIPTION.read_bytes())
        finally:
            self.node.headers = basic("admin", PASSWORD)


if __name__ == "__main__":
    unittest.main()
