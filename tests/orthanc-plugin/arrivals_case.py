# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugin remembers of images since they arrived, inside the real Orthanc. A case of with_orthanc_test.py."""
import hashlib
import re
import shutil
import subprocess

from orthanc_with_plugin import GOOD, SKIPPED
from small_ct import ct_slice


def case_arrivals(node):
    """What the plugin says of images since they arrived is what Orthanc says of them, in whatever encoding they came; where it cannot tell, it
    asks; after a restart, too."""
    if shutil.which("storescu") is None or shutil.which("dcmconv") is None:
        return SKIPPED
    node.configure(GOOD)
    node.start()
    node.wait_until_it_reads()
    assert node.ask("PUT", "/tools/log-level", b"verbose")[0] == 200
    known_of = {}  # study: how many of its images, by the plugin's log

    def files_of(study, *conversion):
        paths = []
        for number in (1, 2, 3):
            paths.append(f"{node.folder}/{study}-{number}.dcm")
            with open(paths[-1], "wb") as file:
                file.write(ct_slice(study, number))
            if conversion:
                subprocess.run(["dcmconv", *conversion, paths[-1], paths[-1]], check=True)
        return paths

    def send(paths):
        assert node.store(paths) == 0, paths

    def post(paths):
        for path in paths:
            with open(path, "rb") as file:
                status, _, body = node.ask("POST", "/instances", file.read())
            assert status == 200, body

    ways = (("1.2.826.31", send, (), 3), ("1.2.826.32", post, (), 3), ("1.2.826.33", post, ("+ti",), 3), ("1.2.826.34", post, ("+te", "-e"), 3),
            ("1.2.826.35", post, ("+tb",), 0), ("1.2.826.36", post, ("+td",), 0))
    for study, way, conversion, _ in ways:
        way(files_of(study, *conversion))
    jobs = node.until(lambda: len(node.jobs()) == len(ways) and node.jobs(), "a job of each study")
    with open(node.folder + "/orthanc.log", encoding="utf-8", errors="replace") as log:
        for study, known, count in re.findall(r"study ([0-9a-f-]{44}): ([0-9]+) of ([0-9]+) images known", log.read()):
            assert count == "3", (study, count)
            known_of.setdefault(study, int(known))
    for study, _, conversion, known in ways:
        job = node.get(f"/radfm/api/v1/jobs/{next(job for job in jobs if job['study'] == study)['id']}")
        orthanc_id = job["orthanc_study"]
        assert known_of[orthanc_id] == known, (study, conversion, known_of[orthanc_id])
        uids = sorted(row["MainDicomTags"]["SOPInstanceUID"] for row in node.get(f"/studies/{orthanc_id}/instances"))
        assert job["digest"] == hashlib.sha256("\n".join(uids).encode()).hexdigest(), (study, uids)
    node.stop()
    node.start()
    node.wait_until_it_reads()
    send(files_of("1.2.826.31")[:1])  # stored already: nothing is new
    node.send("1.2.826.31", 4)  # of a study whose other images came before the restart
    node.until(lambda: len(node.jobs()) == len(ways) + 1, "the job of the study that has grown")
    assert node.get(f"/radfm/api/v1/jobs/{node.jobs()[0]['id']}")["images"] == 4
    node.stop()
