# SPDX-License-Identifier: Apache-2.0
"""Writes the small inputs that fuzzing starts from into tests/fuzz/corpus.

usage: make_corpus.py [GOLDEN_FOLDER]     (reference/golden: adds pickles of its checkpoints)
"""
import io
import json
import struct
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from state_dict_writer import Tensor, numbered, pickle_of, write_archive  # noqa: E402

GOLDEN_PICKLES = ("ok-one-storage", "bad-eval-protocol4", "bad-pickle-memo", "bad-pickle-stack", "bad-pickle-unicode-length",
                  "bad-whole-model")
CONFIG = {"vision": {"image_size": 4, "frames": 4, "patch": 2, "frame_patch": 2, "dim": 24, "depth": 1, "heads": 1, "dim_head": 8, "mlp": 8},
          "perceiver": {"depth": 1, "latents": 2, "heads": 1, "dim_head": 8, "ff_mult": 1},
          "llama": {"vocab": 8, "hidden": 8, "mlp": 8, "layers": 1, "heads": 2, "rms_norm_eps": 1e-6, "rope_base": 10000, "context": 64},
          "input": {"depth_max": 4}, "weights_seed": "seed"}
CARD = {"name": "n", "version": "1", "licence": "l", "intended_use": "u", "weights": "w", "digest": "00"}
TENSORS = [("a.weight", "F32", (2, 3)), ("b.bias", "BF16", (4,)), ("c.counts", "I64", ()), ("d.empty", "F16", (0, 2))]


def put(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def safetensors(entries, data, metadata=None):
    header = {"__metadata__": metadata} if metadata else {}
    header.update({name: {"dtype": dtype, "shape": shape, "data_offsets": span} for name, dtype, shape, span in entries})
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class OneWay(io.RawIOBase):
    """A stream that cannot go back: zipfile then writes sizes behind the data, as PyTorch does."""
    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def archives():
    tensors = numbered([Tensor(*t) for t in TENSORS])
    plain = io.BytesIO()
    write_archive(plain, tensors, lambda t: [bytes(t.bytes)])
    yield "plain", plain.getvalue()
    stream = OneWay()
    write_archive(stream, tensors[:1], lambda t: [bytes(t.bytes)], root="archive")
    yield "descriptors", stream.data
    wide = io.BytesIO()
    with zipfile.ZipFile(wide, "w") as archive, archive.open("r/data.pkl", "w", force_zip64=True) as record:
        record.write(b"\x80\x02}.")
    yield "zip64-local", wide.getvalue()
    # A zip64 end record in front of the usual one.
    usual = plain.getvalue()[-22:]
    records, size, offset = struct.unpack("<HII", usual[10:20])
    body = plain.getvalue()[:-22]
    end64 = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, records, records, size, offset)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, len(body), 1)
    yield "zip64-end", body + end64 + locator + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
    yield "encrypted", plain.getvalue().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00", 1)


def item(kind, value):
    return struct.pack(">BxH", kind, len(value)) + value


def pdu(kind, body):
    return struct.pack(">BxI", kind, len(body)) + body


def fragment(context, control, data):
    return struct.pack(">IBB", len(data) + 2, context, control) + data


def element(tag, value):
    return struct.pack("<HHI", tag >> 16, tag & 0xffff, len(value) + len(value) % 2) + value + bytes(len(value) % 2)


def conversations():
    """What a peer sends to a server (the first byte is even) and to a client (odd): PS3.8 9.3, PS3.7 9.1."""
    fixed = struct.pack(">HH16s16s32x", 1, 0, b"RADFM".ljust(16), b"ARCHIVE".ljust(16)) + item(0x10, b"1.2.840.10008.3.1.1.1")
    syntax, storage = item(0x40, b"1.2.840.10008.1.2"), b"1.2.840.10008.5.1.4.1.1.1"
    user = item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3") + item(0x54, struct.pack(">H", len(storage)) + storage + b"\1\1"))
    request = pdu(1, fixed + item(0x20, b"\1\0\0\0" + item(0x30, storage) + syntax) + user)
    accept = pdu(2, fixed + item(0x21, b"\1\0\0\0" + syntax) + user)
    store = b"".join(element(tag, value) for tag, value in (
        (0x0002, storage), (0x0100, b"\1\0"), (0x0110, b"\7\0"), (0x0700, b"\0\0"), (0x0800, b"\1\0"), (0x1000, b"1.2.3.4")))
    data_set = b"".join(element(tag, value) for tag, value in (
        (0x00080016, storage), (0x00080018, b"1.2.3.4"), (0x0020000D, b"1.2.5"), (0x0020000E, b"1.2.6"), (0x00280010, b"\2\0")))
    nested = element(0x00081199, element(0xFFFEE000, element(0x00081155, b"1.2.3")))
    echo = element(0x0100, b"\x30\0") + element(0x0110, b"\1\0") + element(0x0800, b"\1\1")
    stored = pdu(4, fragment(1, 3, store)) + pdu(4, fragment(1, 0, data_set[:40]) + fragment(1, 2, data_set[40:]))
    yield "store", b"\0" + request + stored + pdu(5, bytes(4))
    yield "echo", b"\0" + request + pdu(4, fragment(1, 3, echo)) + pdu(7, bytes(4))
    yield "nested", b"\0" + request + pdu(4, fragment(1, 3, store) + fragment(1, 2, data_set[:66] + nested))
    yield "accept", b"\1" + accept + stored
    yield "reject", b"\1" + pdu(3, b"\0\1\1\7")


def head_element(tag, vr, value):
    return struct.pack("<HH2sH", tag >> 16, tag & 0xffff, vr, len(value)) + value


def heads():
    """Of files that arrive, without the preamble."""
    meta = b"DICM" + head_element(0x00020002, b"UI", b"1.2\0")
    four = (head_element(0x00080018, b"UI", b"1.5\0"), head_element(0x00100020, b"LO", b"P "), head_element(0x0020000d, b"UI", b"1.3\0"),
            head_element(0x0020000e, b"UI", b"1.4\0"), head_element(0x00200013, b"IS", b"1 "))
    others = head_element(0x00100020, b"LO", b"Q ")
    undefined, end = b"\xff" * 4, bytes(4)
    sequence = (struct.pack("<HH2sxx", 8, 0x1140, b"SQ") + undefined + struct.pack("<HH", 0xfffe, 0xe000) + undefined + others +
                struct.pack("<HH", 0xfffe, 0xe00d) + end + struct.pack("<HH", 0xfffe, 0xe0dd) + end)
    explicit = meta + head_element(0x00020010, b"UI", b"1.2.840.10008.1.2.1\0")
    yield "explicit", explicit + b"".join(four)
    yield "sequence", explicit + four[0] + sequence + b"".join(four[1:])
    implicit = [one[:4] + struct.pack("<I", len(one) - 8) + one[8:] for one in four]
    yield "implicit", meta + head_element(0x00020010, b"UI", b"1.2.840.10008.1.2\0") + b"".join(implicit)


def main():
    for name, data in heads():
        put("identifying_header", name, data)
    for name, data in conversations():
        put("pdu", name, data)
    put("safetensors", "two", safetensors([("a", "F32", [2], [0, 8]), ("b", "BF16", [1, 2], [8, 12])], b"12345678abcd", {"format": "pt"}))
    put("safetensors", "scalar", safetensors([("s", "I64", [], [0, 8])], b"12345678"))
    put("safetensors", "overlap", safetensors([("a", "F32", [2], [0, 8]), ("b", "F32", [2], [4, 12])], bytes(12)))
    put("safetensors", "index", json.dumps({"metadata": {"total_size": 12}, "weight_map": {"a": "model-1.safetensors", "b": "pytorch_model-2.bin"}}))
    put("safetensors", "climbing", json.dumps({"weight_map": {"a": "../model.safetensors"}}))
    for name, data in archives():
        put("zip_directory", name, data)
    tensors = numbered([Tensor(*t) for t in TENSORS])
    put("state_dict", "plain", pickle_of(tensors))
    put("state_dict", "without-metadata", pickle_of(tensors[:1], with_metadata=False))
    put("state_dict", "system", b"\x80\x02cposix\nsystem\n(X\x02\x00\x00\x00idtR.")
    put("model_config", "config", json.dumps(CONFIG))
    put("model_config", "card", json.dumps(CARD))
    if len(sys.argv) > 1:
        for name in GOLDEN_PICKLES:
            with zipfile.ZipFile(Path(sys.argv[1]) / "checkpoint-bad" / f"{name}.bin") as archive:
                record = next(n for n in archive.namelist() if n.endswith("data.pkl"))
                put("state_dict", name, archive.read(record)[:4096])


if __name__ == "__main__":
    main()
