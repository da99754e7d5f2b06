# SPDX-License-Identifier: Apache-2.0
"""What the lists of jobs cost with a full queue: an Orthanc with the plugin, in which studies of made-up patients lie, and a queue of
--jobs jobs in all states (jobs_list_queue, in the build folder, writes them as plugin and worker would).

Each question is asked --rounds times over HTTP, in turns, with the answers read whole. Printed: median, 95th percentile and bytes.
`first patients` is a list whose series Orthanc has not been asked about since its start.

Fails when a question's 95th percentile is above --limit milliseconds (but for a thousand rows with patients, for each of which Orthanc
reads its index), or an answer is not what the queue holds.

jobs_list.py [--jobs 10000] [--studies 1000] [--rounds 50] [--limit 50] [--folder DIR]
"""
import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("RADFM_BUILD", ROOT / "build"))
sys.path.insert(0, str(ROOT / "tests" / "orthanc-plugin"))
from orthanc_with_plugin import GOOD, OrthancWithPlugin  # noqa: E402
from small_ct import ct_slice  # noqa: E402

API = "/radfm/api/v1/"
UNBOUNDED = "1000 with patients"
PLUGIN = str(BUILD / "orthanc-plugin" / "libOrthancRadFM.so")


class Connection:
    """One that is kept, as a browser keeps it."""

    def __init__(self, node):
        host, port = node.url.removeprefix("http://").split(":")
        self.http = http.client.HTTPConnection(host, int(port), timeout=30)

    def ask(self, path, headers=None):
        """(milliseconds, status, ETag, body)"""
        while True:
            begin = time.perf_counter()
            self.http.request("GET", path, headers=headers or {})
            answer = self.http.getresponse()
            body = answer.read()
            ms = 1000 * (time.perf_counter() - begin)
            if answer.status != 503 or b"too_many_requests" not in body:
                return ms, answer.status, answer.headers.get("ETag"), body
            time.sleep(int(answer.headers["Retry-After"]))  # it asks faster than a page may


def studies_of(count):
    """(Study Instance UID, patient) of the studies that lie in Orthanc."""
    return [(f"1.2.826.0.2.{number}", f"P{number:05d}") for number in range(count)]


def fill_orthanc(node, studies):
    """Ten slices each."""
    files = Path(node.folder) / "files"
    files.mkdir()
    for uid, patient in studies:
        for number in range(1, 11):
            (files / f"{uid}-{number}").write_bytes(ct_slice(uid, number, patient=patient))
    names = [str(path) for path in sorted(files.iterdir())]
    for at in range(0, len(names), 2000):
        assert node.store(names[at:at + 2000]) == 0, "Orthanc does not take the files"
    shutil.rmtree(files)


def fill_queue(node, studies, jobs):
    known = {row["MainDicomTags"]["StudyInstanceUID"]: row["ID"] for row in node.get("/studies?expand")}
    lines = "".join(f"{uid} {known[uid]}\n" for uid, _ in studies)
    filler = BUILD / "tests" / "bench" / "jobs_list_queue"
    run = subprocess.run([str(filler), node.database, str(jobs)], input=lines, text=True, capture_output=True, timeout=900, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def questions(jobs):
    return {
        "status": "status", "list of 200": "jobs", "list of 1000": "jobs?limit=1000", "from the middle": f"jobs?before={jobs // 2}",
        "state=dead": "jobs?state=dead", "state=queued,leased,delivering": "jobs?state=queued,leased,delivering",
        "state=done,cancelled": "jobs?state=done,cancelled", "lane=stat": "jobs?lane=stat", "rule (few have it)": "jobs?rule=rare",
        "rule (none has it)": "jobs?rule=none", "error (few have it)": "jobs?error=no_geometry", "study": "jobs?study=1.2.826.0.2.7",
        "find: a job's number": "jobs?find=77", "find: one patient": "jobs?find=P00077", "find: a hundred patients": "jobs?find=P000",
        "find: nobody": "jobs?find=nobody", "200 with patients": "jobs?patients=1", UNBOUNDED: "jobs?limit=1000&patients=1",
        "find, with patients": "jobs?find=P000&patients=1", "one job": f"jobs/{jobs}", "a job of the middle": f"jobs/{jobs // 2}",
    }


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(node, connection, arguments):
    asked = questions(arguments.jobs)
    times, sizes, etags = {name: [] for name in asked}, {}, {}
    for _ in range(arguments.rounds):
        for name, path in asked.items():
            ms, status, etags[name], body = connection.ask(API + path)
            assert status == 200, (name, status, body[:300])
            times[name].append(ms)
            sizes[name] = len(body)
    again = [connection.ask(API + asked["200 with patients"], {"If-None-Match": etags["200 with patients"]}) for _ in range(arguments.rounds)]
    assert all(status == 304 and not body for _, status, _, body in again), again[0]
    times["200 with patients, unchanged: 304"] = [ms for ms, _, _, _ in again]
    sizes["200 with patients, unchanged: 304"] = 0
    return times, sizes


def check(node, jobs):
    """The lists are those of this queue."""
    counts = node.get(API + "status")["queue"]["counts"]
    assert sum(counts.values()) == jobs and min(counts[state] for state in ("queued", "done", "dead", "cancelled")) > 0, counts
    assert len(node.get(API + "jobs?limit=1000")) == 1000
    assert len(node.get(API + "jobs?state=dead&limit=1000")) == min(1000, counts["dead"])
    named = node.get(API + "jobs?find=P00077&patients=1")
    assert named and all(row["patient"]["id"] == "P00077" for row in named), named[:1]
    assert all(row["ahead"] is not None for row in node.get(API + "jobs?state=queued"))


def print_table(first, times, sizes):
    print("| question | p50 ms | p95 ms | bytes |")
    print("|---|---|---|---|")
    print(f"| first patients, of 200 | {first[0]:.1f} | | {first[1]} |")
    for name, values in times.items():
        print(f"| {name} | {statistics.median(values):.1f} | {percentile(values, 0.95):.1f} | {sizes[name]} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--studies", type=int, default=1_000, help="in Orthanc; the jobs are of them, in turn")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--limit", type=float, default=50.0, help="fail when a 95th percentile is above it (ms)")
    parser.add_argument("--folder", help="where Orthanc stores (default: the system's folder for temporary files)")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="radfm-jobs-", dir=arguments.folder)
    node = OrthancWithPlugin(PLUGIN, "Orthanc", folder, {"SaveJobs": False, "StableAge": 3600})  # the plugin makes no jobs of its own meanwhile
    try:
        node.configure(GOOD)
        node.start()
        node.wait_until_it_reads()
        studies = studies_of(arguments.studies)
        fill_orthanc(node, studies)
        print(fill_queue(node, studies, arguments.jobs), flush=True)
        connection = Connection(node)
        ms, status, _, body = connection.ask(API + "jobs?patients=1")
        assert status == 200, body[:300]
        check(node, arguments.jobs)
        times, sizes = measure(node, connection, arguments)
        print_table((ms, len(body)), times, sizes)
        late = {name: percentile(values, 0.95) for name, values in times.items() if name != UNBOUNDED}
        slow = {name: ms for name, ms in late.items() if ms > arguments.limit}
        assert not slow, f"above {arguments.limit} ms: {slow}"
    finally:
        node.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
