# SPDX-License-Identifier: Apache-2.0
"""Studies whose every identifying value is a word that stands nowhere else, good ones and such as provoke errors."""
import io
from pathlib import Path

import pydicom
from pydicom.uid import ExplicitVRLittleEndian

from dicom_files import small_studies
from hostile_files import CR, Study, nested

MARK = "zqkanari"  # in every canary but the dates
MPEG2 = "1.2.840.10008.1.2.4.100"
SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.11"
KINDS = ("good", "short_pixels", "unknown_syntax", "two_patients", "refused_prior", "prior_report", "unreachable", "odd_values", "nested", "no_image")


def word(number, kind, length=64):
    return f"{MARK}{number:04}{kind}"[:length]


def birth_date(number):
    """A date that no other study has, and no test writes anywhere else."""
    return f"19{11 + number // 300:02}{1 + number // 25 % 12:02}{1 + number % 25:02}"


def mark(data, number):
    """Puts a canary wherever a person, a place or a text can stand."""
    data.PatientName = f"{word(number, 'family')}^{word(number, 'given')}"
    data.PatientID, data.OtherPatientIDs = word(number, "id"), word(number, "other")
    data.PatientBirthDate = birth_date(number)
    data.PatientAddress, data.PatientComments = word(number, "street"), word(number, "comment")
    data.AccessionNumber, data.StudyID = word(number, "ac", 16), word(number, "st", 16)
    data.InstitutionName, data.InstitutionAddress = word(number, "clinic"), word(number, "town")
    data.ReferringPhysicianName, data.OperatorsName = word(number, "referrer"), word(number, "operator")
    data.PerformingPhysicianName = data.NameOfPhysiciansReadingStudy = word(number, "reader")
    data.StudyDescription, data.SeriesDescription = word(number, "study"), word(number, "series")
    data.StationName, data.ImageComments = word(number, "sta", 16), word(number, "text")
    data.AdmittingDiagnosesDescription, data.AdditionalPatientHistory = word(number, "diagnosis"), word(number, "history")
    data.RequestedProcedureDescription, data.ProtocolName = word(number, "procedure"), word(number, "protocol")
    block = data.private_block(0x0009, word(number, "creator"), create=True)
    block.add_new(0x01, "LO", word(number, "private"))


def numbered(data, number, part=0):
    uid = f"1.2.826.0.1.996.{number}"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.SOPInstanceUID = uid, f"{uid}.{part + 1}", f"{uid}.{part + 1}.1"
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    return uid


def written(data, folder, number, part=""):
    path = Path(folder) / f"{word(number, 'file')}{part}.dcm"
    data.save_as(path)
    return path


def report(base, number, patient):
    """Somebody's SR whose text is a canary, of an earlier study of that patient."""
    data = pydicom.dcmread(base)
    for keyword in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel",
                    "PhotometricInterpretation"):
        if keyword in data:
            del data[keyword]
    mark(data, patient)
    numbered(data, number)
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = SR_CLASS
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.Modality, data.StudyDate, data.CompletionFlag, data.VerificationFlag = "SR", "20250101", "COMPLETE", "VERIFIED"
    data.ContentDate, data.ContentTime, data.InstanceNumber, data.ValueType, data.ContinuityOfContent = "20250101", "120000", "1", "CONTAINER", "SEPARATE"
    title, finding = pydicom.Dataset(), pydicom.Dataset()
    title.CodeValue, title.CodingSchemeDesignator, title.CodeMeaning = "18748-4", "LN", "Diagnostic Imaging Report"
    finding.CodeValue, finding.CodingSchemeDesignator, finding.CodeMeaning = "121071", "DCM", "Finding"
    data.ConceptNameCodeSequence = [title]
    text = pydicom.Dataset()
    text.RelationshipType, text.ValueType, text.ConceptNameCodeSequence = "CONTAINS", "TEXT", [finding]
    text.TextValue = f"{word(patient, 'family')} has {word(number, 'finding')}."
    data.ContentSequence = [text]
    return data


def make(folder, count):
    """[(kind, number, Study Instance UID, [paths], way)]; way: "store" (C-STORE) or "upload" (HTTP)."""
    bases = sorted(small_studies(folder, count))
    made = []
    for number, base in enumerate(bases):
        kind, way = KINDS[number % len(KINDS)], "store"
        data = pydicom.dcmread(base)
        mark(data, number)
        study = numbered(data, number)
        paths = []
        if kind == "short_pixels":
            data.PixelData, way = data.PixelData[: len(data.PixelData) // 4 * 2], "upload"
        elif kind == "unknown_syntax":
            data.PixelData, way = pydicom.encaps.encapsulate([b"\0\0\1\xb3" + bytes(200)]), "upload"
            data.file_meta.TransferSyntaxUID = MPEG2
            data["PixelData"].VR = "OB"
            data["PixelData"].is_undefined_length = True
        elif kind == "two_patients":  # of one Patient ID: one study for Orthanc, two people for us
            other = pydicom.dcmread(io.BytesIO(bytes_of(data)))
            numbered(other, number, 2)
            other.PatientName, other.PatientBirthDate, other.PatientSex = f"{word(number, 'strange')}^{word(number, 'person')}", "19010203", "O"
            paths.append(written(other, folder, number, "-other"))
        elif kind in ("refused_prior", "prior_report"):
            prior = report(base, 100_000 + number, number) if kind == "prior_report" else pydicom.dcmread(io.BytesIO(bytes_of(data)))
            if kind == "refused_prior":
                numbered(prior, 100_000 + number)
                prior.PatientName, prior.PatientBirthDate, prior.StudyDate = f"{word(number, 'wrong')}^{word(number, 'person')}", "19010203", "20250101"
            made.append(("prior", number, f"1.2.826.0.1.996.{100_000 + number}", [written(prior, folder, number, "-prior")], "store"))
        elif kind == "odd_values":
            data.PatientName = f"{word(number, 'family')}%s%n<script>^{word(number, 'given')}"
            data.PatientID = f"../../{word(number, 'id')}"
            data.StudyDescription = f"{word(number, 'study')}'; DROP TABLE"
        elif kind == "nested":
            hostile, way = Study(f"9{number}", CR, modality="CR"), "upload"
            hostile.put(0x00100010, "PN", word(number, "family"))
            hostile.put(0x00100020, "LO", word(number, "id"))
            hostile.raw(0x0040A730, nested(40))
            hostile.picture(0, 64)
            path = Path(folder) / f"{word(number, 'file')}.dcm"
            path.write_bytes(hostile.file())
            made.append((kind, number, hostile.uid, [path], way))
            continue
        elif kind == "no_image":
            data = report(base, number, number)
        made.append((kind, number, study, [written(data, folder, number)] + paths, way))
    return made


def bytes_of(data):
    stream = io.BytesIO()
    data.save_as(stream)
    return stream.getvalue()
