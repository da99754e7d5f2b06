# SPDX-License-Identifier: Apache-2.0
"""Studies of lane stat overtake: the queue, and the report in the making, which goes on afterwards from where it was.

The model is an untrained one that is slow by its size and writes to the limit of its rule (slow_model.py), so that what people and
accidents do in the middle of an answer can be done without waiting for a moment."""
import os
import shutil
import signal
import tempfile
import unittest
from pathlib import Path

from dicom_files import changed, small_studies, study_of
from node_harness import Node
from slow_model import rule, write_slow_model, written_text

ROUTINE_TOKENS, STAT_TOKENS = 700, 300


class Stat(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="radfm-stat-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        (cls.folder / "model").mkdir()
        write_slow_model(cls.folder / "model")
        first, second, third = sorted(small_studies(cls.folder, 3))
        cls.files = {"routine": first, "stat": changed(second, cls.folder, StudyDescription="STAT chest"), "other": third}
        cls.studies = {name: study_of(path) for name, path in cls.files.items()}
        configuration = {"model": {"directory": str(cls.folder / "model"), "threads": 1}, "queue": {"studies_ahead": 0},
                         "rules": [rule("urgent", ["STAT*"], lane="stat", max_new_tokens=STAT_TOKENS),
                                   rule("everything", None, max_new_tokens=ROUTINE_TOKENS)]}
        cls.node = Node(configuration=configuration)
        cls.addClassCleanup(cls.end_node)
        cls.alone = {}
        for name in ("routine", "other"):
            cls.node.store([cls.files[name]])
            cls.node.wait_job(cls.studies[name], seconds=180)
            cls.alone[name] = cls.text(name)
        # A study of lane stat that comes in the middle of an answer, however fast the model: the engine stands still until the study's
        # job is begun. What it writes alone is known afterwards.
        cls.long, cls.reports_before = cls.rerun("routine"), cls.reports("routine")
        cls.wait_stage(cls.long, "generating")
        engine = cls.node.pids()["radfm-engine"]
        os.kill(engine, signal.SIGSTOP)
        cls.node.store([cls.files["stat"]])
        cls.node.until(60, "begin of the STAT study's job",
                       lambda: any(job["state"] == "leased" for job in cls.node.jobs(cls.studies["stat"])))
        os.kill(engine, signal.SIGCONT)
        cls.first_stat = cls.node.wait_job(cls.studies["stat"], seconds=180)
        cls.long_meanwhile = cls.node.job(cls.long)
        cls.alone["stat"] = cls.text("stat")
        cls.wait_done(cls.long)

    @classmethod
    def end_node(cls):
        cls.node.__exit__(None, None, None)

    # -- what is done and seen
    @classmethod
    def ctl(cls, *words):
        done = cls.node.ctl("queue", *words)
        assert done.returncode == 0, done.stderr
        return done

    @classmethod
    def rerun(cls, name):
        """Number of the new job."""
        newest = cls.node.jobs(cls.studies[name])[0]["id"]
        cls.ctl("rerun", str(newest))
        return cls.node.jobs(cls.studies[name])[0]["id"]

    @classmethod
    def wait_stage(cls, job, stage):
        return cls.node.until(60, f"job {job} at {stage}", lambda: (lambda row: row if row["state"] == "leased" and row["stage"] == stage
                                                                    and row["progress"]["done"] > 0 else None)(cls.node.job(job)))

    @classmethod
    def wait_done(cls, job, outcome="delivered", state="done"):
        row = cls.node.until(180, f"end of job {job}", lambda: (lambda row: row if row["state"] in ("done", "dead", "cancelled")
                                                                else None)(cls.node.job(job)))
        assert (row["state"], row["outcome"]) == (state, outcome), row
        return row

    @classmethod
    def reports(cls, name):
        return len(cls.node.reports_in(cls.studies[name]))

    @classmethod
    def text(cls, name):
        return written_text(cls.node, cls.studies[name])

    def state(self, job):
        return self.node.job(job)["state"]

    def same_text(self, *names):
        for name in names:
            self.assertEqual(self.text(name), self.alone[name], name)

    def interrupted(self):
        """(long job, which was put aside; job of lane stat, whose answer is in the making)."""
        slow = self.rerun("routine")
        self.wait_stage(slow, "generating")
        fast = self.rerun("stat")
        self.wait_stage(fast, "generating")
        self.wait_stage(slow, "waiting_for_model")
        return slow, fast

    # -- the tests
    def test_a_study_that_arrives(self):
        """Its report is there before that which was begun first, and both are those of each alone."""
        self.assertEqual(self.first_stat["outcome"], "delivered")
        self.assertEqual(self.first_stat["lane"], "stat")
        self.assertEqual((self.long_meanwhile["state"], self.long_meanwhile["attempts"]), ("leased", 1))
        self.assertEqual(self.node.job(self.long)["attempts"], 1)
        self.assertEqual(self.reports("routine"), self.reports_before + 1)
        self.same_text("routine")
        self.wait_done(self.rerun("stat"))  # alone now
        self.same_text("stat")

    def test_it_goes_on_from_where_it_was(self):
        slow, fast = self.interrupted()
        waited_at = self.node.job(slow)["progress"]["done"]
        self.wait_done(fast)
        self.assertEqual(self.state(slow), "leased")
        self.assertGreaterEqual(self.wait_stage(slow, "generating")["progress"]["done"], waited_at)
        self.wait_done(slow)
        self.same_text("stat", "routine")

    def test_pause_and_rerun(self):
        """Paused in the middle of both: both are finished, and nothing new is begun before it is resumed."""
        slow, fast = self.interrupted()
        self.ctl("pause")
        other = self.rerun("other")
        self.wait_done(fast)
        self.wait_done(slow)
        self.assertEqual(self.state(other), "queued")
        urgent = self.rerun("stat")
        self.assertEqual(self.state(urgent), "queued")
        self.ctl("resume")
        self.wait_done(urgent)
        self.wait_done(other)
        self.same_text("stat", "routine", "other")

    def test_rush(self):
        """A queued job that is rushed is begun at once; beside one of lane stat it is the next, before the one that was put aside."""
        slow = self.rerun("routine")
        self.wait_stage(slow, "generating")
        other = self.rerun("other")
        self.assertEqual(self.state(other), "queued")
        self.ctl("rush", str(other))
        self.wait_stage(other, "generating")
        self.wait_stage(slow, "waiting_for_model")
        urgent = self.rerun("stat")  # the thread for lane stat is taken, and the other one too
        self.assertEqual(self.state(urgent), "queued")
        self.wait_done(other)
        self.assertEqual(self.state(slow), "leased")
        self.wait_done(urgent)
        self.assertEqual(self.state(slow), "leased")
        self.wait_done(slow)
        self.same_text("stat", "routine", "other")

    def test_cancel(self):
        """Each of the two is cancelled while it waits or is made; the other one's text is its own."""
        slow, fast = self.interrupted()
        self.ctl("cancel", str(slow))
        self.wait_done(slow, outcome="cancelled", state="cancelled")
        self.wait_done(fast)
        self.same_text("stat")
        slow, fast = self.interrupted()
        self.ctl("cancel", str(fast))
        self.wait_done(fast, outcome="cancelled", state="cancelled")
        self.wait_done(slow)
        self.same_text("routine")

    def test_the_worker_is_killed(self):
        """kill -9 in the middle of both: both are made again, each once, and say the same."""
        before = {name: self.reports(name) for name in ("routine", "stat")}
        slow, fast = self.interrupted()
        os.kill(self.node.pids()["radfm-worker"], signal.SIGKILL)
        for job in (fast, slow):
            self.assertEqual(self.wait_done(job)["counts"]["vanished"], 1)
        self.same_text("stat", "routine")
        for name, count in before.items():
            self.assertEqual(self.reports(name), count + 1)

    def test_the_engine_is_killed(self):
        """The death is counted for the job that the engine was at; the one that was put aside is asked again within its attempt."""
        slow, fast = self.interrupted()
        os.kill(self.node.pids()["radfm-engine"], signal.SIGKILL)
        urgent, long = self.wait_done(fast), self.wait_done(slow)
        self.assertEqual((urgent["attempts"], urgent["counts"]["vanished"]), (2, 1))
        self.assertEqual((long["attempts"], long["counts"]["vanished"], long["counts"]["poison"]), (1, 0, 0))
        self.same_text("stat", "routine")

    def test_the_worker_is_stopped(self):
        """SIGTERM in the middle of both hands both back, uncounted; the next worker makes them."""
        slow, fast = self.interrupted()
        os.kill(self.node.pids()["radfm-worker"], signal.SIGTERM)
        for job in (fast, slow):
            row = self.wait_done(job)
            self.assertEqual((row["counts"]["vanished"], row["counts"]["poison"]), (0, 0))
        self.same_text("stat", "routine")


if __name__ == "__main__":
    unittest.main()
