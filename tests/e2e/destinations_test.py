# SPDX-License-Identifier: Apache-2.0
"""Three destinations that fail at random while the node's processes are killed, and each ends with exactly one copy of each
draft, in the order of revisions. As a program: destinations_test.py [--reports N] [--seed TEXT] [--faults PER_CENT] [--kill-every DRAFTS]; N at
most 1,000, a third of them revisions. The seed is printed; it decides every fault, and which process dies at which draft."""
import argparse
import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from archives import OUR_TITLE, TITLE, Archive, OrthancArchive
from dicom_files import changed, dataset, small_studies, study_of
from faulty_door import FaultyDoor
from node_harness import OPEN_STATES, ROOT, Node, free_port

VICTIMS = ("radfm-worker", "radfm-engine", "radfm-reader", "Orthanc")
FOREIGN = b"another object under this UID"


class StoreScp(Archive):
    """DCMTK's storescp: takes C-STORE, keeps a file for each UID, and can be asked nothing."""

    def start(self):
        self.port = free_port()
        (self.folder / "files").mkdir()
        self.run(["storescp", "-od", self.folder / "files", str(self.port)],
                 lambda: subprocess.run(["echoscu", "127.0.0.1", str(self.port)], capture_output=True, timeout=60).returncode == 0)

    def objects(self):
        return [path.read_bytes() for path in (self.folder / "files").iterdir()]


class CommittingArchive(Archive):
    """tests/e2e/committing_archive.py."""

    def __init__(self, our_port, seed, faults_per_cent):
        super().__init__((), our_port)
        self.seed, self.faults_per_cent = seed, faults_per_cent

    def start(self):
        self.objects_folder = self.folder / "files"
        self.objects_folder.mkdir()
        self.run([sys.executable, ROOT / "tests" / "e2e" / "committing_archive.py", TITLE, self.objects_folder, str(self.our_port), self.seed,
                  str(self.faults_per_cent)], lambda: re.search(r"^port \d+$", self.said(), re.MULTILINE))
        self.port = int(re.search(r"^port (\d+)$", self.said(), re.MULTILINE).group(1))

    def objects(self):
        return [path.read_bytes() for path in self.objects_folder.iterdir() if path.read_bytes() != FOREIGN]


class SecondOrthanc(OrthancArchive):
    def objects(self):
        return [self.get(f"/instances/{number}/file") for number in self.ask("/instances")]


def destination(name, port, verify):
    return {"name": name, "ae_title": TITLE, "host": "127.0.0.1", "port": port, "timeout_ms": 3_000, "verify": verify}


def configuration(pacs, our_port):
    action = {"task": "report", "destinations": [entry["name"] for entry in pacs], "max_new_tokens": 8}
    return {"dicom": {"ae_title": OUR_TITLE, "address": "127.0.0.1", "port": our_port}, "pacs": pacs,
            "queue": {"backoff_first_ms": 100, "backoff_max_ms": 1_000, "studies_ahead": 2,
                      "vanished_limit": 1_000, "poison_limit": 1_000},  # it is we who kill
            "rules": [{"name": "everything", "match": {}, "action": action, "max_study_age_days": None}]}


class Fleet:
    """A node and its three destinations behind doors that fail, for the time of a `with`."""

    def __init__(self, seed, faults_per_cent):
        self.seed, self.faults_per_cent = seed, faults_per_cent

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            our_port = free_port()
            self.archives = {"orthanc-2": stack.enter_context(SecondOrthanc()), "storescp": stack.enter_context(StoreScp()),
                             "committing": stack.enter_context(CommittingArchive(our_port, self.seed, self.faults_per_cent))}
            self.doors = {name: stack.enter_context(FaultyDoor(archive.port, f"{self.seed} {name}", self.faults_per_cent))
                          for name, archive in self.archives.items()}
            ways = {"orthanc-2": "c_get", "storescp": "none", "committing": "commitment"}
            pacs = [destination(name, self.doors[name].port, way) for name, way in ways.items()]
            self.node = stack.enter_context(Node(configuration=configuration(pacs, our_port), orthanc={"StableAge": 1, "DicomModalities": {"workstation": [OUR_TITLE, "127.0.0.1", our_port]}}))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *failure):
        return self.stack.__exit__(*failure)

    def faults(self):
        drawn = {name: len(door.drawn) for name, door in self.doors.items()}
        own = re.findall(r"^(busy|cut|lost|silent)$", self.archives["committing"].said(), re.MULTILINE)
        return f"faults at the doors {drawn}, of the committing archive itself {len(own)}"


def studies_with_reports(port, title):
    """Study Instance UIDs that C-FIND by ModalitiesInStudy SR tells, as a workstation's worklist asks."""
    with tempfile.TemporaryDirectory() as folder:
        keys = ["QueryRetrieveLevel=STUDY", "ModalitiesInStudy=SR", "StudyInstanceUID"]
        subprocess.run(["findscu", "-S", "-X", "-od", folder, "-aet", OUR_TITLE, "-aec", title, "127.0.0.1", str(port), *[word for key in keys for word in ("-k", key)]],
                       check=True, capture_output=True, timeout=120)
        return {str(dataset(path.read_bytes()).StudyInstanceUID) for path in Path(folder).iterdir()}


class Killer:
    """Kills one process of the node after each few drafts that are done, and says how far they are."""

    def __init__(self, node, seed, drafts, kill_every):
        self.node, self.dice, self.drafts, self.kill_every = node, random.Random(f"{seed} kills"), drafts, kill_every
        self.next_kill, self.killed, self.began = 2, {}, time.monotonic()

    def look(self):
        """The queue's counts by state; to be called often."""
        status = self.node.json("/radfm/api/v1/status")
        if status["queue"] is None:  # Orthanc has just begun, or the queue is busy
            raise ValueError(status.get("queue_error"))
        counts = status["queue"]["counts"]
        done = counts["done"] + counts["dead"]
        if self.next_kill <= done < self.drafts:
            self.next_kill = done + self.dice.randrange(1, 2 * self.kill_every)
            victim = self.dice.choice(VICTIMS)
            pid = self.node.pids().get(victim)
            if pid is not None:  # a reader lives only while it reads
                os.kill(pid, signal.SIGKILL)
                self.killed[victim] = self.killed.get(victim, 0) + 1
            minutes = (time.monotonic() - self.began) / 60
            print(f"{done} of {self.drafts} drafts, {minutes:.1f} min, about {minutes * (self.drafts / done - 1):.0f} left", flush=True)
        return counts


class Destinations(unittest.TestCase):
    reports, seed, faults_per_cent, kill_every = 6, "", 25, 4

    def test_each_ends_with_one_copy(self):
        seed = self.seed or str(random.SystemRandom().randrange(10**9))
        print(f"seed {seed}", flush=True)
        with tempfile.TemporaryDirectory() as folder, Fleet(seed, self.faults_per_cent) as fleet:
            node = fleet.node
            studies = sorted(small_studies(folder, self.reports - self.reports // 3))
            taken, revised = study_of(studies[0]), studies[1:1 + self.reports // 3]
            drafts = len(studies) + len(revised)
            node.post("/radfm/api/v1/pause", b"")
            for begin in range(0, len(studies), 100):
                self.assertEqual(node.store(studies[begin:begin + 100]), 0)
            node.until(60 + drafts, "a job for each study", lambda: len(node.jobs()) == len(studies))
            uid_taken = node.jobs(taken)[0]["sop_instance_uid"]
            (fleet.archives["committing"].objects_folder / f"{uid_taken}.dcm").write_bytes(FOREIGN)
            node.post("/radfm/api/v1/resume", b"")
            killer = Killer(node, seed, drafts, self.kill_every)
            waiting = list(revised)

            def all_done():
                counts = killer.look()
                # Another image comes when the first draft is in Orthanc, whatever the destinations do.
                for path in waiting[:5]:
                    if node.reports_in(study_of(path)) and node.store([changed(path, folder, InstanceNumber=2)]) == 0:
                        waiting.remove(path)
                return not waiting and counts["done"] + counts["dead"] == drafts

            node.until(300 + 40 * drafts, "the end of all jobs", all_done)
            # The last kill may not be over.
            jobs = node.until(60, "the jobs", lambda: [node.job(job["id"]) for job in node.jobs()])
            self.assertEqual(len(jobs), drafts)
            self.check_foreign(fleet, [job for job in jobs if job["sop_instance_uid"] == uid_taken])
            self.check_copies(fleet, jobs, uid_taken, [study_of(path) for path in studies])
            found = {study_of(path) for path in studies}
            self.assertEqual(studies_with_reports(node.dicom_port, "ORTHANC"), found)
            self.assertEqual(studies_with_reports(fleet.archives["orthanc-2"].port, TITLE), found)
            for path in revised:
                self.check_order(fleet, [job for job in jobs if job["study"] == study_of(path)])
            print(f"{len(jobs)} drafts at {1 + len(fleet.archives)} places; {fleet.faults()}; killed {killer.killed}", flush=True)

    def check_foreign(self, fleet, jobs):
        """Nothing was overwritten, and the job says so."""
        self.assertEqual([(job["state"], job["error"]["code"]) for job in jobs], [("dead", "uid_taken")])
        path = fleet.archives["committing"].objects_folder / f"{jobs[0]['sop_instance_uid']}.dcm"
        self.assertEqual(path.read_bytes(), FOREIGN)

    def check_copies(self, fleet, jobs, uid_taken, studies):
        drafts = {read.SOPInstanceUID: read for study in studies for read in map(dataset, fleet.node.reports_in(study))}
        self.assertEqual(sorted(drafts), sorted(job["sop_instance_uid"] for job in jobs))
        self.assertEqual({job["outcome"] for job in jobs if job["sop_instance_uid"] != uid_taken}, {"delivered"})
        for name, archive in fleet.archives.items():
            copies = [dataset(data) for data in archive.objects()]
            expected = set(drafts) - ({uid_taken} if name == "committing" else set())
            self.assertEqual(sorted(copy.SOPInstanceUID for copy in copies), sorted(expected), name)
            for copy in copies:
                self.assertEqual(copy, drafts[copy.SOPInstanceUID], name)

    def check_order(self, fleet, jobs):
        """At no place a revision was sent before its predecessor was there."""
        first, second = sorted(jobs, key=lambda job: job["revision"])
        self.assertEqual((first["revision"], second["revision"]), (1, 2))
        self.assertEqual(second["predecessor"], first["sop_instance_uid"])
        for name in ["orthanc", *fleet.archives]:
            there = [event["id"] for event in first["events"] if event["kind"] == "sent" and event["detail"] == f"sr to {name}"]
            begun = [event["id"] for event in second["events"] if event["kind"] == "send_begun" and event["detail"] == f"sr to {name}"]
            self.assertEqual(len(there), 1, name)
            self.assertLess(there[0], min(begun), name)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--reports", type=int, choices=range(3, 1_001), metavar="N", default=Destinations.reports)
    arguments.add_argument("--seed", default="")
    arguments.add_argument("--faults", type=int, choices=range(0, 91), metavar="PER_CENT", default=Destinations.faults_per_cent)
    arguments.add_argument("--kill-every", type=int, choices=range(1, 1_001), metavar="DRAFTS", default=Destinations.kill_every)
    given, rest = arguments.parse_known_args()
    Destinations.reports, Destinations.seed = given.reports, given.seed
    Destinations.faults_per_cent, Destinations.kill_every = given.faults, given.kill_every
    unittest.main(argv=[sys.argv[0], *rest])
