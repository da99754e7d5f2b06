# SPDX-License-Identifier: Apache-2.0
"""packaging/systemd: what systemd thinks of the unit, and that a node works with no more than it leaves."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from dicom_files import demonstration_patient, study_of
from node_harness import BUILD, ROOT, Node

UNIT = ROOT / "packaging" / "systemd" / "radfm-worker.service"
EXPOSURE_MAX = 1.5
NOBODY = 65534


@unittest.skipUnless(shutil.which("systemd-analyze"), "needs systemd-analyze")
class ServiceUnit(unittest.TestCase):
    def test_is_understood_and_tight(self):
        """Aim: systemd has no complaint about a line of it, and its own measure of exposure stays where it was."""
        with tempfile.TemporaryDirectory() as folder:
            unit = Path(folder) / UNIT.name
            text = UNIT.read_text(encoding="utf-8")
            unit.write_text(text.replace("/usr/libexec/radfm-node/radfm-worker", str(BUILD / "worker" / "radfm-worker")), encoding="utf-8")
            verified = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
            self.assertEqual([line for line in verified.stderr.splitlines() if UNIT.name in line], [])
            rated = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)], capture_output=True, text=True)
            exposure = re.search(r"exposure level for \S+: (\d+\.\d+)", rated.stdout + rated.stderr)
            self.assertIsNotNone(exposure, rated)
            self.assertLessEqual(float(exposure.group(1)), EXPOSURE_MAX)

    @unittest.skipUnless(os.geteuid() == 0, "another user needs root")
    def test_a_node_works_within_it(self):
        """Aim: under the unit's system call filter and address families, as a user without rights: images, priors, a draft, no complaint."""
        patient = demonstration_patient()
        folder = tempfile.mkdtemp(prefix="radfm-unit-")
        os.chown(folder, NOBODY, NOBODY)
        prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
                  sys.executable, str(Path(__file__).with_name("system_call_filter.py")), str(UNIT)]
        configuration = {"orthanc": {"url": "http://127.0.0.1:1"}, "rules": [{"name": "all", "max_study_age_days": None}]}
        with Node(folder=folder, configuration=configuration, prefix=prefix) as node:
            for study in ("prior", "current", "ct"):
                self.assertEqual(node.store(patient[study]), 0)
                self.assertEqual(node.wait_job(study_of(patient[study][0]))["outcome"], "delivered")
            for name in ("radfm-worker", "radfm-engine"):
                status = (Path("/proc") / str(node.pids()[name]) / "status").read_text()
                self.assertIn(f"Uid:\t{NOBODY}", status)
                self.assertIn("NoNewPrivs:\t1", status)
            score = (Path("/proc") / str(node.pids()["radfm-engine"]) / "oom_score_adj").read_text()
            self.assertEqual(score.strip(), "1000")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
