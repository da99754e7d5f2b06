# SPDX-License-Identifier: Apache-2.0
"""A storage commitment SCP for tests.  commitment_peer.py AE BEHAVIOUR OUR_PORT: takes N-ACTION and brings the result
  same        on the association that asked
  new         on a new association to 127.0.0.1:OUR_PORT
  failing     on a new one: the last object failed, with reason 0112
  partial     on a new one: the last object is not mentioned
  other       on a new one: of another transaction first, then the right one
  never       not at all
  refusing    answers the N-ACTION with 0110
Prints "port N" when it serves, "result STATUS" for our answer to each result. Serves until it is killed."""
import sys
import threading

from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import StorageCommitmentPushModel, StorageCommitmentPushModelInstance

ae_title, behaviour, our_port = sys.argv[1:4]


def event_of(request):
    event = Dataset()
    event.TransactionUID = request.TransactionUID
    objects = list(request.ReferencedSOPSequence)
    failed = []
    if behaviour == "failing":
        failed = [objects.pop()]
        failed[0].FailureReason = 0x0112
        event.FailedSOPSequence = failed
    elif behaviour == "partial":
        objects.pop()
    event.ReferencedSOPSequence = objects
    return event, 2 if failed else 1


def bring(association, event, event_type):
    status, _ = association.send_n_event_report(event, event_type, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
    print(f"result {status.Status:04X}" if status else "result none", flush=True)


def bring_anew(request):
    event, event_type = event_of(request)
    caller = AE(ae_title=ae_title)
    caller.add_requested_context(StorageCommitmentPushModel)
    association = caller.associate("127.0.0.1", int(our_port), ae_title="RADFM",
                                   ext_neg=[build_role(StorageCommitmentPushModel, scu_role=False, scp_role=True)])
    if not association.is_established:
        print("result refused", flush=True)
        return
    if behaviour == "other":
        right = event.TransactionUID
        event.TransactionUID = "1.2.3.4.5"
        bring(association, event, event_type)
        event.TransactionUID = right
    bring(association, event, event_type)
    association.release()


waiting = []


def on_action(event):
    if behaviour == "refusing":
        return 0x0110, None
    if behaviour == "same":
        waiting.append((event.assoc, event.action_information))
    elif behaviour != "never":
        threading.Thread(target=bring_anew, args=(event.action_information,)).start()
    return 0x0000, None


def on_sent(event):
    # The answer to the N-ACTION is on its way: now the result may follow on the same association.
    if waiting and type(event.message).__name__ == "N_ACTION_RSP":
        association, request = waiting.pop()
        threading.Thread(target=lambda: bring(association, *event_of(request))).start()


ae = AE(ae_title=ae_title)
ae.add_supported_context(StorageCommitmentPushModel)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_ACTION, on_action), (evt.EVT_DIMSE_SENT, on_sent)])
print(f"port {server.socket.getsockname()[1]}", flush=True)
threading.Event().wait()
