# SPDX-License-Identifier: Apache-2.0
"""The page at /radfm/ in a real browser, at a desk's width and a telephone's: each thing that it is for is done by clicks and by the keyboard
alone, by users of each role; it is accessible, complains of nothing, and asks nobody but its node. An engine without a model stands in."""
import json
import re
import shutil
import tempfile
import unittest
from pathlib import Path

import pydicom
from dicom_files import changed, small_studies, study_of
from node_harness import Node
from page_browser import CHROMIUM, WIDTHS, PageBrowser, expect
from rest_refusals_test import ACCESS, PASSWORDS

STAND_IN_MS = 4_000  # of one report: long enough to be looked at while it is written
RULES = [{"name": "routine", "match": {"study_descriptions": ["routine*"]}, "max_study_age_days": None},
         {"name": "this week's", "match": {"study_descriptions": ["old*"]}}]
NAMES = ("Zqmaier^Anna", "Zqhuber^Berta", "Zqbauer^Carl", "Zqweber^Dora", "Zqvogel^Emil", "Zqlang^Frida", "Zqbraun^Georg")


@unittest.skipUnless(CHROMIUM, "there is no Chromium")
class ThePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="radfm-page-"))
        configuration = {"orthanc": {"url": "http://127.0.0.1:8042", "username": "worker", "password": "env:RADFM_TEST_PASSWORD"},
                         "access": ACCESS, "rules": RULES}
        cls.node = Node(configuration=configuration, user=("admin", PASSWORDS["admin"]), environment={"RADFM_TEST_PASSWORD": PASSWORDS["worker"]},
                        orthanc={"AuthenticationEnabled": True, "RegisteredUsers": PASSWORDS, "StableAge": 1}, stand_in_ms=STAND_IN_MS)
        cls.node.__enter__()
        cls.browser = PageBrowser()
        files = sorted(small_studies(cls.folder, len(NAMES)))
        descriptions = ("routine chest", "routine chest", "routine broken", "old chest", "nobody's chest", "routine chest", "routine chest")
        cls.files = dict(zip(("first", "second", "broken", "old", "strange", "later", "last"), (
            changed(file, cls.folder, PatientName=name, StudyDescription=description, AccessionNumber=f"ZQ{number}")
            for number, (file, name, description) in enumerate(zip(files, NAMES, descriptions)))))
        cls.study = {name: study_of(path) for name, path in cls.files.items()}
        short = pydicom.dcmread(cls.files["broken"])
        short.PixelData = short.PixelData[: len(short.PixelData) // 4 * 2]
        short.save_as(cls.files["broken"])
        cls.node.upload(cls.files["broken"])
        assert cls.node.store([cls.files[name] for name in ("first", "second", "old", "strange")]) == 0
        cls.job = {name: cls.node.wait_job(cls.study[name])["id"] for name in ("first", "second", "broken", "old", "strange")}

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.node.__exit__(None, None, None)
        shutil.rmtree(cls.folder, ignore_errors=True)

    def setUp(self):
        self.readers, self.provoked = [], {}

    def tearDown(self):
        """Whatever was done: no request left the machine or asked for more than a page, no name stood in an address or a title, and nothing was
        complained of."""
        for reader in self.readers:
            for request in reader.requests:
                self.assertTrue(request.url.startswith((reader.base + "/", "about:")), request.url)
                limit = re.search(r"/jobs\?.*limit=([0-9]+)", request.url)
                self.assertLessEqual(int(limit[1]) if limit else 0, 100, request.url)
            self.assertNotIn("Zq", reader.page.url + reader.page.title())
            self.assertEqual([text for text in reader.complaints if not any(words in text for words in self.provoked.get(reader, ()))], [])
            reader.close()

    def as_user(self, user="admin", width=1280, **options):
        self.readers.append(self.browser.reader(self.node.base, user, PASSWORDS[user], width, **options))
        return self.readers[-1]

    def state(self, name):
        return self.node.job(self.job[name])["state"]

    def send(self, name):
        """A study that has no job yet; its job's number."""
        self.assertEqual(self.node.store([self.files[name]]), 0)
        return self.node.until(30, f"job of {name}", lambda: self.node.jobs(self.study[name]))[0]["id"]

    def text_of(self, name):
        return self.node.job(self.node.wait_job(self.study[name])["id"])["report_text"].strip()

    def forget(self, reader, words):
        """Chromium itself notes each answer that is a refusal: what this test provoked is no complaint, nor is what of it is still on its way."""
        self.assertTrue(any(words in text for text in reader.complaints), reader.complaints)
        self.provoked.setdefault(reader, []).append(words)

    def test_health_at_one_glance(self):
        """Aim: what stands in the head says that a job waits for somebody, and each part of the node says how it is; a pause says whose it is."""
        reader = self.as_user().go()
        reader.seen("#verdict", "Needs you")
        for name in ("Orthanc", "Worker", "Engine", "Configuration", "Disk", "Destinations"):
            self.assertEqual(reader.page.locator(f"#health .check.good:has-text('{name}')").count(), 1, name)
        for name in ("Oldest open job", "Last success", "Waiting", "In work"):
            reader.seen(f"#health .facts div:has-text('{name}')")
        reader.press("#pause")
        reader.seen("#verdict", "Paused")
        reader.seen("#health .overall", "by admin")
        expect(reader.page.locator("#announce")).to_contain_text("aused")
        self.assertTrue(reader.focused("#pause"))
        reader.page.keyboard.press("Enter")
        reader.seen("#verdict", "Needs you")
        self.assertFalse(self.node.json("/radfm/api/v1/status")["queue"]["paused"])

    def test_the_node_goes_away(self):
        """Aim: a page that hears nothing says so, keeps what it shows, and goes on by itself."""
        reader = self.as_user().go()
        reader.seen("#list-finished .row")
        reader.page.route("**/api/v1/**", lambda route: route.abort())
        reader.seen("#message", "Orthanc does not answer")
        reader.seen("#verdict", "No answer")
        reader.seen("#list-finished .row")
        reader.page.unroute("**/api/v1/**")
        reader.seen("#verdict", "Needs you")
        expect(reader.page.locator("#message")).to_be_hidden()
        self.forget(reader, "ERR_FAILED")

    def test_find_filter_and_back(self):
        """Aim: a patient is found by name and accession number, a job by its number; filters stand in the address, and the back button takes them
        back; a job is opened and left by the keyboard."""
        reader = self.as_user().go()
        first = f"#row-{self.job['first']}"
        reader.seen(first, "Zqmaier, Anna")
        for words in ("zqmaier", "ZQ0", str(self.job["first"]), self.study["first"]):
            reader.tab_to("#find")
            reader.page.keyboard.press("Control+a")
            reader.page.keyboard.type(words)
            reader.page.keyboard.press("Enter")
            reader.seen("#list-one", "Found for")
            expect(reader.page.locator("#list-one .row")).to_have_count(1)
            reader.seen(first)
        reader.page.fill("#find", "")
        reader.page.keyboard.press("Enter")
        reader.seen("#list-dead")
        reader.press("#group-dead")
        reader.seen("#list-one", "Needs you")
        expect(reader.page.locator("#list-one .row")).to_have_count(1)
        reader.page.select_option("#filter-error", "engine_crashed")
        reader.seen(".empty", "No job fits")
        reader.page.go_back()
        reader.seen(f"#row-{self.job['broken']}")
        self.assertEqual(reader.page.input_value("#filter-error"), "")
        reader.page.go_back()
        reader.seen(first)
        reader.press(f"#open-{self.job['first']}")
        reader.wait_focus("#job-title")
        self.assertTrue(reader.page.url.endswith(f"#job-{self.job['first']}"))
        reader.page.go_back()
        reader.wait_focus(f"#open-{self.job['first']}")

    def test_names_only_when_wanted(self):
        """Aim: without the switch no name is asked for nor shown."""
        reader = self.as_user().go()
        reader.seen("#jobs", "Zqmaier, Anna")
        reader.press("#show-patients", "Space")
        expect(reader.page.locator("#jobs")).not_to_contain_text("Zq")
        before = len(reader.requests)
        reader.refreshed()
        self.assertFalse([request.url for request in reader.requests[before:] if "patients" in request.url])

    def test_what_did_not_change_is_not_touched(self):
        """Aim: while the page refreshes itself, elements, selection and unfolded details stay; an unchanged list is answered 304."""
        reader = self.as_user().go(f"#job-{self.job['first']}")
        reader.press("#card-writing summary")
        reader.page.evaluate("""() => { const text = document.getElementById('text'); text.mine = true; getSelection().selectAllChildren(text); }""")
        reader.refreshed(3)
        self.assertTrue(reader.page.evaluate("document.getElementById('text').mine"))
        self.assertGreater(len(reader.page.evaluate("getSelection().toString()")), 20)
        self.assertTrue(reader.page.evaluate("document.querySelector('#card-writing details').open"))
        self.assertTrue(reader.focused("#card-writing summary"))
        reader.go()
        reader.seen("#list-finished")
        with reader.page.expect_response(lambda answer: "/jobs?state=done" in answer.url and answer.status == 304):
            pass

    def test_a_jobs_whole_way(self):
        """Aim: what came, which rule, which series, priors, deliveries and who did what, and the text beside the picture; at a desk side by
        side, on a telephone below each other."""
        for width in WIDTHS:
            reader = self.as_user(width=width).go(f"#job-{self.job['first']}")
            reader.seen(".job-head", "Zqmaier, Anna")
            self.assertEqual(reader.page.locator(".way .over").count(), 5)
            for card, words in (("received", "Images"), ("rule", "routine"), ("series", "shown"), ("priors", "No earlier study"), ("writing", "fake"),
                                ("attempts", "done"), ("deliveries", "orthanc"), ("history", "draft stored")):
                reader.seen(f"#card-{card}", words)
            text, picture = reader.seen("#text").bounding_box(), reader.seen(".montage").bounding_box()
            side_by_side = picture["x"] >= text["x"] + text["width"] and picture["y"] < text["y"] + text["height"]
            self.assertEqual(side_by_side, width == 1280, (text, picture))
            reader.page.wait_for_function("document.querySelector('.montage').naturalWidth > 0")

    def test_a_report_in_the_making(self):
        """Aim: the text grows before the reader's eyes, and is the draft in the end."""
        self.node.post("/radfm/api/v1/pause", b"{}")
        try:
            reader = self.as_user().go(f"#job-{self.send('later')}")
            reader.seen("p.now", "next")
        finally:
            self.node.post("/radfm/api/v1/resume", b"{}")
        reader.seen("#text.writing")
        reader.seen(".way .now", "Writing")
        some = reader.page.inner_text("#text")
        reader.page.wait_for_function("some => document.getElementById('text')?.textContent.length > some", arg=len(some))
        reader.seen(".job-head .chip.done", "delivered")
        self.assertIn("  Finding: ", self.text_of("later"))
        shown = " ".join(reader.page.inner_text("#text").split())
        for line in self.text_of("later").splitlines():
            if line.startswith(("  Finding: ", "  Comment: ")):
                self.assertIn(" ".join(line.split()[1:]), shown)

    def test_a_dead_job(self):
        """Aim: it comes first, says what to do, and is tried again by one press, which names the version that was seen."""
        reader = self.as_user("operator").go()
        row = reader.seen("#jobs section:first-child .row")
        expect(row).to_contain_text("What to do: Send the study again from its source")
        reader.press(f"#open-{self.job['broken']}")
        reader.seen(".trouble.dead", "broken")
        reader.press(".trouble a")
        reader.wait_focus("#line-broken")
        reader.page.go_back()
        version = self.node.job(self.job["broken"])["version"]
        with reader.page.expect_request(lambda request: request.url.endswith("/retry")) as sent:
            reader.press("#do-retry")
        self.assertEqual(sent.value.headers["if-match"], f'"v{version}"')
        reader.seen("#card-history", "tried again")
        reader.seen("#card-history .person", "operator")
        self.node.wait_job(self.study["broken"], state="dead")
        reader.seen(".job-head .chip.dead")

    def test_somebody_else_was_faster(self):
        """Aim: a press that was meant for the job as it was does nothing, and says so."""
        name = "second"
        job = self.job[name]
        reader = self.as_user().go(f"#job-{job}")
        reader.seen("#do-rerun")
        old = json.dumps(dict(self.node.job(job), version=self.node.job(job)["version"] - 1))
        reader.page.route(f"**/api/v1/jobs/{job}", lambda route: route.fulfill(body=old, content_type="application/json"))
        reader.refreshed()
        jobs = len(self.node.jobs(self.study[name]))
        with reader.page.expect_response(lambda answer: answer.url.endswith("/rerun")) as answer:
            reader.press("#do-rerun")
        self.assertEqual(answer.value.status, 412)
        reader.seen("#message", "Somebody changed this job meanwhile")
        self.assertEqual(len(self.node.jobs(self.study[name])), jobs)
        self.forget(reader, "412")
        reader.page.unroute(f"**/api/v1/jobs/{job}")
        reader.refreshed()
        reader.press("#do-rerun")
        reader.page.wait_for_url(lambda url: "#job-" in url and not url.endswith(f"#job-{job}"))
        reader.seen("#card-rule")
        self.assertEqual(self.node.wait_job(self.study[name], count=jobs + 1)["outcome"], "delivered")

    def test_rush_and_cancel(self):
        """Aim: of jobs that wait: where they stand; one is put first, one is cancelled and tried again."""
        self.node.post("/radfm/api/v1/pause", b"{}")
        try:
            number = self.send("last")
            reader = self.as_user("operator").go(f"#job-{number}")
            reader.seen("p.now", "next")
            reader.press("#do-rush")
            reader.seen(".job-head .tag.stat")
            reader.press("#do-cancel")
            reader.seen(".job-head .chip.cancelled")
            reader.press("#do-retry")
            reader.seen(".job-head .chip.queued")
        finally:
            self.node.post("/radfm/api/v1/resume", b"{}")
        reader.seen(".job-head .chip.done")

    def test_withdraw(self):
        """Aim: the form, by the keyboard alone: a reason, why, that one knows; and the job says who and why."""
        job = self.job["second"]
        reader = self.as_user().go(f"#job-{job}")
        reader.press("#do-withdraw")
        reader.seen("#withdraw")
        self.assertEqual(reader.accessibility(), [])
        reader.press("#withdraw-keep")
        reader.wait_focus("#do-withdraw")
        reader.page.keyboard.press("Enter")
        reader.press("#withdraw input[value=quality]", "Space")
        reader.tab_to("#withdraw-why")
        reader.page.keyboard.type("The text is of no use.")
        reader.press("#withdraw-sure", "Space")
        reader.press("#withdraw .grave")
        reader.seen(".withdrawal", "The text is of no use.")
        reader.seen(".withdrawal", "admin")
        reader.seen(".job-head .chip.withdrawn")
        self.node.until(30, "withdrawal", lambda: self.node.job(job)["outcome"] == "withdrawn")

    def test_rules(self):
        """Aim: what is in force, in words; which rule takes a study and why the other does not; a bad file is refused and named, and what was in
        force stays."""
        reader = self.as_user().go("#rules")
        reader.seen("#rule-0", "routine*")
        reader.seen("#rule-1", "of the last 7 days")
        answers = {"ZQ0": "\u201croutine\u201d takes it", self.study["old"]: "older than the rule allows", "ZQ4": "no rule takes it"}
        for words, result in answers.items():
            reader.tab_to("#tester-study")
            reader.page.keyboard.press("Control+a")
            reader.page.keyboard.type(words)
            reader.page.keyboard.press("Enter")
            reader.seen("#tester-answer .result", result)
        self.assertEqual(reader.page.locator("#tester-answer .trials li").count(), len(RULES))
        reader.page.fill("#tester-study", "nothing-of-this-name")
        reader.page.keyboard.press("Enter")
        reader.seen("#tester-answer .message")
        self.forget(reader, "404")
        file = self.node.configuration_file
        good = file.read_text(encoding="utf-8")
        try:
            file.write_text(good.replace('"study_descriptions"', '"study_description"', 1), encoding="utf-8")
            reader.press("#reload")
            reader.seen("#reload-note")
            reader.seen("#rule-cards .message", "study_description")
            reader.seen("#rule-0", "routine*")
            self.forget(reader, "409")
        finally:
            file.write_text(good, encoding="utf-8")
        reader.press("#reload")
        reader.seen("#reload-note", "2 rules in force")
        reader.gone("#rule-cards .message")

    def test_report_this_study(self):
        """Aim: from the page of a study's drafts; one that no rule takes says why, one that was skipped for its age gets its draft."""
        reader = self.as_user("operator").go(self.study["strange"], "/radfm/study/")
        reader.press("#report-study button")
        reader.seen("#report-study", "routine")
        self.forget(reader, "409")
        reader.go(self.study["first"], "/radfm/study/")
        reader.press("#report-study button")
        reader.seen("#report-study", f"job {self.job['first']}")
        reader.go(self.study["old"], "/radfm/study/")
        self.assertEqual(reader.accessibility(), [])
        reader.press("#report-study button")
        reader.page.wait_for_url("**/radfm/#job-*")
        reader.seen(".job-head .chip.done", "delivered")

    def test_from_orthanc_explorer(self):
        """Aim: Orthanc's own page of a study leads to its drafts and offers to make one."""
        reader = self.as_user()
        orthanc_study = self.node.lookup(self.study["first"], "Study")[0]
        reader.page.goto(f"{self.node.base}/app/explorer.html#study?uuid={orthanc_study}")
        reader.seen("#radfm-report").click()
        reader.page.wait_for_url(f"**/radfm/#job-{self.job['first']}")
        reader.page.goto(f"{self.node.base}/app/explorer.html#study?uuid={orthanc_study}")
        reader.seen("#radfm-drafts").click()
        reader.page.wait_for_url(f"**/radfm/study/{self.study['first']}")
        reader.seen("section.job", "delivered")
        reader.complaints = [text for text in reader.complaints if "radfm" in text]  # Orthanc Explorer's own are its own

    def test_each_role_sees_what_it_may(self):
        """Aim: a reader reads and has no button; an operator acts on jobs; only an administrator pauses, reloads and withdraws; whoever has no
        role reads which one is missing."""
        buttons = "#pause, #reload, .actions button"
        may = (("reader", set(), set()), ("operator", {"do-rerun"}, set()), ("admin", {"do-rerun", "do-withdraw"}, {"pause", "reload"}))
        for user, job_buttons, others in may:
            reader = self.as_user(user)
            seen = set()
            for view, what in (("#queue", "#list-finished"), ("#rules", "#rule-0"), (f"#job-{self.job['first']}", "#card-history")):
                reader.go(view).seen(what)
                visible = reader.page.locator(buttons).evaluate_all("all => all.filter(one => one.offsetParent).map(one => one.id)")
                if view.startswith("#job"):
                    self.assertEqual(set(visible), job_buttons, user)
                else:
                    seen |= set(visible)
            self.assertEqual(seen, others, user)
        nobody = self.as_user("nobody").go()
        nobody.seen("#message", "role read")
        self.assertNotIn("Zq", nobody.page.content())
        self.forget(nobody, "403")

    def test_everybody_can_read_it(self):
        """Aim: axe finds nothing serious in any view at either width, nothing is wider than the screen, and nothing moves for those who want none
        of it."""
        for width in WIDTHS:
            reader = self.as_user(width=width, reduced_motion="reduce")
            for view, what in (("#queue", "#list-dead"), ("#queue?state=done,cancelled", "#list-one"), (f"#job-{self.job['first']}", "#card-history"),
                               (f"#job-{self.job['broken']}", "#card-history"), ("#rules", "#rule-0"), ("#advice-broken", ".advice-line.wanted")):
                with self.subTest(view=view, width=width):
                    reader.go(view).seen(what)
                    self.assertEqual(reader.accessibility(), [])
                    self.assertEqual(reader.wider_than_the_screen(), 0)
                    self.assertEqual(reader.page.evaluate("document.getAnimations().length"), 0)
            reader.tab_to(".skip")
            reader.page.keyboard.press("Enter")
            reader.wait_focus("#content")


if __name__ == "__main__":
    unittest.main()
