# SPDX-License-Identifier: Apache-2.0
"""What must hold of a study that was sent to a node, whatever was done to the node: one job, done and delivered, one draft."""
from collections import Counter

from node_harness import OPEN_STATES


def fault_of_job(job):
    """("lost", ...), ("doubled", ...), ("stuck", ...) or ("dead", ...) of a whole job; nothing when all is well."""
    said = f"job {job['id']} {job['state']} {job['outcome']} {job['error']}"
    happened = Counter(event["kind"] for event in job["events"])
    if job["state"] in OPEN_STATES:
        return "stuck", said
    if job["state"] == "dead":
        return "dead", said
    if job["outcome"] != "delivered":
        return "lost", said
    if happened["sent"] != 1 or happened["done"] != 1:
        return "doubled", f"{said}: sent {happened['sent']} times, done {happened['done']} times"
    if not all(attempt["end"] for attempt in job["attempt_log"]):
        return "stuck", f"{said}: an attempt never ended"
    return None


def judge_study(node, study):
    """The study's whole jobs, its drafts' bytes, and its faults."""
    jobs = [node.job(job["id"]) for job in node.jobs(study)]
    drafts = node.reports_in(study)
    faults = [fault for fault in map(fault_of_job, jobs) if fault]
    for count, what in ((len(jobs), "jobs"), (len(drafts), "drafts")):
        if count != 1:
            faults.append(("doubled" if count else "lost", f"{count} {what}"))
    return jobs, drafts, faults


def reported_once(node, study, seconds=120):
    """Waits for the study's one job and gives it; an assertion when anything about it is wrong."""
    node.wait_job(study, seconds=seconds)
    # Orthanc may have its death still before it.
    jobs, _, faults = node.until(60, "an answer", lambda: judge_study(node, study))
    assert not faults, f"{study}: {faults}"
    return jobs[0]
