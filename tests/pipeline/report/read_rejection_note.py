# SPDX-License-Identifier: Apache-2.0
"""usage: read_rejection_note.py SR NOTE REASON [CLASS,INSTANCE,SERIES]...: what pydicom and highdicom find in the note that withdraws a
draft and these companions (rejection_note_test.cpp)."""
import sys

import highdicom
import pydicom
from pydicom.sr.codedict import codes

pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
sr, note = (pydicom.dcmread(path) for path in sys.argv[1:3])
quality = sys.argv[3] == "quality"
rejected = [(sr.SOPClassUID, sr.SOPInstanceUID, sr.SeriesInstanceUID)] + [tuple(word.split(",")) for word in sys.argv[4:]]
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

assert note.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.59" and note.Modality == "KO" and note.InstanceNumber == 1
for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID", "StudyDate", "AccessionNumber", "InstanceCreatorUID",
                "Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "StationName", "ReferencedRequestSequence"):
    assert note[keyword].value == sr[keyword].value, keyword
for keyword in ("VerificationFlag", "PreliminaryFlag", "CompletionFlag", "VerifyingObserverSequence", "AuthorObserverSequence",
                "ContributingEquipmentSequence"):
    assert keyword not in note, keyword
assert note.SeriesInstanceUID not in {series for _, _, series in rejected} and note.SeriesNumber < sr.SeriesNumber
assert "withdrawn" in note.SeriesDescription

study, = note.CurrentRequestedProcedureEvidenceSequence
assert study.StudyInstanceUID == note.StudyInstanceUID
listed = [(item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID, series.SeriesInstanceUID)
          for series in study.ReferencedSeriesSequence for item in series.ReferencedSOPSequence]
assert listed == rejected, (listed, rejected)
assert len({series.SeriesInstanceUID for series in study.ReferencedSeriesSequence}) == len(study.ReferencedSeriesSequence)

selection = highdicom.ko.KeyObjectSelection.from_sequence([note])
title = codes.cid7010.RejectedForQualityReasons if quality else codes.cid7010.RejectedForPatientSafetyReasons
assert selection[0].name == title
references = selection.get_references()
assert [(item.referenced_sop_class_uid, item.referenced_sop_instance_uid) for item in references] == [pair[:2] for pair in rejected]
assert [item.ValueType for item in references] == ["IMAGE" if pair[0] == SECONDARY_CAPTURE else "COMPOSITE" for pair in rejected]
context, = selection.get_observer_contexts()
assert context.observer_type == codes.DCM.Device

items = selection[0].ContentSequence
named = {item.ConceptNameCodeSequence[0].CodeValue: item for item in items if "ConceptNameCodeSequence" in item}
modifiers = [named["113011"]] if "113011" in named else []
assert len(modifiers) == (1 if quality else 0)
for modifier in modifiers:
    assert modifier.ConceptCodeSequence[0].CodeValue in {code.value for code in codes.cid7011.concepts.values()}
text = named["113012"].TextValue
assert "made by software" in text and "withdrawn" in text and text.endswith("The nodule is on the other side.")
# The rows of a template whose order is significant.
order = [item.RelationshipType for item in items]
assert order == sorted(order, key=["HAS CONCEPT MOD", "HAS OBS CONTEXT", "CONTAINS"].index), order
