# SPDX-License-Identifier: Apache-2.0
"""kill -9 of worker, engine, reader and Orthanc at random moments over queued studies.

What must hold is kept outside the node: which studies were sent. In the end every study has exactly one draft in Orthanc, every
job is done, none is dead or stuck.   kill_storm.py [--studies 30] [--kills 200] [--seed N] [--report FILE]
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from dicom_files import study_of, verdicts  # noqa: E402
from node_harness import BUILD, Node, OPEN_STATES  # noqa: E402

TARGETS = ("radfm-worker", "radfm-engine", "radfm-reader", "Orthanc")
PAUSE_MAX_S = 1.2
SETTLE_WITHIN_S = 900


def make_studies(folder, count, seed):
    subprocess.run([str(BUILD / "demo" / "radfm-demo-patient"), "--studies", str(count), "--seed", str(seed), "--out", str(folder)],
                   check=True, stdout=subprocess.DEVNULL)
    studies = {}
    for path in sorted(Path(folder).rglob("*.dcm")):
        studies.setdefault(study_of(path), []).append(path)
    assert len(studies) == count, f"{len(studies)} studies instead of {count}"
    return studies


def send_all(node, studies):
    """A modality's patience: what was not accepted is sent again."""
    for study, paths in studies.items():
        while node.store(paths) != 0:
            time.sleep(0.2)
        print(f"sent {study}", flush=True)


def storm(node, dice, kills):
    """Kills one random process at a time; a reader lives shortly, so it is waited for a moment."""
    done, started = Counter(), time.monotonic()
    for number in range(kills):
        time.sleep(dice.uniform(0.0, PAUSE_MAX_S))
        wanted = dice.choice(TARGETS)
        deadline = time.monotonic() + 3.0
        while time.monotonic() < deadline:
            pid = node.pids().get(wanted)
            if pid is not None:
                break
            time.sleep(0.005)
        if pid is None:
            wanted = "radfm-worker"
            pid = node.pids().get(wanted)
        if pid is None:
            continue
        try:
            os.kill(pid, signal.SIGKILL)
            done[wanted] += 1
        except ProcessLookupError:
            continue
        if (number + 1) % 10 == 0:
            elapsed = time.monotonic() - started
            left = elapsed / (number + 1) * (kills - number - 1)
            jobs = node.jobs_or_nothing() or []
            states = dict(Counter(job["state"] for job in jobs))
            print(f"kill {number + 1} of {kills}, {elapsed:.0f} s, about {left:.0f} s left, jobs {states}", flush=True)
    return done


def wait_settled(node, expected):
    def ask():
        jobs = node.jobs()
        return len(jobs) >= expected and all(job["state"] not in OPEN_STATES for job in jobs)
    node.until(SETTLE_WITHIN_S, f"{expected} settled jobs", ask)


def judge(node, studies):
    jobs = node.jobs()
    faults = []
    for study, paths in studies.items():
        of_study = [job for job in jobs if job["study"] == study]
        reports = node.reports_in(study)
        if [job["outcome"] for job in of_study] != ["delivered"]:
            faults.append(f"{study}: jobs {[(job['state'], job['outcome'], job['error']) for job in of_study]}")
        if len(reports) != 1:
            faults.append(f"{study}: {len(reports)} reports")
        else:
            faults += [f"{study}: {line}" for line in verdicts(reports[0], paths)]
    if len(jobs) != len(studies):
        faults.append(f"{len(jobs)} jobs for {len(studies)} studies")
    return faults, jobs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=30)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--report", help="a file for the result, in Markdown")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="radfm-storm-")
    studies = make_studies(folder, arguments.studies, seed)
    started = time.monotonic()
    with Node() as node:
        # All studies are queued before the first kill; the worker is let loose with the storm.
        node.ctl("queue", "pause")
        send_all(node, studies)
        node.until(120, "all studies queued", lambda: len(node.jobs()) == len(studies))
        node.ctl("queue", "resume")
        kills = storm(node, random.Random(seed), arguments.kills)
        wait_settled(node, len(studies))
        faults, jobs = judge(node, studies)
        attempts = sorted(job["attempts"] for job in jobs)
    shutil.rmtree(folder, ignore_errors=True)
    summary = (f"{sum(kills.values())} kills ({', '.join(f'{name} {kills[name]}' for name in TARGETS)}) over {len(studies)} studies, "
               f"seed {seed}, {time.monotonic() - started:.0f} s: {len(faults)} faults; attempts a job: "
               f"median {attempts[len(attempts) // 2]}, most {attempts[-1]}")
    print(summary)
    for fault in faults:
        print("FAULT", fault)
    if arguments.report:
        Path(arguments.report).write_text(
            "# Kill storm\n\n`tests/crash/kill_storm.py` sends studies, kills processes with SIGKILL at random moments, waits, and counts "
            f"reports.\n\nLast run: {summary}.\n" + "".join(f"* FAULT {fault}\n" for fault in faults), encoding="utf-8")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
