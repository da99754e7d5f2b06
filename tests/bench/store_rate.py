# SPDX-License-Identifier: Apache-2.0
"""What the plugin costs C-STORE: the same files to an Orthanc with the plugin and to one without, in turns.

Both run all the time (with --legs N they begin N times anew), on the same disk, with the same settings; each round sends its files to
one, then to the other (the order changes from round to round, so that what else the machine does meets both). A round is one
association of storescu with TCP_NODELAY at both ends. With a StableAge of a second studies come to rest while others arrive. In a
round that is shorter than give_way_max (orthanc-plugin/give_way.h) the plugin settles them after its end, in a longer one in its
midst.

Beside the ratio of the rates stands that of the processor time that each Orthanc took for its rounds: it tells what a plugin costs
more exactly than time does on a machine that others use too.

That the sender is not what is measured: it also sends a round to a receiver that stores nothing (storescp --ignore), and the share
of a round in which the sender itself computed is printed.

Fails when an instance is missing in an Orthanc, when a study has not exactly one job with all its images in the end, when the memory
of Orthanc grows by more with the plugin than without, or when the ratio of the rates is below --require.

store_rate.py [--instances 2000] [--rounds 4] [--images-per-study 50] [--seed 1] [--legs 1] [--require 0] [--folder DIR]
"""
import argparse
import math
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("RADFM_BUILD", ROOT / "build"))
sys.path.insert(0, str(ROOT / "tests" / "orthanc-plugin"))
from orthanc_with_plugin import GOOD, OrthancWithPlugin, free_port  # noqa: E402
from small_ct import ct_slice  # noqa: E402

NAGLE_OFF = dict(os.environ, TCP_NODELAY="1")
SETTLE_WITHIN_S = 300
REST_S = 2.5  # StableAge is one second, and Orthanc looks each second
MEMORY_MARGIN_KB = 30_000
SENDER_MARGIN = 1.3  # the sender must be this much faster than the faster Orthanc


def write_round(folder, studies, images):
    folder.mkdir()
    for place, uid in enumerate(studies):
        for number in range(1, images + 1):
            (folder / f"{place:05d}-{number:05d}").write_bytes(ct_slice(uid, number, patient="P" + uid[-6:]))


def send(folder, port):
    """(seconds, seconds that the sender computed) for one association with all files of the folder, study after study."""
    names = sorted(os.listdir(folder))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    subprocess.run(["storescu", "-aec", "ORTHANC", "127.0.0.1", str(port), *names], env=NAGLE_OFF, check=True, cwd=folder,
                   stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


def rate_into_nothing(folder, count):
    """Images a second to a receiver that stores nothing."""
    port = free_port()
    sink = subprocess.Popen(["storescp", "--ignore", str(port)], env=NAGLE_OFF, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while subprocess.run(["echoscu", "127.0.0.1", str(port)], capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, "storescp does not answer"
        return count / send(folder, port)[0]
    finally:
        sink.terminate()
        sink.wait()


class Memory(threading.Thread):
    """Resident memory of both Orthancs, each half second."""

    def __init__(self, nodes):
        super().__init__(daemon=True)
        self.nodes, self.done, self.series = nodes, threading.Event(), {name: [] for name in nodes}

    def run(self):
        while not self.done.wait(0.5):
            for name, node in self.nodes.items():
                self.series[name].append(node.resident_kb())


def jobs_of(node):
    """{study: numbers of its jobs that stand}, over all pages of the list."""
    found, before = {}, ""
    while True:
        rows = node.get("/radfm/api/v1/jobs?limit=1000" + before)
        for row in rows:
            if row["outcome"] != "superseded":
                found.setdefault(row["study"], []).append(row["id"])
        if len(rows) < 1000:
            return found
        before = f"&before={rows[-1]['id']}"


def settled(node):
    status = node.get("/radfm/api/v1/status")
    return status["pending_studies"] == 0 and node.cursor() == node.get("/changes?last")["Last"]


def count_jobs(node):
    """From the status, whose size does not grow with the queue: what is asked here must not be what memory is measured of."""
    return sum(node.get("/radfm/api/v1/status")["queue"]["counts"].values())


def wait_settled(node, studies):
    deadline = time.monotonic() + SETTLE_WITHIN_S
    while not (settled(node) and count_jobs(node) >= studies):
        assert time.monotonic() < deadline, f"{count_jobs(node)} jobs of {studies} studies: {node.plugin_says()}"
        time.sleep(0.2)


def wait_at_rest(node):
    """Until Orthanc has said of all studies that they are stable: it writes that down, and the other's turn must not be slowed by it."""
    last, since = -1, time.monotonic()
    while time.monotonic() < since + REST_S:
        now = node.get("/changes?last")["Last"]
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.2)


def check_nothing_lost(nodes, studies, images):
    for name, node in nodes.items():
        counts = node.get("/statistics")
        assert counts["CountInstances"] == len(studies) * images, f"Orthanc {name}: {counts}"
        assert counts["CountStudies"] == len(studies), f"Orthanc {name}: {counts}"
    jobs = jobs_of(nodes["with"])
    assert set(jobs) == set(studies), f"{len(jobs)} of {len(studies)} studies have a job"
    for uid, numbers in jobs.items():
        assert len(numbers) == 1, f"{uid} has {len(numbers)} jobs that stand"
        assert nodes["with"].get(f"/radfm/api/v1/jobs/{numbers[0]}")["images"] == images, f"the job of {uid} is not of all its images"


class Leg:
    """Both Orthancs begun anew, in another order each time, and rounds of them: what one of them has by chance (where its memory and
    its files lie) must not decide. Two Orthancs alike, without any plugin, differ by a percent or two as long as they run."""

    def __init__(self, arguments, folder, number):
        self.arguments, self.folder, self.number = arguments, folder, number
        plugins = {"with": str(BUILD / "orthanc-plugin" / "libOrthancRadFM.so"), "without": None}
        settings = {"MaximumStorageCacheSize": 0, "SaveJobs": False}
        self.nodes = {}
        for name in in_turn(list(plugins), number):
            (folder / name).mkdir()
            self.nodes[name] = OrthancWithPlugin(plugins[name], "Orthanc", str(folder / name), settings)
            self.nodes[name].configure(GOOD)
            self.nodes[name].start()
        self.memory = Memory(self.nodes)
        self.studies = []

    def stop(self):
        self.memory.done.set()
        for node in self.nodes.values():
            node.stop()

    def begin(self):
        self.nodes["with"].wait_until_it_reads()
        self.memory.start()

    def round(self, number, uids, took, processor):
        """Fills in how long each Orthanc took and how long it computed; returns the sender's computing and its rate into nothing."""
        images, node = self.arguments.images_per_study, self.nodes["with"]
        files = self.folder / f"round-{number}"
        write_round(files, uids, images)
        count, computed = len(uids) * images, 0.0
        nothing = rate_into_nothing(files, count) if number == 0 else None
        before = count_jobs(node)
        for name in in_turn(sorted(self.nodes), number):
            orthanc_before = self.nodes[name].processor_s()
            took[name], used = send(files, self.nodes[name].dicom_port)
            processor[name] = self.nodes[name].processor_s() - orthanc_before
            computed += used
            if name == "with":
                early = count_jobs(node) - before
                wait_settled(node, len(self.studies) + len(uids))
            wait_at_rest(self.nodes[name])  # outside of the other's turn
        self.studies += uids
        shutil.rmtree(files)
        print(f"round {number + 1}: " + ", ".join(f"{name} {count / took[name]:.0f}/s" for name in sorted(took)) +
              f", ratio {took['without'] / took['with']:.3f}; {early} jobs of {len(uids)} studies were made before the round's end; memory with "
              f"{node.resident_kb()} kB, without {self.nodes['without'].resident_kb()} kB", flush=True)
        return computed, nothing


def measure(arguments, folder):
    dice = random.Random(arguments.seed)
    images = arguments.images_per_study
    per_round = max(1, arguments.instances // arguments.rounds // images)
    rounds, processor, computed, nothing, memories = [], [], 0.0, None, []
    for number in range(arguments.legs):
        place = folder / f"leg-{number}"
        place.mkdir()
        leg = Leg(arguments, place, number)
        try:
            leg.begin()
            for in_all in range(number * arguments.rounds // arguments.legs, (number + 1) * arguments.rounds // arguments.legs):
                uids = [f"1.2.826.0.1.{arguments.seed}.{in_all + 1}.{dice.randrange(10 ** 9, 10 ** 10)}" for _ in range(per_round)]
                rounds.append({})
                processor.append({})
                used, rate = leg.round(in_all, uids, rounds[-1], processor[-1])
                computed, nothing = computed + used, rate or nothing
            check_nothing_lost(leg.nodes, leg.studies, images)
        finally:
            leg.stop()
        memories.append(leg.memory.series)
        shutil.rmtree(place)
    report(arguments, len(rounds) * per_round * images, rounds, processor, computed, nothing, memories, len(rounds) * per_round)


def in_turn(names, number):
    """Each is as often first, and as often before each of the others."""
    shift = number // 2 % len(names)
    names = names[shift:] + names[:shift]
    return names[::-1] if number % 2 else names


def print_ratio(what, rounds, one, other):
    """The mean of the rounds' ratios, since one round in which the machine did something else must not decide."""
    ratios = [values[one] / values[other] for values in rounds]
    logarithms = [math.log(value) for value in ratios]
    ratio = math.exp(statistics.mean(logarithms))
    error = statistics.stdev(logarithms) / math.sqrt(len(ratios)) if len(ratios) > 1 else math.inf
    print(f"{what}, {one} / {other}: {ratio:.4f}, known to {100 * error:.1f} % (standard error of {len(ratios)} rounds); single rounds: median "
          f"{statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}")
    return ratio


def print_memory(series_of, legs):
    """Over the run (of several legs: the last one); returns by how many kB each grew."""
    grown = {}
    for name, series in series_of.items():
        tenth = max(1, len(series) // 10)
        grown[name] = statistics.median(series[-tenth:]) - statistics.median(series[tenth:2 * tenth] or series[:tenth])
        marks = " ".join(str(series[len(series) * part // 8] // 1000) for part in range(8)) if len(series) >= 8 else ""
        print(f"memory of Orthanc {name}: {marks} .. {series[-1] // 1000} MB over the {'last leg' if legs > 1 else 'run'}, "
              f"at most {max(series) // 1000} MB")
    return grown


def report(arguments, total, rounds, processor, computed, nothing, memories, studies):
    seconds = {name: sum(took[name] for took in rounds) for name in rounds[0]}
    fastest = total / min(seconds.values())
    print(f"{total} images of {studies} studies to each: " + ", ".join(f"{name} {total / seconds[name]:.1f}/s" for name in seconds))
    rates = [{name: 1 / value for name, value in took.items()} for took in rounds]
    ratio = print_ratio("rate", rates, "with", "without")
    used = {name: 1e6 * sum(values[name] for values in processor) / total for name in seconds}
    print("Orthanc computed for an image: " + ", ".join(f"{name} {value:.0f} us" for name, value in used.items()))
    print_ratio("processor time", processor, "with", "without")
    print(f"the sender: {nothing:.0f}/s into nothing, {nothing / fastest:.1f} times the faster Orthanc; it computed "
          f"{100 * computed / sum(seconds.values()):.0f} % of the rounds' time")
    grown = print_memory(memories[-1], arguments.legs)
    assert nothing > SENDER_MARGIN * fastest, "the sender may be what limits the rate: nothing is proved"
    assert grown["with"] - grown["without"] < MEMORY_MARGIN_KB, f"memory grows with the plugin: {grown}"
    assert ratio >= arguments.require, f"the ratio is below {arguments.require}"
    print("every image is in both Orthancs, every study has one job with all its images")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=2000, help="images to each Orthanc")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--legs", type=int, default=1, help="how often both Orthancs begin anew, the rounds shared among them")
    parser.add_argument("--images-per-study", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--require", type=float, default=0.0, help="fail below this ratio of rates")
    parser.add_argument("--folder", help="where all Orthancs store (default: the system's folder for temporary files)")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="radfm-store-", dir=arguments.folder))
    try:
        measure(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
