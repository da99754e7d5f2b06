# SPDX-License-Identifier: Apache-2.0
"""docs/dicom-conformance.md, line by line: the document is what the build prints, and an independent peer negotiates each of
its lines with the build."""
import re
import tempfile
import threading
import unittest
import urllib.parse
from pathlib import Path
from unittest import mock

from pydicom import Dataset
from pydicom._uid_dict import UID_dictionary
from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.pdu import A_ASSOCIATE_RJ
from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation, UserIdentityNegotiation

from conformance_peers import LINES, PATIENT, ROOT, SERIES, STATEMENT, STUDY, Driver, Peer, WebPeer, draft_file, object_of, printed

VERIFICATION, CT, COMMITMENT = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.20.1"
REQUESTED = [name for name in LINES if name != "serve"]
GETS = ("get_study_root", "get_patient_root")


class Document(unittest.TestCase):
    def test_the_document_is_what_the_build_prints(self):
        """Aim: the document cannot grow old."""
        self.maxDiff = None
        self.assertEqual((ROOT / "docs" / "dicom-conformance.md").read_text(encoding="utf-8"), printed(),
                         "make it again: build/radfmctl/radfmctl conformance > docs/dicom-conformance.md")

    def test_every_code_of_the_reports_stands_in_it(self):
        """Aim: a code that is added to pipeline/report/codes.h cannot be forgotten here."""
        known = re.findall(r'= \{"([^"]+)", "(\w+)", "([^"]+)"\};', (ROOT / "pipeline" / "report" / "codes.h").read_text(encoding="utf-8"))
        self.assertGreater(len(known), 25)
        self.assertEqual([code for code in known if list(code) not in STATEMENT["codes"]], [])


class Requested(unittest.TestCase):
    """What we ask of others."""

    @classmethod
    def setUpClass(cls):
        cls.driver, cls.peer = Driver(), Peer()
        cls.folder = tempfile.TemporaryDirectory()
        cls.draft = Path(cls.folder.name) / "draft.dcm"
        draft_file(cls.draft, LINES["deliver"][0]["sop_class_uid"])

    @classmethod
    def tearDownClass(cls):
        cls.driver.close()
        cls.peer.close()
        cls.folder.cleanup()

    def request(self, name):
        return self.driver.tell("request", name, self.peer.port, self.draft)

    def expected(self, name):
        # The peer knows no destination of ours: it says so in the context that it accepted.
        return "error peer_knows_no_destination" if name.startswith("move") else "ok"

    def test_each_request_is_its_lines_and_nothing_else(self):
        """Aim: classes, roles and syntaxes in the order of the table, and no other negotiation than is stated."""
        for name in REQUESTED:
            with self.subTest(name):
                lines = [(line["sop_class_uid"], line["role"], line["transfer_syntaxes"]) for line in LINES[name]]
                self.peer.accept([(uid, syntaxes) for uid, _, syntaxes in lines])
                self.peer.objects = []
                self.assertEqual(self.request(name), self.expected(name))
                self.assertGreaterEqual(len(self.peer.requests), 1)
                for request in self.peer.requests:
                    self.assertEqual(request.lines, lines)
                    self.assertEqual(request.ids, list(range(1, 2 * len(lines), 2)))
                    self.assertEqual(request.other_items, [])
                    self.assertEqual(request.pdu_bytes_max, STATEMENT["data_pdu_bytes_max"])
                    self.assertEqual(request.class_uid, STATEMENT["implementation_class_uid"])
                    self.assertEqual(request.version_name, STATEMENT["implementation_version_name"])
                    self.assertEqual((request.calling, request.called), (STATEMENT["own_ae_title"], "PEER"))
                    self.assertEqual(request.application_context, "1.2.840.10008.3.1.1.1")

    def test_each_other_object_that_is_delivered(self):
        """Aim: of a companion and of a rejection note its own class alone is proposed, in the syntaxes of the SR."""
        line = LINES["deliver"][0]
        self.assertEqual(len(STATEMENT["delivered_classes"]), 3)
        for uid in STATEMENT["delivered_classes"]:
            with self.subTest(uid):
                delivered = Path(self.folder.name) / "delivered.dcm"
                draft_file(delivered, uid)
                self.peer.accept([(uid, line["transfer_syntaxes"])])
                self.assertEqual(self.driver.tell("request", "deliver", self.peer.port, delivered), "ok")
                self.assertEqual([request.lines for request in self.peer.requests], [[(uid, line["role"], line["transfer_syntaxes"])]])

    def test_each_service_in_each_of_its_syntaxes_alone(self):
        """Aim: a peer that takes this one class in this one syntax is enough."""
        for name in REQUESTED:
            service = LINES[name][0]
            for syntax in service["transfer_syntaxes"]:
                with self.subTest(name, syntax=syntax):
                    self.peer.accept([(service["sop_class_uid"], [syntax])])
                    self.peer.objects = []
                    self.assertEqual(self.request(name), self.expected(name))
                    for accepted in self.peer.accepted:
                        self.assertEqual(accepted, {(service["sop_class_uid"], syntax)})

    def test_a_service_that_the_peer_has_not(self):
        """Aim: the answers above come from the context that was accepted."""
        self.peer.objects = []
        for name in REQUESTED:
            with self.subTest(name):
                self.peer.accept([("1.2.840.10008.5.1.1.9", ["1.2.840.10008.1.2"])])
                self.assertRegex(self.request(name), "^error peer_")

    def get(self, name, pairs):
        service = LINES[name][0]
        self.peer.accept([(service["sop_class_uid"], service["transfer_syntaxes"]), *((uid, [syntax]) for uid, syntax in pairs)])
        self.peer.objects = [object_of(uid, syntax) for uid, syntax in pairs]
        answer = self.request(name).split()
        self.assertEqual((answer[0], sorted(answer[1:])), ("ok", sorted(f"{uid}={syntax}" for uid, syntax in pairs)))
        self.assertEqual(self.peer.accepted[0] - {(service["sop_class_uid"], service["transfer_syntaxes"][0])}, set(pairs))

    def test_each_storage_class_alone(self):
        """Aim: C-GET from an archive that has this class alone; the object comes and is kept."""
        name = GETS[0]
        for line in LINES[name][1:]:
            with self.subTest(name, line=line["sop_class_name"]):
                self.assertEqual(line["role"], "SCP")
                self.get(name, [(line["sop_class_uid"], line["transfer_syntaxes"][0])])

    def test_each_transfer_syntax_alone(self):
        """Aim: C-GET from an archive that has all classes in this syntax alone; an object of each class comes and is kept."""
        for name in GETS:
            for syntax in sorted({syntax for line in LINES[name][1:] for syntax in line["transfer_syntaxes"]}):
                with self.subTest(name, syntax=syntax):
                    self.get(name, [(line["sop_class_uid"], syntax) for line in LINES[name][1:] if syntax in line["transfer_syntaxes"]])

    def test_the_keys_of_a_query(self):
        """Aim: each level asks for the listed attributes, and for nothing else but level, unique keys and character set."""
        for name in ("find_study_root", "find_patient_root"):
            self.peer.accept([(LINES[name][0]["sop_class_uid"], LINES[name][0]["transfer_syntaxes"])])
            self.assertEqual(self.request(name), "ok")
            study, series, of_reports, reports = self.peer.identifiers
            unique = [0x0020000D] + ([0x00100020] if "patient" in name else [])
            self.assertEqual([int(tag) for tag in study.keys()], sorted(STATEMENT["study_keys"] + [0x00080052]))
            self.assertEqual([int(tag) for tag in series.keys()], sorted(STATEMENT["series_keys"] + [0x00080052] + unique))
            self.assertEqual((study.QueryRetrieveLevel, study.PatientID), ("STUDY", PATIENT))
            self.assertEqual((series.QueryRetrieveLevel, series.StudyInstanceUID, series.Modality), ("SERIES", STUDY, ""))
            self.assertEqual(of_reports.Modality, "SR")
            of_reports.Modality = ""
            self.assertEqual(of_reports, series)
            self.assertEqual([int(tag) for tag in reports.keys()], sorted(STATEMENT["document_keys"] + [0x00080052, 0x0020000E] + unique))
            self.assertEqual((reports.QueryRetrieveLevel, reports.StudyInstanceUID, reports.SeriesInstanceUID), ("IMAGE", STUDY, SERIES))


class Served(unittest.TestCase):
    """What others may ask of us."""

    @classmethod
    def setUpClass(cls):
        cls.driver = Driver()

    @classmethod
    def tearDownClass(cls):
        cls.driver.close()

    def setUp(self):
        self.port = self.driver.serve()

    def associate(self, pairs, roles=(), calling="PEER", called=STATEMENT["own_ae_title"], handlers=()):
        ae = AE(ae_title=calling)
        contexts = [build_context(uid, syntaxes) for uid, syntaxes in pairs]
        return ae.associate("127.0.0.1", self.port, contexts=contexts, ae_title=called, ext_neg=list(roles), evt_handlers=list(handlers))

    def release(self, association):
        self.assertTrue(association.is_established)
        association.release()

    def test_each_line_in_each_of_its_syntaxes(self):
        """Aim: every class in every syntax alone, each in a context of its own; the role that is stated."""
        role = build_role(COMMITMENT, scu_role=False, scp_role=True)
        for syntax in {syntax for line in LINES["serve"] for syntax in line["transfer_syntaxes"]}:
            lines = [line for line in LINES["serve"] if syntax in line["transfer_syntaxes"]]
            with self.subTest(syntax):
                association = self.associate([(line["sop_class_uid"], [syntax]) for line in lines], [role])
                accepted = [(c.abstract_syntax, c.transfer_syntax[0], "SCU" if c.as_scp else "SCP") for c in association.accepted_contexts]
                self.assertEqual(accepted, [(line["sop_class_uid"], syntax, line["role"]) for line in lines])
                self.release(association)

    def test_the_order_of_preference(self):
        """Aim: of what a caller proposes the first of the table is taken, whatever the caller's order."""
        for line in (line for line in LINES["serve"] if line["sop_class_uid"] in (CT, COMMITMENT)):
            syntaxes = line["transfer_syntaxes"]
            association = self.associate([(line["sop_class_uid"], syntaxes[first:][::-1]) for first in range(len(syntaxes))])
            self.assertEqual([context.transfer_syntax[0] for context in association.accepted_contexts], syntaxes)
            self.release(association)

    def refused(self, pairs):
        association = self.associate([(VERIFICATION, ["1.2.840.10008.1.2"]), *pairs])
        self.assertEqual([context.abstract_syntax for context in association.accepted_contexts], [VERIFICATION])
        refused = [(context.abstract_syntax, context.result) for context in association.rejected_contexts]
        self.release(association)
        return refused

    def test_classes_that_are_in_no_line(self):
        """Aim: every other SOP class of the standard is refused as such (PS3.8 9.3.3.2, result 3)."""
        known = {line["sop_class_uid"] for line in LINES["serve"]}
        others = sorted(uid for uid, entry in UID_dictionary.items() if entry[1] == "SOP Class" and uid not in known)
        self.assertGreater(len(others), 200)
        for first in range(0, len(others), 127):
            part = others[first:first + 127]
            self.assertEqual(self.refused([(uid, ["1.2.840.10008.1.2.1"]) for uid in part]), [(uid, 3) for uid in part])

    def test_syntaxes_that_are_in_no_line(self):
        """Aim: every other transfer syntax of the standard is refused, for each kind of class (result 4)."""
        for line in (line for line in LINES["serve"] if line["sop_class_uid"] in (CT, COMMITMENT)):
            others = sorted(uid for uid, entry in UID_dictionary.items()
                            if entry[1] == "Transfer Syntax" and uid not in line["transfer_syntaxes"])
            self.assertGreater(len(others), 40)
            self.assertEqual(self.refused([(line["sop_class_uid"], [uid]) for uid in others]), [(line["sop_class_uid"], 4)] * len(others))

    def test_policies(self):
        """Aim: what is stated of PDU, operations window, identity and implementation."""
        window = AsynchronousOperationsWindowNegotiation()
        window.maximum_number_operations_invoked = window.maximum_number_operations_performed = 5
        identity = UserIdentityNegotiation()
        identity.user_identity_type, identity.positive_response_requested, identity.primary_field = 1, True, b"somebody"
        association = self.associate([(VERIFICATION, ["1.2.840.10008.1.2"])], [window, identity])
        acceptor = association.acceptor
        self.assertEqual(acceptor.maximum_length, STATEMENT["data_pdu_bytes_max"])
        self.assertEqual(acceptor.implementation_class_uid, STATEMENT["implementation_class_uid"])
        self.assertEqual(acceptor.implementation_version_name, STATEMENT["implementation_version_name"])
        self.assertEqual(acceptor.asynchronous_operations, (1, 1))
        self.assertIsNone(acceptor.user_identity)
        self.assertEqual(association.send_c_echo().Status, 0x0000)
        self.release(association)

    def rejection(self, **titles):
        """The PDU itself is looked at: pynetdicom, whose threads race at the end of a connection, may call it an abort."""
        received = []
        association = self.associate([(VERIFICATION, ["1.2.840.10008.1.2"])],
                                     handlers=[(evt.EVT_PDU_RECV, lambda event: received.append(event.pdu))], **titles)
        self.assertFalse(association.is_established)
        rejections = [pdu for pdu in received if isinstance(pdu, A_ASSOCIATE_RJ)]
        self.assertEqual([(pdu.result, pdu.source) for pdu in rejections], [(1, 1)])
        return rejections[0].reason_diagnostic

    def test_rejections(self):
        """Aim: each reason of the table, in its order."""
        with mock.patch("pynetdicom.acse.APPLICATION_CONTEXT_NAME", "1.2.3.4"):
            reasons = [self.rejection()]
        reasons += [self.rejection(called="SOMEBODY"), self.rejection(calling="STRANGER")]
        self.assertEqual(reasons, STATEMENT["rejection_reasons"])

    def test_an_object_that_nobody_asked_for(self):
        """Aim: a class that is accepted is still no invitation; an answer comes in each transfer syntax."""
        for syntax in next(line for line in LINES["serve"] if line["sop_class_uid"] == CT)["transfer_syntaxes"]:
            with self.subTest(syntax):
                association = self.associate([(CT, [syntax])])
                status = association.send_c_store(object_of(CT, syntax))
                self.assertEqual(status.get("Status"), STATEMENT["refusal_statuses"]["object_not_asked_for"])
                self.release(association)

    def test_a_commitment_that_is_asked_of_us(self):
        """Aim: we are no SCP of it: whoever takes us for one loses the association."""
        association = self.associate([(COMMITMENT, ["1.2.840.10008.1.2.1"])])
        self.assertTrue(association.is_established)
        status, _ = association.send_n_action(Dataset(), 1, COMMITMENT, "1.2.840.10008.1.20.1.1")
        self.assertNotIn("Status", status)
        association.join(30)
        self.assertTrue(association.is_aborted)

    def test_associations_at_once(self):
        """Aim: the stated number, and one more."""
        pairs = [(VERIFICATION, ["1.2.840.10008.1.2"])]
        several = [self.associate(pairs) for _ in range(STATEMENT["served_associations_max"])]
        self.assertTrue(all(association.is_established for association in several))
        self.assertFalse(self.associate(pairs).is_established)
        for association in several:
            self.release(association)


class Web(unittest.TestCase):
    def test_each_request(self):
        """Aim: method, resource, media type and included fields of each line, as an HTTP server sees them."""
        driver, server = Driver(), WebPeer()
        self.addCleanup(driver.close)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever).start()
        for line in STATEMENT["web"]:
            with self.subTest(line["id"]):
                server.asked.clear()
                self.assertEqual(driver.tell("web", line["id"], server.url), "ok")
                (method, target, accept), = server.asked
                url = urllib.parse.urlsplit(target)
                query = urllib.parse.parse_qs(url.query)
                path = line["path"].replace("{study}", STUDY).replace("{series}", SERIES).replace("{instance}", f"{SERIES}.5")
                self.assertEqual((method, url.path, accept), (line["method"], "/dicom-web" + path, line["accept"]))
                self.assertEqual(query.pop("includefield", []), line["included"])
                self.assertEqual(query.pop("limit", None), ["11"] if line["id"].startswith("search") else None)
                matching = {"PatientID": [PATIENT], "IssuerOfPatientID": ["HERE"], "StudyDate": ["20200101-"]}
                self.assertEqual(query, {"search_studies": matching, "search_documents": {"Modality": ["SR"]}}.get(line["id"], {}))


if __name__ == "__main__":
    unittest.main()
