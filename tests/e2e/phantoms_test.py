# SPDX-License-Identifier: Apache-2.0
"""Drawn patients through a whole node: the same text as through the model's input, priors and their reports included."""
import json
import subprocess
import unittest

from node_harness import BUILD, ENVIRONMENT, Node


class Phantoms(unittest.TestCase):
    def test_same_text_as_through_model_input(self):
        """Twelve patients, radiographs and CT, without a prior, with a prior report alone, with prior images."""
        with Node() as node:
            run = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), "eval", "--phantoms", "12", "--seed", "11", "--through", "node",
                                  "--orthanc", node.base, "--dicom", f"127.0.0.1:{node.dicom_port}", "--same-as-input", "--json"],
                                 env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
            self.assertEqual(run.returncode, 0, run.stderr)
            result = json.loads(run.stdout)
            self.assertEqual((result["same_text"], result["through"]), (1.0, "node"), run.stderr)
            node.settled()
            self.assertEqual({job["outcome"] for job in node.jobs()}, {"delivered", "skipped: no_image"})


if __name__ == "__main__":
    unittest.main()
