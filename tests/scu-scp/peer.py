# SPDX-License-Identifier: Apache-2.0
"""A DICOM peer for tests.  peer.py AE STATUS: answers each C-STORE with STATUS (hexadecimal), or never with "silent".
Prints "port N" when it serves, then one line for each object it got. Serves until it is killed."""
import sys
import threading

from pynetdicom import AE, evt
from pynetdicom.sop_class import (BasicTextSRStorage, Comprehensive3DSRStorage, ComprehensiveSRStorage, ComputedRadiographyImageStorage,
                                  EnhancedSRStorage, Verification)

ae_title, status = sys.argv[1], sys.argv[2]


def on_store(event):
    print(f"got {event.dataset.SOPInstanceUID} {event.dataset.PatientID} {event.assoc.requestor.ae_title}", flush=True)
    if status == "silent":
        threading.Event().wait()
    return int(status, 16)


ae = AE(ae_title=ae_title)
ae.require_called_aet = True
ae.add_supported_context(Verification)
for sop_class in (ComputedRadiographyImageStorage, BasicTextSRStorage, EnhancedSRStorage, ComprehensiveSRStorage, Comprehensive3DSRStorage):
    ae.add_supported_context(sop_class)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, on_store)])
print(f"port {server.socket.getsockname()[1]}", flush=True)
threading.Event().wait()
