# SPDX-License-Identifier: Apache-2.0
"""usage: read_companions.py SR PDF PAGE DOCUMENT: what pydicom finds in the companions of a draft (companion_objects_test.cpp)."""
import pathlib
import sys

import numpy
import pydicom

pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
sr, pdf, page = (pydicom.dcmread(path) for path in sys.argv[1:4])
document = pathlib.Path(sys.argv[4]).read_bytes()

assert pdf.EncapsulatedDocumentLength == len(document)
assert pdf.EncapsulatedDocument[:len(document)] == document and len(pdf.EncapsulatedDocument) == len(document) + 1
assert pdf.MIMETypeOfEncapsulatedDocument == "application/pdf" and pdf.Modality == "DOC"
assert pdf.ConceptNameCodeSequence[0].CodeValue == sr.ConceptNameCodeSequence[0].CodeValue == "18748-4"
assert pdf.VerificationFlag == "UNVERIFIED" and "DRAFT" in pdf.DocumentTitle
assert pdf.PredecessorDocumentsSequence == sr.PredecessorDocumentsSequence

assert numpy.array_equal(page.pixel_array, numpy.arange(31 * 21, dtype=numpy.uint32).astype(numpy.uint8).reshape(21, 31))
assert page.InstanceNumber == 2 and page.ConversionType == "WSD" and page.Modality == "OT"
referenced = {(series.SeriesInstanceUID, item.ReferencedSOPInstanceUID)
              for series in page.ReferencedSeriesSequence for item in series.ReferencedInstanceSequence}
assert (sr.SeriesInstanceUID, sr.SOPInstanceUID) in referenced and len(referenced) == 2

for companion in (pdf, page):
    assert companion.SourceInstanceSequence[0].ReferencedSOPInstanceUID == sr.SOPInstanceUID
    assert companion.SourceInstanceSequence[0].ReferencedSOPClassUID == sr.SOPClassUID
    assert companion.BurnedInAnnotation == "YES"
    assert (companion.Manufacturer, companion.ManufacturerModelName) == (sr.Manufacturer, sr.ManufacturerModelName)
    assert "DRAFT" in companion.SeriesDescription and companion.SeriesInstanceUID != sr.SeriesInstanceUID
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID", "StudyDate", "AccessionNumber",
                    "ContentDate", "ContentTime", "InstanceCreatorUID"):
        assert companion[keyword].value == sr[keyword].value, keyword
    assert companion.SeriesNumber < sr.SeriesNumber
