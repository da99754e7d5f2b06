#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin inside the real Orthanc, which must start, store and stop whatever the plugin's configuration is like.

usage: with_orthanc_test.py PLUGIN.so ORTHANC CASE      a case: a function case_... below
Ends with 77 (skipped) when there is no Orthanc. Only Python's standard library.
"""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import struct
import sys
import tempfile
import time

from alerts_case import case_alerts  # noqa: F401 - by its name
from arrivals_case import case_arrivals  # noqa: F401
from orthanc_with_plugin import DEADLINE_S, GOOD, SKIPPED, OrthancWithPlugin
from small_ct import ct_slice, element

BAD = '{"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"lease_sm": 1}}'
AWAY = '{"orthanc": {"url": "http://127.0.0.1:8042"}, "database": {"path": "/nowhere/radfm-queue.sqlite"}}'


def case_job(node):
    """A study becomes a job within seconds; page, errors and headers are as they should be."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    node.send("1.2.826.1", 1)
    node.send("1.2.826.1", 2)
    job = node.until(node.jobs, "a job")[0]
    assert job["study"] == "1.2.826.1" and job["state"] == "queued" and job["rule"] == "all", job
    assert node.get(f"/radfm/api/v1/jobs/{job['id']}")["images"] == 2
    for path in ("/radfm", "/radfm/"):
        status, headers, body = node.ask("GET", path)
        assert status == 200 and b"RadFM drafts" in body and "text/html" in headers["Content-Type"], (path, status)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    status, headers, body = node.ask("GET", "/radfm/api/v1/jobs?state=deaf")
    assert status == 400 and json.loads(body)["error"]["code"] == "bad_parameter", (status, body)
    assert "application/json" in headers["Content-Type"], headers
    status, headers, body = node.ask("GET", "/radfm/api/v1/pause")
    assert status == 405 and headers["Allow"] == "POST", (status, headers)
    assert node.ask("POST", "/radfm/api/v1/pause", b"")[0] == 403
    assert node.ask("POST", "/radfm/api/v1/pause", b"", {"X-RadFM": "1"})[0] == 200
    assert node.get("/radfm/api/v1/status")["queue"]["paused"] is True
    # Nobody was sent a report of a queued job: the body came through, and the queue refuses what it asks for.
    wanted = {"reason": "quality", "why": "x"}
    for words, expected in ((wanted, 409), (dict(wanted, why=""), 400), (dict(wanted, why="x" * 2000), 400), (dict(wanted, why="x" * 9000), 413)):
        status, _, body = node.ask("POST", f"/radfm/api/v1/jobs/{job['id']}/withdraw", json.dumps(words).encode(), {"X-RadFM": "1"})
        assert status == expected, (words, status, body)
    status, _, body = node.ask("GET", "/radfm/metrics")
    assert status == 200 and b'radfm_jobs{state="queued"} 1' in body
    assert node.ask("GET", "/radfm/nothing")[0] == 404
    node.stop()


def case_patients(node):
    """Whose a job is and who is searched for, as the real index answers; a study reported on request; answers that are known, acts that come late."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    api = "/radfm/api/v1/"
    for study, patient in (("1.2.826.20", "MUSTERMANN"), ("1.2.826.21", "MEIER")):
        status, _, body = node.ask("POST", "/instances", ct_slice(study, 1, patient=patient))
        assert status == 200, body
    status, _, body = node.ask("POST", api + "studies/1.2.826.20/report", b"{}", {"X-RadFM": "1"})
    assert status == 200, (status, body)
    asked = json.loads(body)
    assert asked["result"] == "queued" and asked["rule"] == "all", asked
    assert node.get(f"{api}jobs/{asked['id']}")["events"][0]["actor"] == "administrator"
    status, _, body = node.ask("POST", api + "studies/1.2.826.99/report", b"", {"X-RadFM": "1"})
    assert status == 404 and json.loads(body)["error"]["code"] == "study_unknown", (status, body)
    node.until(lambda: sorted(node.studies_with_jobs()) == ["1.2.826.20", "1.2.826.21"], "the other study's job")

    found = node.get(api + "jobs?patients=1&find=mustermann")
    assert [row["study"] for row in found] == ["1.2.826.20"], found
    patient = found[0]["patient"]
    assert patient == {"name": "TEST^MUSTERMANN", "id": "MUSTERMANN", "birth_date": "1960-01-01", "accession": "", "description": "CT CHEST",
                       "study_date": time.strftime("%Y-%m-%d", time.gmtime()), "modalities": ["CT"]}, patient
    for text, studies in (("TEST%5Em", 2), ("1.2.826.21", 1), ("schmidt", 0), (str(asked["id"]), 1)):
        assert len(node.get(api + "jobs?find=" + text)) == studies, text
    assert all("patient" not in row for row in node.get(api + "jobs"))
    assert len(node.get(api + "jobs?st%61te=queued%2Cdead")) == 2

    for path in ("jobs", "jobs?patients=1", f"jobs/{asked['id']}", "status"):
        status, headers, body = node.ask("GET", api + path)
        assert status == 200 and headers["Cache-Control"] == "no-store", (path, headers)
        again, headers_again, nothing = node.ask("GET", api + path, headers={"If-None-Match": headers["ETag"]})
        assert (again, nothing, headers_again["ETag"]) == (304, b"", headers["ETag"]), (path, again, nothing, headers_again)
    seen = node.ask("GET", f"{api}jobs/{asked['id']}")[1]["ETag"]
    for action, expected in (("rush", 200), ("cancel", 412)):
        status, _, body = node.ask("POST", f"{api}jobs/{asked['id']}/{action}", b"", {"X-RadFM": "1", "If-Match": seen})
        assert status == expected, (action, status, body)
    assert json.loads(body)["error"]["code"] == "changed_meanwhile", body
    assert node.ask("POST", f"{api}jobs/{asked['id']}/cancel", b"", {"X-RadFM": "1", "If-Match": "v1"})[0] == 400
    study = node.get(f"{api}jobs/{asked['id']}")["orthanc_study"]
    assert node.ask("DELETE", "/studies/" + study)[0] == 200
    assert node.get(f"{api}jobs/{asked['id']}")["patient"] is None
    assert node.get(api + "jobs?patients=1&find=1.2.826.20")[0]["patient"] is None
    with open(node.folder + "/orthanc.log", encoding="utf-8", errors="replace") as log:
        text = log.read()
    assert "MUSTERMANN" not in text.upper(), "a patient's name is in the log"
    node.stop()


def case_rules(node):
    """Which rule takes a study, by each of its names as the real index knows them; the answer is what happens; rules are read on demand."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    api = "/radfm/api/v1/rules"
    for number, accession in ((30, "ACC-7"), (31, "acc-7"), (32, "SAME"), (33, "SAME"), (34, "ACC-77")):
        assert node.ask("POST", "/instances", ct_slice(f"1.2.826.{number}", 1, patient=f"P{number}", accession=accession))[0] == 200
    orthanc_id = next(row["ID"] for row in node.get("/studies?expand") if row["MainDicomTags"]["StudyInstanceUID"] == "1.2.826.30")

    def tried(name):
        status, _, body = node.ask("POST", api + "/test", json.dumps({"study": name}).encode(), {"X-RadFM": "1"})
        return status, json.loads(body)

    for name in (orthanc_id, "1.2.826.30", "ACC-7"):
        status, answer = tried(name)
        assert (status, answer["study"], answer["rule"], answer["skip"]) == (200, "1.2.826.30", "all", ""), (name, status, answer)
        assert (answer["patient"]["id"], answer["patient"]["modalities"]) == ("P30", ["CT"]), answer
    assert tried("acc-7")[1]["study"] == "1.2.826.31", "accession numbers are told apart by their case"
    for name, expected in (("SAME", (409, "study_ambiguous")), ("ACC", (404, "study_unknown")), ("1.2.826.3", (404, "study_unknown")),
                           ("0" * 8 + "-00000000" * 4, (404, "study_unknown")), ("ACC*", (400, "bad_request")), ("", (400, "bad_request"))):
        status, answer = tried(name)
        assert (status, answer["error"]["code"]) == expected, (name, status, answer)
    node.until(lambda: len(node.jobs()) == 5, "a job for each")

    rules = [{"name": "MR only", "match": {"modalities": ["MR"]}}]
    node.configure(json.dumps({**json.loads(GOOD), "rules": rules}))
    status, _, body = node.ask("POST", api + "/reload", b"", {"X-RadFM": "1"})
    assert (status, json.loads(body)["rules"]) == (200, 1), body
    assert [rule["name"] for rule in node.get(api)["rules"]] == ["MR only"]
    node.send("1.2.826.35", 1)
    status, answer = tried("1.2.826.35")
    assert answer["trials"] == [{"rule": "MR only", "fits": False, "why": "modality CT is none of MR"}], answer
    job = node.until(lambda: [job for job in node.jobs() if job["study"] == "1.2.826.35"], "its job")[0]
    assert job["outcome"] == "skipped: " + answer["skip"] == "skipped: no_rule", (job, answer)

    node.configure(BAD)
    status, _, body = node.ask("POST", api + "/reload", b"", {"X-RadFM": "1"})
    error = json.loads(body)["error"]
    assert (status, error["code"], len(error["mistakes"])) == (409, "configuration_refused", 1), body
    assert node.get("/radfm/api/v1/status")["rules"]["refused"] == error["mistakes"] == node.get(api)["refused"]
    assert node.ask("POST", api + "/reload", b"")[0] == 403
    node.send("1.2.826.36", 1)
    node.until(lambda: [job for job in node.jobs() if job["study"] == "1.2.826.36"], "a study settled by the old rules")
    with open(node.folder + "/orthanc.log", encoding="utf-8", errors="replace") as log:
        text = log.read()
    assert "is refused, since it has mistakes" in text and "lease_sm" in text, "the log does not say it"
    assert "ACC-7" not in text, "what was asked for is in the log"
    node.stop()


def case_bad_configuration(node):
    """Orthanc starts and stores, the page names the mistake, and the study is not lost."""
    node.configure(BAD)
    node.start()
    status = node.until(lambda: [s for s in [node.get("/radfm/api/v1/status")] if s["plugin"]["configuration_mistakes"]],
                        "the mistake")[0]
    assert "lease_sm" in status["plugin"]["configuration_mistakes"][0], status
    node.send("1.2.826.2", 1)
    assert node.ask("GET", "/radfm/")[0] == 200
    assert node.ask("GET", "/radfm/api/v1/jobs")[0] == 503
    node.configure(GOOD)
    assert node.until(node.jobs, "a job after the correction")[0]["study"] == "1.2.826.2"
    node.stop()


def case_restart(node):
    """Killed with the study unstable, Orthanc never tells that it is stable; the plugin takes it all the same."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    node.send("1.2.826.3", 1)
    node.stop(signal.SIGKILL)
    node.start()
    assert node.until(node.jobs, "a job after the restart")[0]["study"] == "1.2.826.3"
    node.stop()


def case_cleared_list(node):
    """DELETE /changes while the plugin is behind: the study is found all the same."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    node.send("1.2.826.4", 1)
    node.until(node.jobs, "the first job")
    node.configure(AWAY)  # a file with mistakes would be refused, and the plugin go on
    node.until(lambda: "/nowhere" in node.plugin_says()["trouble"], "the plugin to wait")
    node.send("1.2.826.5", 1)
    node.until(lambda: node.stable_events() == 2, "Orthanc to call it stable")  # no event of it comes later
    assert node.ask("DELETE", "/changes")[0] == 200
    node.configure(GOOD)
    node.until(lambda: node.studies_with_jobs() == ["1.2.826.4", "1.2.826.5"], "the job of a study that no list has")
    assert node.cursor() <= node.get("/changes?last")["Last"]
    node.stop()


def case_another_index(node):
    """Orthanc's index is replaced by an empty one, which has more changes than the old one before the plugin looks."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    node.send("1.2.826.6", 1)
    node.until(node.jobs, "the first job")
    old_cursor = node.cursor()
    node.stop()
    shutil.rmtree(node.folder + "/storage")
    node.configure(BAD)
    node.start()
    node.until(lambda: node.plugin_says()["configuration_mistakes"], "the mistake")
    studies = [f"1.2.826.7.{number}" for number in range(5)]
    for study in studies:
        node.send(study, 1)
    assert node.get("/changes?last")["Last"] > old_cursor
    node.until(lambda: node.stable_events() == len(studies), "Orthanc to call them stable")
    node.configure(GOOD)
    node.until(lambda: set(node.studies_with_jobs()) == {"1.2.826.6", *studies}, "the jobs of the new index")
    node.stop()


def case_database_away(node):
    """The queue's file vanishes while Orthanc receives, and comes back: all studies get their jobs, in their order."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    node.send("1.2.826.8", 1)
    node.until(node.jobs, "the first job")
    os.rename(node.database, node.folder + "/elsewhere")
    studies = [f"1.2.826.9.{number}" for number in (7, 3, 9, 1, 8, 2)]
    for number, study in enumerate(studies, 1):
        node.send(study, 1)
        node.until(lambda: node.stable_events() == 1 + number, "Orthanc to call it stable")  # before the next one comes
    node.until(lambda: "is gone" in node.plugin_says()["trouble"], "the plugin to say it")
    assert not os.path.exists(node.database)
    os.rename(node.folder + "/elsewhere", node.database)
    node.until(lambda: node.studies_with_jobs() == ["1.2.826.8", *studies], "the jobs in order")
    assert not node.plugin_says()["trouble"]
    node.stop()


def case_crash_loop(node):
    """Killed again and again within seconds: Orthanc stores, the plugin waits and says so, then it goes on; nothing is lost."""
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    for death in range(1, 4):
        node.send(f"1.2.826.10.{death}", 1)
        node.stop(signal.SIGKILL)
        node.start()
        node.wait_until_it_reads()
    trouble = node.until(lambda: node.plugin_says()["trouble"], "the plugin to say why it waits")
    assert "soon after its start" in trouble, trouble
    node.send("1.2.826.10.4", 1)
    expected = {f"1.2.826.10.{number}" for number in range(1, 5)}
    node.until(lambda: set(node.studies_with_jobs()) == expected, "a job for each study")
    assert not node.plugin_says()["delayed_studies"], "nothing is suspect of what did not kill Orthanc"
    node.stop()


def case_hostile_file(node):
    """A file nested so deeply that Orthanc dies when it shows its tags: the plugin takes the study, now and after a restart."""
    if shutil.which("storescu") is None:
        return SKIPPED
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    levels = 1_000
    item = struct.pack("<HHI", 0xfffe, 0xe000, 0xffffffff)
    nested = (element(0x40, 0xa730, "SQ", b"")[:-4] + b"\xff\xff\xff\xff" + item) * levels
    ends = (struct.pack("<HHI", 0xfffe, 0xe00d, 0) + struct.pack("<HHI", 0xfffe, 0xe0dd, 0)) * levels
    path = node.folder + "/nested.dcm"
    with open(path, "wb") as file:
        file.write(ct_slice("1.2.826.11", 1, extra=nested + ends))
    assert node.store([path]) == 0, "storescu could not send the file"
    assert node.until(node.jobs, "the job of the hostile study")[0]["study"] == "1.2.826.11"
    node.stop()
    node.configure(BAD)  # the cursor waits, so that the changes of both studies are looked at after the next start
    node.start()
    node.send("1.2.826.11", 2)
    node.send("1.2.826.12", 1)
    node.configure(GOOD)
    node.until(lambda: sorted(node.studies_with_jobs()) == ["1.2.826.11", "1.2.826.11", "1.2.826.12"], "the jobs after the restart")
    # Whose it is, and a search for him: the index answers, and Orthanc lives.
    assert [row["patient"]["name"] for row in node.get("/radfm/api/v1/jobs?patients=1&find=test")] == ["TEST^TEST"] * 3
    assert node.get(f"/radfm/api/v1/jobs/{node.jobs()[0]['id']}")["patient"]["modalities"] == ["CT"]
    status, _, body = node.ask("POST", "/radfm/api/v1/studies/1.2.826.11/report", b"", {"X-RadFM": "1"})
    assert status == 200 and json.loads(body)["result"] == "existed", (status, body)
    # What the plugin never asks: Orthanc would not survive it. (Were it to survive, the study would prove nothing.)
    instance = next(row["ID"] for row in node.get("/instances?expand") if row["MainDicomTags"]["SOPInstanceUID"].endswith(".1.1"))
    try:
        node.ask("GET", f"/instances/{instance}/tags")
        died = node.process.poll() is not None
    except OSError:
        died = node.process.wait(timeout=DEADLINE_S) != 0
    assert died, "the file does not kill this Orthanc: the test must look for another one"
    node.process = None


def case_backlog(node):
    """100,000 changes that Orthanc logged while the plugin was away, as it would log them, are taken within seconds."""
    wanted = 100_000
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    studies = [f"1.2.826.13.{number}" for number in range(40)]
    for study in studies:
        for instance in range(5):
            node.send(study, instance)
    node.until(lambda: set(node.studies_with_jobs()) == set(studies), "the first jobs")
    node.stop()
    with contextlib.closing(sqlite3.connect(node.folder + "/storage/index")) as index:
        instances = [row[0] for row in index.execute("SELECT internalId FROM Resources WHERE resourceType = 4")]
        now = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        index.executemany("INSERT INTO Changes (changeType, internalId, resourceType, date) VALUES (2, ?, 4, ?)",
                          ((instances[number % len(instances)], now) for number in range(wanted)))
        index.commit()
    before = node.cursor()
    node.start()
    begin, resident_kb = time.monotonic(), node.resident_kb()
    last = node.get("/changes?last")["Last"]
    assert last >= before + wanted, "the changes are not in the list"
    highest_kb = resident_kb
    while node.cursor() < last:
        highest_kb = max(highest_kb, node.resident_kb())
        assert time.monotonic() - begin < 3 * DEADLINE_S, f"only {node.cursor() - before} of {wanted}"
        time.sleep(0.01)
    took_s = time.monotonic() - begin
    node.send("1.2.826.14", 1)
    node.until(lambda: "1.2.826.14" in node.studies_with_jobs(), "a job after the backlog")
    assert len(node.studies_with_jobs()) == len(studies) + 1, "the backlog made jobs twice"
    print(f"{wanted} changes in {took_s:.1f} s; Orthanc's memory {resident_kb} kB before, at most {highest_kb} kB")
    assert highest_kb - resident_kb < 100_000, "a backlog must not be held in memory"
    node.stop()


def main():
    plugin, orthanc, case = sys.argv[1:4]
    if not os.access(orthanc, os.X_OK):
        print("skipped: there is no Orthanc on this machine")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="radfm-orthanc-") as folder:
        node = OrthancWithPlugin(os.path.abspath(plugin), orthanc, folder)
        try:
            if globals()["case_" + case](node) == SKIPPED:
                node.stop()
                return SKIPPED
        except BaseException:
            if node.process is not None:
                node.process.kill()
                node.process.wait()
            with open(folder + "/orthanc.log", encoding="utf-8", errors="replace") as log:
                print(log.read()[-8000:])
            raise
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
