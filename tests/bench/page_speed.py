# SPDX-License-Identifier: Apache-2.0
"""What a person waits for at the page with a full queue, beside a running worker: an Orthanc with the plugin and the studies of made-up
patients, --jobs jobs in all states (written by jobs_list_queue), a worker with the shipped model that is sent radiographs all the time
(lane stat, so that it writes reports and does not go through what waits), and Chromium.

Measured in the browser, in turns, --rounds times: from the address to the first paint and to the rows with their patients; and for each
action from the press to the frame that shows its result. Beside the first paint stands that of a text of a few lines from the same server, read by
another fresh reader: what the browser and the machine take for any page. Printed: median and 95th percentile.

Fails when the first paint's or an action's median is above --limit milliseconds.

page_speed.py [--jobs 10000] [--studies 1000] [--rounds 9] [--limit 200] [--folder DIR]
"""
import argparse
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "orthanc-plugin")]
from jobs_list import fill_queue, percentile, studies_of  # noqa: E402
from node_harness import BUILD, Node  # noqa: E402
from page_browser import PageBrowser  # noqa: E402
from small_ct import ct_slice  # noqa: E402

RULES = [{"name": "radiographs", "match": {"modalities": ["CR", "DX"]}, "action": {"lane": "stat"}, "max_study_age_days": None}]
ROWS_SHOWN = "rows with patients"
PLAIN_TEXT = "first paint of a plain text"
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
ROWS = "document.querySelector('#list-finished .row') && document.querySelector('#jobs').textContent.includes('P0')"
# The first moment at which the rows are there, seen from inside: the page's own frames.
WATCH = """(() => { const look = () => { if (document.querySelector('#jobs') && (%s)) window.rowsShown = performance.now();
                                          else requestAnimationFrame(look); }; requestAnimationFrame(look); })()""" % ROWS
# From the press to the frame after the one in which the condition held.
ACT = """([press, condition]) => new Promise((done, fail) => {
  const holds = new Function('return ' + condition), begin = performance.now();
  if (holds()) { fail(new Error('it holds already: ' + condition)); return; }
  new Function(press)();
  const look = () => {
    if (performance.now() - begin > 10000) fail(new Error('never: ' + condition));
    else if (holds()) requestAnimationFrame(() => done(performance.now() - begin));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


class Radiographs(threading.Thread):
    """Sends one after the other, as soon as fewer than two are open: the worker always has work, and no more than that."""

    def __init__(self, node, files):
        super().__init__(daemon=True)
        self.node, self.files, self.over, self.sent = node, files, threading.Event(), 0

    def run(self):
        while not self.over.is_set() and self.files:
            if len(self.node.json("/radfm/api/v1/jobs?lane=stat&state=queued,leased,delivering")) < 2:
                assert self.node.store([self.files.pop()]) == 0
                self.sent += 1
            self.over.wait(0.2)


class Queue:
    """A Node as fill_queue() takes it."""

    def __init__(self, node):
        self.node, self.database = node, str(node.folder / "radfm-queue.sqlite")

    def get(self, path):
        return self.node.json(path)


@contextlib.contextmanager
def standing_still(processes):
    """The queue is filled by somebody who plays the worker: two of them would take each other's jobs."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def fill_orthanc(node, folder, studies):
    """Two slices each: what a list shows of a study does not depend on how many it has."""
    files = folder / "slices"
    files.mkdir()
    for uid, patient in studies:
        for number in (1, 2):
            (files / f"{uid}-{number}").write_bytes(ct_slice(uid, number, patient=patient))
    names = [str(path) for path in sorted(files.iterdir())]
    for at in range(0, len(names), 1000):
        assert node.store(names[at:at + 1000]) == 0, "Orthanc does not take the files"


def click(selector):
    return f"document.querySelector('{selector}').click()"


def type_into(selector, words):
    return f"const field = document.querySelector('{selector}'); field.value = '{words}'; field.form.requestSubmit()"


def choose(selector, value):
    return f"const list = document.querySelector('{selector}'); list.value = '{value}'; list.dispatchEvent(new Event('change', {{bubbles: true}}))"


def there(selector, text=None):
    return f"[...document.querySelectorAll('{selector}')].some(one => one.checkVisibility()" + (f" && one.textContent.includes('{text}'))" if text else ")")


def actions(dead, delivered):
    """(what, press, what then holds), in an order in which each can be done."""
    shown = "location.hash.startsWith('#queue?')"
    return [
        ("a state: needs you", click("#group-dead"), there("#list-one .row.dead")),
        ("older ones", click("#older"), there("#newest")),
        ("a state: finished", click("#group-done-cancelled, #group-finished"), there("#list-one .row:is(.done, .cancelled)")),
        ("lane", choose("#filter-lane", "stat"), shown + " && location.hash.includes('lane=stat')"),
        ("everything again", click("#go-queue"), there("#list-dead")),
        ("search for a patient", type_into("#find", "P00077"), there("#list-one .row", "P00077")),
        ("search for a job", type_into("#find", str(delivered)), there(f"#list-one #row-{delivered}") + " && document.querySelectorAll('.row').length === 1"),
        ("everything again ", type_into("#find", ""), there("#list-dead")),
        ("a delivered job", f"location.hash = '#job-{delivered}'", there("#card-history")),
        ("back to the queue", click("#back"), there("#list-dead .row")),
        ("a dead job", f"location.hash = '#job-{dead}'", there("#do-retry")),
        ("retry", click("#do-retry"), there("#card-history", "tried again")),  # the worker may have it by then
        ("rules", click("#go-rules"), there("#rule-0")),
        ("which rule takes it", type_into("#tester-study", studies_of(78)[77][0]), there("#tester-answer .result")),
        ("back to the queue ", click("#go-queue"), there("#list-dead .row")),
        ("pause", click("#pause"), there("#verdict", "Paused")),
        ("resume", click("#pause"), "!" + there("#verdict", "Paused")),
    ]


def paint_of_plain_text(browser, node):
    reader = browser.reader(node.base, bypass_csp=True)
    reader.page.goto(node.base + "/changes?limit=1")
    painted = reader.page.wait_for_function(FIRST_PAINT).json_value()
    reader.close()
    return painted


def measure(node, browser, rounds):
    times = {}
    dead = [row["id"] for row in node.json("/radfm/api/v1/jobs?state=dead&limit=200")]
    delivered = [row["id"] for row in node.json("/radfm/api/v1/jobs?state=done&limit=1000") if row["outcome"] == "delivered"]
    for turn in range(rounds):
        times.setdefault(PLAIN_TEXT, []).append(paint_of_plain_text(browser, node))
        reader = browser.reader(node.base, bypass_csp=True)  # for the words of ACT; the page itself is the same
        reader.page.add_init_script(WATCH)
        reader.go()
        reader.page.wait_for_function("window.rowsShown !== undefined")
        times.setdefault("first paint", []).append(reader.page.evaluate(FIRST_PAINT))
        times.setdefault(ROWS_SHOWN, []).append(reader.page.evaluate("window.rowsShown"))
        for what, press, condition in actions(dead[turn], delivered[turn]):
            times.setdefault(what.strip(), []).append(reader.page.evaluate(ACT, [press, condition]))
        assert reader.complaints == [], reader.complaints
        reader.close()
    return times


def run(arguments, folder):
    made = folder / "radiographs"
    subprocess.run([str(BUILD / "demo" / "radfm-demo-patient"), "--studies", "200", "--seed", "7", "--out", str(made)], check=True, stdout=subprocess.DEVNULL)
    with Node(configuration={"rules": RULES}, orthanc={"StableAge": 1}) as node:
        studies = studies_of(arguments.studies)
        fill_orthanc(node, folder, studies)
        node.until(120, "a job for each study", lambda: sum(node.json("/radfm/api/v1/status")["queue"]["counts"].values()) >= len(studies))
        with standing_still([node.pids()["radfm-worker"]]):
            print(fill_queue(Queue(node), studies, arguments.jobs), flush=True)
        sender = Radiographs(node, [str(path) for path in sorted(made.rglob("*.dcm"))])
        browser = PageBrowser()
        sender.start()
        try:
            node.until(60, "a report in the making", lambda: node.json("/radfm/api/v1/jobs?state=leased"))
            times = measure(node, browser, arguments.rounds)
        finally:
            sender.over.set()
            sender.join()
            browser.close()
        counts = node.json("/radfm/api/v1/status")["queue"]["counts"]
        reports = sum(row["outcome"] == "delivered" for row in node.json("/radfm/api/v1/jobs?lane=stat&rule=radiographs&limit=1000"))
    assert sum(counts.values()) >= arguments.jobs and reports > 0, (counts, reports)
    print(f"{sum(counts.values())} jobs; meanwhile {sender.sent} radiographs were sent and {reports} reports made")
    print("| | p50 ms | p95 ms |\n|---|---|---|")
    for what, values in times.items():
        print(f"| {what} | {statistics.median(values):.0f} | {percentile(values, 0.95):.0f} |")
    slow = {what: round(statistics.median(values)) for what, values in times.items() if what not in (ROWS_SHOWN, PLAIN_TEXT) and statistics.median(values) > arguments.limit}
    assert not slow, f"above {arguments.limit} ms: {slow}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--studies", type=int, default=1_000, help="in Orthanc; the jobs are of them, in turn")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--limit", type=float, default=200.0, help="fail when a median is above it (ms)")
    parser.add_argument("--folder", help="for temporary files (default: the system's)")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="radfm-page-speed-", dir=arguments.folder))
    try:
        run(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
