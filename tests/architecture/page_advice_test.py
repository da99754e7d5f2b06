# SPDX-License-Identifier: Apache-2.0
"""Aim: each code for which the page has advice stands in a table of the operating document, so that neither tells of what the other forgot.

usage: page_advice_test.py SOURCE_FOLDER      Only Python's standard library."""
import re
import sys
from pathlib import Path

CODES_MIN = 30  # of a script that was read


def mistakes(root):
    documents = [path.read_text(encoding="utf-8") for path in (root / "docs").glob("operat*.md")]
    page = (root / "orthanc-plugin" / "page" / "advice.js").read_text(encoding="utf-8")
    told = re.findall(r"^    ([a-z_]+): \[", page, re.MULTILINE)
    rows = [line.split("|")[1] for text in documents for line in text.splitlines() if line.startswith("|")]
    known = {code for cell in rows for code in re.findall(r"`([a-z_]+)`", cell)}
    if len(told) < CODES_MIN or len(documents) != 1:
        yield "the page's advice or the document is not read"
    for code in told:
        if code not in known:
            yield f"{code} of orthanc-plugin/page/advice.js stands in no table of the operating document"


found = list(mistakes(Path(sys.argv[1])))
print("\n".join(found) or "each code stands in the document")
sys.exit(1 if found else 0)
