# SPDX-License-Identifier: Apache-2.0
"""Reads the demonstration patient with pydicom and looks for what was drawn; exits 1 at the first thing that is not so."""
import sys
from pathlib import Path

import numpy as np
import pydicom

pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
folder = Path(sys.argv[1])
prior, current = (pydicom.dcmread(folder / name / "1.dcm") for name in ("prior", "current"))
ct = [pydicom.dcmread(path) for path in sorted((folder / "ct").glob("*.dcm"))]

everything = [prior, current, *ct]
assert {ds.PatientID for ds in everything} == {"RADFM-DEMO-1"}
assert {str(ds.PatientName) for ds in everything} == {"Phantom^Demonstration"}
assert len({ds.StudyInstanceUID for ds in everything}) == 3
assert len({ds.SOPInstanceUID for ds in everything}) == len(everything)
assert prior.StudyDate < current.StudyDate == "20260311"
assert (prior.PatientAge, current.PatientAge) == ("056Y", "057Y")
assert list(current.PatientOrientation) == ["L", "F"]


def nodule_area_mm2(ds):
    """The nodule's pixels: brighter than the lung around it, in the image's left half (the patient's right), low."""
    image = ds.pixel_array.astype(float) / 4095
    assert image.shape == (512, 512) and image.max() <= 1
    region = image[310:352, 100:180]
    bright = region > np.median(region[:6]) + 0.13
    rows, columns = np.nonzero(bright)
    assert len(rows), "no nodule"
    return bright.sum() * ds.ImagerPixelSpacing[0] * ds.ImagerPixelSpacing[1]


for ds, diameter_mm in ((prior, 16), (current, 24)):
    measured_mm = 2 * np.sqrt(nodule_area_mm2(ds) / np.pi)
    assert abs(measured_mm - diameter_mm) < 2.5, (diameter_mm, measured_mm)

# The heart is at the image's right (the patient's left) in radiographs and in CT.
image = current.pixel_array.astype(float)
assert image[320, 340:360].mean() > image[320, 152:172].mean() + 300

assert len(ct) == 24
z = [float(ds.ImagePositionPatient[2]) for ds in ct]
assert np.allclose(np.diff(z), 10)
assert all(ds.PixelRepresentation == 1 and ds.RescaleSlope == 1 for ds in ct)
volume = np.stack([ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for ds in ct])
assert volume[:, :8, :8].mean() < -980, "air around the patient"
assert -900 < np.percentile(volume[:, 50:80, 25:50], 20) < -780, "lung"
right, left = volume[:, :, :64], volume[:, :, 64:]
assert (left[6:12, 40:70, :30] > 0).sum() > (right[6:12, 40:70, -30:] > 0).sum(), "heart on the patient's left"
