# SPDX-License-Identifier: Apache-2.0
"""A disk that fills and is freed, a wall clock that is set, processes that stand still for longer than a lease: each study is
reported once all the same. The engine is the stand-in of tests/support/fake_engine.cpp, so that its answers last as long as told."""
import mmap
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
import unittest
from datetime import datetime, timezone
from pathlib import Path

from dicom_files import small_studies, study_of
from node_harness import BUILD, Node
from study_judgement import reported_once

RULES = [{"name": "everything", "match": {}, "action": {"task": "report"}, "max_study_age_days": None}]
DAY_S, YEAR_S = 86_400, 365 * 86_400
LEASE_MS = 2_000


class MachineTrouble(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="radfm-trouble-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)


class FullDisk(MachineTrouble):
    @unittest.skipUnless(os.geteuid() == 0, "mounting a small file system needs root")
    def test_filled_while_studies_arrive(self):
        """The node's whole folder is on a disk that another program fills, and frees again: said, nothing lost, nothing doubled."""
        small = self.folder / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", small], capture_output=True).returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=False)
        paths = sorted(small_studies(self.folder / "studies", 8))
        # The log is elsewhere: an administrator's log is rarely on the disk that a queue fills.
        with Node(folder=small, log_path=self.folder / "node.log", configuration={"rules": RULES}, orthanc={"StableAge": 1},
                  stand_in_ms=150) as node:
            self.assertEqual(node.store(paths[:2]), 0)
            node.wait_job(study_of(paths[0]))
            node.ctl("queue", "pause")
            self.assertEqual(node.store(paths[2:5]), 0)
            node.until(60, "jobs that wait", lambda: len(node.jobs()) == 5)
            node.ctl("queue", "resume")
            filler = self.fill(small / "another program's file")
            refused = []
            modality = threading.Thread(target=self.send_with_patience, args=(node, paths[5:], refused), daemon=True)
            modality.start()
            node.until(90, "a message about the disk", lambda: "disk_full" in node.log_text() or "disk is full" in node.log_text())
            node.until(90, "a refusal of what cannot be stored", lambda: refused)
            filler.unlink()
            modality.join(120)
            self.assertFalse(modality.is_alive(), "studies are taken again once there is space")
            for path in paths:
                reported_once(node, study_of(path))
            print(f"C-STORE was refused {len(refused)} times meanwhile", flush=True)

    @staticmethod
    def send_with_patience(node, paths, refused):
        for path in paths:
            while node.store([path], halt_at_refusal=True) != 0:
                refused.append(path)
                time.sleep(0.2)

    @staticmethod
    def fill(path):
        """Leaves no byte, also of what is freed while it writes."""
        with open(path, "wb", buffering=0) as out:
            size = 1 << 20
            while size:
                try:
                    if out.write(b"\0" * size) < size:
                        size //= 2
                except OSError:
                    size //= 2
        return path


class SetClock(MachineTrouble):
    def test_back_a_day_and_forward_a_year(self):
        """The wall clock is set while a model answers: no lease is lost; what comes before and after is reported once."""
        offset = self.folder / "offset"
        offset.write_bytes(struct.pack("=q", 0))
        library = BUILD / "tests" / "e2e" / "libstepped_clock.so"
        paths = sorted(small_studies(self.folder / "studies", 6))
        with Node(folder=self.folder, configuration={"rules": RULES}, orthanc={"StableAge": 1}, stand_in_ms=3_000,
                  environment={"LD_PRELOAD": str(library), "RADFM_STEPPED_CLOCK": str(offset)}) as node, \
                open(offset, "r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            for step_s, during, after in ((-DAY_S, *paths[0:2]), (YEAR_S, *paths[2:4]), (0, *paths[4:6])):
                self.assertEqual(node.store([during]), 0)
                node.until(60, "an answer in the making", lambda study=study_of(during): "generating" in [job["stage"] for job in node.jobs(study)])
                shared[:] = struct.pack("=q", step_s)
                job = reported_once(node, study_of(during))
                self.assertEqual(job["attempts"], 1, "a clock that is set takes no lease away")
                self.finished_near(job, step_s)
                self.assertEqual(node.store([after]), 0)
                job = reported_once(node, study_of(after))
                self.finished_near(job, step_s)
                self.assertEqual(job["attempts"], 1)

    def finished_near(self, job, step_s):
        """The worker did read the clock that was set."""
        finished = datetime.fromisoformat(job["finished"].replace("Z", "+00:00"))
        self.assertLess(abs((finished - datetime.now(timezone.utc)).total_seconds() - step_s), 600, job["finished"])


class StoppedProcesses(MachineTrouble):
    def queue(self):
        return {"rules": RULES, "queue": {"lease_ms": LEASE_MS, "heartbeat_ms": LEASE_MS // 4}}

    def test_a_stopped_holder_finishes_nothing(self):
        """SIGSTOP of a worker for longer than its lease beside another worker, then SIGCONT: the other one's report is the only one."""
        (path,) = small_studies(self.folder / "studies", 1)
        study = study_of(path)
        with Node(folder=self.folder, configuration=self.queue(), orthanc={"StableAge": 1}, stand_in_ms=2 * LEASE_MS,
                  options=["--workers", "2"]) as node:
            self.assertEqual(node.store([path]), 0)
            job = node.until(60, "an answer in the making", lambda: [job for job in node.jobs(study) if job["stage"] == "generating"])[0]
            holder = int(node.job(job["id"])["attempt_log"][-1]["holder"].split(":")[1])
            self.assertIn(("radfm-worker", holder), node.processes())
            os.kill(holder, signal.SIGSTOP)
            try:
                job = reported_once(node, study)
            finally:
                os.kill(holder, signal.SIGCONT)
            self.assertEqual([attempt["end"] for attempt in job["attempt_log"]], ["reclaimed", "done"])
            self.assertEqual(job["counts"]["vanished"], 1)
            node.until(60, "the late holder's words", lambda: "it is no longer ours (" in node.log_text())
            # It goes on with the next study, and has changed nothing of this one.
            self.assertEqual(reported_once(node, study)["events"], job["events"])

    def test_a_stopped_child_keeps_its_lease(self):
        """SIGSTOP of engine and reader for longer than a lease: their worker's heart beats on, and the attempt goes on after SIGCONT."""
        paths = sorted(small_studies(self.folder / "studies", 2))
        with Node(folder=self.folder, configuration=self.queue(), orthanc={"StableAge": 1}, stand_in_ms=LEASE_MS) as node:
            for path, name in zip(paths, ("radfm-engine", "radfm-reader")):
                study = study_of(path)
                sender = threading.Thread(target=node.store, args=([path],))
                sender.start()
                stopped = self.stop_at_work(node, study, name)
                time.sleep(1.5 * LEASE_MS / 1_000)  # the time itself is what is tried
                self.assertIn(node.jobs(study)[0]["state"], ("leased",))
                os.kill(stopped, signal.SIGCONT)
                sender.join()
                self.assertEqual(reported_once(node, study)["attempts"], 1, name)

    def stop_at_work(self, node, study, name):
        """The process, stopped while the study's job is at work. A reader lives only then; the engine has to be asked something."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            at_work = name == "radfm-reader" or [job for job in node.jobs(study) if job["stage"] == "generating"]
            for found, pid in node.processes() if at_work else ():
                if found == name:
                    os.kill(pid, signal.SIGSTOP)
                    return pid
            time.sleep(0.005)
        raise AssertionError(f"{name} was never seen at work")


if __name__ == "__main__":
    unittest.main()
