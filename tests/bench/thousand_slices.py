# SPDX-License-Identifier: Apache-2.0
"""A thousand slices in Orthanc, the 64 that the model is shown at its input: time against the parts measured alone, and memory.

A fresh Orthanc for each coding. Parts: the index request, the fetches of 64 files one after the other, and 64 decodes on all cores;
all in turn with the whole, so that a busy machine slows them alike. Prints a table of medians and, with --report FILE, writes it.
thousand_slices.py [--slices 1000] [--rounds 15] [--codings NAME...] [--report FILE]
"""
import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from node_harness import BUILD, ENVIRONMENT, free_port  # noqa: E402

BENCH = BUILD / "tests" / "bench" / "slices_bench"
READER = BUILD / "pipeline" / "imaging" / "radfm-reader"
STUDY_UID = "2.25.4711"
CODINGS = {
    "uncompressed": "1.2.840.10008.1.2.1",
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG lossless": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
}


class PlainOrthanc:
    """Orthanc without the plugin: nothing else works on the study."""

    def __init__(self, folder):
        self.port = free_port()
        settings = {"HttpPort": self.port, "DicomServerEnabled": False, "RemoteAccessAllowed": False, "AuthenticationEnabled": False,
                    "StorageDirectory": str(folder / "orthanc"), "IndexDirectory": str(folder / "orthanc"), "StableAge": 3600}
        (folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
        self.log = open(folder / "orthanc.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(["Orthanc", str(folder / "orthanc.json")], stdout=self.log, stderr=self.log, env=ENVIRONMENT)
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.url + "/system", timeout=5).read()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def store(self, path):
        request = urllib.request.Request(self.url + "/instances", data=path.read_bytes(), method="POST")
        urllib.request.urlopen(request, timeout=60).read()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def measure(syntax, slices, rounds):
    folder = Path(tempfile.mkdtemp(prefix="radfm-bench-"))
    try:
        subprocess.run([BENCH, "write", folder / "files", syntax, str(slices)], check=True)
        orthanc = PlainOrthanc(folder)
        try:
            for path in sorted((folder / "files").iterdir()):
                orthanc.store(path)
            done = subprocess.run([BENCH, "measure", orthanc.url, STUDY_UID, str(folder), READER, str(rounds)], check=True,
                                  capture_output=True, text=True)
            return json.loads(done.stdout)
        finally:
            orthanc.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def row(name, measured):
    rounds = measured["rounds"]
    middle = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    ratio = statistics.median(r["whole_ms"] / (r["index_ms"] + r["fetch_ms"] + r["decode_ms"]) for r in rounds)
    return (f"| {name} | {middle['index_ms']:.0f} | {middle['fetch_ms']:.0f} | {middle['decode_ms']:.0f} | {middle['whole_ms']:.0f} "
            f"| {ratio:.2f} | {measured['peak_kib'] / 1024:.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--codings", nargs="+", choices=CODINGS, default=list(CODINGS))
    parser.add_argument("--report")
    given = parser.parse_args()
    lines = [f"| {given.slices} slices | index ms | 64 fetches ms | 64 decodes ms | whole ms | whole / parts | peak MiB |",
             "|---|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    for name in given.codings:
        lines.append(row(name, measure(CODINGS[name], given.slices, given.rounds)))
        print(lines[-1], flush=True)
    if given.report:
        Path(given.report).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
