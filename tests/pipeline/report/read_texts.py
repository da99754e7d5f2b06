# SPDX-License-Identifier: Apache-2.0
"""Prints what stands in drafts, for a comparison with what went in: SOP class, names, each text of a section; values in hexadecimal."""
import sys

import pydicom

pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE


def say(*words):
    print("read", *words[:-1], words[-1].encode("utf-8", "surrogatepass").hex() or "-")


for path in sys.argv[1:]:
    ds = pydicom.dcmread(path)
    assert ds.SOPClassUID == ds.file_meta.MediaStorageSOPClassUID
    say("class", ds.SOPClassUID)
    say("name", str(ds.PatientName))
    say("description", ds.StudyDescription)
    for section in ds.ContentSequence:
        if section.ValueType != "CONTAINER":
            continue
        for item in section.ContentSequence:
            if item.ValueType == "TEXT" and item.RelationshipType == "CONTAINS":
                say(section.ConceptNameCodeSequence[0].CodeValue, item.ConceptNameCodeSequence[0].CodeValue, item.TextValue)
