# SPDX-License-Identifier: Apache-2.0
"""Measures `radfmctl model convert` on a checkpoint with the published names and shapes, with fewer language layers.

usage: convert_published.py [--layers N] [--dir DIR] [--build DIR] [--report FILE]

Writes a PyTorch zip file of float32 (4 layers: 7 GB; 40, as published: 56 GB) with every unused module in a temporary
folder below DIR, converts it to f32 and to bf16, compares every value of both with what was written, and prints time,
rate and peak memory of the converting process. --report puts the figures into that document, between its marks.
"""
import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from marked_section import put_into  # noqa: E402
from state_dict_writer import Tensor, write_archive  # noqa: E402

HIDDEN, MLP, VOCABULARY, DIM, PATCH_VALUES = 5120, 13824, 32000, 768, 12288
PEAK_BYTES_MAX = 3_000_000_000
BLOCK = numpy.random.default_rng(1).standard_normal(4 << 20, dtype=numpy.float32) * numpy.float32(0.02)


def norm(name, width=DIM):
    return [(f"{name}.weight", (width,)), (f"{name}.bias", (width,))]


def needed(layers):
    root, encoder = "embedding_layer.", "embedding_layer.vision_encoder."
    yield "lang_model.model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for i in range(layers):
        layer = f"lang_model.model.layers.{i}."
        for name in "qkvo":
            yield f"{layer}self_attn.{name}_proj.weight", (HIDDEN, HIDDEN)
        yield f"{layer}mlp.gate_proj.weight", (MLP, HIDDEN)
        yield f"{layer}mlp.down_proj.weight", (HIDDEN, MLP)
        yield f"{layer}mlp.up_proj.weight", (MLP, HIDDEN)
        yield f"{layer}input_layernorm.weight", (HIDDEN,)
        yield f"{layer}post_attention_layernorm.weight", (HIDDEN,)
    yield "lang_model.model.norm.weight", (HIDDEN,)
    yield "lang_model.lm_head.weight", (VOCABULARY, HIDDEN)
    yield root + "figure_token_weight", (2, HIDDEN)
    yield from norm(encoder + "to_patch_embedding.1", PATCH_VALUES)
    yield encoder + "to_patch_embedding.2.weight", (DIM, PATCH_VALUES)
    yield encoder + "to_patch_embedding.2.bias", (DIM,)
    yield from norm(encoder + "to_patch_embedding.3")
    for name, rows in (("row", 16), ("col", 16), ("dep", 128)):
        yield f"{encoder}pos_embedding.{name}_embed.weight", (rows, DIM // 3)
    for i in range(12):
        layer = f"{encoder}transformer.layers.{i}."
        yield from norm(layer + "0.norm")
        yield layer + "0.fn.to_qkv.weight", (3 * 512, DIM)
        yield layer + "0.fn.to_out.0.weight", (DIM, 512)
        yield layer + "0.fn.to_out.0.bias", (DIM,)
        yield from norm(layer + "1.norm")
        yield layer + "1.fn.net.0.weight", (2048, DIM)
        yield layer + "1.fn.net.0.bias", (2048,)
        yield layer + "1.fn.net.3.weight", (DIM, 2048)
        yield layer + "1.fn.net.3.bias", (DIM,)
    yield root + "perceiver.latents", (32, DIM)
    for i in range(6):
        layer = f"{root}perceiver.layers.{i}."
        yield from norm(layer + "0.norm_media")
        yield from norm(layer + "0.norm_latents")
        yield layer + "0.to_q.weight", (512, DIM)
        yield layer + "0.to_kv.weight", (1024, DIM)
        yield layer + "0.to_out.weight", (DIM, 512)
        yield from norm(layer + "1.0")
        yield layer + "1.1.weight", (3072, DIM)
        yield layer + "1.3.weight", (DIM, 3072)
    yield from norm(root + "perceiver.norm")
    yield root + "fc.weight", (HIDDEN, DIM)
    yield root + "fc.bias", (HIDDEN,)


def unused(layers):
    """Modules that inference does not use, a rotary buffer for each layer, integers and a tensor without axes."""
    root = "embedding_layer."
    for i in range(layers):
        yield Tensor(f"lang_model.model.layers.{i}.self_attn.rotary_emb.inv_freq", "F32", (64,))
    yield Tensor(root + "bert_model.embeddings.position_ids", "I64", (1, 512))
    yield Tensor(root + "bert_model.embeddings.word_embeddings.weight", "F32", (28996, DIM))
    for i in range(12):
        layer = f"{root}bert_model.encoder.layer.{i}."
        for name in ("query", "key", "value"):
            yield Tensor(f"{layer}attention.self.{name}.weight", "F32", (DIM, DIM))
        yield Tensor(layer + "intermediate.dense.weight", "F32", (3072, DIM))
        yield Tensor(layer + "output.dense.weight", "F32", (DIM, 3072))
    yield Tensor(root + "bert_projection_fc.weight", "F32", (DIM, DIM))
    yield Tensor(root + "output_upscaling.1.num_batches_tracked", "I64", ())
    yield Tensor(root + "transformer_decoder.layers.0.linear1.weight", "F32", (2048, DIM))
    yield Tensor(root + "cls_head.weight", "F32", (18, DIM))


def chunks_of(tensor):
    """The values of a tensor: the block again and again, begun at a place that its name tells."""
    if tensor.dtype != "F32":
        yield bytes(tensor.bytes)
        return
    at, left = sum(tensor.name.encode()) * 7919 % len(BLOCK), tensor.values
    while left:
        piece = BLOCK[at:at + left]
        yield memoryview(piece).cast("B")
        left -= len(piece)
        at = 0


def rounded(values):
    """To bf16: nearest, ties to even."""
    bits = values.view(numpy.uint32)
    return ((bits + 0x7fff + (bits >> 16 & 1)) >> 16).astype(numpy.uint16)


def write_checkpoint(path, layers):
    tensors = [Tensor(name, "F32", shape) for name, shape in needed(layers)]
    count = len(tensors)
    # The authors' class keeps the embedding table twice; both names are one storage.
    tensors[0].key = "shared"
    tensors += [Tensor("embedding_layer.weight", "F32", (VOCABULARY, HIDDEN), "shared"), *unused(layers)]
    write_archive(path, tensors, chunks_of)
    return tensors[:count], len(tensors)


def write_tokenizer(path):
    """32000 pieces in SentencePiece's wire format; what is in them does not matter here."""
    names = [b"<unk>", b"<s>", b"</s>"] + [b"p%d" % i for i in range(VOCABULARY - 3)]
    path.write_bytes(b"".join(b"\x0a" + bytes([len(name) + 2]) + b"\x0a" + bytes([len(name)]) + name for name in names))


def peak_of(command):
    """Runs a command; (its standard output, seconds, peak resident bytes). The peak is the program's own (VmHWM): what
    getrusage tells of a child includes the memory of this process, from before the program took its place."""
    with tempfile.TemporaryFile("w+") as output:
        begin = time.monotonic()
        peak = 0
        with subprocess.Popen(command, stdout=output) as process:
            while process.poll() is None:
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
                if status.startswith("Name:\tradfmctl") and (found := re.search(r"VmHWM:\s*(\d+) kB", status)):
                    peak = max(peak, int(found[1]) * 1024)
                time.sleep(0.02)
        seconds = time.monotonic() - begin
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        output.seek(0)
        return output.read(), seconds, peak


def compare(out, tensors, dtype):
    """Every value of every shard against what was written."""
    places = {}
    for shard in sorted(out.glob("*.safetensors")):
        with open(shard, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        for name, entry in header.items():
            if name != "__metadata__":
                places[name] = (shard, 8 + length + entry["data_offsets"][0], entry["dtype"], entry["shape"])
    assert set(places) == {tensor.name for tensor in tensors}, "other tensors than needed"
    for tensor in tensors:
        shard, offset, kind, shape = places[tensor.name]
        assert (kind, tuple(shape)) == (dtype.upper(), tensor.shape), tensor.name
        with open(shard, "rb") as file:
            file.seek(offset)
            for chunk in chunks_of(tensor):
                values = numpy.frombuffer(chunk, numpy.float32)
                wanted = values.view(numpy.uint32) if dtype == "f32" else rounded(values)
                assert numpy.array_equal(numpy.frombuffer(file.read(wanted.nbytes), wanted.dtype), wanted), tensor.name


def measure(arguments, folder):
    checkpoint, tokenizer = folder / "pytorch_model.bin", folder / "tokenizer.model"
    tensors, names = write_checkpoint(checkpoint, arguments.layers)
    write_tokenizer(tokenizer)
    size = checkpoint.stat().st_size
    yield f"Checkpoint: {size / 1e9:.1f} GB, {names} names of which {len(tensors)} are needed, {arguments.layers} language layers of the"
    yield f"published width. Machine: {os.cpu_count()} cores, {platform.machine()}. Every value of both results was compared."
    yield ""
    yield "| to | seconds, read back included | read | written | rate (read and written) | peak memory |\n|---|---|---|---|---|---|"
    for dtype in ("f32", "bf16"):
        out = folder / dtype
        command = [str(arguments.build / "radfmctl" / "radfmctl"), "model", "convert", str(checkpoint), "--tokenizer", str(tokenizer),
                   "--out", str(out), "--dtype", dtype, "--json"]
        said, seconds, peak = peak_of(command)
        facts = json.loads(said)
        compare(out, tensors, dtype)
        rate = (facts["read_bytes"] + facts["written_bytes"]) / seconds / 1e6
        yield (f"| {dtype} | {seconds:.0f} | {facts['read_bytes'] / 1e9:.1f} GB | {facts['written_bytes'] / 1e9:.1f} GB | {rate:.0f} MB/s | "
               f"{peak / 1e6:.0f} MB |")
        shutil.rmtree(out)
        if peak > PEAK_BYTES_MAX:
            sys.exit(f"peak memory {peak} is over {PEAK_BYTES_MAX}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--build", type=Path, default=HERE.parent.parent / "build")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="radfm-convert-", dir=arguments.dir) as folder:
        lines = []
        for line in measure(arguments, Path(folder)):
            print(line, flush=True)
            lines.append(line)
    if arguments.report:
        put_into(arguments.report, Path(__file__).name, "\n".join(lines))


if __name__ == "__main__":
    main()
