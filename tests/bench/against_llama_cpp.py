# SPDX-License-Identifier: Apache-2.0
"""The language model beside llama.cpp: the same sizes, the same processor cores, in turn.

usage: against_llama_cpp.py [--build DIR] [--venv DIR] [--dir DIR] [--types bf16,int8,int4] [--rounds N] [--report FILE]

Random weights of the sizes "2b7" (radfm-model-bench --sizes 2b7): here in the types bf16, int8 and int4, there in BF16, Q8_0 and
Q4_0 with the output matrix in Q8_0, as ours has it. Prompts are read into empty caches; new tokens are computed behind 128
positions, for one sequence and for several at once. A round is each of them once, ours and then theirs; ratios are of one
round's two times. llama.cpp is compiled for this processor from its package's source into a virtual environment of its own (many
minutes, once): requirements-llama-cpp.txt. Not part of the tests.
"""
import argparse
import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from marked_section import processor, put_into

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VOCABULARY, HIDDEN, MLP, LAYERS, HEADS, CONTEXT = 32000, 2048, 5632, 24, 16, 2048
CACHED, NEW_TOKENS = 128, 8
PEER_TYPES = {"bf16": ("BF16", "BF16"), "int8": ("Q8_0", "Q8_0"), "int4": ("Q4_0", "Q8_0")}  # matrices; output and embedding
PROMPTS, BATCHES = (200, 1000), (1, 8, 32)
# GCC 12 leaves out most of what the tiles of a matrix processor are configured with: llama.cpp ends by an illegal instruction.
CLANG = "clang-14"


def enter_environment(folder):
    """Makes the environment if it is not there, and goes on as this script inside it."""
    python = folder / "bin" / "python"
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        options = "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF"
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-cache-dir", "--no-binary", "llama-cpp-python", "-r",
                        str(HERE / "requirements-llama-cpp.txt")], check=True, env={**os.environ, **compiler(), "CMAKE_ARGS": options})
        (folder / "complete").touch()
    os.execv(python, [str(python), *sys.argv])


def compiler():
    """The environment's names of it; nothing: the machine's default."""
    if " amx_int8" not in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace"):
        return {}
    if not shutil.which(CLANG):
        sys.exit(f"on this processor llama.cpp needs {CLANG} and libomp-14-dev: apt install {CLANG} libomp-14-dev")
    return {"CC": CLANG, "CXX": CLANG.replace("clang", "clang++")}


def matrices():
    """Names and shapes [rows, columns] of llama.cpp's tensors; those in small types last of a tuple."""
    yield "token_embd.weight", (VOCABULARY, HIDDEN), True
    yield "output.weight", (VOCABULARY, HIDDEN), True
    for i in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield f"blk.{i}.{name}.weight", (HIDDEN, HIDDEN), False
        yield f"blk.{i}.ffn_gate.weight", (MLP, HIDDEN), False
        yield f"blk.{i}.ffn_up.weight", (MLP, HIDDEN), False
        yield f"blk.{i}.ffn_down.weight", (HIDDEN, MLP), False


def norms():
    yield "output_norm.weight"
    for i in range(LAYERS):
        yield f"blk.{i}.attn_norm.weight"
        yield f"blk.{i}.ffn_norm.weight"


def random_rows(kind, rows, columns, random):
    """Finite random values in one of llama.cpp's types, as bytes [rows, bytes of a row]."""
    import numpy
    magnitude = columns ** -0.5
    if kind == "BF16":
        exponent = int(numpy.floor(numpy.log2(magnitude)))
        bits = random.integers(0, 1 << 16, (rows, columns), numpy.uint16)
        return ((bits & 0x807f) | ((127 + exponent) << 7)).astype(numpy.uint16).view(numpy.uint8)
    block, rms = {"Q8_0": (32, 74), "Q4_0": (16, 4.6)}[kind]  # bytes of 32 values
    blocks = random.integers(0, 256, (rows, columns // 32, 2 + block), numpy.uint8)
    blocks[:, :, :2] = numpy.frombuffer(numpy.float16(magnitude / rms).tobytes(), numpy.uint8)
    return blocks.reshape(rows, -1)


def write_model(path, kind):
    import gguf
    import numpy
    random = numpy.random.default_rng(1)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(MLP)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("no_vocab")
    parts = []
    for name, (rows, columns), outer in matrices():
        kind_here = PEER_TYPES[kind][1 if outer else 0]
        data = random_rows(kind_here, rows, columns, random)
        parts.append((data.shape, kind_here, data.nbytes))
        writer.add_tensor_info(name, data.shape, data.dtype, data.nbytes, gguf.GGMLQuantizationType[kind_here])
    for name in norms():
        writer.add_tensor_info(name, (HIDDEN,), numpy.dtype(numpy.float32), HIDDEN * 4)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, (rows, columns), outer in matrices():
        writer.write_tensor_data(random_rows(PEER_TYPES[kind][1 if outer else 0], rows, columns, random))
    for _ in norms():
        writer.write_tensor_data(numpy.ones(HIDDEN, numpy.float32))
    writer.close()


class Peer:
    """llama.cpp through its C interface."""

    def __init__(self, path, threads):
        import llama_cpp
        self.api = llama_cpp
        self.quiet = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self.quiet, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        if not self.model:
            sys.exit("llama.cpp did not take the model")
        self.prompts = self.context(1, CONTEXT, threads)
        self.sequences = self.context(max(BATCHES), max(BATCHES) * 2 * CACHED, threads)
        self.memory = llama_cpp.llama_get_memory(self.sequences)
        self.batch = llama_cpp.llama_batch_init(CONTEXT, 0, 1)
        self.fill()

    def context(self, sequences, positions, threads):
        """Each sequence has keys and values of its own."""
        parameters = self.api.llama_context_default_params()
        parameters.n_seq_max = sequences
        parameters.n_ctx = positions
        parameters.n_batch = CONTEXT
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.kv_unified = False
        context = self.api.llama_init_from_model(self.model, parameters)
        if not context:
            sys.exit("llama.cpp made no context")
        return context

    def fill(self):
        self.decode(self.sequences, [(0, i, i + 1 == CACHED) for i in range(CACHED)])
        for sequence in range(1, max(BATCHES)):
            self.api.llama_memory_seq_cp(self.memory, 0, sequence, -1, -1)

    def decode(self, context, places):
        """places: (sequence, position, whether logits are wanted)."""
        self.batch.n_tokens = len(places)
        for i, (sequence, position, wanted) in enumerate(places):
            self.batch.token[i] = 3 + (i * 7919 + position) % (VOCABULARY - 3)
            self.batch.pos[i] = position
            self.batch.n_seq_id[i] = 1
            self.batch.seq_id[i][0] = sequence
            self.batch.logits[i] = wanted
        if self.api.llama_decode(context, self.batch) != 0:
            sys.exit("llama.cpp did not decode")
        self.api.llama_synchronize(context)

    def prefill(self, tokens):
        self.api.llama_memory_clear(self.api.llama_get_memory(self.prompts), False)
        begin = time.perf_counter()
        self.decode(self.prompts, [(0, i, i + 1 == tokens) for i in range(tokens)])
        return time.perf_counter() - begin

    def new_tokens(self, sequences):
        begin = time.perf_counter()
        for step in range(NEW_TOKENS):
            self.decode(self.sequences, [(sequence, CACHED + step, True) for sequence in range(sequences)])
        seconds = time.perf_counter() - begin
        for sequence in range(sequences):
            self.api.llama_memory_seq_rm(self.memory, sequence, CACHED, -1)
        return seconds

    def close(self):
        self.api.llama_batch_free(self.batch)
        self.api.llama_free(self.prompts)
        self.api.llama_free(self.sequences)
        self.api.llama_model_free(self.model)


class Own:
    """radfm-model-bench, which measures what it is told line by line."""

    def __init__(self, program, kind, threads):
        options = ["--sizes", "2b7", "--dtype", kind, "--threads", str(threads), "--device", "cpu", "--cached", str(CACHED), "--pictures", "1",
                   "--prompts", ",".join(map(str, PROMPTS)), "--batches", ",".join(map(str, BATCHES)), "--serve"]
        self.process = subprocess.Popen([str(program), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit("radfm-model-bench did not begin")

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 2:
            sys.exit(f"radfm-model-bench does not measure {question}")
        return float(answer[0])

    def prefill(self, tokens):
        return self.ask(f"prefill {tokens}")

    def new_tokens(self, sequences):
        return self.ask(f"decode {sequences}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measured(own, peer, rounds):
    """What -> [(own seconds, peer seconds)]."""
    times = {}
    for round_number in range(rounds + 1):  # the first also fills caches
        for kind, sizes in (("new_tokens", BATCHES), ("prefill", PROMPTS)):
            for size in sizes:
                pair = getattr(own, kind)(size), getattr(peer, kind)(size)
                if round_number > 0:
                    times.setdefault((kind, size), []).append(pair)
    return times


def lines_of(kind, times):
    for (what, size), pairs in times.items():
        tokens = size * NEW_TOKENS if what == "new_tokens" else size
        ratios = [theirs / ours for ours, theirs in pairs]
        name = f"new tokens, {size} at once" if what == "new_tokens" else f"prompt, {size} tokens"
        own, peer = (tokens / statistics.median(pair[i] for pair in pairs) for i in (0, 1))
        yield (f"| {kind} / {PEER_TYPES[kind][0]} | {name} | {own:.1f} | {peer:.1f} | {statistics.median(ratios):.2f} "
               f"({min(ratios):.2f} to {max(ratios):.2f}) |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--venv", type=Path, default=Path.home() / ".cache" / "radfm-llama-cpp")
    parser.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--types", default="bf16,int8,int4")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    enter_environment(arguments.venv)
    import llama_cpp
    lines = [f"Machine: {processor()}, {arguments.threads} threads each. llama.cpp of llama-cpp-python {llama_cpp.__version__}, compiled here "
             f"for this processor; it says of itself: {llama_cpp.llama_print_system_info().decode().strip(' |')}. {arguments.rounds} rounds.", "",
             "| types | | tokens/s | llama.cpp, tokens/s | llama.cpp's time / ours, median (range) |", "|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    for kind in arguments.types.split(","):
        with tempfile.TemporaryDirectory(prefix="radfm-llama-", dir=arguments.dir) as folder:
            path = Path(folder) / "model.gguf"
            write_model(path, kind)
            own = Own(arguments.build / "pipeline" / "model" / "radfm-model-bench", kind, arguments.threads)
            peer = Peer(path, arguments.threads)
            for line in lines_of(kind, measured(own, peer, arguments.rounds)):
                print(line, flush=True)
                lines.append(line)
            own.close()
            peer.close()
    if arguments.report:
        put_into(arguments.report, Path(__file__).name, "\n".join(lines), processor())


if __name__ == "__main__":
    main()
