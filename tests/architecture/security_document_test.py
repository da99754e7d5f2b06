# SPDX-License-Identifier: Apache-2.0
"""Aim: docs/security.md names constants, files and tests that are there, under these names.

usage: security_document_test.py SOURCE_FOLDER      Only Python's standard library."""
import re
import sys
from pathlib import Path


def section(text, title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL).group(1)


def rows(text):
    """The cells of each line of its table, without the head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def is_declared(constant, source):
    """`inline constexpr TYPE constant = ...`, `constant{...}` or a field with its value."""
    return re.search(rf"\b{constant}\s*(=|\{{)", source) is not None


def mistakes(root):
    text = (root / "docs" / "security.md").read_text(encoding="utf-8")
    limits, tried = rows(section(text, "Limits")), rows(section(text, "What was tried"))
    if len(limits) < 20 or len(tried) < 20:
        yield "a table is not read"
    for what, constant, file, test in limits:
        constant, path = constant.strip("`"), root / file.strip("`")
        if not path.is_file() or not is_declared(constant, path.read_text(encoding="utf-8")):
            yield f"{what}: {constant} is not in {file}"
        if test and not (root / test.strip("`")).is_file():
            yield f"{what}: there is no {test}"
    for what, _, named in tried:
        pairs = re.findall(r"`([^`]+)` `(\w+)`", named)
        if not pairs:
            yield f"{what}: names no test"
        for file, test in pairs:
            path = root / file
            if not path.is_file() or not re.search(rf"(TEST(_F)?\(\w+, {test}\)|def {test}\()", path.read_text(encoding="utf-8")):
                yield f"{what}: {file} has no {test}"
    for file in re.findall(r"`((?:[\w-]+/)+[\w.-]+)`", section(text, "Who there is")):
        if not (root / file).exists():
            yield f"who there is: there is no {file}"


def main():
    found = list(mistakes(Path(sys.argv[1])))
    found += [] if not is_declared("x", "int y = x;") and is_declared("x", "int x = 1;") and is_declared("x", "Rate x{1, 2};") else ["is_declared is wrong"]
    for mistake in found:
        print(mistake)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
