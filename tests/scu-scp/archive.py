# SPDX-License-Identifier: Apache-2.0
"""An archive for tests.  archive.py AE FOLDER BEHAVIOUR [DESTINATION PORT]: answers C-FIND, C-GET and C-MOVE (to the one
destination) over the files of FOLDER, or misbehaves:
  honest      as an archive should
  flood       finds 10,000 studies, and stops when it is told to
  deaf        the same, and never stops
  silent      takes every question and answers none
  slow        answers rightly, each answer and each object after a second
  nameless    finds one study without its UID, one with a broken UID, one that is right
  busy        answers each question with A700
  strict      answers each question with A900
  foreign     sends an object of another patient's study before those that were asked for
  impostor    sends another patient's objects under the UIDs that were asked for
  cut         breaks the connection after the first object
  anonymous   moves without saying whose move it is
  talkative   has 40 series of two reports each in any study
Prints "port N" when it serves, then a line for each thing that a test may want to know. Serves until it is killed."""
import copy
import sys
import threading
import time
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_context, evt
from pynetdicom.sop_class import (
    BasicTextSRStorage, CTImageStorage, ComputedRadiographyImageStorage, PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet, PatientRootQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove, Verification)

ae_title, folder, behaviour = sys.argv[1:4]
destination = sys.argv[4:6]
objects = [pydicom.dcmread(path) for path in sorted(Path(folder).glob("*.dcm"))]
STUDY_KEYS = ("StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyDescription", "PatientName", "PatientID",
              "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "SpecificCharacterSet")
SERIES_KEYS = ("StudyInstanceUID", "SeriesInstanceUID", "Modality", "SeriesDescription", "SeriesNumber", "BodyPartExamined",
               "SpecificCharacterSet")
DOCUMENT_KEYS = ("SOPClassUID", "ManufacturerModelName", "ConceptNameCodeSequence", "VerificationFlag", "PreliminaryFlag")


def say(text):
    print(text, flush=True)


def uid_list(dataset, keyword):
    value = dataset.get(keyword)
    return [] if not value else [value] if isinstance(value, str) else list(value)


def wanted(identifier):
    for dataset in objects:
        if any(identifier.get(key) and dataset.get(key) != identifier.get(key) for key in ("PatientID", "Modality")):
            continue
        if all(not uid_list(identifier, key) or dataset.get(key) in uid_list(identifier, key)
               for key in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")):
            yield dataset


def matches(identifier):
    level = identifier.QueryRetrieveLevel
    if level == "IMAGE":
        for dataset in wanted(identifier):
            answer = Dataset()
            answer.QueryRetrieveLevel = level
            for key in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
                setattr(answer, key, dataset.get(key))
            for key in DOCUMENT_KEYS:
                if key in identifier and key in dataset:
                    answer[key] = copy.deepcopy(dataset[key])
            yield answer
        return
    keys, unique, related = ((STUDY_KEYS, "StudyInstanceUID", "NumberOfStudyRelatedInstances") if level == "STUDY" else
                             (SERIES_KEYS, "SeriesInstanceUID", "NumberOfSeriesRelatedInstances"))
    found = {}
    for dataset in wanted(identifier):
        found.setdefault(dataset.get(unique), []).append(dataset)
    for group in found.values():
        answer = Dataset()
        answer.QueryRetrieveLevel = level
        for key in keys:
            if key in group[0]:
                answer[key] = copy.deepcopy(group[0][key])
        setattr(answer, related, len(group))
        yield answer


def invented(count):
    for number in range(count):
        answer = Dataset()
        answer.QueryRetrieveLevel = "STUDY"
        answer.StudyInstanceUID = f"1.2.3.{number + 1}"
        yield answer


def invented_reports(identifier):
    for series in range(1, 41):
        answer = Dataset()
        answer.QueryRetrieveLevel, answer.StudyInstanceUID = identifier.QueryRetrieveLevel, identifier.StudyInstanceUID
        answer.SeriesInstanceUID = f"1.2.3.{series}"
        if identifier.QueryRetrieveLevel == "SERIES":
            answer.Modality = "SR"
            yield answer
        elif identifier.SeriesInstanceUID == answer.SeriesInstanceUID:
            for number in (1, 2):
                document = copy.deepcopy(answer)
                document.SOPInstanceUID = f"1.2.3.{series}.{number}"
                yield document


def on_find(event):
    say(f"find {event.identifier.QueryRetrieveLevel} {event.identifier.get('PatientID', '')} {event.identifier.get('StudyDate', '')}")
    if behaviour == "silent":
        threading.Event().wait()
    if behaviour in ("busy", "strict"):
        yield {"busy": 0xA700, "strict": 0xA900}[behaviour], None
        return
    answers = invented(10_000) if behaviour in ("flood", "deaf") else matches(event.identifier)
    if behaviour == "talkative":
        answers = invented_reports(event.identifier)
    if behaviour == "nameless":
        answers = list(invented(3))
        del answers[0].StudyInstanceUID
        answers[1].add_new(0x0020000D, "UI", "1..2")
    for number, answer in enumerate(answers):
        dawdle()
        if number % 50 == 49:
            time.sleep(0.001)  # the thread that reads a C-CANCEL gets its turn
        if behaviour == "flood" and event.is_cancelled:
            say("cancelled")
            yield 0xFE00, None
            return
        yield 0xFF00, answer


def dawdle():
    if behaviour == "slow":
        threading.Event().wait(1)


def of_somebody_else(dataset):
    strange = copy.deepcopy(dataset)
    strange.PatientID, strange.PatientName, strange.PatientBirthDate = "SOMEBODY ELSE", "Foreign^Somebody", "19010203"
    return strange


def retrieved(identifier):
    datasets = list(wanted(identifier))
    if behaviour == "foreign":
        strange = of_somebody_else(datasets[0])
        strange.StudyInstanceUID += ".9"
        strange.SOPInstanceUID += ".9"
        datasets.insert(0, strange)
    if behaviour == "impostor":
        datasets = [of_somebody_else(dataset) for dataset in datasets]
    return datasets


def on_get(event):
    say(f"get {event.identifier.QueryRetrieveLevel}")
    if behaviour == "silent":
        threading.Event().wait()
    datasets = retrieved(event.identifier)
    yield len(datasets)
    for number, dataset in enumerate(datasets):
        dawdle()
        if event.is_cancelled:
            say("cancelled")
            yield 0xFE00, None
            return
        if behaviour == "cut" and number == 1:
            event.assoc.abort()
            return
        yield 0xFF00, dataset


def on_move(event):
    say(f"move {event.identifier.QueryRetrieveLevel} {event.move_destination}")
    if behaviour == "silent":
        threading.Event().wait()
    if not destination or event.move_destination != destination[0]:
        yield None, None
        return
    yield "127.0.0.1", int(destination[1]), {"contexts": contexts()}
    datasets = retrieved(event.identifier)
    yield len(datasets)
    for number, dataset in enumerate(datasets):
        dawdle()
        if event.is_cancelled:
            say("cancelled")
            yield 0xFE00, None
            return
        if behaviour == "cut" and number == 1:
            event.assoc.abort()
            return
        yield 0xFF00, dataset


def contexts():
    return [build_context(uid, [ExplicitVRLittleEndian, ImplicitVRLittleEndian]) for uid in (ComputedRadiographyImageStorage, CTImageStorage)]


if behaviour == "anonymous":
    from pynetdicom import association as association_module
    plain = association_module.Association.send_c_store

    def without_originator(self, dataset, msg_id=1, priority=2, originator_aet=None, originator_id=None):
        return plain(self, dataset, msg_id, priority)

    association_module.Association.send_c_store = without_originator

ae = AE(ae_title=ae_title)
ae.require_called_aet = True
ae.add_supported_context(Verification)
for model in (StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelGet,
              StudyRootQueryRetrieveInformationModelMove, PatientRootQueryRetrieveInformationModelFind,
              PatientRootQueryRetrieveInformationModelGet, PatientRootQueryRetrieveInformationModelMove):
    ae.add_supported_context(model)
for storage in (ComputedRadiographyImageStorage, CTImageStorage, BasicTextSRStorage):
    ae.add_supported_context(storage, [ExplicitVRLittleEndian, ImplicitVRLittleEndian], scu_role=True, scp_role=True)
server = ae.start_server(("127.0.0.1", 0), block=False,
                         evt_handlers=[(evt.EVT_C_FIND, on_find), (evt.EVT_C_GET, on_get), (evt.EVT_C_MOVE, on_move)])
say(f"port {server.socket.getsockname()[1]}")
threading.Event().wait()
