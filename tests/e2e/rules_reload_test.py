# SPDX-License-Identifier: Apache-2.0
"""Rules that are changed under a running node: tried, taken or refused, by each way in which an administrator asks for it."""
import json
import os
import signal
import tempfile
import unittest
import urllib.error

from dicom_files import dataset, small_studies, study_of
from node_harness import Node

RULES = "/radfm/api/v1/rules"


def rule(name, **match):
    return {"name": name, "match": match, "action": {"max_new_tokens": 8}, "max_study_age_days": None}


class RulesReload(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.studies = sorted(small_studies(self.folder.name, 9))
        self.node = Node(configuration={"rules": [rule("first")]}, orthanc={"StableAge": 1}, stand_in_ms=0)
        self.addCleanup(self.node.__exit__, None, None, None)
        self.configuration = json.loads(self.node.configuration_file.read_text(encoding="utf-8"))

    def write(self, rules, **sections):
        """The node's own file, with other rules; written in place, as an editor may do."""
        self.text = json.dumps({**self.configuration, "rules": rules, **sections})
        self.node.configuration_file.write_text(self.text, encoding="utf-8")

    def names(self):
        return [entry["name"] for entry in self.node.json(RULES)["rules"]]

    def ask(self, path, body=None):
        """(status, answer) of a POST"""
        try:
            return 200, self.node.post(path, json.dumps(body).encode() if body else b"")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def hang_up(self):
        os.kill(self.node.pids()["radfm-worker"], signal.SIGHUP)

    def next_report(self, calling="MODALITY"):
        """A study is sent and tried; the rule of its job, once it is reported, which is what the trial said."""
        path = self.studies.pop()
        self.assertEqual(self.node.store([path], calling=calling), 0)
        status, tried = self.ask(RULES + "/test", {"study": study_of(path)})
        self.assertEqual((status, tried["study"], tried["skip"]), (200, study_of(path), ""), tried)
        self.assertEqual(tried["patient"]["id"], str(dataset(path.read_bytes()).PatientID))
        job = self.node.wait_job(study_of(path))
        self.assertEqual((job["outcome"], job["rule"]), ("delivered", tried["rule"]))
        return job["rule"]

    def test_taken_by_file_by_rest_by_radfmctl_and_by_signal(self):
        """Aim: each way brings the file's rules into force without a restart, says so, and the next study is reported by them."""
        before = self.node.pids()
        self.assertEqual(self.next_report(), "first")

        self.write([rule("by file")])
        self.node.until(30, "the rules of the file", lambda: self.names() == ["by file"])
        self.assertEqual(self.next_report(), "by file")

        self.write([rule("emergency", calling_aets=["ER*"]), rule("by REST")])
        status, answer = self.ask(RULES + "/reload")
        self.assertEqual((status, answer["rules"]), (200, 2), answer)
        self.assertEqual(self.names(), ["emergency", "by REST"])
        self.assertEqual(self.next_report(), "by REST")
        self.assertEqual(self.next_report(calling="ER1"), "emergency")

        self.write([rule("by radfmctl")])
        done = self.node.ctl("rules", "reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("  by radfmctl: task report\n", done.stdout)
        self.assertEqual(self.node.ctl("rules", "list").stdout, done.stdout)
        self.assertEqual(self.next_report(), "by radfmctl")

        self.write([rule("by signal")], priors={"images_max": 0})
        self.hang_up()
        self.node.until(30, "the worker's word of it", lambda: "before its restart: priors.images_max\n" in self.node.log_text())
        self.assertRegex(self.node.log_text(), r"(?s)radfm-node.json has no mistake\n.*the plugin has read it at \S+: 1 rules are in force\n")
        self.assertEqual(self.names(), ["by signal"])
        self.assertEqual(self.next_report(), "by signal")
        self.assertEqual({name: pid for name, pid in self.node.pids().items() if name in ("Orthanc", "radfm-worker")},
                         {name: pid for name, pid in before.items() if name in ("Orthanc", "radfm-worker")})
        self.node.until(30, "the acts in the trail", lambda: self.node.ctl("audit", "list").stdout.count("rules_reloaded") == 3)

    def test_refused_and_all_goes_on(self):
        """Aim: a wrong file, and half of one, is refused by each way with its mistakes; studies are reported by the rules before it; corrected
        it is taken."""
        self.write([rule("good")])
        self.assertEqual(self.ask(RULES + "/reload")[0], 200)
        since = self.node.json(RULES)["read_at"]

        self.write([rule("wrong", modalites=["CT"])], queue={"lease_sm": 1})
        refused = self.node.until(30, "the refusal", lambda: self.node.json("/radfm/api/v1/status")["rules"]["refused"])
        self.assertEqual(len(refused), 2, refused)
        self.assertIn("modalites", refused[0] + refused[1])
        self.assertEqual(self.node.json("/radfm/api/v1/status")["plugin"]["trouble"], "")
        self.assertEqual(self.next_report(), "good")

        status, answer = self.ask(RULES + "/reload")
        self.assertEqual((status, answer["error"]["code"], answer["error"]["mistakes"]), (409, "configuration_refused", refused))
        self.assertIn(f"read at {since} stays in force", answer["error"]["message"])
        done = self.node.ctl("rules", "reload")
        self.assertEqual((done.returncode, done.stdout.count("unknown key")), (1, 2), done.stdout)
        self.hang_up()
        self.node.until(30, "the worker's word of it", lambda: "has 2 mistake(s): the plugin is not asked" in self.node.log_text())
        self.assertIn(f"what was read at {since} stays in force (1 rules)", self.node.log_text())  # Orthanc's log
        self.assertEqual(self.next_report(), "good")

        self.write([rule("better")])
        self.node.configuration_file.write_text(self.text[:len(self.text) // 2], encoding="utf-8")
        self.node.until(30, "the refusal of a half", lambda: len(self.node.json(RULES)["refused"]) == 1)
        self.assertEqual(self.next_report(), "good")
        self.assertEqual(self.node.json(RULES)["read_at"], since)
        self.node.configuration_file.write_text(self.text, encoding="utf-8")
        self.node.until(30, "the rules of the whole file", lambda: self.names() == ["better"])
        self.assertEqual(self.node.json(RULES)["refused"], [])
        self.assertEqual(self.next_report(), "better")


if __name__ == "__main__":
    unittest.main()
