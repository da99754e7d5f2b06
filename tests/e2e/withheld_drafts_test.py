# SPDX-License-Identifier: Apache-2.0
"""Somebody's final report is at a destination, and not in Orthanc."""
import tempfile
import unittest
from pathlib import Path

from archives import OrthancArchive
from dicom_files import changed, dataset, small_studies, study_of
from node_harness import Node


def uids_in(archive):
    return {str(dataset(archive.get(f"/instances/{number}/file")).SOPInstanceUID) for number in archive.ask("/instances")}


class WithheldDrafts(unittest.TestCase):
    def test_no_draft_beside_a_final_report_there(self):
        """Aim: Orthanc has the draft, the archive has not; asked for by hand it has. By C-FIND alone, and by what C-GET brings."""
        for verify in ("c_find", "c_get"):
            with self.subTest(verify), tempfile.TemporaryDirectory() as folder, OrthancArchive() as archive:
                action = {"task": "report", "destinations": ["archive"], "max_new_tokens": 8}
                configuration = {"pacs": [archive.entry("none", verify=verify)],
                                 "rules": [{"name": "everything", "match": {}, "action": action, "max_study_age_days": None}]}
                with Node(configuration=configuration) as node:
                    self.check(node, archive, folder)

    def check(self, node, archive, folder):
        first, second = sorted(small_studies(folder, 2))
        study = study_of(second)
        self.assertEqual(node.store([first]), 0)
        job = node.wait_job(study_of(first))
        self.assertEqual(job["outcome"], "delivered")
        self.assertEqual(uids_in(archive), {job["sop_instance_uid"]})
        draft = Path(folder) / "draft.dcm"
        draft.write_bytes(node.reports_in(study_of(first))[0])
        final = changed(draft, folder, StudyInstanceUID=study, SOPInstanceUID="1.2.826.0.1.3680043.9.1", Manufacturer="RIS",
                        SeriesInstanceUID="1.2.826.0.1.3680043.9.2", ManufacturerModelName="RIS", PreliminaryFlag="FINAL",
                        PatientID=dataset(second.read_bytes()).PatientID)
        archive.ask("/instances", final.read_bytes())
        self.assertEqual(node.store([second]), 0)
        job = node.wait_job(study)
        self.assertEqual(job["outcome"], "withheld: final_report_present")
        self.assertEqual([dataset(data).SOPInstanceUID for data in node.reports_in(study)], [job["sop_instance_uid"]])
        self.assertNotIn(job["sop_instance_uid"], uids_in(archive))
        self.assertEqual(node.ctl("queue", "rerun", str(job["id"])).returncode, 0)
        again = node.wait_job(study, count=2)
        self.assertEqual(again["outcome"], "delivered")
        self.assertIn(again["sop_instance_uid"], uids_in(archive))


if __name__ == "__main__":
    unittest.main()
