# SPDX-License-Identifier: Apache-2.0
"""One study through a node of its own that looks for priors in archives, and what came of it."""
import json
import sys
import time
from contextlib import contextmanager

from dicom_files import comparison, study_of
from node_harness import OPEN_STATES, Node

SETTLED_WITHIN_S = 180


def configuration(pacs, dicom, search_timeout_ms):
    """Reported is what the modality sends by C-STORE; what a test puts into Orthanc by HTTP is a prior only."""
    return {"dicom": {"ae_title": "RADFM", "address": "127.0.0.1", **dicom}, "pacs": pacs,
            "priors": {"search_timeout_ms": search_timeout_ms},
            "rules": [{"name": "from the modality", "match": {"calling_aets": ["MODALITY"]}, "action": {"task": "report"},
                       "max_study_age_days": None}]}


class Run:
    """`job` with its detail, `report` (bytes), `comparison` (lines), `seconds`: how long the job looked for priors."""

    def __init__(self, node, study):
        self.node, self.seconds = node, seconds_in_stage(node, study, "priors")
        self.job = node.job(node.jobs(study)[0]["id"])
        reports = node.reports_in(study)
        self.report = reports[0] if len(reports) == 1 else None
        self.comparison = comparison(self.report) if self.report else None

    def told(self):
        detail = json.dumps(self.job.get("detail"), indent=1, ensure_ascii=False)
        return (f"--- job {self.job['state']}, {self.job['outcome']}, error {self.job['error']}, {self.seconds:.1f} s in search\n"
                f"--- report\n{self.job['report_text']}\n--- detail\n{detail}\n--- history\n"
                + "\n".join(f"{event['kind']}: {event['detail']}" for event in self.job["events"]))


def seconds_in_stage(node, study, stage):
    """Waits for the job's end; the seconds from when it was first seen in the stage to when it was first seen in a later one."""
    seen = {}

    def ask():
        jobs = node.jobs(study)
        if not jobs:
            return False
        seen.setdefault(jobs[0]["stage"], time.monotonic())
        return jobs[0]["state"] not in OPEN_STATES
    node.until(SETTLED_WITHIN_S, f"end of the job of {study}", ask)
    begin = seen.get(stage)
    return 0.0 if begin is None else min((at for at in seen.values() if at > begin), default=time.monotonic()) - begin


@contextmanager
def reported(study_files, *pacs, own=(), dicom=None, search_timeout_ms=60_000):
    """The Run of a study that is sent to a node with these archives. `own`: files that its Orthanc has before. When the `with`
    fails, the job, the report and the node's log are shown."""
    given = configuration(list(pacs), dicom or {}, search_timeout_ms)
    with Node(configuration=given, orthanc={"StableAge": 1}, wait=False) as node:
        node.wait_ready()
        for path in own:
            node.upload(path)
        if node.store(study_files) != 0:
            raise AssertionError("the node's Orthanc does not take the study")
        run = Run(node, study_of(study_files[0]))
        try:
            yield run
        except BaseException:
            print(run.told(), file=sys.stderr)
            raise
