# SPDX-License-Identifier: Apache-2.0
"""Reads a draft with pydicom (strict) and with highdicom; exits 1 at the first thing that is not as it must be."""
import sys

import pydicom
from highdicom.sr import ContentSequence, srread

pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
ds = pydicom.dcmread(sys.argv[1])
for element in ds.iterall():
    element.value  # converts and validates

assert ds.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
assert not str(ds.file_meta.ImplementationClassUID).startswith("1.2.276.0.7230010"), "OFFIS's implementation UID"
assert ds.SpecificCharacterSet == "ISO_IR 192"
assert (ds.PreliminaryFlag, ds.CompletionFlag, ds.VerificationFlag) == ("PRELIMINARY", "PARTIAL", "UNVERIFIED")
assert (ds.Modality, ds.SeriesNumber, ds.InstanceNumber) == ("SR", 9901, 1)
with open(sys.argv[1], "rb") as file:  # pydicom cuts the empty third component group
    assert "Wang^XiaoDong=王^小东=".encode() in file.read()
assert ds.InstitutionName == "Sankt-Georg-Hospital Köln"
assert ds.ReferencedRequestSequence[0].RequestedProcedureID == "RP-7"
assert ds.ReferencedRequestSequence[0].AccessionNumber == "ACC-0001"
assert ds.ContributingEquipmentSequence[0].PurposeOfReferenceCodeSequence[0].CodeValue == "109102"
assert ds.AuthorObserverSequence[0].ObserverType == "DEV"
assert ds.ContentTemplateSequence[0].TemplateIdentifier == "2000"

# highdicom reads all of these classes but Basic Text SR, of which it reads the tree.
class_names = {"88.22": "EnhancedSR", "88.33": "ComprehensiveSR", "88.34": "Comprehensive3DSR"}
class_name = class_names.get(ds.SOPClassUID.removeprefix("1.2.840.10008.5.1.4.1.1."))
if class_name:
    assert type(srread(sys.argv[1])).__name__ == class_name
else:
    assert ds.SOPClassUID == pydicom.uid.BasicTextSRStorage

current = ds.CurrentRequestedProcedureEvidenceSequence
assert len(current) == 1 and len(current[0].ReferencedSeriesSequence[0].ReferencedSOPSequence) == 2
other = ds.PertinentOtherEvidenceSequence
assert len(other) == 1 and len(other[0].ReferencedSeriesSequence) == 2

tree = ContentSequence.from_sequence([ds], is_root=True)
root = tree[0]
assert root.name.value == "18748-4"
rows = [(item.relationship_type.value, item.name.value) for item in root.ContentSequence]
assert rows == [
    ("HAS CONCEPT MOD", "122142"), ("HAS CONCEPT MOD", "123014"), ("HAS CONCEPT MOD", "121049"),
    ("HAS OBS CONTEXT", "121005"), ("HAS OBS CONTEXT", "121012"), ("HAS OBS CONTEXT", "121013"),
    ("HAS OBS CONTEXT", "121014"), ("HAS OBS CONTEXT", "121015"), ("HAS OBS CONTEXT", "121016"),
    ("HAS OBS CONTEXT", "110119"),
    ("CONTAINS", "55112-7"), ("CONTAINS", "55752-0"), ("CONTAINS", "55111-9"),
    ("CONTAINS", "55114-3"), ("CONTAINS", "55114-3"),
    ("CONTAINS", "59776-5"), ("CONTAINS", "19005-8"), ("CONTAINS", "18783-1"),
], rows
sections = [item for item in root.ContentSequence if item.relationship_type.value == "CONTAINS"]
assert sections[0].ContentSequence[0].value.startswith("DRAFT made by software")
prior = sections[4].ContentSequence
assert [item.name.value for item in prior] == ["121018", "121022", "121065", "121079"]
findings = sections[5].ContentSequence
assert findings[0].relationship_type.value == "CONTAINS" and findings[0].name.value == "121071"
image = findings[0].ContentSequence[0]
assert (image.relationship_type.value, image.name.value) == ("INFERRED FROM", "121080")
