# SPDX-License-Identifier: Apache-2.0
"""The statement of the build, the driver of its network, and independent peers: pynetdicom's and Python's own."""
import json
import os
import socket
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, build_context, evt
from pynetdicom.pdu_primitives import (
    ImplementationClassUIDNotification, ImplementationVersionNameNotification, MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation)

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("RADFM_BUILD", ROOT / "build"))
STUDY, SERIES, PATIENT = "1.2.3", "1.2.3.4", "P-1"


def printed(*words):
    done = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), "conformance", *words], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


STATEMENT = json.loads(printed("--json"))
LINES = {activity["id"]: activity["lines"] for activity in STATEMENT["activities"]}


class Driver:
    """tests/conformance/conformance_driver.cpp: our side."""

    def __init__(self):
        self.process = subprocess.Popen([str(BUILD / "tests" / "conformance" / "conformance_driver")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def tell(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def serve(self):
        word, port = self.tell("serve").split()
        assert word == "ok", port
        return int(port)

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


def object_of(sop_class_uid, transfer_syntax):
    """The least that is an object: its names. Pixels are not looked at on the way."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class_uid, "1.2.3.4.5"
    dataset.PatientID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = PATIENT, STUDY, SERIES
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    return dataset


def draft_file(path, sop_class_uid):
    dataset = object_of(sop_class_uid, ExplicitVRLittleEndian)
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = sop_class_uid, dataset.SOPInstanceUID
    dataset.save_as(path, enforce_file_format=True)


def accepted_by_peer(pairs):
    """Contexts that a peer accepts, and no others, in either role."""
    contexts = []
    for sop_class_uid, syntaxes in pairs:
        context = build_context(sop_class_uid, syntaxes)
        context.scu_role = context.scp_role = True
        contexts.append(context)
    return contexts


class Request:
    """What stands in an A-ASSOCIATE-RQ of ours."""

    def __init__(self, primitive):
        roles, self.other_items = {}, []
        for item in primitive.user_information:
            if isinstance(item, SCP_SCU_RoleSelectionNegotiation):
                roles[item.sop_class_uid] = (bool(item.scu_role), bool(item.scp_role))
            elif isinstance(item, MaximumLengthNotification):
                self.pdu_bytes_max = item.maximum_length_received
            elif isinstance(item, ImplementationClassUIDNotification):
                self.class_uid = item.implementation_class_uid
            elif isinstance(item, ImplementationVersionNameNotification):
                self.version_name = item.implementation_version_name
            else:
                self.other_items.append(type(item).__name__)
        self.application_context = primitive.application_context_name
        self.calling, self.called = primitive.calling_ae_title, primitive.called_ae_title
        self.ids = [context.context_id for context in primitive.presentation_context_definition_list]
        self.lines = []
        for context in primitive.presentation_context_definition_list:
            role = {None: "SCU", (False, True): "SCP"}.get(roles.get(context.abstract_syntax), "another role")
            self.lines.append((context.abstract_syntax, role, list(context.transfer_syntax)))


class Peer:
    """An archive that accepts what it is told to accept, has one series of reports and no report in it, sends `objects` to whoever
    gets, and remembers what it was asked."""

    def __init__(self, ssl_context=None):
        self.requests, self.accepted, self.identifiers, self.objects = [], [], [], []
        ae = AE(ae_title="PEER")
        ae.require_called_aet = True
        handlers = [(evt.EVT_CONN_OPEN, self.on_connection), (evt.EVT_REQUESTED, self.on_requested),
                    (evt.EVT_ESTABLISHED, self.on_established), (evt.EVT_C_FIND, self.on_find), (evt.EVT_C_GET, self.on_get),
                    (evt.EVT_C_MOVE, self.on_move), (evt.EVT_C_STORE, lambda event: 0x0000),
                    (evt.EVT_N_ACTION, lambda event: (0x0000, None))]
        self.server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers, ssl_context=ssl_context,
                                      contexts=accepted_by_peer([("1.2.840.10008.1.1", [ExplicitVRLittleEndian])]))
        self.port = self.server.socket.getsockname()[1]

    def accept(self, pairs):
        self.server.contexts = accepted_by_peer(pairs)
        self.requests, self.accepted, self.identifiers = [], [], []

    def on_connection(self, event):
        # Two PDUs for each object: the second would wait for our acknowledgement of the first, 40 ms.
        event.assoc.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def on_requested(self, event):
        self.requests.append(Request(event.assoc.requestor.primitive))

    def on_established(self, event):
        self.accepted.append({(str(context.abstract_syntax), str(context.transfer_syntax[0])) for context in event.assoc.accepted_contexts})

    def on_find(self, event):
        self.identifiers.append(event.identifier)
        if event.identifier.get("Modality") == "SR":
            series = Dataset()
            series.QueryRetrieveLevel, series.StudyInstanceUID, series.SeriesInstanceUID, series.Modality = "SERIES", STUDY, SERIES, "SR"
            yield 0xFF00, series

    def on_get(self, event):
        yield len(self.objects)
        for dataset in self.objects:
            yield 0xFF00, dataset

    def on_move(self, event):
        yield None, None  # A801: knows no such destination

    def close(self):
        self.server.shutdown()


class WebPeer(ThreadingHTTPServer):
    """Remembers method, path and Accept of each request, and has nothing."""

    def __init__(self):
        self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self):
                self.server.asked.append((self.command, self.path, self.headers["Accept"]))
                self.send_response(204)
                self.end_headers()

            do_GET = do_POST = do_PUT = answer

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/dicom-web"
