# SPDX-License-Identifier: Apache-2.0
"""Calls our server for a C-ECHO.  tls_caller.py PORT VERSION TRUSTED [KEY CERTIFICATE]; VERSION: plain, 1.0, 1.1, 1.2 or 1.3.
Prints "established" or "refused"."""
import logging
import ssl
import sys
import warnings

from pynetdicom import AE
from pynetdicom.sop_class import Verification

warnings.simplefilter("ignore", DeprecationWarning)  # old versions of TLS are meant here

VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
port, version, trusted, own = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
secured = None
if version != "plain":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(trusted)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = VERSIONS[version]
    if own:
        context.load_cert_chain(own[1], own[0])
    secured = (context, None)
ae = AE(ae_title="ARCHIVE")
ae.acse_timeout = ae.network_timeout = ae.connection_timeout = 20
ae.add_requested_context(Verification)
association = ae.associate("127.0.0.1", port, ae_title="RADFM", tls_args=secured)
print("established" if association.is_established and association.send_c_echo().Status == 0 else "refused")
if association.is_established:
    association.release()
