# SPDX-License-Identifier: Apache-2.0
"""kill -9 of worker, engine, reader and Orthanc at random moments over queued studies.

In rounds: a node with a fresh folder gets its studies, half of them before the first kill and half of them meanwhile; processes are
killed as long as work is open; then the node is left alone, and judged. What must hold is kept outside the node: which studies were
sent. In the end each has exactly one job, done and delivered, and one draft in Orthanc; none is lost, doubled, stuck or dead.

With --state DIR sums are kept there after each round, and a run that was stopped goes on with the next one."""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from dicom_files import study_of, verdicts  # noqa: E402
from node_harness import BUILD, Node, OPEN_STATES  # noqa: E402
from storm_sums import Sums  # noqa: E402
from study_judgement import judge_study  # noqa: E402

OURS = ("radfm-worker", "radfm-engine", "radfm-reader")
KILLS_PER_STUDY_MAX = 200 / 30  # in one round; the limits of the default configuration must hold out against it
PAUSE_MAX_S = {"model": 1.2, "stand-in": 0.3}
STAND_IN_MS = 150
VICTIM_WITHIN_S = {"model": 3.0, "stand-in": 0.5}  # a reader lives shortly, and what died is started again
SETTLE_WITHIN_S = 900
VALIDATED_MAX = {"model": 1_000, "stand-in": 2}  # drafts of a round that validators read
SMALL_NODE = {"rules": [{"name": "everything", "match": {}, "action": {"task": "report"}, "max_study_age_days": None}]}


def make_studies(folder, count, seed):
    """{Study Instance UID: path}, one small radiograph each."""
    subprocess.run([str(BUILD / "demo" / "radfm-demo-patient"), "--studies", str(count), "--seed", str(seed), "--out", str(folder)],
                   check=True, stdout=subprocess.DEVNULL)
    studies = {study_of(path): path for path in sorted(Path(folder).rglob("*.dcm"))}
    assert len(studies) == count, f"{len(studies)} studies instead of {count}"
    return studies


class Modality(threading.Thread):
    """Sends one study after the other; what was not accepted is sent again."""

    def __init__(self, node, paths):
        super().__init__(daemon=True)
        self.node, self.paths, self.over = node, paths, False

    def run(self):
        for path in self.paths:
            while not self.over and not self.taken(path):
                time.sleep(0.2)

    def taken(self, path):
        try:
            return self.node.store([path], halt_at_refusal=True) == 0
        except subprocess.TimeoutExpired:
            return False


class Round:
    """One node, its studies and its kills."""

    def __init__(self, arguments, sums, folder):
        self.arguments, self.sums, self.folder = arguments, sums, folder
        self.seed = sums.next_seed()
        self.dice = random.Random(self.seed)
        self.kills, self.attempts, self.ends, self.faults = Counter(), Counter(), Counter(), []

    def play(self):
        studies = make_studies(self.folder / "studies", self.arguments.studies, self.seed)
        paths = list(studies.values())
        stand_in_ms = STAND_IN_MS if self.arguments.engine == "stand-in" else None
        node_folder = self.folder / "node"
        node_folder.mkdir()
        # The node ends with us, however we end.
        with Node(folder=node_folder, configuration={**SMALL_NODE, "model": {"jobs_at_once": self.arguments.jobs_at_once}}, orthanc={"StableAge": 1}, stand_in_ms=stand_in_ms,
                  options=["--workers", str(self.arguments.workers), "--restart-after", str(self.arguments.restart_after)],
                  prefix=("setpriv", "--pdeathsig", "TERM")) as node:
            node.ctl("queue", "pause")
            early = len(paths) // 2
            assert node.store(paths[:early], halt_at_refusal=True) == 0, "a node that nobody disturbs takes studies"
            node.until(120, "all early studies queued", lambda: len(node.jobs()) == early)
            node.ctl("queue", "resume")
            modality = Modality(node, paths[early:])
            modality.start()
            self.storm(node, modality)
            modality.join(SETTLE_WITHIN_S)
            modality.over = True
            self.wait_settled(node, len(studies))
            self.judge(node, studies)

    def storm(self, node, modality):
        cap = round(KILLS_PER_STUDY_MAX * self.arguments.studies)
        while sum(self.kills.values()) < cap and self.sums.kills_left(self.kills) > 0 and self.work_is_open(node, modality):
            time.sleep(self.dice.uniform(0.0, PAUSE_MAX_S[self.arguments.engine]))
            name, pid = self.victim(node)
            if pid is None:
                continue
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.kills[name] += 1
            if sum(self.kills.values()) % 20 == 0:
                print(self.sums.progress(self.kills, dict(Counter(job["state"] for job in node.jobs_or_nothing() or []))), flush=True)

    def work_is_open(self, node, modality):
        """What cannot be asked now, because Orthanc has just died, is open."""
        if modality.is_alive():
            return True
        try:
            status = node.json("/radfm/api/v1/status")
            counts = status["queue"]["counts"]
            return status.get("pending_studies", 0) > 0 or any(counts[state] for state in OPEN_STATES)
        except (OSError, ValueError, TypeError, KeyError):
            return True

    def victim(self, node):
        """Orthanc in the proportion that was asked for, else one of ours; another one of ours where that does not come to life."""
        orthanc_left, ours_left = self.sums.kills_left_by_kind(self.kills)
        wanted = "Orthanc" if self.dice.random() * (orthanc_left + ours_left) < orthanc_left else self.dice.choice(OURS)
        deadline = time.monotonic() + VICTIM_WITHIN_S[self.arguments.engine]
        while True:
            alive = sorted(node.processes())
            chosen = [process for process in alive if process[0] == wanted]
            if not chosen and time.monotonic() > deadline:
                chosen = [process for process in alive if process[0] in OURS] if ours_left else []
                return self.dice.choice(chosen) if chosen else (None, None)
            if chosen:
                return self.dice.choice(chosen)
            time.sleep(0.01)

    def wait_settled(self, node, expected):
        def ask():
            jobs = node.jobs()
            return (len(jobs) >= expected and all(job["state"] not in OPEN_STATES for job in jobs) and
                    node.json("/radfm/api/v1/status")["pending_studies"] == 0)
        try:
            node.until(SETTLE_WITHIN_S, f"{expected} settled jobs", ask)
        except AssertionError as late:
            print(late, flush=True)  # who is stuck or lost is said by judge()

    def judge(self, node, studies):
        validated = set(self.dice.sample(sorted(studies), min(len(studies), VALIDATED_MAX[self.arguments.engine])))
        for study, path in studies.items():
            jobs, drafts, faults = judge_study(node, study)
            if len(drafts) == 1 and study in validated:
                faults += [("invalid", complaint) for complaint in verdicts(drafts[0], [path])]
            self.faults += [(kind, f"{study}: {why}") for kind, why in faults]
            self.attempts.update(job["attempts"] for job in jobs)
            self.ends.update(attempt["end"] or "never ended" for job in jobs for attempt in job["attempt_log"])
        others = [job["study"] for job in node.jobs() if job["study"] not in studies]
        self.faults += [("doubled", f"{study}: a job for a study that nobody sent") for study in others]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=30, help="of each round")
    parser.add_argument("--kills", type=int, default=1_000, help="of worker, engine and reader together")
    parser.add_argument("--orthanc-kills", type=int, default=200)
    parser.add_argument("--engine", choices=("model", "stand-in"), default="model",
                        help="stand-in: a program without a model, which starts and answers at once (tests/support/fake_engine.cpp)")
    parser.add_argument("--workers", type=int, default=1, help="on one queue")
    parser.add_argument("--jobs-at-once", type=int, default=1, help="model.jobs_at_once")
    parser.add_argument("--restart-after", type=float, default=None, metavar="SECONDS",
                        help="what died is started again after so long; default: 1, with the stand-in 0.1")
    parser.add_argument("--seed", type=int, default=None, help="of the first round; it draws victims and moments")
    parser.add_argument("--state", help="a folder for sums, and for the nodes of rounds with faults")
    parser.add_argument("--report", help="a file in Markdown, whose section of this form gets the sums")
    arguments = parser.parse_args()
    if arguments.restart_after is None:
        arguments.restart_after = 0.1 if arguments.engine == "stand-in" else 1.0
    return arguments


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))  # ends the node too
    state = Path(arguments.state or tempfile.mkdtemp(prefix="radfm-storm-"))
    state.mkdir(parents=True, exist_ok=True)
    sums = Sums(state / "sums.json", arguments)
    print(f"{sums.rounds} rounds are done; the next seed is {sums.next_seed()}", flush=True)
    while sums.kills_left() > 0:
        folder = state / "round"
        shutil.rmtree(folder, ignore_errors=True)  # of a run that was stopped: not counted
        folder.mkdir()
        play = Round(arguments, sums, folder)
        began = time.monotonic()
        play.play()
        sums.add(play, time.monotonic() - began)
        if play.faults:
            shutil.move(folder, state / f"faults-{play.seed}")
        print(f"round of seed {play.seed}: {sum(play.kills.values())} kills, {time.monotonic() - began:.0f} s, {len(play.faults)} faults",
              flush=True)
        for kind, text in play.faults:
            print("FAULT", kind, text, flush=True)
    shutil.rmtree(state / "round", ignore_errors=True)
    print(sums.summary())
    if arguments.report:
        sums.write_section(Path(arguments.report))
    if arguments.state is None and not sums.fault_count():
        shutil.rmtree(state, ignore_errors=True)
    sys.exit(1 if sums.fault_count() else 0)


if __name__ == "__main__":
    main()
