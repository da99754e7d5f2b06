# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in a hospital: a clear message each, nothing lost, the worker goes on."""
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.error
from pathlib import Path

import pydicom
from dicom_files import changed, demonstration_patient, study_of, texts
from node_harness import BUILD, Node


class BadDay(unittest.TestCase):
    def goes_on(self, node, patient):
        """The next good study still gets its report."""
        self.assertEqual(node.store(patient["prior"]), 0)
        self.assertEqual(node.wait_job(study_of(patient["prior"][0]))["outcome"], "delivered")

    def test_bad_files(self):
        """A text file, a truncated file, an SR-only study, an empty PatientID."""
        patient = demonstration_patient()
        with Node() as node, tempfile.TemporaryDirectory() as folder:
            text = Path(folder) / "letter.txt"
            text.write_text("not DICOM\n", encoding="utf-8")
            with self.assertRaises(urllib.error.HTTPError):
                node.upload(text)
            inspected = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), "inspect", str(text)], capture_output=True, text=True)
            self.assertEqual(inspected.returncode, 1)
            self.assertIn("left out", inspected.stdout)

            # Pixel data that is shorter than its header says.
            short = pydicom.dcmread(patient["current"][0])
            short.StudyInstanceUID, short.SOPInstanceUID = "1.2.826.0.1.999.1", "1.2.826.0.1.999.2"
            short.SeriesInstanceUID = "1.2.826.0.1.999.3"
            short.file_meta.MediaStorageSOPInstanceUID = short.SOPInstanceUID
            short.PixelData = short.PixelData[: len(short.PixelData) // 4 * 2]
            short.save_as(Path(folder) / "short.dcm")
            node.upload(Path(folder) / "short.dcm")
            job = node.wait_job("1.2.826.0.1.999.1")
            self.assertEqual((job["state"], job["error"]["code"]), ("dead", "broken"), job)

            empty = changed(patient["current"][0], folder, PatientID="", StudyInstanceUID="1.2.826.0.1.999.4",
                            SeriesInstanceUID="1.2.826.0.1.999.5")
            self.assertEqual(node.store([empty]), 0)
            self.assertEqual(node.wait_job("1.2.826.0.1.999.4")["outcome"], "delivered")
            told = " ".join(texts(node.reports_in("1.2.826.0.1.999.4")[0])).lower()
            self.assertIn("patient id", told.replace("patientid", "patient id"))

            # The SR alone, as if it had been sent on without its images.
            self.goes_on(node, patient)
            sr = pydicom.dcmread(pydicom.filebase.DicomBytesIO(node.reports_in(study_of(patient["prior"][0]))[0]))
            sr.StudyInstanceUID, sr.SOPInstanceUID, sr.SeriesInstanceUID = "1.2.826.0.1.999.6", "1.2.826.0.1.999.7", "1.2.826.0.1.999.8"
            sr.file_meta.MediaStorageSOPInstanceUID = sr.SOPInstanceUID
            sr.save_as(Path(folder) / "sr.dcm")
            node.upload(Path(folder) / "sr.dcm")
            self.assertEqual(node.wait_job("1.2.826.0.1.999.6")["outcome"], "skipped: no_image")
            self.assertEqual(len(node.reports_in("1.2.826.0.1.999.6")), 1)

    def test_wrong_key(self):
        """A wrong key: the worker names it and stops; Orthanc stores on; mended, the study gets its report."""
        patient = demonstration_patient()
        folder = Path(tempfile.mkdtemp(prefix="radfm-e2e-"))
        (folder / "radfm-node.json").write_text('{"orthanc": {"url": "http://127.0.0.1:1"}, "queue": {"lease_sm": 60000}}')
        checked = subprocess.run([str(BUILD / "worker" / "radfm-worker"), "--check-config", "--config",
                                  str(folder / "radfm-node.json")], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 2)
        self.assertIn("lease_ms", checked.stdout + checked.stderr)
        with Node(folder=folder, wait=False) as node:
            node.until(30, "message about the key", lambda: "lease_sm" in node.log_text())
            node.until(30, "Orthanc", lambda: node.json("/system"))
            self.assertEqual(node.store(patient["prior"]), 0)
            node.until(30, "configuration mistake on the status", lambda: "lease_sm" in node.get("/radfm/api/v1/status").decode())
            text = node.configuration_file.read_text().replace('"queue": {"lease_sm": 60000}', '"queue": {}')
            text = text.replace('"lease_sm": 60000', "")
            import json
            configuration = json.loads(text)
            configuration["rules"] = [{"name": "all", "max_study_age_days": None}]
            node.configuration_file.write_text(json.dumps(configuration))
            node.wait_ready()
            # The first start of an empty queue begins at the newest change; what came before is for `queue add`.
            if not node.jobs():
                self.assertEqual(node.store(patient["current"]), 0)
                self.assertEqual(node.wait_job(study_of(patient["current"][0]))["outcome"], "delivered")
        shutil.rmtree(folder, ignore_errors=True)

    def test_orthanc_away(self):
        """Orthanc dies while a job waits: no attempt is spent, and the job is done when Orthanc is back."""
        patient = demonstration_patient()
        study = study_of(patient["current"][0])
        with Node() as node:
            self.assertEqual(node.ctl("queue", "pause").returncode, 0)
            self.assertEqual(node.store(patient["current"]), 0)
            node.wait_job(study, state="queued")
            os.kill(node.pids()["Orthanc"], signal.SIGKILL)
            self.assertEqual(node.ctl("queue", "resume").returncode, 0)
            job = node.wait_job(study)
            self.assertEqual(job["outcome"], "delivered")
            self.assertEqual(job["attempts"], 1, node.job(job["id"]))


if __name__ == "__main__":
    unittest.main()
