# SPDX-License-Identifier: Apache-2.0
"""A node that is watched: what Prometheus is told, what dashboard and rules ask for, and what is told to people."""
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import pydicom
from dicom_files import demonstration_patient, study_of
from node_harness import ROOT, Node

sys.path.insert(0, str(ROOT / "tests" / "support"))
from alert_receiver import Received, receiver  # noqa: E402

MONITORING = ROOT / "packaging" / "monitoring"
RULES = [{"name": "all", "max_study_age_days": None, "action": {"task": "report", "max_new_tokens": 8}}]
BROKEN_STUDY = "1.2.826.0.1.999.1"


def broken_file(patient, folder, number=1):
    """Pixel data that is shorter than its header says: a job that is dead at once."""
    short = pydicom.dcmread(patient["current"][0])
    short.StudyInstanceUID, short.SOPInstanceUID = f"1.2.826.0.1.999.{number}", f"1.2.826.0.1.999.{number}.1"
    short.SeriesInstanceUID = f"1.2.826.0.1.999.{number}.2"
    short.file_meta.MediaStorageSOPInstanceUID = short.SOPInstanceUID
    short.PixelData = short.PixelData[: len(short.PixelData) // 4 * 2]
    path = Path(folder) / f"short{number}.dcm"
    short.save_as(path)
    return path


def samples(text):
    """{name and labels: value} of an exposition."""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line and not line.startswith("#")}


def asked_for(text):
    """The metrics that queries name."""
    return set(re.findall(r"\bradfm_[a-z_]+", text))


class Metrics(unittest.TestCase):
    def test_of_a_node_at_work(self):
        """Aim: promtool finds no lint; work is counted; dashboard and rules ask for what is there; no word of a patient is in it."""
        promtool = shutil.which("promtool")
        self.assertTrue(promtool, "promtool is not installed (scripts/setup)")
        patient = demonstration_patient()
        with Node(configuration={"rules": RULES}) as node, tempfile.TemporaryDirectory() as folder:
            node.upload(broken_file(patient, folder))
            self.assertEqual(node.wait_job(BROKEN_STUDY)["state"], "dead")
            self.assertEqual(node.store(patient["prior"]), 0)
            self.assertEqual(node.wait_job(study_of(patient["prior"][0]))["outcome"], "delivered")
            node.post("/radfm/api/v1/pause", b"")
            self.assertEqual(node.store(patient["current"]), 0)
            node.wait_job(study_of(patient["current"][0]), state="queued")

            text = node.until(30, "the numbers of both attempts", lambda: self.written(node.get("/radfm/metrics").decode()))
            checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
            self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))
            found = samples(text)
            for name, value in {'radfm_jobs{state="dead"}': 1, 'radfm_open_jobs{lane="routine"}': 1, "radfm_paused": 1, 'radfm_worker_state{state="ready"}': 1,
                                "radfm_report_duration_seconds_count": 1, 'radfm_stage_duration_seconds_count{stage="generating"}': 1,
                                'radfm_deliveries_total{destination="orthanc",result="delivered"}': 1, 'radfm_jobs_finished_total{outcome="delivered"}': 1,
                                'radfm_attempts_total{end="failed",error_class="permanent"}': 1, 'radfm_claim_wait_seconds_count{lane="routine"}': 2,
                                "radfm_engine_starts_total": 1, "radfm_jobs_made_total": 3}.items():
                self.assertEqual(found.get(name), value, name)
            self.assertGreaterEqual(found["radfm_studies_taken_total"], 3)
            self.assertLessEqual(1, found["radfm_generated_tokens_total"])
            self.assertLessEqual(found["radfm_generated_tokens_total"], 8)
            self.assertGreater(found["radfm_prompt_tokens_total"], 8)

            # Of a histogram a query names the rows, a counter's start makes no difference.
            names = {name.partition("{")[0] for name in found}
            dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
            queries = "\n".join(target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", []))
            self.assertGreater(len(asked_for(queries)), 20)
            self.assertEqual(asked_for(queries) - names, set())
            rules = (MONITORING / "prometheus-alerts.yml").read_text(encoding="utf-8")
            self.assertEqual(asked_for(rules) - names, set())
            explained = asked_for((ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8"))
            self.assertEqual({re.sub(r"_(bucket|sum|count)$", "", name) for name in names} - explained, set())

            header = pydicom.dcmread(patient["prior"][0])
            for word in (str(header.PatientID), str(header.PatientName), str(header.StudyInstanceUID), BROKEN_STUDY):
                self.assertNotIn(word, text)

    def written(self, text):
        found = samples(text)
        return text if (found['radfm_attempts_total{end="done",error_class="none"}'], found["radfm_jobs_made_total"]) == (1, 3) else None

    def test_rules(self):
        """Aim: Prometheus takes the rules, and a dead job, a silent worker and a destination that fails are told by them."""
        promtool = shutil.which("promtool")
        self.assertTrue(promtool, "promtool is not installed (scripts/setup)")
        checked = subprocess.run([promtool, "check", "rules", str(MONITORING / "prometheus-alerts.yml")], capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        cases = str(Path(__file__).parent / "prometheus_alerts_test.yml")
        judged = subprocess.run([promtool, "test", "rules", cases], capture_output=True, text=True, timeout=60)
        self.assertEqual(judged.returncode, 0, judged.stdout + judged.stderr)


class Alerts(unittest.TestCase):
    def setUp(self):
        self.webhook, self.mail = Received(), Received()
        self.urls = []
        for kind, received in (("http", self.webhook), ("smtp", self.mail)):
            server = receiver(kind, received=received)
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            self.addCleanup(thread.join)
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)
            self.urls.append(f"{kind}://127.0.0.1:{server.server_address[1]}")

    def events(self):
        return [json.loads(item["body"])["event"] for item in self.webhook.items]

    def subjects(self):
        return [re.search(r"^Subject: (.*)$", item["text"], re.MULTILINE).group(1) for item in self.mail.items]

    def test_a_dead_job_and_a_silent_worker_are_told(self):
        """Aim: by webhook and mail, once, also over a restart of Orthanc; nothing of the patient or the study is in them."""
        patient = demonstration_patient()
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(prefix="radfm-e2e-") as state:
            secret = Path(folder) / "secret"
            secret.write_text("a secret\n", encoding="utf-8")
            alerts = {"webhook_url": self.urls[0], "webhook_secret": f"file:{secret}", "mail_server": self.urls[1], "mail_from": "radfm@clinic.example",
                      "mail_to": ["on-call@clinic.example"], "worker_silence_ms": 10_000}
            configuration = {"rules": RULES, "alerts": alerts, "queue": {"heartbeat_ms": 1_000}}
            with Node(folder=state, configuration=configuration) as node:
                node.upload(broken_file(patient, folder))
                job = node.wait_job(BROKEN_STUDY)
                self.assertEqual(job["state"], "dead")
                node.until(60, "word of the dead job", lambda: self.webhook.items and self.mail.items)
                body = json.loads(self.webhook.items[0]["body"])
                self.assertEqual((body["event"], body["job"], body["code"], body["rule"]), ("job_dead", job["id"], "broken", "all"))
                signature = "sha256=" + hmac.new(b"a secret", self.webhook.items[0]["body"].encode(), hashlib.sha256).hexdigest()
                self.assertEqual(self.webhook.items[0]["headers"]["X-RadFM-Signature"], signature)
                self.assertIn(f"job {job['id']} is dead", self.subjects()[0])

                worker = node.pids()["radfm-worker"]
                os.kill(worker, signal.SIGSTOP)
                node.until(90, "word of the silent worker", lambda: "worker_silent" in self.events() and len(self.mail.items) == 2)
                first = node.pids()["Orthanc"]
                os.kill(first, signal.SIGTERM)
                node.until(60, "Orthanc's next start", lambda: node.pids().get("Orthanc") not in (None, first) and node.get("/radfm/metrics"))
                os.kill(worker, signal.SIGCONT)
                node.until(90, "word of its return", lambda: "worker_back" in self.events() and len(self.mail.items) == 3)
                self.assertEqual(self.events(), ["job_dead", "worker_silent", "worker_back"])
            with Node(folder=state, wait=False) as node:  # the log has the "ready" of before
                node.until(90, "the queue", lambda: node.json("/radfm/api/v1/status")["queue"])
                node.upload(broken_file(patient, folder, 2))
                node.wait_job("1.2.826.0.1.999.2")
                node.until(60, "word of the second dead job", lambda: len(self.webhook.items) == 4 and len(self.mail.items) == 4)
                self.assertEqual(self.events()[3], "job_dead")
                self.assertEqual(json.loads(self.webhook.items[3]["body"])["count"], 1)
                sent = 'radfm_alerts_total{channel="mail",result="sent"}'
                node.until(30, "the count of what was sent", lambda: samples(node.get("/radfm/metrics").decode())[sent] == 1)
            self.nothing_of(patient)

    def nothing_of(self, patient):
        header = pydicom.dcmread(patient["current"][0])
        told = json.dumps(self.webhook.items) + json.dumps(self.mail.items)
        for word in (str(header.PatientID), str(header.PatientName), str(header.AccessionNumber), "1.2.826.0.1.999"):
            self.assertTrue(word)
            self.assertNotIn(word, told)


if __name__ == "__main__":
    unittest.main()
