# SPDX-License-Identifier: Apache-2.0
"""An archive with storage commitment that fails at random.  committing_archive.py AE FOLDER OUR_PORT SEED FAULT_PER_CENT:
takes basic text SRs by C-STORE into FOLDER, one file for each SOP Instance UID; what it has it keeps, whatever comes under that
UID. Answers storage commitment on a new association to 127.0.0.1:OUR_PORT. Of its answers FAULT_PER_CENT are one of
  busy      out of resources, nothing is stored
  cut       the association is aborted before anything is stored
  lost      the association is aborted after the object was stored
  silent    a commitment is never answered
Prints "port N" when it serves, then each fault, and "stored UID" or "again UID". Serves until it is killed."""
import random
import sys
import threading
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.filewriter import write_file_meta_info
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (BasicTextSRStorage, StorageCommitmentPushModel, StorageCommitmentPushModelInstance,
                                  Verification)

ae_title, folder, our_port, seed, per_cent = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
dice, lock = random.Random(seed), threading.Lock()


def say(text):
    print(text, flush=True)


def fault(*kinds):
    with lock:
        kind = dice.choice(kinds) if dice.randrange(100) < per_cent else ""
    if kind:
        say(kind)
    return kind


def keep(event):
    path = folder / f"{event.request.AffectedSOPInstanceUID}.dcm"
    with lock:
        new = not path.exists()
        if new:
            with open(path, "wb") as file:
                file.write(b"\0" * 128 + b"DICM")
                write_file_meta_info(file, event.file_meta)
                file.write(event.request.DataSet.getvalue())
    say(f"{'stored' if new else 'again'} {event.request.AffectedSOPInstanceUID}")


def on_store(event):
    kind = fault("busy", "cut", "lost")
    if kind == "busy":
        return 0xA700
    if kind != "cut":
        keep(event)
    if kind:
        event.assoc.abort()
    return 0x0000


def commit(request):
    event = Dataset()
    event.TransactionUID = request.TransactionUID
    event.ReferencedSOPSequence, event.FailedSOPSequence = [], []
    for item in request.ReferencedSOPSequence:
        if (folder / f"{item.ReferencedSOPInstanceUID}.dcm").exists():
            event.ReferencedSOPSequence.append(item)
        else:
            item.FailureReason = 0x0112
            event.FailedSOPSequence.append(item)
    event_type = 2 if event.FailedSOPSequence else 1
    if not event.FailedSOPSequence:
        del event.FailedSOPSequence
    caller = AE(ae_title=ae_title)
    caller.add_requested_context(StorageCommitmentPushModel)
    association = caller.associate("127.0.0.1", our_port, ae_title="RADFM",
                                   ext_neg=[build_role(StorageCommitmentPushModel, scu_role=False, scp_role=True)])
    if association.is_established:
        association.send_n_event_report(event, event_type, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
        association.release()


def on_action(event):
    if not fault("silent"):
        threading.Thread(target=commit, args=(event.action_information,), daemon=True).start()
    return 0x0000, None


ae = AE(ae_title=ae_title)
for context in (Verification, BasicTextSRStorage, StorageCommitmentPushModel):
    ae.add_supported_context(context)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, on_store), (evt.EVT_N_ACTION, on_action)])
say(f"port {server.socket.getsockname()[1]}")
threading.Event().wait()
