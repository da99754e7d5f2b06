# SPDX-License-Identifier: Apache-2.0
"""Who is refused at the plugin's REST interface inside a real Orthanc that asks for passwords: without a password, with the wrong role, from
another site, beyond a limit, malformed. After each the node answers those who may ask."""
import http.client
import json
import re
import socket
import subprocess
import unittest
import urllib.error
import urllib.request

from node_harness import BUILD, ENVIRONMENT, ROOT, Node, basic

ROLES = ("anybody", "read", "operate", "administer")
PASSWORDS = {"admin": "zqkanari-a", "operator": "zqkanari-o", "reader": "zqkanari-r", "nobody": "zqkanari-n", "worker": "zqkanari-w"}
ROLE_OF = {"admin": "administer", "operator": "operate", "reader": "read", "nobody": "anybody", "worker": "anybody"}
ACCESS = {"read": ["reader"], "operate": ["operator"], "administer": ["admin"]}
RULES = [{"name": "everything", "match": {}, "action": {"task": "report"}, "max_study_age_days": None}]


def routes():
    """(method, path, role) as docs/security.md lists them; a unit test compares that list with the router's."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (GET|POST) \| `(/radfm[^`]*)` \| (\w+) \|", text, re.MULTILINE)
    assert found
    return [(method, path.replace("{id}", "4711").replace("{uid}", "2.25.4711").replace("{name}", "page.js"), role) for method, path, role in found]


def configuration(password="env:RADFM_TEST_PASSWORD"):
    return {"orthanc": {"url": "http://127.0.0.1:8042", "username": "worker", "password": password}, "access": ACCESS, "rules": RULES}


class RestRefusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node(configuration=configuration(), user=("admin", PASSWORDS["admin"]),
                        environment={"RADFM_TEST_PASSWORD": PASSWORDS["worker"]},
                        orthanc={"AuthenticationEnabled": True, "RegisteredUsers": PASSWORDS, "StableAge": 1})
        cls.node.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__(None, None, None)

    def tearDown(self):
        """Whatever was tried, those who may ask are answered, by the same process."""
        self.assertEqual(self.ask("GET", "/radfm/api/v1/status", "reader")[0], 200)
        self.assertEqual(self.ask("GET", "/system", "worker")[0], 200)

    def ask(self, method, path, user=None, headers=(), body=None, node=None):
        """(status, headers, body)"""
        sent = dict({"X-RadFM": "1"}, **(basic(user, PASSWORDS[user]) if user else {}), **dict(headers))
        data = b"" if method == "POST" and body is None else body
        request = urllib.request.Request((node or self.node).base + path, data=data, method=method,
                                         headers={name: value for name, value in sent.items() if value is not None})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def raw(self, data, wait_s=10):
        """What comes back for these bytes; empty when the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.node.http_port), timeout=wait_s) as connection:
            connection.sendall(data)
            try:
                return connection.recv(65536)
            except (TimeoutError, ConnectionError):
                return b""

    def code(self, body):
        return json.loads(body)["error"]["code"]

    def test_without_a_password(self):
        """Aim: Orthanc lets nobody as far as any of our addresses without a user's password."""
        forged = ({}, {"Authorization": "Basic " + "A" * 8}, {"Authorization": "Bearer admin"}, basic("admin", "guess"), basic("admin", ""),
                  {"Authorization": basic("admin", PASSWORDS["admin"])["Authorization"].replace("Basic", "basic")})
        for method, path, _ in routes():
            for headers in forged:
                self.assertEqual(self.ask(method, path, headers=headers)[0], 401, (method, path, headers))

    def test_wrong_role(self):
        """Aim: each address by each user; whoever lacks the role is told which, and nothing else."""
        for method, path, role in routes():
            for user, has in ROLE_OF.items():
                with self.subTest(method=method, path=path, user=user):
                    status, _, body = self.ask(method, path, user)
                    refused = ROLES.index(has) < ROLES.index(role)
                    self.assertEqual(status == 403, refused, body)
                    if refused:
                        self.assertIn(b"role_needed", body)
                        self.assertIn(f"role {role}".encode(), body)
        self.assertEqual(self.ask("POST", "/radfm/api/v1/resume", "admin")[0], 200)

    def test_one_of_two_names(self):
        """Aim: with two Authorization headers Orthanc and we look at the same one."""
        good, other = (basic(name, PASSWORDS[name])["Authorization"] for name in ("reader", "admin"))
        for first, second, expected in ((good, other, b" 403 "), (basic("x", "y")["Authorization"], other, b" 401 ")):
            answer = self.raw((f"POST /radfm/api/v1/pause HTTP/1.1\r\nHost: x\r\nX-RadFM: 1\r\nContent-Length: 0\r\nConnection: close\r\n"
                               f"Authorization: {first}\r\nAuthorization: {second}\r\n\r\n").encode())
            self.assertIn(expected, answer.split(b"\r\n")[0])

    def test_who_acted_is_who_proved_it(self):
        """Aim: the queue names the user of the password."""
        self.assertEqual(self.ask("POST", "/radfm/api/v1/pause", "admin")[0], 200)
        status = json.loads(self.ask("GET", "/radfm/api/v1/status", "reader")[2])
        self.assertEqual(status["queue"]["paused_by"], "administrator:admin")
        self.assertEqual(status["you"], {"user": "reader", "roles": ["read"]})
        self.assertEqual(self.ask("POST", "/radfm/api/v1/resume", "admin")[0], 200)

    def test_cross_site(self):
        """Aim: what a page of another site makes a browser send with the administrator's password changes and shows nothing."""
        pause = "/radfm/api/v1/pause"
        evil = {"Origin": "http://evil.example"}
        forms = [{"X-RadFM": None, "Content-Type": kind} for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")]
        for headers in forms + [evil, {"Origin": "null"}, {"Referer": "http://evil.example/"}, {"Sec-Fetch-Site": "cross-site"},
                                {"Sec-Fetch-Site": "same-site"}]:
            status, _, body = self.ask("POST", pause, "admin", headers)
            self.assertEqual((status, self.code(body)), (403, "foreign_request"), headers)
        for headers in ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}, evil):
            self.assertEqual(self.ask("GET", "/radfm/api/v1/jobs", "admin", headers)[0], 403, headers)
        for path in ("?_method=post", "?_method=POST", "/"):  # a link or an image is a GET, whatever it says
            self.assertIn(self.ask("GET", pause + path, "admin")[0], (400, 404, 405))
        for override in ("PUT", "DELETE"):
            self.assertEqual(self.ask("GET", pause + "?_method=" + override, "admin")[0], 405)
            self.assertEqual(self.ask("POST", pause, "admin", {"X-HTTP-Method-Override": override})[0], 405)
        self.assertNotEqual(self.ask("OPTIONS", pause, "admin", {**evil, "Access-Control-Request-Method": "POST"})[0], 200)
        self.assertFalse(json.loads(self.ask("GET", "/radfm/api/v1/status", "reader")[2])["queue"]["paused"])
        self.assertEqual(self.ask("GET", "/radfm/", "reader", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document",
                                                              "Sec-Fetch-Mode": "navigate"})[0], 200)

    def test_headers_of_each_answer(self):
        """Aim: pages and errors alike forbid frames, other sites' scripts, caching and guessing of types."""
        for path in ("/radfm/", "/radfm/page/page.js", "/radfm/api/v1/jobs", "/radfm/api/v1/jobs/4711", "/radfm/report/2.25.4711", "/radfm/nothing"):
            headers = self.ask("GET", path, "reader")[1]
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"], path)
            self.assertEqual((headers["X-Frame-Options"], headers["X-Content-Type-Options"], headers["Cache-Control"],
                              headers["Cross-Origin-Resource-Policy"], headers["Access-Control-Allow-Origin"]),
                             ("DENY", "nosniff", "no-store", "same-origin", None), path)

    def test_oversized(self):
        """Aim: one past each limit, as it leaves Orthanc."""
        withdraw = "/radfm/api/v1/jobs/4711/withdraw"
        for expected, code, method, path, headers, body in (
                (414, "path_too_long", "GET", "/radfm/" + "x" * 300, {}, None),
                (400, "bad_parameter", "GET", "/radfm/api/v1/jobs?" + "&".join(f"p{i}=1" for i in range(9)), {}, None),
                (400, "bad_parameter", "GET", "/radfm/api/v1/jobs?study=" + "1" * 300, {}, None),
                (400, "headers_too_long", "GET", "/radfm/", {f"X-{i}": "1" for i in range(55)}, None),
                (400, "headers_too_long", "GET", "/radfm/", {"X-Long": "x" * 13_000}, None),
                (413, "body_too_long", "POST", withdraw, {}, b" " * 8_193),
                (413, "body_too_long", "POST", "/radfm/api/v1/pause", {}, b"x" * 1_000_000)):
            status, _, answer = self.ask(method, path, "admin", headers, body)
            self.assertEqual(status, expected, (path[:60], answer))
            self.assertEqual(self.code(answer), code, path[:60])

    def test_too_many(self):
        """Aim: a user who changes things without end is told to wait, with Retry-After; others are not concerned."""
        answers = [self.ask("POST", "/radfm/api/v1/jobs/4711/retry", "operator") for _ in range(200)]
        refused = [answer for answer in answers if answer[0] != 404]
        self.assertTrue(refused)
        for status, headers, body in refused:
            self.assertEqual((status, self.code(body)), (503, "too_many_requests"))
            self.assertGreaterEqual(int(headers["Retry-After"]), 1)
        self.assertEqual(self.ask("POST", "/radfm/api/v1/jobs/4711/retry", "admin")[0], 404)

    def test_malformed(self):
        """Aim: bytes that are no request, and requests that mean nothing, are refused or closed."""
        who = f"Authorization: {basic('admin', PASSWORDS['admin'])['Authorization']}\r\nX-RadFM: 1\r\nHost: x\r\n"
        for line in ("GET /radfm/\0x HTTP/1.1", "GET /radfm/report/%ff%fe HTTP/1.1", "GET /radfm/../instances HTTP/1.1x",
                     "BREW /radfm/ HTTP/1.1", "GET /radfm/api/v1/jobs/%2e%2e HTTP/1.1", "GET  HTTP/1.1", "GET /radfm/api/v1/jobs?limit=%zz HTTP/1.1",
                     "POST /radfm/api/v1/jobs/-1/retry HTTP/1.1", "POST /radfm/api/v1/jobs/99999999999999999999/retry HTTP/1.1"):
            answer = self.raw(f"{line}\r\n{who}Content-Length: 0\r\nConnection: close\r\n\r\n".encode("latin-1"))
            self.assertNotIn(b" 200 ", answer.split(b"\r\n")[0], line)
        for data in (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(64), b"\0" * 1000, b"GET " + b"x" * 20_000, b"\r\n" * 5_000):
            self.assertNotIn(b" 200 ", self.raw(data, wait_s=3).split(b"\r\n")[0])
        withdraw = "/radfm/api/v1/jobs/4711/withdraw"
        for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"{" * 4_000, b"[" * 8_000, b'{"reason": "quality", "why": "\\ud800"}', b'{"reason": 1e999}'):
            status, _, answer = self.ask("POST", withdraw, "admin", {"Content-Type": "application/json"}, body)
            self.assertEqual((status, self.code(answer)), (400, "bad_request"), body[:40])

    def test_unfinished_requests(self):
        """Aim: connections that send half a request reach nothing of ours, and the page answers beside some of them. That Orthanc's threads are all
        held by enough of them is Orthanc's: a proxy in front of it with a time limit for heads and bodies is what helps."""
        connections = []
        for _ in range(20):
            connection = http.client.HTTPConnection("127.0.0.1", self.node.http_port, timeout=20)
            connection.connect()
            connection.sock.sendall(b"POST /radfm/api/v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-RadF")
            connections.append(connection)
        self.assertEqual(self.ask("GET", "/radfm/health", "nobody")[0], 200)
        for connection in connections:
            connection.close()

    def test_passwords_are_told_to_nobody(self):
        """Aim: neither logs nor the check of the configuration nor a process's command line has a password; engine and reader have not even ours."""
        checked = subprocess.run([str(BUILD / "radfmctl" / "radfmctl"), "config", "check", str(self.node.configuration_file)], timeout=60,
                                 capture_output=True, text=True, env=dict(ENVIRONMENT, RADFM_TEST_PASSWORD=PASSWORDS["worker"]))
        self.assertEqual(checked.returncode, 0, checked.stdout)
        self.assertNotIn("zqkanari", checked.stdout + checked.stderr + self.node.log_text())
        for name, pid in self.node.pids().items():
            for part in ("cmdline", "comm") + (("environ",) if name.startswith(("radfm-engine", "radfm-reader")) else ()):
                with open(f"/proc/{pid}/{part}", "rb") as file:
                    self.assertNotIn(b"zqkanari", file.read(), (name, part))


class WithoutPasswords(unittest.TestCase):
    def test_a_claimed_name_is_nobodys(self):
        """Aim: where Orthanc asks nobody, a name without its password opens nothing that a list guards, with it everything, and the notes say so."""
        with Node(configuration=configuration(PASSWORDS["worker"]), user=("admin", PASSWORDS["admin"]),
                  orthanc={"AuthenticationEnabled": False, "RegisteredUsers": PASSWORDS}) as node:
            ask = RestRefusals.ask
            for headers in ({}, basic("admin", ""), basic("admin", "guess"), {"Authorization": "Bearer admin"}):
                for method, path, role in routes():
                    status = ask(self, method, path, headers=headers, node=node)[0]
                    self.assertEqual(status == 403, role != "anybody", (method, path, headers))
            status = json.loads(ask(self, "GET", "/radfm/api/v1/status", "admin", node=node)[2])
            self.assertIn("AuthenticationEnabled", " ".join(status["plugin"]["advice"]))


if __name__ == "__main__":
    unittest.main()
