# SPDX-License-Identifier: Apache-2.0
"""Figures that a benchmark writes into a document, between two marks; where machines differ, each machine has its own section."""
import re
from pathlib import Path


def processor():
    return re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace"))[1]


def put_into(document, program, text, machine=None):
    """In place of the program's last figures (of this machine), or behind those of other machines, or at the document's end."""
    def mark(name):
        return f"{program}: {name}" if machine else program

    begin, end = (f"<!-- {word}{mark(machine)} -->" for word in ("", "end of "))
    section = f"{begin}\n{text}\n{end}"
    old = document.read_text(encoding="utf-8")
    if begin in old:
        new = re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: section, old, flags=re.S)
    else:
        last = [found.end() for found in re.finditer(f"<!-- end of {mark('.*')} -->", old)][-1:] or [len(old.rstrip())]
        new = old[:last[0]] + "\n\n" + section + (old[last[0]:] or "\n")
    document.write_text(new, encoding="utf-8")
