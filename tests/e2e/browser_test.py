# SPDX-License-Identifier: Apache-2.0
"""A real browser (Chromium, over its debugging pipe): our page works for a user of each role, and a page of another site that the same
browser shows, with the administrator's password remembered, changes nothing and shows nothing."""
import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from node_harness import Node
from rest_refusals_test import PASSWORDS, configuration

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
EVIL = """<!doctype html><title>evil</title><body><script>
const node = new URLSearchParams(location.search).get("node"), seen = {};
const tell = (name, what) => { seen[name] = what; };
const image = address => new Promise(done => { const i = new Image(); i.onload = () => done("shown"); i.onerror = () => done("refused"); i.src = address; });
const ask = (address, request) => fetch(address, Object.assign({ credentials: "include" }, request)).then(() => "read", () => "refused");
async function submit(kind) {
  const frame = document.createElement("iframe");
  frame.name = "f" + Math.random();
  document.body.append(frame);
  const form = document.createElement("form");
  form.method = "POST"; form.enctype = kind; form.action = node + "/radfm/api/v1/pause"; form.target = frame.name;
  document.body.append(form);
  const loaded = new Promise(done => { frame.onload = () => done(); setTimeout(done, 3000); });
  form.submit();
  await loaded;
}
(async () => {
  for (const kind of ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]) await submit(kind);
  tell("image of a page", await image(node + "/radfm/api/v1/jobs"));
  tell("plain post", await ask(node + "/radfm/api/v1/pause", { method: "POST", mode: "no-cors" }));
  tell("post with our header", await ask(node + "/radfm/api/v1/pause", { method: "POST", headers: { "X-RadFM": "1" } }));
  tell("post of JSON", await ask(node + "/radfm/api/v1/pause", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }));
  tell("list", await ask(node + "/radfm/api/v1/jobs"));
  document.title = "tried";
  document.body.dataset.seen = JSON.stringify(seen);
})();
</script></body>"""


class EvilSite(ThreadingHTTPServer):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(EVIL.encode())

        def log_message(self, *_words):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Browser:
    """Chromium without a window; messages of its debugging protocol are JSON, each ended by a zero byte, on descriptors 3 and 4."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="radfm-browser-")
        their_in, self.out = os.pipe()
        self.incoming, their_out = os.pipe()

        def place():
            # Above what is placed, so that nothing is overwritten before it is copied.
            first, second = os.dup2(their_in, 103), os.dup2(their_out, 104)
            os.dup2(first, 3)
            os.dup2(second, 4)
        self.process = subprocess.Popen(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={self.folder}", "about:blank"],
            preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(their_in)
        os.close(their_out)
        self.buffer, self.number, self.session = b"", 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.buffer:
                piece = os.read(self.incoming, 65536)
                assert piece, "the browser ended"
                self.buffer += piece
            text, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(text)
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def go(self, address):
        self.call("Page.navigate", url=address)

    def value(self, script):
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def close(self):
        if self.process.poll() is not None:
            return
        self.process.kill()
        self.process.wait()
        os.close(self.out)
        os.close(self.incoming)
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipUnless(CHROMIUM, "there is no Chromium")
class InABrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node(configuration=configuration(), user=("admin", PASSWORDS["admin"]), environment={"RADFM_TEST_PASSWORD": PASSWORDS["worker"]},
                        orthanc={"AuthenticationEnabled": True, "RegisteredUsers": PASSWORDS, "StableAge": 1})
        cls.node.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__(None, None, None)

    def setUp(self):
        self.browser = Browser()
        self.addCleanup(self.browser.close)

    def page_as(self, user):
        """The password is given once, with another address: a page whose own address has one may not fetch."""
        self.browser.go(f"http://{user}:{PASSWORDS[user]}@127.0.0.1:{self.node.http_port}/radfm/page/look.css")
        self.wait("first answer", 'location.pathname === "/radfm/page/look.css" && document.readyState === "complete"')
        self.browser.go(self.node.base + "/radfm/")

    def wait(self, what, script):
        return self.node.until(60, what, lambda: self.browser.value(script))

    def paused(self):
        return self.node.json("/radfm/api/v1/status")["queue"]["paused"]

    def test_the_administrators_page_works(self):
        """Aim: what the browser says of our own page's requests is taken for what it is."""
        self.page_as("admin")
        self.wait("button", 'document.getElementById("pause")?.textContent === "Pause"')
        self.browser.value('document.getElementById("pause").click()')
        self.wait("other button", 'document.getElementById("pause")?.textContent === "Resume"')
        self.assertTrue(self.paused())
        self.browser.value('document.getElementById("pause").click()')
        self.wait("first button", 'document.getElementById("pause")?.textContent === "Pause"')
        self.assertFalse(self.paused())

    def test_others_see_what_they_may(self):
        """Aim: a reader has no button, and somebody without a role reads which one is missing."""
        self.page_as("reader")
        self.wait("health", 'document.querySelectorAll("#health .check").length > 3')
        self.assertEqual(self.browser.value('document.querySelectorAll("#health button").length'), 0)
        self.browser.close()
        self.browser = Browser()
        self.addCleanup(self.browser.close)
        self.page_as("nobody")
        self.wait("message", 'document.getElementById("message")?.textContent.includes("role read")')

    def test_a_page_of_another_site(self):
        """Aim: forms, images and fetches with the administrator's remembered password: nothing is changed, nothing can be read. By its name the evil
        site is another one, by its address another port of the same."""
        evil = EvilSite()
        self.addCleanup(evil.shutdown)
        for host in ("127.0.0.1", "localhost"):
            self.page_as("admin")
            self.wait("button", 'document.getElementById("pause")?.textContent === "Pause"')
            self.browser.go(f"http://{host}:{evil.server_address[1]}/?node={self.node.base}")
            self.wait("end of the tries", 'document.title === "tried"')
            seen = json.loads(self.browser.value("document.body.dataset.seen"))
            self.assertFalse(self.paused(), host)
            self.assertEqual({name: how for name, how in seen.items() if how != "refused" and name != "plain post"}, {}, host)


if __name__ == "__main__":
    unittest.main()
