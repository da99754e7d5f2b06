# SPDX-License-Identifier: Apache-2.0
"""DICOM files for the end-to-end tests: the demonstration patient, variations of it, and what validators say."""
import io
import subprocess
import tempfile
from pathlib import Path

import pydicom
from pydicom.uid import generate_uid

from node_harness import BUILD


def demonstration_patient():
    """{"prior": [paths], "current": [paths], "ct": [paths]} in a fresh folder."""
    folder = Path(tempfile.mkdtemp(prefix="radfm-patient-"))
    subprocess.run([str(BUILD / "demo" / "radfm-demo-patient"), "--out", str(folder)], check=True, capture_output=True)
    return {name: sorted((folder / name).glob("*.dcm")) for name in ("prior", "current", "ct")}


def small_studies(folder, count):
    """Paths of `count` studies of one small radiograph each."""
    subprocess.run([str(BUILD / "demo" / "radfm-demo-patient"), "--out", str(folder), "--studies", str(count)], check=True,
                   capture_output=True)
    return list(Path(folder).glob("study-*.dcm"))


def study_of(path):
    return str(pydicom.dcmread(path, stop_before_pixels=True, force=True).StudyInstanceUID)


def changed(path, folder, **attributes):
    """A copy with other attributes; a new SOP Instance UID (from `name`) unless one is given."""
    data = pydicom.dcmread(path)
    for keyword, value in attributes.items():
        setattr(data, keyword, value)
    if "SOPInstanceUID" not in attributes:
        data.SOPInstanceUID = generate_uid(entropy_srcs=[str(path), repr(sorted(attributes.items()))])
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    target = Path(folder) / f"{data.SOPInstanceUID}.dcm"
    data.save_as(target)
    return target


def dciodvfy_complaints(path):
    validity = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, errors="replace")
    return [line for line in validity.stderr.splitlines() if line.startswith(("Error", "Warning"))]


def verdicts(report, sources):
    """What dciodvfy, dsrdump and dcentvfy complain about; empty when they are content."""
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.dcm"
        path.write_bytes(report)
        complaints += dciodvfy_complaints(path)
        dump = subprocess.run(["dsrdump", str(path)], capture_output=True, text=True, errors="replace")
        complaints += [line for line in dump.stderr.splitlines() if line.startswith("E:")]
        if dump.returncode != 0:
            complaints.append(f"dsrdump: exit code {dump.returncode}")
        entities = subprocess.run(["dcentvfy", *map(str, sources), str(path)], capture_output=True, text=True, errors="replace")
        complaints += [line for line in (entities.stdout + entities.stderr).splitlines() if line.startswith("Error")]
    return complaints


def texts(report):
    """The text values of the sections, in order (what a viewer shows; not who the observer is)."""
    found = []

    def walk(items):
        for item in items:
            if "TextValue" in item and item.RelationshipType != "HAS OBS CONTEXT":
                found.append(str(item.TextValue))
            walk(item.get("ContentSequence", []))
    walk(pydicom.dcmread(io.BytesIO(report)).get("ContentSequence", []))
    return found


def dataset(report):
    return pydicom.dcmread(io.BytesIO(report))


def section(read, heading):
    """The text items below the first section of this heading in what `dataset` gave; empty when it has none."""
    for item in read.ContentSequence:
        if item.ValueType == "CONTAINER" and item.ConceptNameCodeSequence[0].CodeMeaning == heading:
            return [below for below in item.ContentSequence if below.ValueType == "TEXT" and below.RelationshipType == "CONTAINS"]
    return []


def comparison_item(read):
    return section(read, "Prior Procedure Descriptions")[0]


def comparison(report):
    """The lines that say which priors the report was made with."""
    return str(comparison_item(dataset(report)).TextValue).splitlines()


def without_times(report, word_comparison):
    """The report's bytes with its times, and its comparison section as the function words it: what two reports of one job over
    the same objects must agree in. The times are those of the job's creation and of nothing else:
      InstanceCreationDate, InstanceCreationTime   of the file
      ContentDate, ContentTime                     of the document
      ObservationDateTime                          of the tree's root
      ContributionDateTime                         of the model's entry in the contributing equipment
    Every other element stays as it was read, UIDs included: they are made of study, images and run."""
    read = dataset(report)
    for keyword in ("InstanceCreationDate", "ContentDate"):
        setattr(read, keyword, "20000101")
    for keyword in ("InstanceCreationTime", "ContentTime"):
        setattr(read, keyword, "000000")
    if "ObservationDateTime" in read:
        read.ObservationDateTime = "20000101000000"
    for equipment in read.ContributingEquipmentSequence:
        equipment.ContributionDateTime = "20000101000000"
    item = comparison_item(read)
    item.TextValue = word_comparison(str(item.TextValue))
    written = io.BytesIO()
    read.save_as(written)
    return written.getvalue()
