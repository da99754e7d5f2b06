# SPDX-License-Identifier: Apache-2.0
"""Takes what alerts go to: a webhook or a mail server on 127.0.0.1.

usage: alert_receiver.py http|smtp plain|starttls|tls [--key FILE --certificate FILE] [--refuse N] [--users NAME:PASSWORD] [--port N]

Prints "port N" when it serves, then one line of JSON for each request or mail that it took. --refuse: the first N are refused.
--users: a mail without that login is refused. Serves until it is killed. Only Python's standard library."""
import argparse
import base64
import json
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Received:
    """What came, in order, from any thread. `refuse`: so many are answered with an error first."""

    def __init__(self, refuse=0, told=lambda item: None):
        self.items, self.refuse, self.refused, self.lock, self.told = [], refuse, 0, threading.Lock(), told

    def take(self, item):
        with self.lock:
            if self.refused < self.refuse:
                self.refused += 1
                return False
            self.items.append(item)
        self.told(item)
        return True


class Webhook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        taken = self.server.received.take({"path": self.path, "headers": dict(self.headers.items()), "body": body})
        self.send_response(204 if taken else 503)
        self.end_headers()

    def log_message(self, *_words):
        pass


class MailSession(socketserver.StreamRequestHandler):
    """RFC 5321 as far as a client needs it, STARTTLS (RFC 3207), AUTH PLAIN and LOGIN (RFC 4954)."""

    def say(self, *lines):
        self.wfile.write("".join(line + "\r\n" for line in lines).encode())

    def hear(self):
        return self.rfile.readline(4096).decode(errors="replace").rstrip("\r\n")

    def handle(self):
        try:
            self.serve()
        except (OSError, ssl.SSLError, ValueError):
            pass  # a client that does not believe our certificate goes without a word

    def serve(self):
        server = self.server
        self.secure = isinstance(self.connection, ssl.SSLSocket)
        self.login, mail = None, {"to": []}
        self.say("220 receiver ESMTP")
        while line := self.hear():
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            if verb in ("EHLO", "HELO"):
                offers = ["250-receiver"]
                if server.starttls and not self.secure:
                    offers.append("250-STARTTLS")
                if server.users:
                    offers.append("250-AUTH PLAIN LOGIN")
                self.say(*offers, "250 8BITMIME")
            elif verb == "STARTTLS" and server.starttls:
                self.say("220 go on")
                self.connection = server.context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                self.secure = True
            elif verb == "AUTH":
                self.authenticate(rest)
            elif verb == "MAIL":
                if server.users and self.login != server.users:
                    self.say("530 5.7.0 authentication is required")
                    continue
                mail = {"from": rest, "to": [], "secure": self.secure, "login": self.login}
                self.say("250 ok")
            elif verb == "RCPT":
                if "nobody" in rest:
                    self.say("550 5.1.1 no such mailbox")
                else:
                    mail["to"].append(rest)
                    self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline(4096).decode(errors="replace").rstrip("\r\n")) != ".":
                    lines.append(text[1:] if text.startswith("..") else text)
                taken = server.received.take({**mail, "text": "\n".join(lines)})
                self.say("250 taken" if taken else "451 4.3.0 not now")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok" if verb in ("NOOP", "RSET") else "502 what?")

    def authenticate(self, rest):
        way, _, first = rest.partition(" ")
        if way.upper() == "PLAIN":
            if not first:
                self.say("334 ")
                first = self.hear()
            self.login = ":".join(base64.b64decode(first).decode().split("\0")[1:])
        else:
            name = first
            if not name:
                self.say("334 VXNlcm5hbWU6")
                name = self.hear()
            self.say("334 UGFzc3dvcmQ6")
            self.login = base64.b64decode(name).decode() + ":" + base64.b64decode(self.hear()).decode()
        self.say("235 ok" if self.login == self.server.users else "535 5.7.8 wrong")


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def receiver(kind, security="plain", key=None, certificate=None, received=None, users=None, port=0):
    """A server that is bound and does not serve yet."""
    if kind == "http":
        server = ThreadingHTTPServer(("127.0.0.1", port), Webhook)
    else:
        server = MailServer(("127.0.0.1", port), MailSession)
    server.received, server.users, server.starttls, server.context = received or Received(), users, security == "starttls", None
    if security != "plain":
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(certificate, key)
    if security == "tls":
        server.socket = server.context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("http", "smtp"))
    parser.add_argument("security", choices=("plain", "starttls", "tls"))
    parser.add_argument("--key")
    parser.add_argument("--certificate")
    parser.add_argument("--refuse", type=int, default=0)
    parser.add_argument("--users")
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    received = Received(asked.refuse, lambda item: print(json.dumps(item), flush=True))
    server = receiver(asked.kind, asked.security, asked.key, asked.certificate, received, asked.users, asked.port)
    print(f"port {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
