#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One command from a fresh clone to a draft report.

Starts a node with throw-away storage, sends the demonstration patient (a radiograph with a 16 mm nodule, then, a year later,
one with 24 mm), waits, prints the report, which compares the two, and the report of the same study with the prior withheld, which
compares nothing, says where to look, and leaves the node running until Ctrl-C.  --once: stops, and exits 0 only if a valid SR is in Orthanc.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
REPORT_WITHIN_S = 300


def say(text):
    print(text, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read()


def wait_for(what, seconds, node, ask):
    deadline, shown = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        if node.poll() is not None:
            sys.exit(f"scripts/demo: the node stopped while waiting for {what}")
        try:
            done, state = ask()
        except (OSError, ValueError):
            done, state = None, "Orthanc does not answer yet"
        if state != shown:
            shown = state
            say(f"   {state}")
        if done:
            return done
        time.sleep(0.2)
    sys.exit(f"scripts/demo: no {what} within {seconds} s; last seen: {shown}")


def send(folder, dicom_port):
    subprocess.run([str(BUILD / "demo" / "radfm-demo-patient"), "--send", f"127.0.0.1:{dicom_port}", "--aec", "ORTHANC",
                    str(folder)], check=True)


def study_uid_of(folder):
    first = sorted(folder.glob("*.dcm"))[0]
    dump = subprocess.run(["dcmdump", "+P", "0020,000d", str(first)], check=True, capture_output=True, text=True).stdout
    return dump.split("[")[1].split("]")[0]


def worker_of(base):
    worker = json.loads(get(f"{base}/radfm/api/v1/status"))["queue"]["worker"]
    return worker["alive"] and worker["takes_jobs"], f"worker: {worker['note'] or 'starting'}"


def job_of(base, study_uid):
    def ask():
        jobs = json.loads(get(f"{base}/radfm/api/v1/jobs?study={study_uid}"))
        if not jobs:
            return None, "received; waiting until the study is stable"
        job = jobs[0]
        if job["state"] in ("done", "dead", "cancelled"):
            return job, f"job {job['id']}: {job['state']} ({job['outcome'] or (job['error'] or {}).get('code')})"
        return None, f"job {job['id']}: {job['state']}, {job['stage']}"
    return ask


def fetch_report(base, job, folder):
    """The SR as it stands in Orthanc, found through the study that it must be in."""
    uid = job["sop_instance_uid"]
    request = urllib.request.Request(f"{base}/tools/lookup", data=uid.encode(), method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        found = [item for item in json.load(answer) if item["Type"] == "Instance"]
    if len(found) != 1:
        sys.exit(f"scripts/demo: the SR {uid} is not in Orthanc")
    parent = json.loads(get(f"{base}/instances/{found[0]['ID']}/study"))
    if parent["MainDicomTags"]["StudyInstanceUID"] != job["study"]:
        sys.exit(f"scripts/demo: the SR {uid} is in Orthanc, but not in its study")
    path = folder / "draft-report.dcm"
    path.write_bytes(get(f"{base}/instances/{found[0]['ID']}/file"))
    return uid, path


def report_without_prior(patient):
    """The same files and the same model, and nothing known of an earlier study."""
    report = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), "report", "--model", str(ROOT / "models" / "phantom"), "--study",
                             str(patient / "current")], check=True, capture_output=True, text=True)
    return report.stdout


def check(path, sources):
    """What independent tools say about the SR."""
    good = True
    verdict = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True)
    lines = [line for line in verdict.stderr.splitlines() if line.startswith(("Error", "Warning"))]
    say(f"   dciodvfy: {'no error, no warning' if not lines and verdict.returncode == 0 else lines}")
    good &= not lines and verdict.returncode == 0
    dump = subprocess.run(["dsrdump", str(path)], capture_output=True, text=True)
    say(f"   dsrdump: {'reads it' if dump.returncode == 0 else dump.stderr.strip()}")
    good &= dump.returncode == 0
    entities = subprocess.run(["dcentvfy", *map(str, sources), str(path)], capture_output=True, text=True)
    errors = [line for line in (entities.stdout + entities.stderr).splitlines() if line.startswith("Error")]
    say(f"   dcentvfy: {'agrees with the source instances' if not errors else errors}")
    return good and not errors


def run(arguments, node, base, dicom_port, folder):
    wait_for("node", 300, node, lambda: worker_of(base))
    patient = folder / "patient"
    subprocess.run([str(BUILD / "demo" / "radfm-demo-patient"), "--out", str(patient)], check=True, stdout=subprocess.DEVNULL)
    say("== the prior study is sent: a chest radiograph of 4 March 2025, drawn with a 16 mm nodule in the right lower zone")
    send(patient / "prior", dicom_port)
    wait_for("report of the prior study", REPORT_WITHIN_S, node, job_of(base, study_uid_of(patient / "prior")))
    say("== the current study is sent: the same patient on 11 March 2026, the nodule drawn with 24 mm")
    send(patient / "current", dicom_port)
    job = wait_for("report of the current study", REPORT_WITHIN_S, node, job_of(base, study_uid_of(patient / "current")))
    if job["outcome"] != "delivered":
        sys.exit(f"scripts/demo: no report was delivered: {json.dumps(job['error'])}")
    uid, path = fetch_report(base, job, folder)
    text = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), "sr", "read", str(path)], check=True, capture_output=True,
                          text=True).stdout
    say("== the draft report, as it stands in Orthanc\n")
    say(text)
    say("== the same study with the prior withheld, for contrast\n")
    say(report_without_prior(patient))
    say("== what independent tools say")
    good = check(path, sorted((patient / "current").glob("*.dcm")))
    say(f"== SR {uid}")
    say(f"   file   {path}")
    say(f"   page   {base}/radfm/")
    say(f"   report {base}/radfm/report/{uid}")
    say(f"   study  {base}/app/explorer.html")
    return good


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help="stop after the report; exit 0 only if it is valid")
    parser.add_argument("--keep", action="store_true", help="leave the node's folder behind")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="radfm-demo-"))
    http_port, dicom_port = free_port(), free_port()
    base = f"http://127.0.0.1:{http_port}"
    log = open(folder / "node.log", "w", encoding="utf-8")
    say(f"== a node starts (log: {folder}/node.log)")
    node = subprocess.Popen([sys.executable, str(ROOT / "scripts" / "node"), "--dir", str(folder / "node"), "--http-port",
                             str(http_port), "--dicom-port", str(dicom_port)], stdout=log, stderr=subprocess.STDOUT)
    good = False
    try:
        good = run(arguments, node, base, dicom_port, folder)
        if not arguments.once:
            say("\nThe node goes on running. Ctrl-C stops it and removes its storage.")
            node.wait()
    except KeyboardInterrupt:
        say("")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if node.poll() is None:
            node.terminate()
            node.wait()
        if good and not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
        elif not good:
            say(f"scripts/demo: the node's log is {folder}/node.log")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
