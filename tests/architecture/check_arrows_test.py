# SPDX-License-Identifier: Apache-2.0
"""Plants one offence of each kind into a small healthy tree and expects scripts/check-arrows to name it."""
import os
import subprocess
import sys
import tempfile
import unittest

CHECK = sys.argv.pop(1)
APACHE = "// SPDX-License-Identifier: Apache-2.0\n"
CMAKE = "# SPDX-License-Identifier: Apache-2.0\n"

HEALTHY = {
    "core/uid.h": APACHE + "#include <string>\n",
    "core/CMakeLists.txt": CMAKE + "radfm_library(radfm_core SOURCES uid.cpp PRIVATE_LINK OpenSSL::Crypto)\n",
    "db/queue.cpp": APACHE + '#include <sqlite3.h>\n#include "core/uid.h"\n',
    "db/CMakeLists.txt": CMAKE + "radfm_library(radfm_db SOURCES queue.cpp LINK radfm_core PRIVATE_LINK SQLite::SQLite3)\n",
    "orthanc-plugin/plugin.cpp": APACHE.replace("Apache-2.0", "GPL-3.0-or-later") + '#include <orthanc/OrthancCPlugin.h>\n',
    "orthanc-plugin/CMakeLists.txt": CMAKE.replace("Apache-2.0", "GPL-3.0-or-later") +
    "add_library(OrthancRadFM MODULE plugin.cpp)\ntarget_link_libraries(OrthancRadFM PRIVATE radfm_core radfm_db)\n",
    "pipeline/model/CMakeLists.txt": CMAKE + "radfm_library(radfm_model SOURCES a.cpp LINK radfm_core radfm::torch)\n",
    "worker/CMakeLists.txt": CMAKE + "radfm_program(radfm-worker SOURCES main.cpp LINK radfm_db Boost::headers)\n",
    "scripts/tool": "#!/bin/sh\n" + CMAKE,
}


class CheckArrows(unittest.TestCase):
    def run_over(self, changes):
        with tempfile.TemporaryDirectory() as top:
            for path, text in {**HEALTHY, **changes}.items():
                full = os.path.join(top, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            return subprocess.run([sys.executable, CHECK, top], capture_output=True, text=True, check=False)

    def expect(self, line, changes):
        done = self.run_over(changes)
        self.assertIn(line, done.stdout + done.stderr)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)

    def test_a_healthy_tree_passes(self):
        done = self.run_over({})
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_an_empty_folder_does_not_pass(self):
        with tempfile.TemporaryDirectory() as top:
            done = subprocess.run([sys.executable, CHECK, top], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)

    def test_core_includes_a_foreign_library(self):
        for header, library in (("sqlite3.h", "sqlite"), ("dcmtk/config/osconfig.h", "dcmtk"), ("boost/asio.hpp", "boost"),
                                ("torch/torch.h", "torch"), ("ATen/ATen.h", "torch"),
                                ("orthanc/OrthancCPlugin.h", "orthanc")):
            self.expect(f"core/uid.h:2: room core may not include {library} ({header})",
                        {"core/uid.h": APACHE + f"#include <{header}>\n"})

    def test_a_lower_room_includes_a_higher_one(self):
        for path, target, other in (("core/uid.h", "db/queue.h", "db"), ("db/queue.cpp", "worker/claim.h", "worker"),
                                    ("pipeline/draft/a.cpp", "db/queue.h", "db"),
                                    ("pipeline/imaging/a.cpp", "scu-scp/find.h", "scu-scp"),
                                    ("scu-scp/a.cpp", "pipeline/imaging/a.h", "pipeline/imaging"),
                                    ("radfmctl/a.cpp", "worker/claim.h", "worker"),
                                    ("pipeline/process/a.cpp", "pipeline/imaging/a.h", "pipeline/imaging"),
                                    ("worker/a.cpp", "orthanc-plugin/a.h", "orthanc-plugin")):
            self.expect(f"{path}:2: room {path.rsplit('/', 1)[0]} may not include {other} ({target})",
                        {path: APACHE + f'#include "{target}"\n'})

    def test_the_worker_calls_sqlite_itself(self):
        self.expect("worker/a.cpp:2: room worker may not include sqlite", {"worker/a.cpp": APACHE + "#include <sqlite3.h>\n"})

    def test_a_room_includes_tests(self):
        self.expect("core/uid.h:2: room core may not include tests", {"core/uid.h": APACHE + '#include "tests/a.h"\n'})

    def test_a_room_links_a_higher_one(self):
        self.expect("room db may not link pipeline/model (radfm_db -> radfm_model)",
                    {"db/CMakeLists.txt": CMAKE + "radfm_library(radfm_db SOURCES a.cpp LINK radfm_model)\n",
                     "pipeline/model/CMakeLists.txt": CMAKE + "radfm_library(radfm_model SOURCES a.cpp)\n"})

    def test_the_worker_links_torch_through_another_target(self):
        self.expect("room worker may not link torch (radfm-worker -> radfm_model -> radfm::torch)",
                    {"worker/CMakeLists.txt": CMAKE + "radfm_program(radfm-worker SOURCES main.cpp LINK radfm_model)\n"})

    def test_the_plugin_links_boost(self):
        self.expect("room orthanc-plugin may not link boost (OrthancRadFM -> Boost::system)",
                    {"orthanc-plugin/CMakeLists.txt": HEALTHY["orthanc-plugin/CMakeLists.txt"] +
                     "target_link_libraries(OrthancRadFM\n  PRIVATE Boost::system)\n"})

    def test_an_include_beside_the_file(self):
        self.expect('core/uid.cpp:2: "uid.h" is not named', {"core/uid.cpp": APACHE + '#include "uid.h"\n'})

    def test_a_file_of_400_lines_passes_and_one_of_401_does_not(self):
        self.assertEqual(self.run_over({"core/long.cpp": APACHE + "//\n" * 399}).returncode, 0)
        self.expect("core/long.cpp:401: 401 lines; at most 400", {"core/long.cpp": APACHE + "//\n" * 400})

    def test_a_missing_or_wrong_licence(self):
        self.expect("core/bare.cpp:1: no SPDX-License-Identifier", {"core/bare.cpp": "#include <string>\n"})
        self.expect("scripts/tool:1: no SPDX-License-Identifier", {"scripts/tool": "#!/bin/sh\ntrue\n"})
        self.expect("orthanc-plugin/page.cpp:1: the licence is not GPL-3.0-or-later", {"orthanc-plugin/page.cpp": APACHE})
        self.expect("core/gpl.cpp:1: the licence is not Apache-2.0",
                    {"core/gpl.cpp": "// SPDX-License-Identifier: GPL-3.0-or-later\n"})

    def test_what_is_linked_with_the_plugin_may_have_its_licence(self):
        gpl = "// SPDX-License-Identifier: GPL-3.0-or-later\n"
        self.assertEqual(self.run_over({"tests/orthanc-plugin/a_test.cpp": gpl, "tests/orthanc-plugin/b_test.cpp": APACHE}).returncode, 0)
        self.expect("tests/db/a_test.cpp:1: the licence is not Apache-2.0", {"tests/db/a_test.cpp": gpl})


if __name__ == "__main__":
    unittest.main()
