# SPDX-License-Identifier: Apache-2.0
"""Archives that answer nothing, slowly, too much, wrongly or by halves: the report comes in time, without a prior from there, and
says so; nothing of another patient gets into it."""
import tempfile
import unittest

from archives import PynetdicomArchive, TlsDropper, WebArchive, entry, make_certificates, web_entry
from dicom_files import changed, demonstration_patient, study_of, verdicts
from node_harness import free_port
from prior_runs import reported

NONE = "No prior study was available for comparison."
MARGIN_S = 6  # a whole second of TCP's connect, the steps between two looks at the job, and a machine that is at work
BRIEF = {"timeout_ms": 2_000}
BRIEF_SEARCH_MS, SEARCH_MS = 3_000, 30_000
OF_OTHERS = (b"SOMEBODY ELSE", b"Foreign", b"19010203")  # what archive.py and web_archive.py give to another patient


def unsearched(code, name="archive"):
    """A pattern of the sentence about an archive that gave no answer to the search."""
    return rf"{name} could not be searched for earlier studies \({code}\)\."


def unfetched(code):
    return rf"1 earlier study at archive was not fetched \({code}\)\."


class HostileArchives(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        patient = demonstration_patient()
        cls.current = patient["current"]
        cls.prior = patient["prior"]
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        # Six objects of the prior study, and the prior with four more studies of this patient.
        cls.six = cls.prior + [changed(cls.prior[0], cls.folder.name, InstanceNumber=number) for number in range(2, 7)]
        uid = study_of(cls.prior[0])
        cls.five_studies = cls.prior + [
            changed(cls.prior[0], cls.folder.name, StudyInstanceUID=f"{uid}.{number}", SeriesInstanceUID=f"{uid}.{number}.1",
                    AccessionNumber=f"OLD-{number}") for number in range(1, 5)]
        cls.certificates = make_certificates(cls.folder.name)

    def costs_only_itself(self, archive_entry, sentence, search_timeout_ms=SEARCH_MS, dicom=None):
        """The study is reported at the first attempt, with the comparison that no prior was available and the sentence (a
        pattern). The search took no longer than it may, or than three calls of the archive."""
        with reported(self.current, archive_entry, dicom=dicom, search_timeout_ms=search_timeout_ms) as run:
            self.without_a_prior(run, [sentence])
            self.assertLess(run.seconds, min(search_timeout_ms, 3 * archive_entry["timeout_ms"]) / 1000 + MARGIN_S)

    def without_a_prior(self, run, sentences):
        self.reported_once(run)
        self.assertEqual(run.comparison[0], NONE)
        self.assertRegex("\n".join(run.comparison[1:]), "^" + "\n".join(sentences) + "$")
        self.assertEqual(run.job["detail"]["priors"], [])
        self.assertCountEqual(run.job["detail"]["priors_refused"], run.comparison[1:])
        for sentence in run.comparison[1:]:
            self.assertNotRegex(sentence, r"2025|Phantom|RADFM-DEMO")

    def reported_once(self, run):
        self.assertEqual((run.job["state"], run.job["outcome"], run.job["attempts"]), ("done", "delivered", 1))
        self.assertIsNotNone(run.report)
        self.assertEqual(verdicts(run.report, self.current), [])
        self.assertEqual((len(run.node.jobs()), len(run.node.json("/studies"))), (1, 1))
        for value in OF_OTHERS:
            self.assertNotIn(value, run.report)
            self.assertNotIn(value.decode(), str(run.job))

    def of_pynetdicom(self, behaviour, sentence, files=None, way="c_get", search_timeout_ms=SEARCH_MS, timeout_ms=10_000,
                      known_title="RADFM"):
        port = free_port() if way == "c_move" else 0
        with self.subTest(behaviour, way=way), \
                PynetdicomArchive(files or self.prior, port, behaviour, known_title) as archive:
            self.costs_only_itself(archive.entry(way, timeout_ms=timeout_ms), sentence, search_timeout_ms, {"port": port})
            self.assertIn("find STUDY", archive.said())

    def test_an_archive_that_takes_its_time(self):
        """Silence; five answers of a second each; six objects of a second each within the archive's time, but not within the
        search's."""
        self.of_pynetdicom("silent", unsearched("peer_timeout"), search_timeout_ms=BRIEF_SEARCH_MS, **BRIEF)
        self.of_pynetdicom("slow", unsearched("peer_timeout"), self.five_studies, search_timeout_ms=BRIEF_SEARCH_MS, **BRIEF)
        for way in ("c_get", "c_move"):
            self.of_pynetdicom("slow", unfetched("[a-z]+_timeout"), self.six, way, search_timeout_ms=4_000)

    def test_an_archive_that_refuses(self):
        """Out of resources, a query that it does not take, a destination that it does not know, nobody at the port."""
        self.of_pynetdicom("busy", unsearched("peer_busy"))
        self.of_pynetdicom("strict", unsearched("peer_refused_query"))
        self.of_pynetdicom("honest", unfetched("peer_knows_no_destination"), way="c_move", known_title="OTHER")
        with self.subTest("nobody"):
            self.costs_only_itself(entry(free_port(), "c_get", **BRIEF), unsearched("peer_unreachable"))
        with self.subTest("nobody", way="dicomweb"):
            self.costs_only_itself(web_entry(free_port(), **BRIEF), unsearched("http_unreachable"))

    def test_an_archive_that_sends_too_much_or_half(self):
        """10,000 matches, none of which is surely this patient's; a connection that ends after the first of six objects, or in
        the midst of one."""
        with self.subTest("flood"), PynetdicomArchive(self.prior, behaviour="flood") as archive, \
                reported(self.current, archive.entry("c_get"), search_timeout_ms=SEARCH_MS) as run:
            self.reported_once(run)
            self.assertEqual(run.comparison[0], NONE)
            for said in (run.comparison, run.job["detail"]["priors_refused"]):
                self.assertIn("archive has more studies of this patient than were looked at.", said)
            self.assertEqual(run.job["detail"]["priors"], [])
            self.assertLess(run.seconds, SEARCH_MS / 1000 + MARGIN_S)
        for way in ("c_get", "c_move"):
            self.of_pynetdicom("cut", unfetched("peer_[a-z_]+"), self.six, way)
        with self.subTest("half", way="dicomweb"), WebArchive(self.six, behaviour="half") as archive:
            self.costs_only_itself(archive.entry(), unfetched("(http|web)_[a-z_]+"))

    def test_an_archive_that_sends_another_patients_objects(self):
        """Beside what was asked for: nothing from there is used; under the UIDs that were asked for: the objects themselves say
        whose they are."""
        for way in ("c_get", "c_move"):
            self.of_pynetdicom("foreign", unfetched("object_not_asked_for"), way=way)
            self.of_pynetdicom("impostor", r"One candidate study was not used: its Patient ID is not that of this patient\.",
                               way=way)
        with self.subTest("foreign", way="dicomweb"), WebArchive(self.prior, behaviour="foreign") as archive:
            self.costs_only_itself(archive.entry(), unfetched("object_not_asked_for"))

    def test_an_archive_that_drops_tls(self):
        """One that closes the connection after the handshake, and one that does not speak TLS at all."""
        dicom = {"tls": self.certificates}
        with self.subTest("closed after the handshake"), TlsDropper(self.certificates) as dropper:
            self.costs_only_itself(dropper.entry("c_get", **BRIEF), unsearched("(peer|tls)_[a-z_]+"), dicom=dicom)
            self.assertGreater(dropper.dropped, 0)
        with self.subTest("no TLS"), PynetdicomArchive(self.prior) as archive:
            self.costs_only_itself(archive.entry("c_get", tls=True, **BRIEF), unsearched("(tls_refused|peer_timeout)"),
                                   dicom=dicom)

    def test_an_honest_archive_behind_hostile_ones(self):
        """Each says its sentence, and the prior comes from the last."""
        with PynetdicomArchive(behaviour="busy") as busy, PynetdicomArchive(behaviour="silent") as silent, \
                PynetdicomArchive(self.prior) as honest, \
                reported(self.current, busy.entry("c_get", name="busy"), silent.entry("c_get", name="silent", **BRIEF),
                         entry(free_port(), "c_get", name="nobody"), honest.entry("c_get", name="honest"),
                         search_timeout_ms=SEARCH_MS) as run:
            self.reported_once(run)
            lines = "\n".join(run.comparison)
            self.assertRegex(lines, r"(?m)^Prior study of 2025-03-04 .* Fetched by C-GET from ARCHIVE\.$")
            for name, code in (("busy", "peer_busy"), ("silent", "peer_timeout"), ("nobody", "peer_unreachable")):
                self.assertRegex(lines, "(?m)^" + unsearched(code, name) + "$")
            self.assertEqual(len(run.comparison), 4, lines)
            self.assertCountEqual(run.job["detail"]["priors_refused"], run.comparison[1:])
            self.assertEqual([prior["study"] for prior in run.job["detail"]["priors"]], [study_of(self.prior[0])])


if __name__ == "__main__":
    unittest.main()
