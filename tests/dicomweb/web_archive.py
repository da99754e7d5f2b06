# SPDX-License-Identifier: Apache-2.0
"""A DICOMweb archive for tests.  web_archive.py FOLDER BEHAVIOUR [KEY CERTIFICATE]: QIDO-RS and WADO-RS over the files of
FOLDER, over TLS where a key is given, or misbehaves:
  honest    as an archive should
  foreign   sends an object of another patient's study first
  half      ends a retrieval in the midst of the second part
  flood     finds 10,000 studies, whatever limit was asked for
Prints "port N" when it serves, then the path of each request. Serves until it is killed."""
import copy
import io
import json
import ssl
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pydicom

folder, behaviour = sys.argv[1:3]
files = [(pydicom.dcmread(path), path.read_bytes()) for path in sorted(Path(folder).glob("*.dcm"))]
STUDY = ("StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyDescription", "PatientName", "PatientID",
         "IssuerOfPatientID", "PatientBirthDate", "PatientSex")
SERIES = ("StudyInstanceUID", "SeriesInstanceUID", "Modality", "SeriesDescription", "SeriesNumber", "BodyPartExamined")


def found(level, keys, unique, related, chosen):
    groups = {}
    for dataset, _ in chosen:
        groups.setdefault(dataset.get(unique), []).append(dataset)
    answers = []
    for group in groups.values():
        answer = pydicom.Dataset()
        for key in keys:
            if key in group[0]:
                answer[key] = copy.deepcopy(group[0][key])
        setattr(answer, related, len(group))
        answers.append(answer.to_json_dict())
    return answers


def documents(chosen, asked):
    answers = []
    for dataset, _ in chosen:
        if dataset.Modality not in asked.get("Modality", [dataset.Modality]):
            continue
        tags = {int(tag, 16) for tag in asked.get("includefield", [])} | {0x00080018, 0x00080060, 0x0020000D, 0x0020000E}
        answer = pydicom.Dataset()
        for tag in tags:
            if tag in dataset:
                answer[tag] = dataset[tag]
        answers.append(answer.to_json_dict())
    return answers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, content_type, body, length=None):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        print(self.path, flush=True)
        url = urllib.parse.urlsplit(self.path)
        asked = urllib.parse.parse_qs(url.query)
        steps = url.path.strip("/").split("/")[1:]  # without dicom-web
        if steps == ["studies"]:
            chosen = [f for f in files if f[0].PatientID == asked["PatientID"][0]]
            answers = found("STUDY", STUDY, "StudyInstanceUID", "NumberOfStudyRelatedInstances", chosen)
            if behaviour == "flood":
                answers = [{"0020000D": {"vr": "UI", "Value": [f"1.2.3.{i + 1}"]}} for i in range(10_000)]
            return self.answer(200 if answers else 204, "application/dicom+json", json.dumps(answers).encode() if answers else b"")
        chosen = [f for f in files if f[0].StudyInstanceUID == steps[1]]
        if steps[2:] == ["series"]:
            answers = found("SERIES", SERIES, "SeriesInstanceUID", "NumberOfSeriesRelatedInstances", chosen)
            return self.answer(200, "application/dicom+json", json.dumps(answers).encode())
        if steps[2:] == ["instances"] and chosen:
            return self.answer(200, "application/dicom+json", json.dumps(documents(chosen, asked)).encode())
        if len(steps) == 4:
            chosen = [f for f in chosen if f[0].SeriesInstanceUID == steps[3]]
        if not chosen:
            return self.answer(404, "text/plain", b"no such study")
        return self.retrieve([data for _, data in chosen])

    def retrieve(self, bodies):
        if behaviour == "foreign":
            strange = pydicom.dcmread(io.BytesIO(bodies[0]))
            strange.StudyInstanceUID += ".9"
            strange.PatientID = "SOMEBODY ELSE"
            stream = io.BytesIO()
            strange.save_as(stream)
            bodies.insert(0, stream.getvalue())
        body = b"".join(b"\r\n--cut here\r\nContent-Type: application/dicom\r\n\r\n" + data for data in bodies) + b"\r\n--cut here--\r\n"
        length = len(body)
        if behaviour == "half":
            body = body[:len(bodies[0]) + 1_000]
            self.close_connection = True
        self.answer(200, 'multipart/related; type="application/dicom"; boundary="cut here"', body, length)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(f"port {server.server_address[1]}", flush=True)
server.serve_forever()
