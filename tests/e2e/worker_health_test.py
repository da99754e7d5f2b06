# SPDX-License-Identifier: Apache-2.0
"""How a worker says how it is, ends, and is ended; what confines it and its children."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from dicom_files import demonstration_patient, study_of
from node_harness import BUILD, ENVIRONMENT, ROOT, Node, free_port

RULES = [{"name": "all", "max_study_age_days": None}]


def configuration(**sections):
    return {"orthanc": {"url": "http://127.0.0.1:1"}, "rules": RULES, **sections}


def worker_of(node):
    queue = node.json("/radfm/api/v1/status")["queue"]
    return queue["worker"] if queue else {"state": None, "takes_jobs": None, "reasons": []}  # a node that has just begun


def is_at_model(node, study):
    return any(job["stage"] == "waiting_for_model" for job in node.jobs(study))


def has_reason(node, code, words=""):
    return any(reason["code"] == code and words in reason["text"] for reason in worker_of(node)["reasons"])


class DamagedModel(unittest.TestCase):
    def test_no_job_is_claimed_until_the_model_answers_as_recorded(self):
        """Aim: damaged weights, then a wrong known answer: said in health, no attempt is spent; mended, the study is reported."""
        patient = demonstration_patient()
        study = study_of(patient["prior"][0])
        with tempfile.TemporaryDirectory(prefix="radfm-model-") as folder:
            model = Path(folder) / "model"
            shutil.copytree(ROOT / "models" / "phantom", model)
            weights = model / "model.safetensors"
            good = weights.read_bytes()
            damaged = bytearray(good)
            damaged[len(good) // 2] ^= 0x40
            weights.write_bytes(damaged)
            with Node(configuration=configuration(model={"directory": str(model)}), wait=False) as node:
                node.until(60, "word of the damaged weights", lambda: has_reason(node, "model_not_ready", "model_digest_differs"))
                self.assertEqual(worker_of(node)["state"], "degraded")
                self.assertFalse(worker_of(node)["takes_jobs"])
                self.assertEqual(node.store(patient["prior"]), 0)
                node.wait_job(study, state="queued")

                answer = json.loads((model / "known_answer.json").read_text())
                wrong = dict(answer, logits=dict(answer["logits"], values=[value + 1 for value in answer["logits"]["values"]]))
                (model / "known_answer.json").write_text(json.dumps(wrong))
                weights.write_bytes(good)
                node.until(90, "word of the wrong answer", lambda: has_reason(node, "model_not_ready", "model_known_answer_differs"))
                self.assertEqual(node.wait_job(study, state="queued")["attempts"], 0)

                (model / "known_answer.json").write_text(json.dumps(answer))
                job = node.wait_job(study, seconds=120)
                self.assertEqual((job["outcome"], job["attempts"]), ("delivered", 1), job)
                self.assertEqual((worker_of(node)["state"], worker_of(node)["reasons"]), ("ready", []))


class StuckEngine(unittest.TestCase):
    def test_an_engine_that_stands_still_is_replaced(self):
        """Aim: a hung device costs one attempt with its own code, and a new engine answers."""
        patient = demonstration_patient()
        with Node(configuration=configuration(model={"stall_timeout_ms": 2_000})) as node:
            first = node.pids()["radfm-engine"]
            os.kill(first, signal.SIGSTOP)
            self.assertEqual(node.store(patient["prior"]), 0)
            job = node.job(node.wait_job(study_of(patient["prior"][0]))["id"])
            self.assertEqual((job["outcome"], job["counts"]["poison"]), ("delivered", 1), job)
            self.assertIn("engine_stalled", json.dumps(job["attempt_log"]))
            self.assertNotEqual(node.pids()["radfm-engine"], first)


class Draining(unittest.TestCase):
    def test_the_job_in_work_is_finished_and_no_other_begun(self):
        """Aim: SIGUSR1: draining, one report more, exit 0; the next worker takes what came meanwhile."""
        patient = demonstration_patient()
        first, second = study_of(patient["prior"][0]), study_of(patient["current"][0])
        with Node(configuration=configuration(queue={"studies_ahead": 0})) as node:
            engine, worker = node.pids()["radfm-engine"], node.pids()["radfm-worker"]
            os.kill(engine, signal.SIGSTOP)
            self.assertEqual(node.store(patient["prior"]), 0)
            node.until(60, "the job at the model", lambda: is_at_model(node, first))
            os.kill(worker, signal.SIGUSR1)
            node.until(30, "word of draining", lambda: worker_of(node)["state"] == "draining")
            self.assertEqual(node.store(patient["current"]), 0)
            self.assertEqual(node.wait_job(second, state="queued")["attempts"], 0)
            self.assertIn("radfm-worker", node.pids())
            os.kill(engine, signal.SIGCONT)
            node.until(60, "the worker's end", lambda: "radfm-worker ended (exit code 0)" in node.log_text())
            self.assertEqual((node.jobs(first)[0]["outcome"], node.jobs(first)[0]["attempts"]), ("delivered", 1))
            self.assertEqual(node.wait_job(second)["outcome"], "delivered")


class ServiceManager(unittest.TestCase):
    """The worker alone, without an Orthanc, and a socket in the place of systemd."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="radfm-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        name = f"radfm-manager-{os.getpid()}-{self._testMethodName}"
        self.manager.bind("\0" + name)
        self.manager.settimeout(30)
        self.name = "@" + name

    def start(self, **sections):
        file = Path(self.folder.name) / "node.json"
        file.write_text(json.dumps({"orthanc": {"url": f"http://127.0.0.1:{free_port()}"}, "rules": RULES, **sections}))
        worker = subprocess.Popen([str(BUILD / "worker" / "radfm-worker"), "--config", str(file)], stderr=subprocess.PIPE,
                                  env=dict(ENVIRONMENT, NOTIFY_SOCKET=self.name, WATCHDOG_USEC="30000000"), text=True)
        self.addCleanup(lambda: (worker.kill() if worker.poll() is None else None, worker.communicate()))
        return worker

    def heard_until(self, wanted):
        heard = []
        while not any(wanted in line for line in heard):
            heard.append(self.manager.recv(4096).decode())
        return heard

    def test_hears_of_each_state(self):
        """Aim: READY once the queue is open, STATUS with the reason, signs of life, STOPPING, exit 0."""
        worker = self.start()
        heard = self.heard_until("STATUS=degraded: orthanc_away: ") + self.heard_until("WATCHDOG=1")
        self.assertEqual(heard.count("READY=1"), 1, heard)
        self.heard_until("WATCHDOG=1")
        worker.send_signal(signal.SIGUSR1)
        self.heard_until("STOPPING=1")
        self.assertEqual(worker.wait(20), 0)
        worker = self.start()
        self.heard_until("READY=1")
        worker.send_signal(signal.SIGTERM)
        self.heard_until("STOPPING=1")
        self.assertEqual(worker.wait(20), 0)

    def test_waits_for_a_queue_and_says_so(self):
        """Aim: not READY while the queue cannot be opened; the manager's patience is asked for, and the reason told."""
        worker = self.start(database={"path": str(Path(self.folder.name) / "away" / "queue.sqlite")})
        heard = self.heard_until("STATUS=degraded: queue_not_usable: ") + self.heard_until("EXTEND_TIMEOUT_USEC=")
        self.assertNotIn("READY=1", heard)
        (Path(self.folder.name) / "away").mkdir()
        self.heard_until("READY=1")
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(20), 0)

    def test_says_by_its_exit_code_what_would_not_help(self):
        """Aim: 2 for the configuration, 3 for a file that is no queue, 5 for a work folder that cannot be one."""
        self.assertEqual(self.start(queue={"lease_sm": 1}).wait(20), 2)
        (Path(self.folder.name) / "letter.sqlite").write_text("not a database, but longer than a header of one is\n" * 40)
        self.assertEqual(self.start(database={"path": str(Path(self.folder.name) / "letter.sqlite")}).wait(20), 3)
        (Path(self.folder.name) / "queue.sqlite.work").write_text("a file")
        self.assertEqual(self.start(database={"path": str(Path(self.folder.name) / "queue.sqlite")}).wait(20), 5)


class Confinement(unittest.TestCase):
    def test_what_the_processes_keep(self):
        """Aim: no core dumps, the engine first when memory runs out, no descriptor, folder or word of the worker's in it."""
        with Node() as node:
            for name, score in (("radfm-worker", "0"), ("radfm-engine", "1000")):
                process = Path("/proc") / str(node.pids()[name])
                core = next(line for line in (process / "limits").read_text().splitlines() if line.startswith("Max core file size"))
                self.assertEqual(core.split()[4:6], ["0", "0"], core)
                self.assertEqual((process / "oom_score_adj").read_text().strip(), score)
            engine = Path("/proc") / str(node.pids()["radfm-engine"])
            self.assertEqual(os.readlink(engine / "cwd"), "/")
            opened = [os.readlink(fd) for fd in (engine / "fd").iterdir()]
            self.assertEqual(sum(link.startswith("socket:") for link in opened), 1, opened)
            self.assertFalse([link for link in opened if "sqlite" in link or "radfm-node.json" in link], opened)
            status = (engine / "status").read_text()
            self.assertIn("NoNewPrivs:\t1", status)
            self.assertIn("Seccomp:\t2", status)

    def test_a_killed_worker_leaves_no_file_of_a_study(self):
        """Aim: kill -9 with fetched files in use leaves none; what an older kill left by name goes at the next start."""
        patient = demonstration_patient()
        study = study_of(patient["ct"][0])
        with Node() as node:
            engine = node.pids()["radfm-engine"]
            os.kill(engine, signal.SIGSTOP)
            self.assertEqual(node.store(patient["ct"]), 0)
            node.until(60, "the job at the model", lambda: is_at_model(node, study))
            work = Path(str(node.configuration_file.parent / "radfm-queue.sqlite") + ".work")
            os.kill(node.pids()["radfm-worker"], signal.SIGKILL)
            self.assertEqual(list(work.iterdir()), [])
            (work / "study-AbCdEf").write_text("half a study")
            node.until(60, "the leftover's end", lambda: not (work / "study-AbCdEf").exists())
            self.assertEqual(node.wait_job(study)["outcome"], "delivered")


if __name__ == "__main__":
    unittest.main()
