# SPDX-License-Identifier: Apache-2.0
"""usage: judge_jobs.py FOLDER [--all]: has programs of others read the drafts that generated_jobs_test.cpp wrote, and compares.

Exits 1 after the first job (--all: after the last) when there was a complaint that known_complaints.py does not name, or a value or text
that is not what went in. Prints how much was judged. What must be read is worked out in expected_reading.py, without the product.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import warnings

import pydicom
from highdicom.sr import ContentSequence, srread

import expected_reading
import known_complaints

CLASS_NAMES = {"88.11": "BasicTextSR", "88.22": "EnhancedSR", "88.33": "ComprehensiveSR", "88.34": "Comprehensive3DSR"}
SR_ROOT = "1.2.840.10008.5.1.4.1.1."
counts = collections.Counter()


def output_of(*command):
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    return run.returncode, run.stdout


# Reading converts and validates: what pydicom refuses to convert.
def refused_values(data_set):
    for tag in list(data_set.keys()):
        try:
            element = data_set[tag]
        except ValueError as error:
            yield f"{pydicom.datadict.keyword_for_tag(tag)}: {error}"
            continue
        for item in element.value if element.VR == "SQ" else ():
            yield from refused_values(item)


class Job:
    def __init__(self, folder, told):
        self.folder, self.told, self.faults = folder, told, []
        self.source_path = folder / told["source"]
        self.source = pydicom.dcmread(self.source_path)
        self.declared = expected_reading.declared_set(pydicom.dcmread(self.source_path))
        self.source_values, self.fates = {}, {}  # by place: as it must be read, and what must become of it

    def demand(self, holds, *what):
        if not holds:
            self.faults.append(" ".join(str(word) for word in what)[:2000])

    def expect_values(self):
        for value in self.told["values"]:
            place = expected_reading.place_of(value)
            raw = expected_reading.raw_value(self.source, place)
            text = expected_reading.value_as_read(raw, self.declared) if isinstance(raw, bytes) else raw
            meant = expected_reading.without_padding(bytes.fromhex(value["meant"]).decode("utf-8"))
            if self.told["honest"] and isinstance(raw, bytes):
                self.demand(text == meant, "the source was not written as meant:", place, ascii(text))
            fate = value["fate"]
            if fate == "kept" and not self.told["honest"]:
                fate = expected_reading.fate_as_read(place, text)
            self.source_values[place], self.fates[place] = text, fate
        for place, fate in list(self.fates.items()):  # a code goes as a whole
            if fate == "left_out" and "/" in place:
                self.fates.update({other: fate for other in self.fates if other.startswith(place.split("/")[0] + "/")})

    def judge_values(self, draft, told):
        left_out = set()
        for place, fate in self.fates.items():
            raw = expected_reading.raw_value(draft, place)
            found = raw.decode("utf-8").rstrip(" \0") if isinstance(raw, bytes) else raw
            expected = {"kept": self.source_values[place], "emptied": "", "left_out": None}[fate]
            if expected == "" and fate == "kept":
                expected = found or ""  # empty: there or not, by its type
            self.demand(found == expected, "header:", place, "is", ascii(found), "for", ascii(expected))
            counts["header values"] += 1
            if fate != "kept":
                left_out.add(place.split("/")[0])
        self.demand(set(told["left_out"]) == left_out, "said to be left out:", told["left_out"], "for", sorted(left_out))
        self.demand(draft.SpecificCharacterSet == "ISO_IR 192", "its character set is", draft.SpecificCharacterSet)
        self.demand(draft.StudyInstanceUID == self.source.StudyInstanceUID, "another study")

    def judge_document(self, draft, told):
        flags = (draft.PreliminaryFlag, draft.CompletionFlag, draft.VerificationFlag)
        self.demand(flags == ("PRELIMINARY", told["completion_flag"], "UNVERIFIED"), "flags", flags)
        self.demand("VerifyingObserverSequence" not in draft, "a verifying observer")
        self.demand((draft.SOPClassUID, draft.file_meta.MediaStorageSOPClassUID) == (told["class"],) * 2, "class", draft.SOPClassUID)
        self.demand((draft.InstanceNumber, draft.SeriesNumber) == (told["revision"], 9900 + told["revision"]), "revision")
        references = expected_reading.references(draft, "PredecessorDocumentsSequence")
        self.demand(references == ([told["predecessor"]] if told["predecessor"] else []), "predecessors", references)
        current = expected_reading.references(draft, "CurrentRequestedProcedureEvidenceSequence")
        self.demand(len(current) == told["shown"], len(current), "images as evidence for", told["shown"])
        other = expected_reading.references(draft, "PertinentOtherEvidenceSequence")
        self.demand(len(other) == sum(prior["images"] + prior["reports"] for prior in told["priors"]), "other evidence", len(other))
        counts["revisions"] += bool(told["predecessor"])
        counts["with priors"] += bool(told["priors"])

    def judge_texts(self, reader, found, expected):
        counts["texts by " + reader] += len(found)
        self.demand(len(found) == len(expected), reader, "reads", len(found), "texts for", len(expected))
        for one, other in zip(found, expected):
            if one != other:
                return self.demand(False, reader, "reads", ascii(one)[:800], "for", ascii(other)[:800])

    def judge_draft(self, told):
        path, before = self.folder / told["file"], len(self.faults)
        expected = expected_reading.texts(self.told, told)
        pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
        draft = pydicom.dcmread(path)
        self.judge_values(pydicom.dcmread(path), told)
        for line in list(refused_values(draft)):
            self.known(known_complaints.PYDICOM, "pydicom", line)
        pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
        self.judge_document(draft, told)
        self.judge_texts("pydicom", list(expected_reading.texts_of_items(draft)), expected)
        self.judge_with_highdicom(path, told, expected)
        self.judge_with_dciodvfy(path, told)
        self.judge_with_dsrdump(path, expected)
        counts["drafts"] += 1
        self.faults[before:] = [f"{told['file']}: {fault}" for fault in self.faults[before:]]

    def judge_with_highdicom(self, path, told, expected):
        name = CLASS_NAMES[told["class"].removeprefix(SR_ROOT)]
        if name == "BasicTextSR":  # srread knows the other three
            tree = ContentSequence.from_sequence([pydicom.dcmread(path)], is_root=True)
        else:
            document = srread(path)
            self.demand(type(document).__name__ == name, "highdicom reads a", type(document).__name__)
            tree = document.content
        items = tree[0].ContentSequence if len(tree) == 1 and "ContentSequence" in tree[0] else tree
        found = [(section.name.meaning, item.name.meaning, item.value) for section in items if section.value_type.value == "CONTAINER"
                 for item in section.ContentSequence if item.value_type.value == "TEXT" and item.relationship_type.value == "CONTAINS"]
        self.judge_texts("highdicom", found, expected)

    def known(self, table, tool, line):
        name = known_complaints.find(table, line, self.source_values, self.fates)
        self.demand(name, tool + ":", line)
        counts[f"{tool}: {name}"] += 1

    def judge_with_dciodvfy(self, path, told):
        _, output = output_of("dciodvfy", "-new", path)
        lines = output.decode("utf-8", "replace").split("\n")
        self.demand(CLASS_NAMES[told["class"].removeprefix(SR_ROOT)] in lines, "dciodvfy finds another IOD")
        for line in lines:
            if line.startswith(("Error", "Warning")):
                self.known(known_complaints.DCIODVFY, "dciodvfy", line)

    def judge_with_dsrdump(self, path, expected):
        code, output = output_of("dsrdump", "+Pl", path)
        self.demand(code == 0, "dsrdump fails")
        found, section = [], ""
        for line in output.decode("utf-8").split("\n"):
            if line.startswith(("E:", "W:", "F:")):
                self.known(known_complaints.DSRDUMP, "dsrdump", line)
            if container := re.match(r'  <contains CONTAINER:\(,,"(.*?)"\)', line):
                section = container[1]
            if text := re.fullmatch(r'    <contains TEXT:\(,,"(.*?)"\)="(.*)">', line):
                found.append((section, text[1], text[2]))
        printed = [(heading, name, text.replace("\r", "\\r").replace("\n", "\\n")) for heading, name, text in expected]
        self.judge_texts("dsrdump", found, printed)

    # dcentvfy compares bytes and knows no character sets: it is given the source in UTF-8, its values as they must be read.
    def judge_with_dcentvfy(self):
        twin = self.folder / "source-in-utf8.dcm"
        expected_reading.write_in_utf8(self.source_path, twin, self.declared)
        _, output = output_of("dcentvfy", twin, *(self.folder / draft["file"] for draft in self.told["drafts"]))
        for line in re.split(r"\n(?=Error|Warning)", output.decode("utf-8", "replace").strip()):
            if line:
                self.known(known_complaints.DCENTVFY, "dcentvfy", line)

    def judge(self):
        self.expect_values()
        for draft in self.told["drafts"]:
            self.judge_draft(draft)
        self.judge_with_dcentvfy()
        counts["jobs"] += 1
        counts["encoding " + self.told["encoding"]] += 1
        counts["modality " + self.told["modality"]] += 1
        return self.faults


def main():
    warnings.simplefilter("ignore")  # pydicom's, of the sources' character sets
    folder, found = pathlib.Path(sys.argv[1]), False
    for line in (folder / "jobs.jsonl").read_text().splitlines():
        told = json.loads(line)
        faults = Job(folder, told).judge()
        for fault in faults:
            print(f"job {told['job']} ({told['encoding']}, {told['modality']}): {fault}")
        found = found or bool(faults)
        if found and "--all" not in sys.argv:
            break
    print("judged " + json.dumps(dict(sorted(counts.items()))))
    sys.exit(1 if found else 0)


main()
