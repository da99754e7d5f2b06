# SPDX-License-Identifier: Apache-2.0
"""Files made to hurt: each study is refused with a code within 30 s and 2 GB, the next study gets its report, Orthanc lives."""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from dicom_files import changed, demonstration_patient
from node_harness import BUILD, Node

SECONDS_MAX, READER_MIB_MAX = 30, 2048
STORE_SECONDS_MAX = 60  # Orthanc inflates a bomb for minutes before it gives up
READ = None
ADDRESS_SPACE_MAX = 12 << 30  # of each process of the node; the engine maps its libraries, the reader has a limit of its own


def peak_mib(pid):
    """High-water mark of a living process; None when it has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None


class PeakWatch(threading.Thread):
    """The highest memory of each program of the node since the last `take`, looked at all the time."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.peaks, self.lock, self.ended = node, {}, threading.Lock(), threading.Event()

    def run(self):
        while not self.ended.wait(0.02):
            for name, pid in self.node.pids().items():
                peak = peak_mib(pid)
                with self.lock:
                    self.peaks[name] = max(self.peaks.get(name, 0), peak or 0)

    def take(self):
        with self.lock:
            taken, self.peaks = self.peaks, {}
        return taken


def send(node, path):
    """C-STORE of the file's bytes as they are (no library parses them). The status that Orthanc answers, or how it ended."""
    from pydicom.filereader import read_file_meta_info
    from pynetdicom import AE, _config
    _config.STORE_SEND_CHUNKED_DATASET = True
    meta = read_file_meta_info(path)
    entity = AE("MODALITY")
    entity.dimse_timeout = entity.network_timeout = STORE_SECONDS_MAX
    entity.add_requested_context(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", node.dicom_port, ae_title="ORTHANC")
    if not association.is_established:
        return "no association"
    try:
        if not association.accepted_contexts:
            return "syntax refused"
        status = association.send_c_store(path)
        return status.Status if "Status" in status else "connection ended"
    finally:
        association.release()


def inspect(path):
    """(exit code, {codes}, seconds, MiB of radfmctl or its reader, whichever is more)"""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen([str(BUILD / "radfmctl" / "radfmctl"), "inspect", "--json", str(path)], stdout=told, stderr=told)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        text = told.read().decode("utf-8", "replace")
    try:
        codes = {entry["code"] for entry in json.loads(text)["left_out"]}
    except ValueError:
        raise AssertionError(f"inspect does not say what is wrong with the file: {text[:300]}") from None
    return child.returncode, codes, time.monotonic() - begin, usage.ru_maxrss / 1024


class HostileFiles(unittest.TestCase):
    def good_study_after(self, node, patient, number):
        """The next study, sent at once, gets its report."""
        uid = f"1.2.826.0.1.997.{number}"
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(node.store([changed(patient["current"][0], folder, StudyInstanceUID=uid, SeriesInstanceUID=uid + ".1")]), 0)
        return uid

    def settled_by_node(self, node, study, code):
        """Seconds from the job's appearance to its end."""
        node.until(60, "job", lambda: node.jobs(study))
        begin = time.monotonic()
        job = node.wait_job(study, seconds=2 * SECONDS_MAX)
        if code is not READ:
            self.assertEqual((job["state"], job["error"] and job["error"]["code"]), ("dead", code), job)
            self.assertTrue(job["error"]["message"])
        return time.monotonic() - begin

    def by_inspect(self, path, one, rows):
        exit_code, codes, seconds, mib = inspect(path)
        rows.append((one["name"], "reader, by inspect", ", ".join(sorted(codes)) or "read", seconds, mib))
        self.assertLess(seconds, SECONDS_MAX)
        self.assertLess(mib, READER_MIB_MAX)
        if one["code"] is not READ:
            self.assertEqual((exit_code, codes), (1, {one["code"]}))

    def by_node(self, node, watch, path, one, rows):
        watch.take()
        begin = time.monotonic()
        status = send(node, path)
        if status != 0:
            answer = status if isinstance(status, str) else f"status {status:04X}"
            return rows.append((one["name"], "Orthanc", answer, time.monotonic() - begin, 0))
        seconds = self.settled_by_node(node, one["study"], one["code"])
        peak = watch.take().get("radfm-reader", 0)
        rows.append((one["name"], "node", one["code"] or "reported", seconds, peak))
        self.assertLess(seconds, SECONDS_MAX)
        self.assertLess(peak, READER_MIB_MAX)

    def test_each_is_refused_and_nothing_else_suffers(self):
        patient, rows = demonstration_patient(), []
        with Node(orthanc={"StableAge": 1, "DicomScpTimeout": 5}, prefix=["prlimit", f"--as={ADDRESS_SPACE_MAX}"]) as node, tempfile.TemporaryDirectory() as folder:
            # Written by another process: this one stays small, for a child's peak counts from its parent's.
            subprocess.run([sys.executable, str(Path(__file__).parent / "hostile_files.py"), folder], check=True)
            index = json.loads((Path(folder) / "index.json").read_text(encoding="utf-8"))
            watch = PeakWatch(node)
            watch.start()
            orthanc = node.pids()["Orthanc"]
            for number, one in enumerate(index, 1):
                with self.subTest(one["name"]):
                    path = Path(folder) / one["file"]
                    self.by_inspect(path, one, rows)
                    if one["to_orthanc"]:
                        self.by_node(node, watch, path, one, rows)
                    next_study = self.good_study_after(node, patient, number)
                    self.assertEqual(node.wait_job(next_study)["outcome"], "delivered")
                    self.assertEqual(node.pids()["Orthanc"], orthanc, "Orthanc is the same process as at the start")
            self.assertIn("Version", node.json("/system"))
            watch.ended.set()
            watch.join()
        print("\n| file | refused by | code | s | peak MiB, at most |\n|---|---|---|---|---|")
        for name, who, code, seconds, mib in rows:
            print(f"| {name} | {who} | {code} | {seconds:.1f} | {mib:.0f} |")


if __name__ == "__main__":
    unittest.main()
