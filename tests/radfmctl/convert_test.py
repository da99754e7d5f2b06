# SPDX-License-Identifier: Apache-2.0
"""radfmctl model convert as an administrator uses it: a state dict in, a model directory out, nothing in between."""
import json
import random
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "support")]
from node_harness import BUILD  # noqa: E402
from state_dict_writer import Tensor, numbered, pickle_of, write_archive  # noqa: E402

VOCABULARY, HIDDEN, MLP, DIM, INNER = 16, 128, 8, 192, 64
CONFIG_OF_SHAPES = {
    "vision": {"image_height": 4, "image_width": 4, "frames": 8, "patch": 2, "frame_patch": 4, "dim": DIM, "depth": 1, "heads": 1,
               "dim_head": 64, "mlp": 8},
    "perceiver": {"depth": 1, "latents": 2, "heads": 1, "dim_head": 64, "ff_mult": 1},
    "llama": {"vocab": VOCABULARY, "hidden": HIDDEN, "mlp": MLP, "layers": 1, "heads": 1, "rms_norm_eps": 1e-06, "rope_base": 10000.0,
              "context": 2048},
    "input": {"depth_max": 8}}


def shapes():
    """Names and shapes of a small model whose heads are as wide as the published model's."""
    vision, perceiver = "embedding_layer.vision_encoder.", "embedding_layer.perceiver."
    layer, block, media = "lang_model.model.layers.0.", vision + "transformer.layers.0.", perceiver + "layers.0."
    matrices = {
        "lang_model.model.embed_tokens.weight": (VOCABULARY, HIDDEN), "lang_model.lm_head.weight": (VOCABULARY, HIDDEN),
        **{f"{layer}self_attn.{n}_proj.weight": (HIDDEN, HIDDEN) for n in "qkvo"},
        layer + "mlp.gate_proj.weight": (MLP, HIDDEN), layer + "mlp.up_proj.weight": (MLP, HIDDEN), layer + "mlp.down_proj.weight": (HIDDEN, MLP),
        "embedding_layer.figure_token_weight": (2, HIDDEN), "embedding_layer.fc.weight": (HIDDEN, DIM), "embedding_layer.fc.bias": (HIDDEN,),
        vision + "to_patch_embedding.2.weight": (DIM, 48), vision + "to_patch_embedding.2.bias": (DIM,),
        **{f"{vision}pos_embedding.{n}_embed.weight": (2, DIM // 3) for n in ("row", "col", "dep")},
        block + "0.fn.to_qkv.weight": (3 * INNER, DIM), block + "0.fn.to_out.0.weight": (DIM, INNER), block + "0.fn.to_out.0.bias": (DIM,),
        block + "1.fn.net.0.weight": (8, DIM), block + "1.fn.net.0.bias": (8,), block + "1.fn.net.3.weight": (DIM, 8),
        block + "1.fn.net.3.bias": (DIM,), perceiver + "latents": (2, DIM), media + "0.to_q.weight": (INNER, DIM),
        media + "0.to_kv.weight": (2 * INNER, DIM), media + "0.to_out.weight": (DIM, INNER), media + "1.1.weight": (DIM, DIM),
        media + "1.3.weight": (DIM, DIM)}
    for name in ("input_layernorm", "post_attention_layernorm"):
        matrices[f"{layer}{name}.weight"] = (HIDDEN,)
    matrices["lang_model.model.norm.weight"] = (HIDDEN,)
    for name, width in ((vision + "to_patch_embedding.1", 48), (vision + "to_patch_embedding.3", DIM), (block + "0.norm", DIM),
                        (block + "1.norm", DIM), (media + "0.norm_media", DIM), (media + "0.norm_latents", DIM), (media + "1.0", DIM),
                        (perceiver + "norm", DIM)):
        matrices[name + ".weight"] = matrices[name + ".bias"] = (width,)
    return matrices


def values_of(tensor):
    """A tensor's bytes, by its name."""
    return random.Random(tensor.name).randbytes(tensor.bytes)


class Convert(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="radfm-convert-")
        self.addCleanup(self.holder.cleanup)
        self.folder = Path(self.holder.name)
        self.tensors = numbered([Tensor(name, "F32", shape) for name, shape in shapes().items()] + [Tensor("embedding_layer.cls_head.counts", "I64", ())])
        self.checkpoint = self.folder / "pytorch_model.bin"
        write_archive(self.checkpoint, self.tensors, lambda tensor: [values_of(tensor)])
        self.tokenizer = self.folder / "tokenizer.model"
        names = [b"<unk>", b"<s>", b"</s>"] + [b"p%d" % i for i in range(VOCABULARY - 3)]
        self.tokenizer.write_bytes(b"".join(b"\x0a" + bytes([len(n) + 2]) + b"\x0a" + bytes([len(n)]) + n for n in names))
        self.out = self.folder / "model"

    def convert(self, *more, checkpoint=None, cwd=None):
        words = ["model", "convert", checkpoint or self.checkpoint, "--tokenizer", self.tokenizer, "--out", self.out, *more]
        return subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), *map(str, words)], capture_output=True, text=True, timeout=120, cwd=cwd)

    def stored(self):
        """Each tensor of the model directory: (dtype, shape, bytes)."""
        data = (self.out / "model.safetensors").read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + length])
        self.assertEqual((8 + length) % 64, 0)
        return {name: (e["dtype"], tuple(e["shape"]), data[8 + length + e["data_offsets"][0]:8 + length + e["data_offsets"][1]])
                for name, e in header.items() if name != "__metadata__"}

    def test_gives_every_needed_tensor(self):
        """Sizes are told from the shapes, what was assumed is said, every byte is the checkpoint's, info reads the result."""
        done = self.convert("--json", "--name", "Test model", "--licence", "none")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("assumed as published: llama.heads = 1", done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual((said["dtype"], said["skipped_tensors"]), ("F32", 1))
        self.assertEqual(json.loads((self.out / "config.json").read_text()), CONFIG_OF_SHAPES)
        card = json.loads((self.out / "card.json").read_text())
        self.assertEqual((card["name"], card["licence"], card["digest"]), ("Test model", "none", said["digest"]))
        self.assertEqual((self.out / "tokenizer.model").read_bytes(), self.tokenizer.read_bytes())
        self.assertEqual(self.stored(), {t.name: ("F32", t.shape, values_of(t)) for t in self.tensors[:-1]})
        info = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), "model", "info", str(self.out), "--json"], capture_output=True, text=True, timeout=60)
        self.assertEqual(info.returncode, 0, info.stderr)
        facts = json.loads(info.stdout)
        self.assertTrue(facts["digest_as_card_says"])
        memory = facts["memory"]
        self.assertGreater(memory["needed_f32"], facts["bytes"]["memory_cpu"])
        self.assertLessEqual(memory["needed_bf16"], memory["needed_f32"])
        self.assertGreaterEqual(memory["machine"], memory["available_now"])
        self.assertEqual(memory["fits_now_f32"], memory["needed_f32"] <= memory["available_now"])

    def test_progress_and_type(self):
        """Both stages are shown on standard error with rate and time left; bf16 halves the files."""
        done = self.convert("--dtype", "bf16")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"converting \d+\.\d of \d+\.\d GB, \d+ MB/s, \d+:\d\d left")
        self.assertRegex(done.stderr, r"verifying ")
        self.assertEqual({dtype for dtype, _, _ in self.stored().values()}, {"BF16"})

    def test_quantised(self):
        """int8 and int4: each matrix of the language model as bytes and scales, all else bf16; info tells the type and what it needs."""
        values = random.Random(5)
        write_archive(self.checkpoint, self.tensors, lambda t: [b"".join(struct.pack("<f", values.uniform(-1, 1)) for _ in range(t.bytes // 4))
                                                                 if t.bytes % 4 == 0 and "counts" not in t.name else values_of(t)])
        matrices = {n for n in shapes() if n.endswith("_proj.weight") or n.endswith("lm_head.weight")}
        for dtype in ("int8", "int4"):
            self.out = self.folder / dtype
            done = self.convert("--dtype", dtype, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["dtype"], dtype.upper())
            stored = self.stored()
            self.assertEqual({name for name, (kind, _, _) in stored.items() if kind == "U8"}, matrices)
            self.assertEqual({name for name in stored if name.endswith(".scales")}, {name + ".scales" for name in matrices})
            self.assertEqual({stored[name][0] for name in shapes() if name not in matrices}, {"BF16"})
            info = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), "model", "info", str(self.out), "--json"], capture_output=True, text=True, timeout=60)
            facts = json.loads(info.stdout)
            self.assertEqual((facts["dtype"], facts["digest_as_card_says"]), (dtype, True))
            self.assertEqual(facts["bytes"]["memory_cpu"], facts["bytes"]["stored"])
            self.assertLess(facts["memory"]["needed_" + dtype], facts["memory"]["needed_bf16"])

    def test_wrong_words(self):
        """Usage mistakes: exit 2, nothing written; a directory that is there is never touched."""
        for words in (["model", "convert"], ["model", "convert", str(self.checkpoint)], ["model", "convert", str(self.checkpoint), "--tokenizer", "x"]):
            done = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), *words], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2)
            self.assertIn("usage: radfmctl model convert", done.stderr)
        self.assertEqual(self.convert("--dtype", "f16").returncode, 2)
        self.assertEqual(self.convert("--dtype", "int3").returncode, 2)
        self.assertEqual(self.convert("--config", self.folder / "none.json").returncode, 2)
        self.assertFalse(self.out.exists())
        self.out.mkdir()
        self.assertEqual(self.convert().returncode, 2)
        self.assertEqual(list(self.out.iterdir()), [])

    def test_hostile_pickle_runs_nothing(self):
        """A pickle that calls os.system is refused by that name, and the file that it would make does not appear."""
        hostile = self.folder / "hostile.bin"
        call = b"cposix\nsystem\n(X\x0b\x00\x00\x00touch PWNEDtR0"
        write_archive(hostile, self.tensors, lambda tensor: [values_of(tensor)], pickle=b"\x80\x02" + call + pickle_of(self.tensors)[2:])
        done = self.convert(checkpoint=hostile, cwd=self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("posix.system", done.stderr)
        self.assertIn("checkpoint_unsafe_pickle", done.stderr)
        self.assertFalse((self.folder / "PWNED").exists())
        self.assertFalse(self.out.exists())

    def test_missing_tensors_are_listed_together(self):
        """One message names all that is missing."""
        gone = ("lang_model.model.norm.weight", "embedding_layer.fc.bias")
        write_archive(self.checkpoint, [t for t in self.tensors if t.name not in gone], lambda tensor: [values_of(tensor)])
        done = self.convert()
        self.assertEqual(done.returncode, 1)
        for name in gone:
            self.assertIn(name, done.stderr)

    def test_a_signal_leaves_nothing(self):
        """SIGTERM at any moment: no directory, or a whole one; a hidden one only if it ended before it could listen."""
        words = ["model", "convert", self.checkpoint, "--tokenizer", self.tokenizer, "--out", self.out]
        with subprocess.Popen([str(BUILD / "radfmctl" / "radfmctl"), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            process.stderr.readline()  # it has begun
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        self.assertEqual(self.out.exists(), process.returncode == 0)
        if self.out.exists():
            self.assertEqual(len(self.stored()), len(self.tensors) - 1)


if __name__ == "__main__":
    unittest.main()
