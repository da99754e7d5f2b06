# SPDX-License-Identifier: GPL-3.0-or-later
"""Small CT images that are whole CT Image Storage objects (PS3.3 A.3), written without a DICOM library so that thousands take seconds."""
import struct
import time

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
SIDE = 16  # pixels


def element(group, number, vr, value):
    """One data element, explicit VR little endian (PS3.5 7.1.2)."""
    if isinstance(value, str):
        value = value.encode("ascii")
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB") else b" "
    head = struct.pack("<HH2s", group, number, vr.encode("ascii"))
    if vr in ("OB", "OW", "SQ", "UN"):
        return head + b"\0\0" + struct.pack("<I", len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def short(number):
    return struct.pack("<H", number)


def ct_slice(study_uid, number, patient="TEST", extra=b"", accession=""):
    """Slice `number` of the study's one series, of today; `extra`: elements before its pixels."""
    date = time.strftime("%Y%m%d", time.gmtime())
    sop, series = f"{study_uid}.1.{number}", f"{study_uid}.1"
    meta = b"".join((
        element(2, 0x1, "OB", b"\0\1"), element(2, 0x2, "UI", CT_IMAGE_STORAGE), element(2, 0x3, "UI", sop),
        element(2, 0x10, "UI", EXPLICIT_LITTLE_ENDIAN), element(2, 0x12, "UI", "2.25.1")))
    pixels = bytes((number + offset) & 0xff if offset % 2 == 0 else 0 for offset in range(2 * SIDE * SIDE))
    data = b"".join((
        element(0x8, 0x8, "CS", "ORIGINAL\\PRIMARY\\AXIAL"), element(0x8, 0x16, "UI", CT_IMAGE_STORAGE),
        element(0x8, 0x18, "UI", sop), element(0x8, 0x20, "DA", date), element(0x8, 0x30, "TM", "101500"),
        element(0x8, 0x50, "SH", accession), element(0x8, 0x60, "CS", "CT"), element(0x8, 0x70, "LO", "RADFM TEST"),
        element(0x8, 0x90, "PN", ""), element(0x8, 0x1030, "LO", "CT CHEST"),
        element(0x10, 0x10, "PN", f"TEST^{patient}"), element(0x10, 0x20, "LO", patient), element(0x10, 0x30, "DA", "19600101"),
        element(0x10, 0x40, "CS", "O"), element(0x18, 0x15, "CS", "CHEST"), element(0x18, 0x50, "DS", "2"),
        element(0x18, 0x60, "DS", "120"), element(0x18, 0x5100, "CS", "HFS"),
        element(0x20, 0xd, "UI", study_uid), element(0x20, 0xe, "UI", series), element(0x20, 0x10, "SH", "1"),
        element(0x20, 0x11, "IS", "1"), element(0x20, 0x12, "IS", "1"), element(0x20, 0x13, "IS", str(number)),
        element(0x20, 0x32, "DS", f"0\\0\\{2 * number}"), element(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0"),
        element(0x20, 0x52, "UI", f"{study_uid}.2"), element(0x20, 0x1040, "LO", ""),
        element(0x28, 0x2, "US", short(1)), element(0x28, 0x4, "CS", "MONOCHROME2"), element(0x28, 0x10, "US", short(SIDE)),
        element(0x28, 0x11, "US", short(SIDE)), element(0x28, 0x30, "DS", "20\\20"), element(0x28, 0x100, "US", short(16)),
        element(0x28, 0x101, "US", short(12)), element(0x28, 0x102, "US", short(11)), element(0x28, 0x103, "US", short(0)),
        element(0x28, 0x1052, "DS", "-1024"), element(0x28, 0x1053, "DS", "1"), element(0x28, 0x1054, "LO", "HU"),
        extra, element(0x7fe0, 0x10, "OW", pixels)))
    return b"\0" * 128 + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + data
