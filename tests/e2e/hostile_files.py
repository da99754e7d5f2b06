# SPDX-License-Identifier: Apache-2.0
"""Files that somebody made to hurt: written byte by byte, since no library would write them.

usage: hostile_files.py FOLDER     writes them and index.json: [{"file", "name", "code", "study", "to_orthanc"}]
"""
import json
import math
import struct
import sys
import zlib
from pathlib import Path

IMPLICIT, EXPLICIT, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
RLE, JPEG, JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"
CT, ENHANCED_CT, CR, ULTRASOUND_LOOP = (
    "1.2.840.10008.5.1.4.1.1." + suffix for suffix in ("2", "2.1", "1", "3.1"))
LONG_FORMS = ("OB", "OW", "OF", "SQ", "UN", "UT", "UC")
MIB = 1 << 20
READ = None


def element(tag, vr, value, length=None, implicit=False):
    """`length`: what the length field says, where that is a lie."""
    value = value.encode() if isinstance(value, str) else value
    value += (b"\0" if vr in ("UI", "OB", "UN") else b" ") * (len(value) % 2)
    length = len(value) if length is None else length
    start = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return start + struct.pack("<I", length) + value
    if vr in LONG_FORMS:
        return start + vr.encode() + struct.pack("<HI", 0, length) + value
    return start + vr.encode() + struct.pack("<H", length) + value


def word(tag, value):
    return element(tag, "US", struct.pack("<H", value))


def item(body):
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body


def fragments(parts, offsets=()):
    """Encapsulated pixel data: the offset table and one fragment for each part."""
    table = b"".join(struct.pack("<I", offset) for offset in offsets)
    return (element(0x7FE00010, "OB", b"", 0xFFFFFFFF) + item(table) + b"".join(item(part + b"\0" * (len(part) % 2)) for part in parts)
            + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))


class Study:
    """One study of one file. Elements are given out in the order of their tags."""

    def __init__(self, number, sop_class=CT, syntax=EXPLICIT, modality="CT"):
        self.uid = f"1.2.826.0.1.998.{number}"
        self.sop_class, self.sop_uid, self.syntax = sop_class, self.uid + ".1.1", syntax
        self.elements = {}
        for tag, vr, value in ((0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"), (0x00080016, "UI", sop_class), (0x00080018, "UI", self.sop_uid),
                               (0x00080020, "DA", "20260102"), (0x00080060, "CS", modality), (0x00100010, "PN", "Hostile^File"),
                               (0x00100020, "LO", f"H{number}"), (0x0020000D, "UI", self.uid), (0x0020000E, "UI", self.uid + ".1"),
                               (0x00200013, "IS", "1"), (0x00200032, "DS", "0\\0\\0"), (0x00200037, "DS", "1\\0\\0\\0\\1\\0"),
                               (0x00280030, "DS", "1\\1")):
            self.put(tag, vr, value)
        self.picture(64, 64)

    def put(self, tag, vr, value):
        self.elements[tag] = element(tag, vr, value, implicit=self.syntax == IMPLICIT)

    def raw(self, tag, content):
        self.elements[tag] = content
        return self

    def picture(self, rows, columns, bits=16, frames=None, photometric="MONOCHROME2", pixels=None):
        for tag, value in ((0x00280002, 1), (0x00280010, rows), (0x00280011, columns), (0x00280100, bits), (0x00280101, bits),
                           (0x00280102, bits - 1), (0x00280103, 0)):
            self.put(tag, "US", struct.pack("<H", value))
        self.put(0x00280004, "CS", photometric)
        if frames is not None:
            self.put(0x00280008, "IS", str(frames))
        if pixels is None:
            self.put(0x7FE00010, "OW", bytes(i * 7 % 251 for i in range(64 * 64 * bits // 8)))
        else:
            self.elements[0x7FE00010] = pixels
        return self

    def data_set(self):
        return b"".join(content for _, content in sorted(self.elements.items()))

    def file(self, encoded=None):
        meta = (element(0x00020001, "OB", b"\0\1") + element(0x00020002, "UI", self.sop_class) + element(0x00020003, "UI", self.sop_uid)
                + element(0x00020010, "UI", self.syntax) + element(0x00020012, "UI", "1.2.826.0.1.998"))
        return (b"\0" * 128 + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta
                + (self.data_set() if encoded is None else encoded))


def nested(levels):
    """Sequences of undefined length inside each other."""
    start = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    end = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return start * levels + end * levels


def deflate_bomb(data_set, zero_bytes):
    """The data set, then one element of so many zeros: a block of 64 MiB deflated once and repeated."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = data_set + struct.pack("<HH2sHI", 0x7FE1, 0x1010, b"OB", 0, zero_bytes)
    start = deflater.compress(head) + deflater.flush(zlib.Z_FULL_FLUSH)
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = block.compress(bytes(64 * MIB)) + block.flush(zlib.Z_FULL_FLUSH)
    return start + zeros * (zero_bytes // (64 * MIB)) + deflater.flush(zlib.Z_FINISH)


def rle_frame(cells, segments):
    """Two bytes for 128 cells."""
    body = (b"\x81\x2a" * 64 + b"\x81\x2b" * 64) * (cells // 128 // 128)
    offsets = [64 + i * len(body) for i in range(segments)] + [0] * (15 - segments)
    return struct.pack("<16I", segments, *offsets) + body * segments


def jpeg_stream(rows, columns):
    """A lossless JPEG: start of frame, one Huffman table, a scan that ends at once."""
    return (b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 16, rows, columns, 1) + b"\1\x11\0"
            + b"\xff\xc4" + struct.pack(">H", 20) + b"\0" + bytes([1] + [0] * 15) + b"\0"
            + b"\xff\xda\0\x08\1\1\0\1\0\0" + b"\0" * 64 + b"\xff\xd9")


def jpeg_ls_stream(rows, columns):
    return (b"\xff\xd8\xff\xf7" + struct.pack(">HBHHB", 11, 16, rows, columns, 1) + b"\1\x11\0"
            + b"\xff\xda\0\x08\1\1\0\0\0\0" + b"\0" * 64 + b"\xff\xd9")


def jpeg_2000_stream(rows, columns, tile):
    """Main header and one tile part without packets."""
    size = struct.pack(">HHIIIIIIIIH", 41, 0, columns, rows, 0, 0, tile, tile, 0, 0, 1) + b"\x0f\1\1"
    return (b"\xff\x4f\xff\x51" + size + b"\xff\x52\0\x0c\0\0\0\1\0\5\4\4\0\1" + b"\xff\x5c\0\x13\x40" + b"\x40" * 16
            + b"\xff\x90\0\x0a\0\0" + struct.pack(">IBB", 14, 0, 1) + b"\xff\x93" + b"\xff\xd9")


def functional_groups(count, group):
    """Per-frame Functional Groups Sequence; `group`: frame number to the body of its item."""
    return element(0x52009230, "SQ", b"".join(item(group(i)) for i in range(count)))


def plane_of(i, turn=0.0, stack="1", at_mm=None):
    cosine, sine = math.cos(turn), math.sin(turn)
    position = element(0x00200032, "DS", f"0\\0\\{i if at_mm is None else at_mm}")
    orientation = element(0x00200037, "DS", f"{cosine:.6f}\\{sine:.6f}\\0\\{-sine:.6f}\\{cosine:.6f}\\0")
    content = element(0x00209056, "SH", stack)
    return (element(0x00209111, "SQ", item(content)) + element(0x00209113, "SQ", item(position)) + element(0x00209116, "SQ", item(orientation)))


def enhanced(number, frames, groups):
    study = Study(number, ENHANCED_CT)
    study.picture(4, 4, frames=frames, pixels=element(0x7FE00010, "OW", bytes(i % 251 for i in range(32 * min(frames, 10_000)))))
    return study.raw(0x52009230, groups)


def write_all(folder):
    """`code`: the reader's; READ: large, but an image. `to_orthanc` false: Orthanc dies of receiving it, whatever its plugins."""
    index = []

    def add(name, code, study, encoded=None, to_orthanc=True):
        path = folder / f"{len(index):02}.dcm"
        path.write_bytes(study.file(encoded))
        index.append({"file": path.name, "name": name, "code": code, "study": study.uid, "to_orthanc": to_orthanc})

    number = iter(range(1, 1000))

    def radiograph(syntax=EXPLICIT):
        return Study(next(number), CR, syntax, "CR")

    add("65535 x 65535", "image_too_large", radiograph().picture(65535, 65535))
    add("65535 x 65535 slice", "image_too_large", Study(next(number)).picture(65535, 65535))
    add("2^31 - 1 frames", "broken", Study(next(number), ULTRASOUND_LOOP, modality="US").picture(64, 64, frames=2**31 - 1))
    add("no rows", "broken", radiograph().picture(0, 64))
    cut = Study(next(number), CR, JPEG, "CR").picture(64, 64, pixels=fragments([b"\xff\xd8" + b"\0" * 5000])[:-3000])
    add("fragment cut short", "broken", cut)
    endless = Study(next(number), CR, RLE, "CR").picture(64, 64, pixels=element(0x7FE00010, "OB", b"", 0xFFFFFFFF)
                                                        + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFF0) + b"\0" * 512)
    add("fragment of 4 GiB", "broken", endless)
    # Fragments of which none begins a stream: only the table could say which belong to which frame.
    for name, offsets in (("past the end", (0, 0x7FFFFFF0, 5)), ("backwards", (624, 208, 0)), ("inside fragments", (0, 100, 300))):
        add("offset table " + name, "broken", Study(next(number), ULTRASOUND_LOOP, RLE, "US").picture(
            64, 64, 8, 3, pixels=fragments([b"\x55" * 200] * 4, offsets)))
    add("nested 5,000 deep", "too_nested", radiograph().raw(0x0040A730, nested(5000)))
    add("nested 100,000 deep", "too_nested", radiograph().raw(0x0040A730, nested(100_000)), to_orthanc=False)
    bomb = radiograph(DEFLATED)
    add("deflated, 4 GiB", "file_too_large", bomb, deflate_bomb(bomb.data_set(), 0xFFFFFFFE // (64 * MIB) * 64 * MIB))
    add("deflated, cut", "broken", radiograph(DEFLATED), deflate_bomb(bomb.data_set(), 64 * MIB)[:2000])
    add("RLE, 6144 x 8192 in 1.5 MB", READ, radiograph(RLE).picture(6144, 8192, pixels=fragments([rle_frame(6144 * 8192, 2)])))
    add("RLE, 16384 x 16384", "image_too_large", radiograph(RLE).picture(16384, 16384, pixels=fragments([rle_frame(1 << 20, 2)])))
    add("JPEG header of 65500 x 65500", "broken", radiograph(JPEG).picture(64, 64, pixels=fragments([jpeg_stream(65500, 65500)])))
    add("JPEG of 6144 x 8192 in 100 bytes", "broken", radiograph(JPEG).picture(6144, 8192, pixels=fragments([jpeg_stream(6144, 8192)])))
    add("JPEG-LS of 6144 x 8192 in 100 bytes", "broken", radiograph(JPEG_LS).picture(6144, 8192, pixels=fragments([jpeg_ls_stream(6144, 8192)])))
    add("JPEG 2000 header of 2^32 - 1", "broken", radiograph(JPEG_2000).picture(64, 64, pixels=fragments([jpeg_2000_stream(2**32 - 1, 2**32 - 1, 2**32 - 1)])))
    add("JPEG 2000 of 6144 x 8192 without packets", "broken",
        radiograph(JPEG_2000).picture(6144, 8192, pixels=fragments([jpeg_2000_stream(6144, 8192, 8192)])))
    add("JPEG 2000 of 6144 x 8192 in tiles of 1", "broken", radiograph(JPEG_2000).picture(6144, 8192, pixels=fragments([jpeg_2000_stream(6144, 8192, 1)])))
    palette = Study(next(number), ULTRASOUND_LOOP, modality="US").picture(64, 64, 8, photometric="PALETTE COLOR")
    for colour in range(3):
        palette.raw(0x00281101 + colour, element(0x00281101 + colour, "US", struct.pack("<HHH", 0, 65535, 65535)))
        palette.raw(0x00281201 + colour, element(0x00281201 + colour, "OW", b"\1\0"))
    add("palette of 65,536 in 2 bytes", "broken", palette)
    segmented = Study(next(number), ULTRASOUND_LOOP, modality="US").picture(64, 64, 8, photometric="PALETTE COLOR")
    for colour in range(3):  # a segment that repeats itself
        segmented.raw(0x00281101 + colour, element(0x00281101 + colour, "US", struct.pack("<HHH", 0, 0, 16)))
        segmented.raw(0x00281221 + colour, element(0x00281221 + colour, "OW", struct.pack("<4H", 2, 65535, 0, 0) * 2000))
    add("palette of segments that repeat themselves", "broken", segmented)
    lying = radiograph().raw(0x00280000, element(0x00280000, "UL", struct.pack("<I", 0xFFFFFFF0)))
    add("group length of 4 GiB, element past the end", "broken", lying.raw(0x00283010, element(0x00283010, "SQ", b"\0" * 8, 0x7FFFFFF0)))
    add("100,000 functional groups", "broken", enhanced(next(number), 100_000, functional_groups(100_000, plane_of)))
    add("10,000 frames, each turned otherwise", READ, enhanced(next(number), 10_000, functional_groups(10_000, lambda i: plane_of(i, i * 3e-4))))
    add("10,000 frames, each a stack of its own", READ,
        enhanced(next(number), 10_000, functional_groups(10_000, lambda i: plane_of(i, 0, str(i), max(i, 1) * 0.1))))
    add("10,000 frames, 3 groups", "broken", enhanced(next(number), 10_000, functional_groups(3, plane_of)))
    add("1,100,000 elements in a private tree", "too_many_elements", radiograph().raw(
        0x00091010, b"".join(element(0x00091010, "SQ", item(element(0x00091001, "LO", "") * 109)) for _ in range(10_000))))
    add("description of 100 MiB", "broken", Study(next(number), CR, IMPLICIT, "CR").raw(
        0x0008103E, element(0x0008103E, "LO", b"A" * (100 * MIB), implicit=True)).picture(0, 64))
    add("meta information only", "no_uid", radiograph(), b"")
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
