# SPDX-License-Identifier: Apache-2.0
"""Answers each GET over TLS with {}.  secure_orthanc.py KEY CERTIFICATE [VERSION]; VERSION: 1.1 for that one alone, plain for none.
Prints "port N" when it serves. Serves until it is killed. Only Python's standard library."""
import ssl
import sys
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore", DeprecationWarning)  # old versions of TLS are meant here

key, certificate, version = sys.argv[1], sys.argv[2], (sys.argv[3:] or [""])[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_words):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if version != "plain":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if version == "1.1":
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(f"port {server.server_address[1]}", flush=True)
server.serve_forever()
