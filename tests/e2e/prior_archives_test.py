# SPDX-License-Identifier: Apache-2.0
"""Priors that only an archive has: every way to them gives the same report, and who else's they are costs nothing but a note."""
import tempfile
import unittest

from archives import DICOMWEB_PLUGIN, DcmqrscpArchive, OrthancArchive, PynetdicomArchive, make_certificates
from dicom_files import changed, comparison, dataset, demonstration_patient, section, study_of, verdicts, without_times
from node_harness import free_port
from prior_runs import reported

NAMED = {"c_get": "C-GET from ARCHIVE", "c_move": "C-MOVE from ARCHIVE", "dicomweb": "DICOMweb from archive"}
WAYS = ((OrthancArchive, "c_get", "study"), (OrthancArchive, "c_move", "study"), (OrthancArchive, "dicomweb", "study"),
        (DcmqrscpArchive, "c_get", "study"), (DcmqrscpArchive, "c_move", "patient"),
        (PynetdicomArchive, "c_get", "patient"), (PynetdicomArchive, "c_move", "study"))
NONE = "No prior study was available for comparison."


def narrative(report):
    """What the model wrote: the texts of findings and impression."""
    read = dataset(report)
    return [str(item.TextValue) for heading in ("Findings", "Impressions") for item in section(read, heading)]


class PriorArchives(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        patient = demonstration_patient()
        cls.prior, cls.current = patient["prior"], patient["current"]

    def delivered(self, run):
        """The study has its one report, and nothing of an archive became a study or a job of this node."""
        self.assertEqual((run.job["state"], run.job["outcome"], run.job["attempts"]), ("done", "delivered", 1))
        self.assertIsNotNone(run.report)
        self.assertEqual(verdicts(run.report, self.current), [])
        self.assertEqual(len(run.node.jobs()), 1)
        self.assertEqual(len(run.node.json("/studies")), 1)

    def names_its_prior(self, run, phrase):
        self.assertEqual(len(run.comparison), 1, run.comparison)
        self.assertRegex(run.comparison[0], r'^Prior study of 2025-03-04 \(CR "Chest PA"\): its images were shown to the model; '
                                            r"no report of it was used\." + (f" Fetched by {phrase}\\.$" if phrase else "$"))
        self.assertEqual(run.report.count(b"Fetched by"), 1 if phrase else 0)
        self.assertEqual([prior["study"] for prior in run.job["detail"]["priors"]], [study_of(self.prior[0])])
        self.assertEqual(run.job["detail"]["priors_refused"], [])

    def fetched(self, archive, way, query_root, expected, dicom=None):
        """The report with the prior from the archive is the expected one but for the way's name."""
        phrase = NAMED[way]
        root = {} if way == "dicomweb" else {"query_root": query_root}
        with reported(self.current, archive.entry(way, **root), dicom={"port": archive.our_port, **(dicom or {})}) as run:
            self.delivered(run)
            self.names_its_prior(run, phrase)
            bare = without_times(run.report, lambda text: text.replace(f" Fetched by {phrase}.", ""))
            self.assertEqual(str(dataset(bare)), str(dataset(expected)))
            self.assertEqual(bare, expected)

    def test_each_way_gives_the_same_report(self):
        """Three independent archives, each by every way that it offers, one of them over TLS too: the same bytes as with the
        prior in the node's own Orthanc, but for the way's name and the times that without_times lists."""
        with reported(self.current, own=self.prior) as run:
            self.assertEqual((run.job["state"], run.job["outcome"]), ("done", "delivered"))
            self.names_its_prior(run, None)
            expected = without_times(run.report, lambda text: text)
        for kind, way, query_root in WAYS:
            with self.subTest(archive=kind.__name__, way=way, query_root=query_root):
                if way == "dicomweb" and not DICOMWEB_PLUGIN.exists():
                    self.skipTest("Orthanc's DICOMweb plugin is not installed")
                with kind(self.prior, our_port=free_port() if way == "c_move" else 0) as archive:
                    self.fetched(archive, way, query_root, expected)
        with self.subTest(archive="OrthancArchive", way="c_get over TLS"), tempfile.TemporaryDirectory() as folder:
            certificates = make_certificates(folder)
            with OrthancArchive(self.prior, certificates=certificates) as archive:
                self.fetched(archive, "c_get", "study", expected, dicom={"tls": certificates})

    def test_removing_the_prior_changes_the_comparison(self):
        """With the prior in the archive the report names it; without, it says that there was none, and the model wrote another
        text."""
        with PynetdicomArchive(self.prior) as archive, reported(self.current, archive.entry("c_get")) as run:
            self.delivered(run)
            self.names_its_prior(run, NAMED["c_get"])
            written_with = narrative(run.report)
        with PynetdicomArchive() as archive, reported(self.current, archive.entry("c_get")) as run:
            self.delivered(run)
            self.assertRegex(archive.said(), "(?m)^find STUDY RADFM-DEMO-1 ")
            self.assertEqual(run.comparison, [NONE])
            self.assertEqual((run.job["detail"]["priors"], run.job["detail"]["priors_refused"]), ([], []))
            self.assertNotEqual(narrative(run.report), written_with)

    def test_anothers_prior_changes_nothing_but_the_note(self):
        """A study under the same Patient ID with another name and birth date: the report is that without any prior, but for the
        sentence that it was refused."""
        with PynetdicomArchive() as archive, reported(self.current, archive.entry("c_get")) as run:
            self.delivered(run)
            expected = run.report
        with tempfile.TemporaryDirectory() as folder:
            anothers = changed(self.prior[0], folder, PatientName="Stranger^Somebody", PatientBirthDate="19401231")
            with PynetdicomArchive([anothers]) as archive, reported(self.current, archive.entry("c_get")) as run:
                self.delivered(run)
                note = "One candidate study was not used: its birth date is not that of this patient."
                self.assertEqual(run.comparison, [NONE, note])
                self.assertEqual((run.job["detail"]["priors"], run.job["detail"]["priors_refused"]), ([], [note]))
                self.assertEqual(narrative(run.report), narrative(expected))
                self.assertEqual(without_times(run.report, lambda _: ""), without_times(expected, lambda _: ""))
                self.assertEqual(comparison(expected), [NONE])
                for value in (b"Stranger", b"19401231", study_of(anothers).encode()):
                    self.assertNotIn(value, run.report)


if __name__ == "__main__":
    unittest.main()
