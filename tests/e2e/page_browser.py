# SPDX-License-Identifier: Apache-2.0
"""A reader of the node's page: Debian's Chromium, driven by playwright, with a user's name and password. Keeps what the browser asked for and
what it complained of."""
import shutil

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTHS = {1280: 900, 390: 844}  # a desk and a telephone
PATIENCE_MS = 20_000
TABS_MAX = 120

expect.set_options(timeout=PATIENCE_MS)


class PageBrowser:
    def __init__(self):
        self.playwright = sync_playwright().start()
        self.chromium = self.playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

    def close(self):
        self.chromium.close()
        self.playwright.stop()

    def reader(self, base, user=None, password=None, width=1280, **options):
        credentials = {"username": user, "password": password} if user else None
        context = self.chromium.new_context(http_credentials=credentials, viewport={"width": width, "height": WIDTHS[width]}, **options)
        return Reader(base, context)


class Reader:
    def __init__(self, base, context):
        self.base, self.context = base, context
        self.requests, self.complaints = [], []
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def close(self):
        self.context.close()

    def go(self, view="#queue", address="/radfm/"):
        """A view as somebody comes to it from outside."""
        self.page.goto("about:blank")
        self.page.goto(self.base + address + view)
        return self

    def seen(self, selector, text=None):
        found = self.page.locator(selector)
        expect(found.first).to_be_visible()
        if text is not None:
            expect(found.first).to_contain_text(text)
        return found.first

    def gone(self, selector):
        expect(self.page.locator(selector)).to_have_count(0)

    def focused(self, selector):
        return self.page.evaluate("selector => Boolean(document.activeElement?.matches(selector))", selector)

    def tab_to(self, selector):
        """By the keyboard alone."""
        for _ in range(TABS_MAX):
            if self.focused(selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {selector}")

    def press(self, selector, key="Enter"):
        self.tab_to(selector)
        self.page.keyboard.press(key)

    def wait_focus(self, selector):
        self.page.wait_for_function("selector => Boolean(document.activeElement?.matches(selector))", arg=selector)

    def refreshed(self, times=2):
        """The page has asked for the node's state so often again and shown it."""
        for _ in range(times):
            with self.page.expect_response(lambda answer: answer.url.endswith("/api/v1/status")):
                pass

    def accessibility(self):
        """What axe calls serious or critical: [(rule, where)]."""
        found = Axe().run(self.page).response["violations"]
        grave = [violation for violation in found if violation["impact"] in ("serious", "critical")]
        return [(violation["id"], node["html"][:160]) for violation in grave for node in violation["nodes"]]

    def wider_than_the_screen(self):
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
