# SPDX-License-Identifier: Apache-2.0
"""Real files of other makers: exactly one draft for each study that has an image this node reads, a reason for each other."""
import unittest
from collections import defaultdict

import pydicom
from dicom_files import dciodvfy_complaints, verdicts
from node_harness import SHARED, Node

FILES = SHARED / "data" / "dicom"
# What the first part of imaging reads: uncompressed and DCMTK's decoders, with geometry where slices are meant.
MODALITIES = ("CT", "MR", "CR")


def batches():
    """Files of CT, MR and CR, split so that no two files of one batch share a SOP Instance or Study UID across encodings."""
    found = []
    for path in sorted(FILES.iterdir()):
        if path.suffix in (".md", ".json", ".txt") or path.name == "DICOMDIR":
            continue
        try:
            data = pydicom.dcmread(path, stop_before_pixels=True)
            if data.get("Modality") in MODALITIES and "SOPInstanceUID" in data and "StudyInstanceUID" in data:
                found.append((path, str(data.StudyInstanceUID), str(data.SOPInstanceUID)))
        except Exception:  # noqa: BLE001 - what pydicom cannot read is no file for this test
            continue
    rounds = []
    for path, study, sop in found:
        for batch in rounds:
            if sop not in batch["sops"] and (study not in batch["studies"] or path.name.startswith("7765")):
                break
        else:
            batch = {"sops": set(), "studies": defaultdict(list)}
            rounds.append(batch)
        batch["sops"].add(sop)
        batch["studies"][study].append(path)
    return rounds


@unittest.skipUnless(FILES.is_dir(), f"needs the real files in {FILES}")
class RealFiles(unittest.TestCase):
    def test_one_report_or_a_reason(self):
        reported = 0
        for batch in batches():
            with Node() as node:
                accepted = defaultdict(list)
                for study, paths in batch["studies"].items():
                    for path in paths:
                        try:
                            node.upload(path)
                            accepted[study].append(path)
                        except OSError:
                            print(f"{path.name}: refused by Orthanc")
                for study, paths in accepted.items():
                    with self.subTest(study=study, files=[path.name for path in paths]):
                        job = node.wait_job(study)
                        reports = node.reports_in(study)
                        names = ", ".join(path.name for path in paths)
                        if job["outcome"] == "delivered":
                            reported += 1
                            complaints = verdicts(reports[0], paths)
                            print(f"{names}: delivered; complaints {complaints}")
                            self.assertEqual(len(reports), 1)
                            # Only what the copied source values alone cause: warnings about them, and errors that the source
                            # draws as well, word for word; of a study under a hash instead of a UID, whatever follows from that.
                            legal = all(c in "0123456789." for c in study)
                            copied = {line for path in paths for line in dciodvfy_complaints(path)}
                            ours = [line for line in complaints if "not present in" in line
                                    or (legal and line.startswith("Error") and line not in copied)]
                            self.assertEqual(ours, [])
                        else:
                            error = job["error"] or {}
                            print(f"{names}: {job['state']}, {job['outcome']} {error.get('code', '')}: {error.get('message', '')}")
                            self.assertEqual(len(reports), 0)
                            self.assertTrue(job["outcome"].startswith("skipped: ") or (error.get("code") and error.get("message")))
        self.assertGreaterEqual(reported, 4)


if __name__ == "__main__":
    unittest.main()
