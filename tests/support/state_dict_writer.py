# SPDX-License-Identifier: Apache-2.0
"""State dicts as torch.save writes them (zip format, torch 1.6 and later), without torch: the pickle is put together
operation by operation, records are stored by zipfile. For tests and measurements.

    write_archive("model.bin", [Tensor("fc.weight", "F32", (3, 2))], lambda tensor: [b"..."])
"""
import struct
import zipfile
from dataclasses import dataclass

STORAGES = {"F32": ("FloatStorage", 4), "F16": ("HalfStorage", 2), "BF16": ("BFloat16Storage", 2), "F64": ("DoubleStorage", 8),
            "I64": ("LongStorage", 8), "I32": ("IntStorage", 4), "BOOL": ("BoolStorage", 1)}


@dataclass
class Tensor:
    name: str
    dtype: str
    shape: tuple
    key: str = ""  # of its storage; set by numbered()

    @property
    def values(self):
        product = 1
        for size in self.shape:
            product *= size
        return product

    @property
    def bytes(self):
        return self.values * STORAGES[self.dtype][1]


def numbered(tensors):
    """Gives each tensor that has none a storage of its own."""
    for index, tensor in enumerate(tensors):
        tensor.key = tensor.key or str(index)
    return tensors


def _text(text):
    data = text.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def _number(number):
    return b"J" + struct.pack("<i", number) if -2**31 <= number < 2**31 else b"\x8a\x08" + struct.pack("<q", number)


def _tuple(items):
    return b"(" + b"".join(items) + b"t"


def _strides(shape):
    strides, dense = [], 1
    for size in reversed(shape):
        strides.insert(0, dense)
        dense *= size
    return strides


def tensor_pickle(tensor):
    storage = _tuple([_text("storage"), b"ctorch\n" + STORAGES[tensor.dtype][0].encode() + b"\n", _text(tensor.key), _text("cpu"),
                      _number(tensor.values)]) + b"Q"
    arguments = [storage, _number(0), _tuple(map(_number, tensor.shape)), _tuple(map(_number, _strides(tensor.shape))), b"\x89",
                 b"ccollections\nOrderedDict\n)R"]
    return b"ctorch._utils\n_rebuild_tensor_v2\n" + _tuple(arguments) + b"R"


def pickle_of(tensors, with_metadata=True):
    """The state dict with its _metadata attribute, a thousand entries at a time as Python's pickler does."""
    parts = [b"\x80\x02ccollections\nOrderedDict\n)R"]
    for begin in range(0, len(tensors), 1000):
        parts += [b"("] + [_text(t.name) + tensor_pickle(t) for t in tensors[begin:begin + 1000]] + [b"u"]
    if with_metadata:
        module = _text("") + b"}" + _text("version") + b"K\x01s"  # {'': {'version': 1}}
        parts.append(b"}" + _text("_metadata") + b"ccollections\nOrderedDict\n)R" + module + b"s" + b"s" + b"b")
    return b"".join(parts) + b"."


def write_archive(path, tensors, chunks_of, root="pytorch_model", pickle=None):
    """`chunks_of(tensor)` gives the bytes of a tensor's storage in pieces; each storage is written once."""
    numbered(tensors)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr(f"{root}/data.pkl", pickle if pickle is not None else pickle_of(tensors))
        archive.writestr(f"{root}/byteorder", "little")
        written = set()
        for tensor in tensors:
            if tensor.key in written:
                continue
            written.add(tensor.key)
            with archive.open(f"{root}/data/{tensor.key}", "w", force_zip64=tensor.bytes >= 2**31) as record:
                for chunk in chunks_of(tensor):
                    record.write(chunk)
        archive.writestr(f"{root}/version", "3\n")
