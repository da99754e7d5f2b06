# SPDX-License-Identifier: Apache-2.0
"""Runs a command as a unit's SystemCallFilter and RestrictAddressFamilies let it: system_call_filter.py UNIT COMMAND...

What systemd does before it starts a service, with the same library, where no systemd runs. The sets (@system-service) are those
that systemd-analyze prints."""
import ctypes
import os
import socket
import subprocess
import sys
from pathlib import Path

ALLOW, REFUSE, NO_FAMILY = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 97  # SCMP_ACT_ALLOW, ERRNO(EPERM), ERRNO(EAFNOSUPPORT)
EQUAL, ABOVE = 4, 6  # SCMP_CMP_EQ, SCMP_CMP_GT
PR_SET_NO_NEW_PRIVS = 38


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("value", ctypes.c_uint64), ("mask", ctypes.c_uint64)]


def members(word):
    """The system calls of a set, or the call itself."""
    if not word.startswith("@"):
        return {word}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", word], check=True, capture_output=True, text=True).stdout
    inner = [line.strip() for line in listed.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*map(members, inner))


def settings(unit, key):
    return [line.split("=", 1)[1].split() for line in Path(unit).read_text(encoding="utf-8").splitlines() if line.startswith(key + "=")]


def allowed_calls(unit):
    allowed = members("@default")  # systemd.exec(5): implied
    for words in settings(unit, "SystemCallFilter"):
        taken_away = words[0].startswith("~")
        named = set().union(*(members(word.lstrip("~")) for word in words))
        allowed = allowed - named if taken_away else allowed | named
    return allowed


def allowed_families(unit):
    return sorted(int(getattr(socket, name)) for words in settings(unit, "RestrictAddressFamilies") for name in words)


def confine(unit):
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(REFUSE))

    def add(action, number, comparison=None):
        count = 0 if comparison is None else 1
        if seccomp.seccomp_rule_add_array(rules, action, number, count, ctypes.byref(comparison or Comparison())) != 0:
            raise SystemExit(f"no rule for system call {number}")

    for name in sorted(allowed_calls(unit) - {"socket"}):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # negative: another architecture's
            add(ALLOW, number)
    number = seccomp.seccomp_syscall_resolve_name(b"socket")
    families = allowed_families(unit)
    for family in range(families[-1] + 1):
        add(ALLOW if family in families else NO_FAMILY, number, Comparison(0, EQUAL, family, 0))
    add(NO_FAMILY, number, Comparison(0, ABOVE, families[-1], 0))
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or seccomp.seccomp_load(rules) != 0:
        raise SystemExit("the filter is not taken")


if __name__ == "__main__":
    confine(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
