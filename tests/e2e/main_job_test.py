# SPDX-License-Identifier: Apache-2.0
"""A study goes in, a draft report comes out; nothing that happens around it makes a second one."""
import os
import re
import signal
import tempfile
import unittest
from pathlib import Path

from dicom_files import changed, dataset, demonstration_patient, small_studies, study_of, texts, verdicts
from node_harness import Node


class MainJob(unittest.TestCase):
    def report_of(self, node, study, expected=1):
        reports = node.reports_in(study)
        self.assertEqual(len(reports), expected)
        return reports[-1]

    def test_demonstration_patient(self):
        """Prior, current and CT: one valid draft each, in its own study, and the current one names its prior."""
        patient = demonstration_patient()
        with Node() as node:
            for name in ("prior", "current", "ct"):
                self.assertEqual(node.store(patient[name]), 0)
                job = node.wait_job(study_of(patient[name][0]))
                self.assertEqual((job["state"], job["outcome"]), ("done", "delivered"), job)
                report = self.report_of(node, study_of(patient[name][0]))
                self.assertEqual(verdicts(report, patient[name]), [])
                header = dataset(report)
                self.assertEqual((header.VerificationFlag, header.PreliminaryFlag, header.CompletionFlag),
                                 ("UNVERIFIED", "PRELIMINARY", "PARTIAL"))
                self.assertIn("Demonstration model, trained on drawn phantoms only", texts(report)[0])
            current = dataset(self.report_of(node, study_of(patient["current"][0])))
            others = [item.StudyInstanceUID for item in current.get("PertinentOtherEvidenceSequence", [])]
            self.assertEqual(others, [study_of(patient["prior"][0])])
            page = node.get(f"/radfm/report/{current.SOPInstanceUID}").decode()
            for part in (">DRAFT<", "Phantom, Demonstration", "Demonstration model", "<h2>Impression</h2>", "montage.png"):
                self.assertIn(part, page)
            drafts = node.get(f"/radfm/study/{current.StudyInstanceUID}").decode()
            self.assertIn(f"/radfm/report/{current.SOPInstanceUID}", drafts)
            self.assertIn("radfm-drafts", node.get("/plugins/explorer.js").decode())
            node.settled()
            self.assertEqual(len(node.jobs()), 3)
            for job in node.jobs():  # made again, each is the same to the byte; nothing is stored for it
                again = node.ctl("replay", str(job["id"]))
                self.assertEqual((again.returncode, again.stdout), (0, f"job {job['id']}: the same bytes\n"), again.stderr)
            self.report_of(node, study_of(patient["current"][0]))

    def test_no_draft_beside_a_final_report(self):
        """Somebody else's final report is in the study: no draft; asked for by hand there is one, and replay tells what changed."""
        patient = demonstration_patient()
        study = study_of(patient["current"][0])
        with Node() as node, tempfile.TemporaryDirectory() as folder:
            node.store(patient["prior"])
            node.wait_job(study_of(patient["prior"][0]))
            draft = Path(folder) / "draft.dcm"
            draft.write_bytes(self.report_of(node, study_of(patient["prior"][0])))
            final = changed(draft, folder, StudyInstanceUID=study, SOPInstanceUID="1.2.826.0.1.3680043.9.1", Manufacturer="RIS",
                            SeriesInstanceUID="1.2.826.0.1.3680043.9.2", ManufacturerModelName="RIS", PreliminaryFlag="FINAL")
            self.assertEqual(node.store([final] + patient["current"]), 0)
            job = node.wait_job(study)
            self.assertEqual(job["outcome"], "skipped: final_report_present")
            self.assertEqual(len(node.reports_in(study)), 1)
            self.assertEqual(node.ctl("queue", "rerun", str(job["id"])).returncode, 0)
            self.assertEqual(node.wait_job(study, count=2)["outcome"], "delivered")
            self.assertEqual(len(node.reports_in(study)), 2)

    def test_companions_go_with_the_draft(self):
        """PDF and pages lie in the study beside the SR and name it; they make no job, and a later study reads none of them."""
        patient = demonstration_patient()
        configuration = {"report": {"companions": ["pdf", "secondary_capture"]},
                         "rules": [{"name": "everything", "match": {}, "action": {"task": "report"}, "max_study_age_days": None}]}
        with Node(configuration=configuration) as node:
            for name in ("prior", "current"):
                self.assertEqual(node.store(patient[name]), 0)
                study = study_of(patient[name][0])
                self.assertEqual(node.wait_job(study)["outcome"], "delivered")
                draft = dataset(self.report_of(node, study))
                companions = [dataset(data) for modality in ("DOC", "OT") for data in node.objects_in(study, modality)]
                self.assertEqual({str(item.SOPClassUID) for item in companions},
                                 {"1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.7"})
                for companion in companions:
                    self.assertEqual(companion.SourceInstanceSequence[0].ReferencedSOPInstanceUID, draft.SOPInstanceUID)
                    self.assertEqual(companion.PatientID, draft.PatientID)
            others = [instance.ReferencedSOPClassUID for item in draft.get("PertinentOtherEvidenceSequence", [])
                      for series in item.ReferencedSeriesSequence for instance in series.ReferencedSOPSequence]
            self.assertNotIn("1.2.840.10008.5.1.4.1.1.104.1", others)
            node.settled()
            self.assertEqual(len(node.jobs()), 2)

    def test_a_withdrawn_draft_is_followed_by_its_note(self):
        """One note in the study that rejects the draft; Orthanc keeps both, its arrival makes no job, nothing is withdrawn twice."""
        patient = demonstration_patient()
        study = study_of(patient["current"][0])
        with Node() as node:
            self.assertEqual(node.store(patient["current"]), 0)
            job = node.wait_job(study)
            self.assertEqual(job["outcome"], "delivered")
            words = ("withdraw", str(job["id"]), "--reason", "patient_safety", "--why", "The nodule is on the other side.")
            self.assertEqual(node.ctl(*words).returncode, 0)
            node.until(60, "a withdrawn draft", lambda: node.job(job["id"])["outcome"] == "withdrawn")
            self.assertEqual(node.ctl(*words).returncode, 1)
            (note,) = node.objects_in(study, "KO")
            self.assertEqual(dataset(note).ConceptNameCodeSequence[0].CodeValue, "113037")
            rejected = dataset(note).CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
            self.assertEqual([item.ReferencedSOPInstanceUID for item in rejected], [job["sop_instance_uid"]])
            self.assertEqual(verdicts(note, patient["current"]), [])
            self.report_of(node, study)
            self.assertIn("WITHDRAWN", node.get(f"/radfm/report/{job['sop_instance_uid']}").decode())
            node.settled()
            self.assertEqual(len(node.jobs(study)), 1)

    def test_nothing_makes_a_second_job(self):
        """The same study again, Orthanc restarted inside StableAge, the worker restarted, the SR's own arrival."""
        patient = demonstration_patient()
        study = study_of(patient["current"][0])
        with Node() as node:
            self.assertEqual(node.store(patient["current"]), 0)
            orthanc = node.pids()["Orthanc"]
            os.kill(orthanc, signal.SIGKILL)  # StableStudy never comes for this study now
            node.until(30, "another Orthanc", lambda: node.pids().get("Orthanc", orthanc) != orthanc and node.jobs() is not None)
            self.assertEqual(node.wait_job(study)["outcome"], "delivered")
            self.assertEqual(node.store(patient["current"]), 0)
            worker = node.pids()["radfm-worker"]
            os.kill(worker, signal.SIGKILL)
            node.until(30, "another worker", lambda: node.pids().get("radfm-worker", worker) != worker)
            node.settled()
            self.assertEqual(len(node.jobs(study)), 1)
            self.report_of(node, study)

    def test_long_series_is_shown_by_some_of_its_slices(self):
        """100 slices in no order: the report says how many of them the model saw, and its evidence is those, end to end."""
        slices = demonstration_patient()["ct"]
        with Node() as node, tempfile.TemporaryDirectory() as folder:
            origin = dataset(slices[0].read_bytes()).ImagePositionPatient
            places = [(37 * k) % 100 for k in range(100)]
            files = [changed(slices[place % len(slices)], folder, InstanceNumber=100 - place,
                             ImagePositionPatient=[origin[0], origin[1], float(2 * place)]) for place in places]
            self.assertEqual(node.store(files), 0)
            self.assertEqual(node.wait_job(study_of(files[0]))["outcome"], "delivered")
            report = self.report_of(node, study_of(files[0]))
            self.assertEqual(verdicts(report, files), [])
            technique = next(text for text in texts(report) if "slices shown to the model" in text)
            shown = int(re.search(r"(\d+) of 100 slices shown to the model", technique).group(1))
            evidence = {item.ReferencedSOPInstanceUID
                        for item in dataset(report).CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
                        .ReferencedSOPSequence}
            self.assertEqual(len(evidence), shown)
            self.assertLess(shown, 100)
            by_place = {place: dataset(path.read_bytes()).SOPInstanceUID for place, path in zip(places, files)}
            self.assertLessEqual({by_place[0], by_place[99]}, evidence)

    def test_the_next_study_is_prepared_meanwhile(self):
        """Of studies that wait, the next is at work before the one before has ended, and each has its own report; with
        queue.studies_ahead 0 they are done one after the other."""
        for ahead in (1, 0):
            with self.subTest(studies_ahead=ahead), tempfile.TemporaryDirectory() as folder:
                studies = sorted(small_studies(folder, 4))
                rules = [{"name": "everything", "match": {}, "action": {"task": "report"}, "max_study_age_days": None}]
                with Node(configuration={"queue": {"studies_ahead": ahead}, "rules": rules}) as node:
                    self.assertEqual(node.ctl("queue", "pause").returncode, 0)
                    self.assertEqual(node.store(studies), 0)
                    node.until(60, "four jobs", lambda: len(node.jobs()) == 4)
                    self.assertEqual(node.ctl("queue", "resume").returncode, 0)
                    node.settled()
                    jobs = [node.job(job["id"]) for job in node.jobs()]
                    self.assertEqual([job["outcome"] for job in jobs], ["delivered"] * 4)
                    at = [{event["kind"]: event["wall_ms"] for event in job["events"]} for job in jobs]
                    spans = sorted((kinds["claimed"], kinds["result_stored"]) for kinds in at)
                    overlaps = sum(before[1] > after[0] for before, after in zip(spans, spans[1:]))
                    self.assertEqual(overlaps > 0, ahead > 0, spans)
                    for study in studies:
                        self.assertEqual(verdicts(self.report_of(node, study_of(study)), [study]), [])

    def test_late_image_makes_one_revision(self):
        """A late image: one more job, whose SR is revision 2 and names its predecessor."""
        patient = demonstration_patient()
        study = study_of(patient["current"][0])
        with Node() as node, tempfile.TemporaryDirectory() as folder:
            self.assertEqual(node.store(patient["current"]), 0)
            node.wait_job(study)
            first = dataset(self.report_of(node, study))
            self.assertEqual(node.store([changed(patient["current"][0], folder, InstanceNumber=2)]), 0)
            job = node.wait_job(study, count=2)
            self.assertEqual((job["outcome"], job["revision"]), ("delivered", 2))
            second = dataset(self.report_of(node, study, expected=2))
            predecessors = [instance.ReferencedSOPInstanceUID
                            for item in second.PredecessorDocumentsSequence
                            for series in item.ReferencedSeriesSequence
                            for instance in series.ReferencedSOPSequence]
            self.assertEqual(predecessors, [first.SOPInstanceUID])
            self.assertEqual(int(second.InstanceNumber), 2)
            node.settled()
            self.assertEqual(len(node.jobs(study)), 2)


if __name__ == "__main__":
    unittest.main()
