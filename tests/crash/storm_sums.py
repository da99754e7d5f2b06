# SPDX-License-Identifier: Apache-2.0
"""What the rounds of a kill storm come to, in one small JSON file that is always whole, and the words for it."""
import json
import os
import random
import sys
import time
from collections import Counter

FAULT_KINDS = ("lost", "doubled", "stuck", "dead", "invalid")
FAULTS_KEPT_MAX = 100


class Sums:
    """Of the rounds that were played to their end; `path` is written anew after each of them."""

    def __init__(self, path, arguments):
        self.path, self.arguments = path, arguments
        self.form = {"engine": arguments.engine, "workers": arguments.workers, "studies": arguments.studies,
                     "restart_after": arguments.restart_after, "jobs_at_once": arguments.jobs_at_once}
        self.began = time.monotonic()
        if path.exists():
            self.values = json.loads(path.read_text(encoding="utf-8"))
            if self.values["form"] != self.form:
                sys.exit(f"{path} is of another form: {self.values['form']}; take another folder")
            if arguments.seed not in (None, self.values["seed"]):
                sys.exit(f"{path} began with seed {self.values['seed']}")
        else:
            seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1_000_000)
            self.values = {"form": self.form, "seed": seed, "rounds": 0, "seconds": 0.0, "kills": {}, "jobs": 0, "attempts": {},
                           "ends": {}, "fault_counts": {}, "faults": []}
        self.kills_before = self.killed()

    @property
    def rounds(self):
        return self.values["rounds"]

    def next_seed(self):
        return self.values["seed"] + self.rounds

    def killed(self):
        return sum(self.values["kills"].values())

    def kills_left_by_kind(self, more=None):
        """Of Orthanc, and of ours; `more`: of the round that is played now."""
        done = Counter(self.values["kills"]) + Counter(more or {})
        orthanc = done.pop("Orthanc", 0)
        return max(0, self.arguments.orthanc_kills - orthanc), max(0, self.arguments.kills - sum(done.values()))

    def kills_left(self, more=None):
        return sum(self.kills_left_by_kind(more))

    def progress(self, more, states):
        elapsed = time.monotonic() - self.began
        done_now = self.killed() - self.kills_before + sum(more.values())
        left = elapsed / done_now * self.kills_left(more)
        return (f"{self.killed() + sum(more.values())} kills, {self.kills_left(more)} to come, {elapsed:.0f} s, about {left / 60:.0f} min "
                f"left; faults so far {self.fault_count()}; jobs {states}")

    def add(self, play, seconds):
        values = self.values
        values["rounds"] += 1
        values["seconds"] += seconds
        values["jobs"] += sum(play.attempts.values())
        for name, more in (("kills", play.kills), ("attempts", play.attempts), ("ends", play.ends),
                           ("fault_counts", Counter(kind for kind, _ in play.faults))):
            for key, count in more.items():
                values[name][str(key)] = values[name].get(str(key), 0) + count
        values["faults"] = (values["faults"] + [f"{kind}, seed {play.seed}: {text}" for kind, text in play.faults])[:FAULTS_KEPT_MAX]
        self.save()

    def save(self):
        partial = self.path.with_suffix(".new")
        with open(partial, "w", encoding="utf-8") as file:
            json.dump(self.values, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)

    def fault_count(self):
        return sum(self.values["fault_counts"].values())

    def attempts_at(self, share):
        """The number of attempts that this share of the jobs did not need more than."""
        left = share * self.values["jobs"]
        for attempts, count in sorted((int(key), count) for key, count in self.values["attempts"].items()):
            left -= count
            if left <= 0:
                return attempts
        return 0

    def summary(self):
        values = self.values
        kills = ", ".join(f"{name} {count:,}" for name, count in sorted(values["kills"].items()))
        ends = ", ".join(f"{name} {count:,}" for name, count in sorted(values["ends"].items()))
        faults = ", ".join(f"{values['fault_counts'].get(kind, 0)} {kind}" for kind in FAULT_KINDS)
        return (f"{self.killed():,} kills ({kills}) in {self.rounds:,} rounds over {values['jobs']:,} studies, first seed {values['seed']}, "
                f"{values['seconds']:,.0f} s: {faults}. Attempts a study: median {self.attempts_at(0.5)}, most {self.attempts_at(1)}; how they "
                f"ended: {ends}")

    def title(self):
        engine = "the shipped model" if self.form["engine"] == "model" else "an engine stand-in"
        together = f", {self.form['jobs_at_once']} reports at once" if self.form["jobs_at_once"] > 1 else ""
        return f"## With {engine}, {self.form['workers']} worker{'s' if self.form['workers'] > 1 else ''}{together}"

    def write_section(self, file):
        """Puts the sums in place of the section's last paragraph that begins with "Last run", or behind the section."""
        sections = ("\n" + file.read_text(encoding="utf-8")).split("\n## ") if file.exists() else ["\n# Kill storm\n"]
        title = self.title().removeprefix("## ")
        index = next((i for i, section in enumerate(sections) if section.splitlines()[0] == title), None)
        if index is None:
            sections.append(title + "\n")
            index = len(sections) - 1
        paragraphs = [text for text in sections[index].rstrip("\n").split("\n\n") if not text.startswith("Last run")]
        sums = f"Last run: {self.summary()}.\n" + "".join(f"* FAULT {fault}\n" for fault in self.values["faults"])
        sections[index] = "\n\n".join([*paragraphs, sums])
        file.write_text("\n## ".join(sections).lstrip("\n"), encoding="utf-8")
