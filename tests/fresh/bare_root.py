# SPDX-License-Identifier: Apache-2.0
"""A bare Debian 12 in a folder, whose programs run in a network name space of their own with nothing but a loopback. Needs root,
mmdebstrap and ip."""
import os
import shutil
import subprocess
import sys
from pathlib import Path


def say(text):
    print(f"== {text}", flush=True)


def demand(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")
    print(f"   {what}", flush=True)


class BareRoot:
    """A Debian root; its programs run in a network name space with nothing but a loopback: its own, or that of another root (`network`)."""

    made = 0

    def __init__(self, folder):
        BareRoot.made += 1
        self.folder = Path(folder)
        self.name = f"radfm-fresh-{os.getpid()}-{BareRoot.made}"
        self.network = self.name
        self.started = []

    def make(self):
        if (self.folder / "etc/debian_version").exists():
            return
        say(f"a bare Debian 12 in {self.folder}")
        sources = [p for p in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list") if Path(p).exists() and Path(p).stat().st_size]
        subprocess.run(["mmdebstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(self.folder), *sources[:1]], check=True)
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", self.folder / "etc/ssl/certs/ca-certificates.crt")
        # No service manager runs in here: packages must not start what they install.
        policy = self.folder / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)

    def __enter__(self):
        self.make()
        for kind, place in (("proc", "proc"), ("sysfs", "sys"), ("tmpfs", "dev/shm")):
            (self.folder / place).mkdir(exist_ok=True)
            subprocess.run(["mount", "-t", kind, kind, str(self.folder / place)], check=kind == "proc")
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        if self.network == self.name:
            subprocess.run(["ip", "netns", "add", self.name], check=True)
            subprocess.run(["ip", "netns", "exec", self.name, "ip", "link", "set", "lo", "up"], check=True)
        return self

    def __exit__(self, *_):
        self.stop_all()
        if self.network == self.name:
            subprocess.run(["ip", "netns", "del", self.name])
        for place in ("dev/shm", "sys", "proc"):
            subprocess.run(["umount", "-l", str(self.folder / place)])

    def command(self, *words, user=None, inside=True):
        as_user = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []
        return [*(["ip", "netns", "exec", self.network] if inside else []), "chroot", str(self.folder), *as_user, *words]

    def run(self, *words, user=None, inside=True, check=True):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "TCP_NODELAY": "1"}
        environment.update({key: value for key, value in os.environ.items() if key.endswith("_proxy")})
        done = subprocess.run(self.command(*words, user=user, inside=inside), env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode != 0:
            sys.exit(f"FAILED: {' '.join(words)}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def start(self, *words, user, log):
        stream = open(self.folder / "tmp" / log, "ab")
        process = subprocess.Popen(self.command(*words, user=user), stdout=stream, stderr=stream,
                                   env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TCP_NODELAY": "1"}, start_new_session=True)
        self.started.append(process)
        return process

    def stop_all(self):
        for process in self.started:
            self.stop(process)

    def stop(self, process):
        if process.poll() is None:
            os.killpg(process.pid, 15)
            process.wait(timeout=30)
