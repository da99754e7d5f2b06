# SPDX-License-Identifier: Apache-2.0
"""radfmctl as an administrator uses it: files in, answers and exit codes out. No Orthanc."""
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from dicom_files import changed, demonstration_patient, verdicts  # noqa: E402
from node_harness import BUILD, ROOT  # noqa: E402


def ctl(*words):
    return subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), *map(str, words)], capture_output=True, text=True, timeout=120)


def safetensors_header(path):
    with open(path, "rb") as file:
        return json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.patient = demonstration_patient()
        cls.folder = Path(tempfile.mkdtemp(prefix="radfm-ctl-"))

    def test_usage(self):
        """Wrong words: exit 2; --help: exit 0."""
        self.assertEqual(ctl().returncode, 2)
        self.assertEqual(ctl("fly").returncode, 2)
        for command in ("report", "inspect", "model", "queue", "withdraw", "config", "rules", "sr"):
            self.assertEqual(ctl(command).returncode, 2, command)
            self.assertEqual(ctl(command, "--help").returncode, 0, command)
        self.assertEqual(ctl("conformance", "now").returncode, 2)
        self.assertEqual(ctl("conformance", "--help").returncode, 0)

    def test_report_is_valid_and_repeatable(self):
        """Current and prior in, a valid SR out; the same date gives the same bytes."""
        files = []
        for name in ("one", "two"):
            done = ctl("report", "--model", ROOT / "models" / "phantom", "--study", self.patient["current"][0].parent, "--prior",
                       self.patient["prior"][0].parent, "--out", self.folder / name, "--date", "20260311120000")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("Demonstration model, trained on drawn phantoms only", done.stdout)
            files.append((self.folder / name / "draft-report.dcm").read_bytes())
        self.assertEqual(files[0], files[1])
        self.assertEqual(verdicts(files[0], self.patient["current"]), [])
        read = ctl("sr", "read", self.folder / "one" / "draft-report.dcm")
        self.assertEqual(read.returncode, 0)
        self.assertIn("PRELIMINARY", read.stdout)
        self.assertIn("UNVERIFIED", read.stdout)
        checked = ctl("sr", "check", self.folder / "one" / "draft-report.dcm")
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout)
        other = ctl("sr", "check", self.patient["current"][0])
        self.assertEqual(other.returncode, 1, other.stdout)

    def test_companions_by_configuration(self):
        """PDF and page beside the SR, the same bytes each time; the SR is the one that is written without them."""
        configuration = self.folder / "companions.json"
        configuration.write_text(json.dumps({"orthanc": {"url": "http://127.0.0.1:8042"},
                                             "report": {"companions": ["pdf", "secondary_capture"]}}))
        for name, more in (("alone", []), ("with", ["--config", configuration]), ("again", ["--config", configuration])):
            done = ctl("report", "--model", ROOT / "models" / "phantom", "--study", self.patient["current"][0].parent,
                       "--out", self.folder / name, "--date", "20260311120000", *more)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        files = {path.name: path.read_bytes() for path in (self.folder / "with").iterdir()}
        self.assertLessEqual({"draft-report.dcm", "draft-report.pdf", "draft-report-pdf.dcm", "draft-report-page_1.dcm"}, set(files))
        self.assertEqual(files["draft-report.dcm"], (self.folder / "alone" / "draft-report.dcm").read_bytes())
        self.assertFalse((self.folder / "alone" / "draft-report.pdf").exists())
        for name in ("draft-report.pdf", "draft-report-pdf.dcm", "draft-report-page_1.dcm"):
            self.assertEqual(files[name], (self.folder / "again" / name).read_bytes(), name)
        self.assertEqual(files["draft-report.pdf"][:5], b"%PDF-")

    def test_the_demonstration_patients_story(self):
        """The nodule of the phantom, its place, its size and its growth stand in the report; with the prior withheld nothing is
        compared."""
        command = ("report", "--model", ROOT / "models" / "phantom", "--study", self.patient["current"][0].parent)
        compared = ctl(*command, "--prior", self.patient["prior"][0].parent)
        alone = ctl(*command)
        for done in (compared, alone):
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("24 mm nodule", done.stdout)
            self.assertIn("right lower zone", done.stdout)
        self.assertIn("16 mm nodule in the right lower zone", compared.stdout)
        self.assertIn("Larger right lower zone nodule", compared.stdout)
        self.assertRegex(alone.stdout, "(?i)no prior study")
        self.assertNotIn("16 mm", alone.stdout)
        self.assertNotRegex(alone.stdout, "(?i)larger")

    def test_each_task_makes_a_valid_draft(self):
        """A rule for each task: its question and name are in the draft, the answer where it belongs, and dciodvfy is content."""
        questions = {"report": "Please generate a radiology report for this scan.", "modality": "What imaging modality is used?",
                     "diagnosis": "What is the diagnosis based on these medical scans?", "vqa": "Is there a nodule?",
                     "rationale": "What disease can be diagnosed from these radiological images and what specific features are "
                                  "typically observed on the images?"}
        section = {"modality": "Findings", "diagnosis": "Impressions", "vqa": "Findings", "rationale": "Impressions"}
        config = self.folder / "tasks.json"
        rules = [{"name": "rule-" + task, "action": {"task": task, "max_new_tokens": 40, **({"prompt_2d": questions[task]} if task == "vqa" else {})}}
                 for task in questions]
        config.write_text(json.dumps({"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": rules}), encoding="utf-8")
        checked = ctl("config", "check", config)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        for task, question in questions.items():
            with self.subTest(task=task):
                self.assertIn(f"rule-{task}: task {task}\n", checked.stdout)
                out = self.folder / ("task-" + task)
                done = ctl("report", "--model", ROOT / "models" / "phantom", "--study", self.patient["current"][0].parent, "--out", out,
                           "--date", "20260311120000", "--config", config, "--rule", "rule-" + task)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f'Task of the model: {task}. Question to the model: "{question}"', done.stdout)
                self.assertEqual(verdicts((out / "draft-report.dcm").read_bytes(), self.patient["current"]), [])
                if task in section:
                    self.assertIn(section[task], done.stdout)
                    if task != "rationale":  # which has Findings where the model names features
                        self.assertNotIn({"Findings": "Impressions", "Impressions": "Findings"}[section[task]], done.stdout)
                if task in ("modality", "diagnosis", "vqa"):
                    self.assertIn("Question to the model: " + question, done.stdout)

    def test_a_free_question_must_be_given(self):
        """vqa without a question: the mistake names the key and the reason."""
        config = self.folder / "vqa.json"
        config.write_text('{"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": [{"name": "v", "action": {"task": "vqa"}}]}', encoding="utf-8")
        checked = ctl("config", "check", config)
        self.assertEqual(checked.returncode, 1)
        self.assertIn("rules[0].action.prompt_2d: expected the question to the model (or prompt_3d): task vqa has none of its own", checked.stdout)

    def test_inspect_writes_all_slices_of_a_long_series(self):
        """70 slices: 64 are shown, and the file of values has each, 3 mm after the other."""
        slices = self.patient["ct"]
        with tempfile.TemporaryDirectory() as folder:
            for k in range(70):
                changed(slices[k % len(slices)], folder, InstanceNumber=k + 1, ImagePositionPatient=[0, 0, 3 * k])
            volume = Path(folder) / "values"
            done = ctl("inspect", folder, "--json", "--volume", volume)
            self.assertEqual(done.returncode, 0, done.stderr)
            described = json.loads(done.stdout)["volumes"][0]
            self.assertEqual((described["depth"], described["slices_in_study"]), (64, 70))
            data = volume.read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + length])
        self.assertEqual(header["volume"]["shape"][0], 70)
        begin, end = header["affine"]["data_offsets"]
        affine = struct.unpack("<16d", data[8 + length + begin:8 + length + end])
        self.assertAlmostEqual(affine[10], 3)

    def test_inspect(self):
        """What the model would see, as JSON and as tensors of the promised shapes."""
        volume, model_input = self.folder / "volume.safetensors", self.folder / "input.safetensors"
        done = ctl("inspect", self.patient["ct"][0].parent, "--json", "--volume", volume, "--model-input", model_input)
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = json.loads(done.stdout)["volumes"]
        self.assertEqual(len(shown), 1)
        header = safetensors_header(volume)
        self.assertEqual(header["volume"]["shape"], [shown[0]["depth"], shown[0]["height"], shown[0]["width"]])
        self.assertEqual((header["volume"]["dtype"], header["affine"]["dtype"], header["affine"]["shape"]), ("F32", "F64", [4, 4]))
        self.assertEqual(safetensors_header(model_input)["image"]["shape"][:2], [1, 3])

    def test_model_info(self):
        """The demonstration model says what it is."""
        done = ctl("model", "info", ROOT / "models" / "phantom", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("digest", json.loads(done.stdout))
        self.assertEqual(ctl("model", "info", self.folder / "nothing").returncode, 1)

    def test_model_check(self):
        """Shipped golden cases: 0; a changed one: 1 and which value; an unreadable one: 2, also beside others."""
        golden = ROOT / "tests" / "data" / "golden"
        done = ctl("model", "check", golden)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("3 cases: 3 within tolerance, 0 over it, 0 unreadable", done.stdout.splitlines()[-1])
        changed = self.folder / "changed"
        shutil.copytree(golden / "preprocess-depth", changed)
        entries = json.loads((changed / "nearest.json").read_text(encoding="utf-8"))
        entries[9]["index"][1] += 1
        (changed / "nearest.json").write_text(json.dumps(entries), encoding="utf-8")
        done = ctl("model", "check", changed, golden / "preprocess2d-64x48-noise", "--json")
        self.assertEqual(done.returncode, 1, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual((told["within"], told["over"], told["unreadable"]), (1, 1, 0))
        wrong = [one for one in told["cases"][0]["comparisons"] if not one["within"]]
        self.assertEqual([(one["name"], one["tolerance"], one["worst"]) for one in wrong], [("nearest: index", "exact", 1)])
        (changed / "case.json").write_text("[" * 1000, encoding="utf-8")
        done = ctl("model", "check", changed, golden / "preprocess-depth")
        self.assertEqual(done.returncode, 2)
        self.assertIn("2 cases: 1 within tolerance, 0 over it, 1 unreadable", done.stdout)
        self.assertEqual(ctl("model", "check").returncode, 2)
        self.assertEqual(ctl("model", "check", "--fast", golden).returncode, 2)
        self.assertEqual(ctl("model", "check", "--help").returncode, 0)

    def test_model_record(self):
        """A recorded answer is compared at start: equal as recorded, refused when it is another."""
        copy = self.folder / "recorded"
        shutil.copytree(ROOT / "models" / "phantom", copy)
        (copy / "known_answer.json").unlink()
        done = ctl("model", "record", copy, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["known_answer"], "recorded")
        first = (copy / "known_answer.json").read_bytes()
        self.assertEqual(ctl("model", "record", copy).returncode, 0)
        self.assertEqual((copy / "known_answer.json").read_bytes(), first)
        other = json.loads(first)
        other["new_ids"][0] += 1 if other["new_ids"][0] < 700 else -1
        (copy / "known_answer.json").write_text(json.dumps(other), encoding="utf-8")
        wrong = ctl("report", "--model", copy, "--study", self.patient["current"][0].parent)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("model_known_answer_differs", wrong.stderr)
        self.assertEqual(ctl("model", "record", self.folder / "nothing").returncode, 1)

    def test_bench(self):
        """The shipped model: every figure is there and is a number above nothing. No time is judged."""
        few = ("--threads", "1", "--rounds", "1", "--pictures", "1", "--prompts", "20", "--batches", "1,2")
        done = ctl("bench", "--json", "--dtype", "f32", *few)
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = json.loads(done.stdout)
        for key in ("peak_bytes", "estimated_bytes", "weight_bytes", "load_s", "parameters"):
            self.assertGreater(figures[key], 0, key)
        for key in ("read_bytes_per_s", "f32_operations_per_s"):
            self.assertGreater(figures["limits"][key], 0, key)
        runs = figures["runs"]
        self.assertEqual([(run["kind"], run["size"], run.get("depth")) for run in runs[:5]],
                         [("vision", 1, 4), ("vision", 1, 24), ("prefill", 20, None), ("decode", 1, None), ("decode", 2, None)])
        self.assertEqual(runs[5]["kind"], "report")
        for run in runs:
            for key in ("median_s", "lowest_s", "highest_s", "per_s", "bytes", "operations", "limit_s", "share_of_limit"):
                self.assertGreater(run[key], 0, (run["kind"], key))
        self.assertEqual((figures["dtype"], figures["threads"]), ("f32", 1))
        self.assertEqual(figures["exactness"]["tokens_equal"], figures["exactness"]["tokens"])
        quantised = json.loads(ctl("bench", "--json", "--dtype", "int8", "--threads", "1", "--only", "exactness").stdout)
        self.assertGreater(quantised["exactness"]["logit_difference"], 0)
        self.assertNotIn("runs", quantised)
        self.assertIn("share of the limit", ctl("bench", "--dtype", "int4", *few).stdout)
        self.assertEqual(ctl("bench", "--model", "x", "--sizes", "2b7").returncode, 2)
        self.assertEqual(ctl("bench", "--sizes", "3b").returncode, 1)
        self.assertEqual(ctl("bench", "--rounds", "none").returncode, 2)
        self.assertEqual(ctl("bench", "--dtype", "int3").returncode, 1)

    def test_config_and_rules(self):
        """The shipped configuration has no mistake; a wrong key is named; rules tell why."""
        self.assertEqual(ctl("config", "check", ROOT / "config" / "radfm-node.json").returncode, 0)
        wrong = self.folder / "wrong.json"
        wrong.write_text('{"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"lease_sm": 1}}', encoding="utf-8")
        checked = ctl("config", "check", wrong)
        self.assertEqual(checked.returncode, 1)
        self.assertIn("lease_ms", checked.stdout)
        rules = self.folder / "rules.json"
        rules.write_text(json.dumps({"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": [
            {"name": "heads", "match": {"modalities": ["MR"]}, "max_study_age_days": None},
            {"name": "chests", "match": {"modalities": ["CR"]}, "max_study_age_days": None}]}), encoding="utf-8")
        tried = ctl("rules", "test", self.patient["current"][0], "--config", rules, "--json")
        self.assertEqual(tried.returncode, 0, tried.stderr)
        self.assertEqual(json.loads(tried.stdout)["rule"], "chests")
        self.assertEqual(json.loads(tried.stdout)["action"]["task"], "report")
        told = ctl("rules", "test", self.patient["current"][0], "--config", rules)
        self.assertIn('asks of radiographs: "Please generate a radiology report for this scan."', told.stdout)
        self.assertEqual(ctl("rules", "test", self.patient["ct"][0], "--config", rules).returncode, 1)


if __name__ == "__main__":
    unittest.main()
