# SPDX-License-Identifier: Apache-2.0
"""A Dockerfile's steps, run in bare Debian roots in a container engine's place: each stage is a folder, a RUN is a chroot with the
machine's network, a COPY copies. It knows the instructions that docker/Dockerfile has and stops at any other."""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bare_root import BareRoot, say


@dataclass
class Stage:
    name: str
    base: str
    steps: list = field(default_factory=list)  # [(instruction, rest of the line)]


@dataclass
class Image:
    root: BareRoot
    user: str = "root"
    workdir: str = "/"
    environment: dict = field(default_factory=dict)
    command: list = field(default_factory=list)


def read(path):
    """Stages by name, in order."""
    text = re.sub(r"\\\n", " ", "\n".join(line for line in Path(path).read_text().splitlines() if not line.lstrip().startswith("#")))
    stages = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        instruction, rest = line.split(None, 1)
        if instruction == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", rest).groups()
            stages[name] = current = Stage(name, base)
        else:
            current.steps.append((instruction, rest))
    return stages


class Builder:
    """Roots lie in `folder`, one a stage, and are made anew; `context` is what COPY copies from. `given`: stages that are not run, and the
    folder that stands for their root."""

    def __init__(self, dockerfile, context, folder, given=None):
        self.stages = read(dockerfile)
        self.context, self.folder, self.given = Path(context), Path(folder), given or {}
        self.images = {}

    def build(self, name):
        if name not in self.images:
            self.images[name] = self._build(self.stages[name])
        return self.images[name]

    def _build(self, stage):
        say(f"stage {stage.name}, from {stage.base}")
        place = self.folder / stage.name
        if stage.base in self.stages:
            base = self.build(stage.base)
            subprocess.run(["rm", "-rf", str(place)], check=True)
            subprocess.run(["cp", "-a", "--reflink=auto", str(base.root.folder), str(place)], check=True)
            image = Image(BareRoot(place), base.user, base.workdir, dict(base.environment))
        elif stage.base == "debian:12":
            bare = BareRoot(self.folder / "debian")
            bare.make()
            subprocess.run(["rm", "-rf", str(place)], check=True)
            subprocess.run(["cp", "-a", "--reflink=auto", str(bare.folder), str(place)], check=True)
            image = Image(BareRoot(place))
        else:
            sys.exit(f"FAILED: stage {stage.name} begins with {stage.base}, which is not here")
        with image.root:
            for instruction, rest in stage.steps:
                print(f"   {instruction} {rest[:110]}", flush=True)
                self._step(image, instruction, rest)
        return image

    def _step(self, image, instruction, rest):
        if instruction == "RUN":
            words = ["env", *(f"{name}={value}" for name, value in image.environment.items()), "sh", "-c", f"cd {shlex.quote(image.workdir)} && {rest}"]
            image.root.run(*words, user=None if image.user == "root" else image.user, inside=False)
        elif instruction in ("ARG", "ENV"):
            name, value = rest.split("=", 1)
            image.environment[name] = value
        elif instruction == "WORKDIR":
            image.workdir = rest
            (image.root.folder / rest[1:]).mkdir(parents=True, exist_ok=True)
        elif instruction == "USER":
            image.user = rest
        elif instruction == "CMD":
            image.command = json.loads(rest)
        elif instruction == "COPY":
            self._copy(image, shlex.split(rest))
        else:
            sys.exit(f"FAILED: {instruction} is not known here")

    def _copy(self, image, words):
        source, target = self.context, image.root.folder / words[-1][1:]
        if words[0].startswith("--from="):
            stage = words.pop(0).removeprefix("--from=")
            source = self.given[stage] if stage in self.given else self.build(stage).root.folder
        for pattern in words[:-1]:
            found = [source] if pattern == "." else [Path(path) for path in glob.glob(str(source / pattern.lstrip("/")))]
            if not found:
                sys.exit(f"FAILED: COPY finds no {pattern}")
            for path in found:
                self._copy_one(path, target, words[-1].endswith("/"))

    def _copy_one(self, path, target, into_folder):
        if path.is_dir():
            # What git does not know (.dockerignore has the same) is not part of a clone.
            names = subprocess.run(["git", "-C", str(path), "ls-files", "-z"], check=True, capture_output=True, text=True).stdout.split("\0")
            for name in filter(None, names):
                to = target / name
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path / name, to, follow_symlinks=False)
            return
        to = target / path.name if into_folder else target
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
        os.chmod(to, 0o644)
