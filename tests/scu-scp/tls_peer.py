# SPDX-License-Identifier: Apache-2.0
"""A TLS server for tests.  tls_peer.py AE KEY CERTIFICATE TRUSTED [1.1]: answers C-ECHO to whoever shows a trusted certificate,
in TLS 1.2 or newer, or in 1.1 alone.
Prints "port N" when it serves. Serves until it is killed."""
import ssl
import sys
import threading
import warnings

from pynetdicom import AE
from pynetdicom.sop_class import Verification

warnings.simplefilter("ignore", DeprecationWarning)  # old versions of TLS are meant here

ae_title, key, certificate, trusted = sys.argv[1:5]
old = sys.argv[5:] == ["1.1"]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=trusted)
context.verify_mode = ssl.CERT_REQUIRED
context.minimum_version = ssl.TLSVersion.TLSv1_1 if old else ssl.TLSVersion.TLSv1_2
if old:
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
context.load_cert_chain(certificate, key)
ae = AE(ae_title=ae_title)
ae.add_supported_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False, ssl_context=context)
print(f"port {server.socket.getsockname()[1]}", flush=True)
threading.Event().wait()
