# SPDX-License-Identifier: Apache-2.0
"""Whole nodes whose worker, or whose Orthanc with the plugin in it, dies at the n-th sync of its disk, n growing by STEPS until
a study comes through alive: strace kills the very programs that are shipped. Each time the study is reported once."""
import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from dicom_files import small_studies, study_of  # noqa: E402
from node_harness import BUILD, Node  # noqa: E402
from study_judgement import reported_once  # noqa: E402

RULES = [{"name": "everything", "match": {}, "action": {"task": "report"}, "max_study_age_days": None}]
STEPS = {"radfm-worker": 4, "Orthanc": 8}
SYNCS_MAX = 200
REPORTED_WITHIN_S = 300  # a plugin whose Orthanc dies again and again may wait


def may_trace():
    command = ["strace", "-D", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "true"]
    return shutil.which("strace") is not None and subprocess.run(command, capture_output=True).returncode == 0


@unittest.skipUnless(may_trace(), "strace is not there, or may trace nothing here")
class NodeDeaths(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="radfm-deaths-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.armed = self.folder / "die at"

    def wrapper(self, path, program):
        """At its next start the program dies at the sync whose number is written in `armed`; the number is used once."""
        path.parent.mkdir(parents=True, exist_ok=True)
        armed, real = shlex.quote(str(self.armed)), shlex.quote(str(program))
        path.write_text(f"""#!/bin/sh
if [ -f {armed} ]; then
  n=$(cat {armed}); rm {armed}
  exec strace -D -f -qq -o /dev/null -e trace=fdatasync,fsync -e inject=fdatasync,fsync:signal=KILL:when=$n {real} "$@"
fi
exec {real} "$@"
""", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def build_with_wrapper(self):
        """The build tree with a wrapper in radfm-worker's place."""
        build = self.folder / "build"
        build.mkdir()
        for entry in BUILD.iterdir():
            if entry.name != "worker":
                (build / entry.name).symlink_to(entry)
        self.wrapper(build / "worker" / "radfm-worker", BUILD / "worker" / "radfm-worker")
        return build

    def restart(self, node, name):
        """The program comes back, armed, and the node serves."""
        # It may have died after the study was reported, at a write that comes later.
        node.until(60, f"a running {name}", lambda: name in node.pids())
        before = node.pids()[name]
        os.kill(before, signal.SIGTERM)
        node.until(60, "a restart", lambda: node.pids().get(name, before) != before and not self.armed.exists())
        if name == "Orthanc":
            node.until(60, "Orthanc", lambda: node.json("/system"))

    def die_at_each_sync(self, name, environment):
        paths = sorted(small_studies(self.folder / "studies", SYNCS_MAX // STEPS[name]))
        died = []
        node_folder = self.folder / "node"
        node_folder.mkdir()
        with Node(folder=node_folder, configuration={"rules": RULES}, orthanc={"StableAge": 1}, stand_in_ms=100,
                  options=["--restart-after", "0.1"], environment=environment) as node:
            for number, path in zip(range(1, SYNCS_MAX, STEPS[name]), paths):
                deaths = node.log_text().count(f"{name} ended (signal 9)")
                self.armed.write_text(str(number), encoding="utf-8")
                self.restart(node, name)
                node.until(60, "the study taken", lambda path=path: node.store([path], halt_at_refusal=True) == 0)
                reported_once(node, study_of(path), REPORTED_WITHIN_S)
                if node.log_text().count(f"{name} ended (signal 9)") == deaths:
                    break  # more syncs than this way has
                died.append(number)
        print(f"{name} died at its syncs {died}", flush=True)
        return died

    def test_worker(self):
        died = self.die_at_each_sync("radfm-worker", {"RADFM_BUILD": str(self.build_with_wrapper())})
        self.assertGreaterEqual(len(died), 4)

    def test_orthanc(self):
        programs = self.folder / "programs"
        self.wrapper(programs / "Orthanc", shutil.which("Orthanc"))
        died = self.die_at_each_sync("Orthanc", {"PATH": f"{programs}:{os.environ['PATH']}"})
        self.assertGreaterEqual(len(died), 1)


if __name__ == "__main__":
    unittest.main()
