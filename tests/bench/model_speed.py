# SPDX-License-Identifier: Apache-2.0
"""Measures models with radfm-model-bench and writes what came out into a document, with a plot of the cost as work grows.

usage: model_speed.py [--build DIR] [--results DIR] [--only NAME,..] [--report FILE] [--plot FILE] [--no-runs]

Each run's figures are kept in the folder of results as JSON, so that large models can be measured one at a time; a report
is written of all that are there. Names of runs: shipped, golden, 2b7, 2b7-decode, published-layer, published, and each with a type (2b7-int8).
golden needs the golden cases of the authors' code (reference/golden below RADFM_SHARED) and measures exactness alone.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import model_speed_plot
from marked_section import processor, put_into

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TYPES = ("f32", "bf16", "int8", "int4")
ONE_REPORT = ["--prompts", "400", "--pictures", "1", "--only", "speed"]
GROWTH = ["--prompts", "200,400,800,1800", "--pictures", "1,2,4,10", "--batches", "1,2,4,8,16,32,64", "--only", "speed"]
# name, types, the model, further options (of a type, where it has its own)
RUNS = (
    ("shipped", TYPES, ["--model", str(ROOT / "models" / "phantom")], ["--only", "exactness"]),
    ("golden", TYPES, None, ["--only", "exactness", "--threads", "1"]),
    ("2b7", ("bf16", "int8", "int4"), ["--sizes", "2b7"], {"": [*ONE_REPORT, "--batches", "1,8", "--rounds", "5"], "int4": [*GROWTH, "--rounds", "2"]}),
    ("2b7-decode", ("bf16", "int8", "int4"), ["--sizes", "2b7"], ["--batches", "1", "--rounds", "21", "--only", "decode"]),
    ("published-layer", TYPES, ["--sizes", "published-layer"], ["--pictures", "1", "--batches", "1,8,64"]),
    ("published", ("int8", "int4"), ["--sizes", "published"], [*ONE_REPORT, "--batches", "1", "--rounds", "1"]),
)
MANY_ROUNDS = 10  # from which on their range says how busy the machine was
TITLES = {
    "shipped": "The shipped model",
    "golden": "Golden models of the authors' code",
    "2b7": "A language model of 2.7 GB in 16 bits behind the published vision tower (random weights)",
    "2b7-decode": "New tokens of that language model by themselves, each of 21 rounds beside the memory's rate",
    "published-layer": "The published vision tower and one of the 40 published language layers (random weights)",
    "published": "The published sizes, 14 billion parameters (random weights)",
}


def golden_folders():
    shared = Path(os.environ.get("RADFM_SHARED", ROOT.parent / "shared")) / "reference" / "golden"
    return sorted(shared.glob("model-tiny-*"))


def directory_of_case(case, folder):
    """A golden case as a model directory: its sizes, its weights."""
    facts = json.loads((case / "case.json").read_text(encoding="utf-8"))
    sizes = facts["config"]
    sizes.pop("image_token_ids", None)
    for key in ("bos_token_id", "eos_token_id"):
        sizes["llama"].pop(key, None)
    (folder / "config.json").write_text(json.dumps(sizes), encoding="utf-8")
    (folder / "card.json").write_text(json.dumps({"name": case.name, "version": "1", "licence": "none", "intended_use": "tests"}),
                                      encoding="utf-8")
    (folder / "model.safetensors").symlink_to(case / facts["weights"])
    return folder


def bench(program, options):
    done = subprocess.run([str(program), *options, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(options)}: ended with {done.returncode}")
    return json.loads(done.stdout)


def run(name, kind, model, options, program, results):
    if model is not None:
        figures = [bench(program, [*model, "--dtype", kind, *options])]
    else:
        figures = []
        for case in golden_folders():
            with tempfile.TemporaryDirectory(prefix="radfm-golden-") as folder:
                figures.append(bench(program, ["--model", str(directory_of_case(case, Path(folder))), "--dtype", kind, *options]))
    if figures:
        (results / f"{name}-{kind}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")


def chosen(only, name, kind):
    return not only or name in only or f"{name}-{kind}" in only


def share(entry):
    return f"{entry['per_s']:.3g} /s ({100 * entry['share_of_limit']:.0f} %)"


def labels(figures):
    """Row labels and cells of one model in one type."""
    yield "weights in memory", f"{figures['weight_bytes'] / 1e9:.2f} GB"
    yield "peak memory", f"{figures['peak_bytes'] / 1e9:.2f} GB"
    yield "load (random weights: making them)", f"{figures['load_s']:.2f} s"
    for entry in figures["runs"]:
        if entry["kind"] == "vision" and entry["size"] == 1:
            yield f"images of depth {entry['depth']}", share(entry)
        if entry["kind"] == "prefill":
            yield f"prompt, {entry['size']} tokens", share(entry)
        if entry["kind"] == "decode":
            yield f"new tokens, {entry['size']} at once", share(entry)
            if entry["rounds"] > MANY_ROUNDS:
                rates = [entry["per_s"] * entry["median_s"] / entry[key] for key in ("lowest_s", "highest_s")]
                yield "quickest to slowest round", f"{rates[0]:.3g} to {rates[1]:.3g} /s"
        if entry["kind"] == "report":
            yield "a report: all", f"{entry['median_s']:.2f} s ({entry['lowest_s']:.2f} to {entry['highest_s']:.2f})"
    report = figures.get("report")
    if not report:
        return
    yield "of it vision, prompt, new tokens", f"{report['vision_s']:.2f}, {report['prefill_s']:.2f}, {report['decode_s']:.2f} s"
    yield "its images, prompt and new tokens", f"{report['images']}, {report['prompt_tokens']}, {report['new_tokens']}"


def exactness_cells(figures):
    exact = figures.get("exactness")
    if exact:
        of = " (same quantised weights)" if "same quantised" in exact["against"] else ""
        yield f"largest logit difference / range{of}", f"{exact['logit_difference']:.2g} / {exact['logit_range']:.3g}"
        yield "likeliest tokens as in float32", f"{exact['tokens_equal']} of {exact['tokens']}"


def table(columns):
    """columns: (head, [(label, cell)]). A row for each label that any of them has, in order of the first to have it."""
    rows = list(dict.fromkeys(label for _, cells in columns for label, _ in cells))
    yield "| | " + " | ".join(head for head, _ in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for row in rows:
        yield f"| {row} | " + " | ".join(dict(cells).get(row, "") for _, cells in columns) + " |"


def limits_of(all_figures):
    """The limits differ a little from run to run: their range."""
    known = [figures["limits"] for figures in all_figures if "limits" in figures]

    def span(key, unit):
        values = [limits[key] / 1e9 for limits in known if limits[key] > 0]
        return f"{min(values):.3g} to {max(values):.3g} {unit}" if values else "not measured"
    ways = sorted({limits["read_way"] for limits in known})
    return (f"Limits, medians of each run's rounds: reading memory {span('read_bytes_per_s', 'GB/s')} (fastest: "
            f"{'; or '.join(ways)}), products of float32 {span('f32_operations_per_s', 'G operations/s')}, "
            f"of bf16 {span('bf16_operations_per_s', 'G operations/s')}.")


def memory_gb():
    found = re.search(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    return int(found[1]) * 1024 / 1e9


def report_lines(results, plot):
    found = {}
    for name, types, _, _ in RUNS:
        for kind in types:
            file = results / f"{name}-{kind}.json"
            if file.exists():
                found[name, kind] = json.loads(file.read_text(encoding="utf-8"))
    if not found:
        sys.exit(f"{results} holds no figures")
    every = [figures for list_of in found.values() for figures in list_of]
    yield f"Machine: {every[0]['processor']}, {every[0]['threads']} threads, {memory_gb():.0f} GB; device {every[0]['device']}."
    if any("runs" in figures for figures in every):
        yield limits_of(every)
        yield ""
        yield "A share is that of the limit: the larger one of the bytes that must be read by the read bandwidth and of the operations by the"
        yield "faster kind of products, divided by the median. All of a run was measured in turn, in rounds; a report has a radiograph, a prior one."
    for name, types, _, _ in RUNS:
        columns = []
        for kind in types:
            for figures in found.get((name, kind), []):
                cells = list(labels(figures)) if "runs" in figures else []
                columns.append((f"{figures['model']}, {kind}" if name == "golden" else kind, cells + list(exactness_cells(figures))))
        if columns:
            yield ""
            yield f"### {TITLES[name]}"
            yield ""
            yield from table(columns)
    series = {kind: found["2b7", kind][0] for kind in TYPES if ("2b7", kind) in found}
    if plot and series:
        plot.write_text(model_speed_plot.svg(series), encoding="utf-8")
        yield ""
        yield f"![time as images, prompt and sequences grow, beside what bytes and operations cost]({plot.name})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    parser.add_argument("--report", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--no-runs", action="store_true", help="write the report of what is there")
    arguments = parser.parse_args()
    results = arguments.results or arguments.build / "bench"
    results.mkdir(parents=True, exist_ok=True)
    program = arguments.build / "pipeline" / "model" / "radfm-model-bench"
    if not arguments.no_runs:
        for name, types, model, options in RUNS:
            for kind in types:
                if chosen(arguments.only, name, kind):
                    print(name, kind, flush=True)
                    own = options.get(kind, options[""]) if isinstance(options, dict) else options
                    run(name, kind, model, own, program, results)
    lines = list(report_lines(results, arguments.plot))
    if arguments.report:
        put_into(arguments.report, Path(__file__).name, "\n".join(lines), processor())
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
