# SPDX-License-Identifier: Apache-2.0
"""model.jobs_at_once: several reports are written together, each as it is written alone, and the engine's death costs none of them an
attempt. The model is slow_model.py's."""
import os
import shutil
import signal
import tempfile
import unittest
from pathlib import Path

from dicom_files import changed, small_studies, study_of
from node_harness import Node
from slow_model import rule, write_slow_model, written_text

TOGETHER, STUDIES, TOKENS, STAT_TOKENS = 3, 5, 500, 100


class SeveralAtOnce(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="radfm-several-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        (cls.folder / "model").mkdir()
        write_slow_model(cls.folder / "model")
        *routine, stat = sorted(small_studies(cls.folder, STUDIES + 1))
        cls.files = routine
        cls.stat = changed(stat, cls.folder, StudyDescription="STAT chest")
        cls.node = Node(configuration={
            "model": {"directory": str(cls.folder / "model"), "threads": 1, "jobs_at_once": TOGETHER},
            "rules": [rule("urgent", ["STAT*"], lane="stat", max_new_tokens=STAT_TOKENS), rule("everything", None, max_new_tokens=TOKENS)]})
        cls.addClassCleanup(lambda: cls.node.__exit__(None, None, None))
        cls.alone = {}  # by study: the text of a report that was written alone
        for path in [*cls.files, cls.stat]:
            cls.node.store([path])
            cls.node.wait_job(study_of(path), seconds=180)
            cls.alone[study_of(path)] = written_text(cls.node, study_of(path))

    def rerun(self, path):
        """Number of the new job."""
        study = study_of(path)
        done = self.node.ctl("queue", "rerun", str(self.node.jobs(study)[0]["id"]))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.node.jobs(study)[0]["id"]

    def wait_generating(self, jobs):
        """Until so many of the jobs have words at the same moment; those jobs."""
        def ask():
            rows = [self.node.job(job) for job in jobs]
            writing = [row["id"] for row in rows if row["state"] == "leased" and row["stage"] == "generating" and row["progress"]["done"] > 0]
            self.assertLessEqual(len(writing), TOGETHER)
            return writing if len(writing) == TOGETHER else None
        return self.node.until(90, f"{TOGETHER} reports being written at once", ask)

    def wait_all(self, jobs):
        def ask():
            rows = [self.node.job(job) for job in jobs]
            return rows if all(row["state"] in ("done", "dead", "cancelled") for row in rows) else None
        rows = self.node.until(240, "the end of all jobs", ask)
        self.assertEqual([row["outcome"] for row in rows], ["delivered"] * len(jobs))
        for row in rows:
            self.assertEqual(written_text(self.node, row["study"]), self.alone[row["study"]])
        return rows

    def begun(self):
        """(all jobs, of which the first three are being written)"""
        jobs = [self.rerun(path) for path in self.files]
        return jobs, self.wait_generating(jobs)

    def test_each_is_as_alone(self):
        """Three are written at once, the others follow, and no text is another one's."""
        jobs, _ = self.begun()
        for row in self.wait_all(jobs):
            self.assertEqual(row["attempts"], 1)

    def test_one_of_lane_stat(self):
        """It is written at once; the three wait for it, and go on."""
        jobs, writing = self.begun()
        urgent = self.rerun(self.stat)
        self.node.until(60, "the STAT report being written",
                        lambda: self.node.job(urgent)["stage"] == "generating" and
                        all(self.node.job(job)["stage"] == "waiting_for_model" for job in writing))
        self.wait_all([urgent])
        self.wait_all(jobs)

    def test_one_is_cancelled(self):
        jobs, writing = self.begun()
        self.assertEqual(self.node.ctl("queue", "cancel", str(writing[1])).returncode, 0)
        self.wait_all([job for job in jobs if job != writing[1]])
        self.assertEqual(self.node.job(writing[1])["state"], "cancelled")

    def test_the_engine_is_killed(self):
        """Nobody can say whose death it was: no attempt is counted, and each is written again."""
        jobs, _ = self.begun()
        os.kill(self.node.pids()["radfm-engine"], signal.SIGKILL)
        for row in self.wait_all(jobs):
            self.assertEqual((row["attempts"], row["counts"]["vanished"], row["counts"]["poison"]), (1, 0, 0))

    def test_the_worker_is_killed(self):
        jobs, writing = self.begun()
        os.kill(self.node.pids()["radfm-worker"], signal.SIGKILL)
        for row in self.wait_all(jobs):
            self.assertEqual(row["counts"]["poison"], 0)
            self.assertLessEqual(row["counts"]["vanished"], 1)
            if row["id"] in writing:
                self.assertEqual(row["counts"]["vanished"], 1)


if __name__ == "__main__":
    unittest.main()
