# SPDX-License-Identifier: Apache-2.0
"""The node's own time: from a study's due moment (or the previous job's SR stored, if later) to its own SR stored, less its model time.

Moments come from the queue's events (one clock, one machine). Prints a table and, with --report FILE, writes it.
turnaround.py [--studies 1 50] [--seed N] [--report FILE]
"""
import argparse
import calendar
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "crash"))
from kill_storm import make_studies, send_all, wait_settled  # noqa: E402
from node_harness import Node  # noqa: E402

STABLE_AGE_MS = 3000  # as scripts/node starts Orthanc


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def last_updates_ms(node, studies):
    """When Orthanc says that each study was last changed (whole seconds, UTC), before any draft has come."""
    moments = {}
    for study in studies:
        text = node.json(f"/studies/{node.lookup(study, 'Study')[0]}")["LastUpdate"]
        moments[study] = calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%S")) * 1000
    return moments


def own_times_ms(node, due_ms):
    """Per job: SR stored in Orthanc - max(due, previous SR stored) - model time."""
    rows = []
    for row in node.jobs():
        job = node.job(row["id"])
        sent = max(event["wall_ms"] for event in job["events"] if event["kind"] == "sent")
        generated = job["detail"]["generated"]
        rows.append((sent, due_ms[job["study"]], generated["vision_ms"] + generated["prefill_ms"] + generated["decode_ms"]))
    rows.sort()
    times, previous = [], 0
    for sent, due, model_ms in rows:
        times.append(sent - max(due, previous) - model_ms)
        previous = sent
    return times, [row[2] for row in rows]


def measure(count, seed):
    folder = tempfile.mkdtemp(prefix="radfm-bench-")
    try:
        studies = make_studies(folder, count, seed)
        with Node() as node:
            if count == 1:
                send_all(node, studies)
                due_ms = {study: moment + STABLE_AGE_MS for study, moment in last_updates_ms(node, studies).items()}
            else:
                # All wait in the queue before the first is taken: each is due when the pause ends.
                node.ctl("queue", "pause")
                send_all(node, studies)
                node.until(300, "all queued", lambda: len(node.jobs()) == count)
                due_ms = dict.fromkeys(studies, time.time() * 1000)
                node.ctl("queue", "resume")
            wait_settled(node, count)
            return own_times_ms(node, due_ms)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, nargs="+", default=[1, 50])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report")
    arguments = parser.parse_args()
    lines = ["| queued studies | own time p50 | p99 | longest | model time p50 |", "|---|---|---|---|---|"]
    for count in arguments.studies:
        times, model = measure(count, arguments.seed)
        lines.append(f"| {count} | {quantile(times, 0.5):.0f} ms | {quantile(times, 0.99):.0f} ms | {max(times):.0f} ms | {quantile(model, 0.5):.0f} ms |")
        print(lines[-1], flush=True)
    table = "\n".join(lines)
    print(table)
    if arguments.report:
        document = Path(arguments.report)
        # What other measurements wrote stands behind the first heading.
        others = re.search(r"\n## .*", document.read_text(encoding="utf-8") if document.exists() else "", re.S)
        document.write_text(
            "# Performance\n\nTime from a study's due moment (or the previous job's SR stored, if later) to its own SR stored, less its model time,\n"
            "on two cores, demonstration model. Printed by `.deps/python/bin/python tests/bench/turnaround.py --report docs/performance.md`.\n\n"
            + table + "\n" + (others[0] if others else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
