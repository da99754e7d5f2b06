# SPDX-License-Identifier: Apache-2.0
"""A TLS server for tests.  tls_peer.py AE KEY CERTIFICATE TRUSTED: answers C-ECHO to whoever shows a trusted certificate.
Prints "port N" when it serves. Serves until it is killed."""
import ssl
import sys
import threading

from pynetdicom import AE
from pynetdicom.sop_class import Verification

ae_title, key, certificate, trusted = sys.argv[1:5]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=trusted)
context.verify_mode = ssl.CERT_REQUIRED
context.minimum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(certificate, key)
ae = AE(ae_title=ae_title)
ae.add_supported_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False, ssl_context=context)
print(f"port {server.socket.getsockname()[1]}", flush=True)
threading.Event().wait()
