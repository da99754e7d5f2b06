# SPDX-License-Identifier: Apache-2.0
"""Aim: each code that docs/operating.md tells of dead jobs, waiting drafts and the worker has its sentence on the page, too.

usage: page_advice_test.py SOURCE_FOLDER      Only Python's standard library."""
import re
import sys
from pathlib import Path

TABLES = (("## Dead jobs", "| code |"), ("## Where drafts go", "| code |"), ("## Health", "| reason |"))
CODES_MIN = 5  # of a table that was read


def mistakes(root):
    document = (root / "docs" / "operating.md").read_text(encoding="utf-8")
    page = (root / "orthanc-plugin" / "page" / "advice.js").read_text(encoding="utf-8")
    told = set(re.findall(r"^    ([a-z_]+): \[", page, re.MULTILINE))
    for heading, begins in TABLES:
        part = document[document.index(heading):]
        table = part[part.index(begins):].split("\n\n")[0].splitlines()[2:]
        codes = {code for row in table for code in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
        if len(codes) < CODES_MIN:
            yield f"{heading}: the table is not read"
        for code in sorted(codes - told):
            yield f"{heading}: {code} has no advice in orthanc-plugin/page/advice.js"


found = list(mistakes(Path(sys.argv[1])))
print("\n".join(found) or "each code has its advice")
sys.exit(1 if found else 0)
