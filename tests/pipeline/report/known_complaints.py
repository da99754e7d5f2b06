# SPDX-License-Identifier: Apache-2.0
"""What validators say of a faithful copy because of the source's own value: by name, and only while the source has such a value.

A row: its name, where the complaint is ("PatientName", "ProcedureCodeSequence/CodeMeaning"; None: anywhere), its words, and what must be
true of the source's value there. Whatever no row names is a fault.
"""
import re

NAMES = ("PatientName", "ReferringPhysicianName", "PhysiciansOfRecord", "OtherPatientNames")
SINGLE = ("PatientID", "PatientName", "ReferringPhysicianName")
CLINICAL_TRIAL = ("ClinicalTrialProtocolID", "ClinicalTrialProtocolName", "ClinicalTrialSiteID", "ClinicalTrialSiteName", "ClinicalTrialSubjectID",
                  "ClinicalTrialSubjectReadingID")
CODE_MEANINGS = ("ProcedureCodeSequence/CodeMeaning", "PerformedProcedureCodeSequence/CodeMeaning")
LONG_STRINGS = ("StudyDescription", "InstitutionName") + CODE_MEANINGS


def utf8_bytes(value):
    return len(value.encode("utf-8"))


def has_group_without_delimiter(value, _):
    return any(group and "^" not in group for name in value.split("\\") for group in name.split("="))


def has_long_group(value, _):
    return any(len(group) > 64 for name in value.split("\\") for group in name.split("="))


DCIODVFY = [
    ("identifier too long", ("PatientID",), r"Length invalid for this VR", lambda value, _: utf8_bytes(value) > 64),
    ("identifier too long", ("AccessionNumber", "StudyID"), r"Length invalid for this VR", lambda value, _: utf8_bytes(value) > 16),
    ("name too long", NAMES, r"Length invalid for this VR", lambda value, _: utf8_bytes(value) > 64),
    ("characters counted as bytes", LONG_STRINGS, r"Length invalid for this VR", lambda value, _: utf8_bytes(value) > 64 >= len(value)),
    ("two values of an identifier", SINGLE, r"Bad attribute Value Multiplicity", lambda value, _: "\\" in value),
    ("name without a caret", NAMES, r"Retired Person Name form", has_group_without_delimiter),
    ("more than five components of a name", NAMES, r"Too many delimiters \(\^\)", lambda value, _: value.count("^") > 4),
    ("study without date, time or ID", ("StudyDate", "StudyTime", "StudyID", "PatientID"), r"would be needed to build DICOMDIR",
     lambda value, fate: value == "" or fate == "emptied"),
    ("second 60", ("StudyTime",), r"Character invalid for this VR = '6'", lambda value, _: value[4:6] == "60"),
    ("a weight of zero", ("PatientWeight",), r"Value is zero", lambda value, _: float(value) == 0),
    ("Other Patient IDs is retired", ("OtherPatientIDs",), r"Retired attribute|not present in standard DICOM IOD",
     lambda value, _: value != ""),
    ("Clinical Trial Subject with a sponsor alone", CLINICAL_TRIAL, r"Missing attribute for Type .* Module=<ClinicalTrialSubject>",
     lambda value, _: value != ""),
]
DSRDUMP = [
    ("DCMTK 3.6.7 checks no UTF-8", None, r"The VR checker does not support this Specific Character Set: ISO_IR 192", None),
    ("two values of an identifier", SINGLE, r"VM != 1", lambda value, _: "\\" in value),
    ("second 60", ("StudyTime",), r"violates VR definition", lambda value, _: value[4:6] == "60"),
]
DCENTVFY = [
    ("its own table has the accession number twice", ("AccessionNumber",), r"Different information entities for attribute", None),
    ("illegal in the source, empty here", None, r"Attribute is empty \(zero length\) in one instance", lambda _, fate: fate == "emptied"),
    ("illegal in the source, left out here", None, r"Attribute present in one instance but not the other", lambda _, fate: fate == "left_out"),
]
PYDICOM = [
    ("identifier too long", ("PatientID",), r"The value length \(\d+\) exceeds the maximum length", lambda value, _: len(value) > 64),
    ("identifier too long", ("AccessionNumber", "StudyID"), r"The value length \(\d+\) exceeds the maximum length", lambda value, _: len(value) > 16),
    ("name too long", NAMES, r"The PN component length \(\d+\) exceeds", has_long_group),
    ("four groups of a name", ("PatientName",), r"The number of PN components length \(4\)", lambda value, _: value.count("=") == 3),
]
# Where the value is that a complaint about another attribute is caused by.
CAUSES = {missing: "ClinicalTrialSponsorName" for missing in CLINICAL_TRIAL}
# dciodvfy: "Error - </PatientName(0010,0010)[1]> - ...", nested ones joined by "/"; dcentvfy: "Element=<PatientName>"; dsrdump:
# "W: PatientName (0010,0010) ..."; pydicom (judge_jobs.py): "PatientName: ..."
PLACES = (re.compile(r"^\w+ - </([^>]+)>"), re.compile(r"Element=<(\w+)>"), re.compile(r"^[EW]: (\w+) \([0-9a-f]{4},"), re.compile(r"^(\w+): "))


def place_of(line):
    for pattern in PLACES:
        if found := pattern.search(line):
            return re.sub(r"\([0-9a-f]{4},[0-9a-f]{4}\)|\[\d+\]", "", found[1])
    return ""


# The name of the row that explains the line, or None. `values`: as the source's are read; `fates`: what became of them.
def find(table, line, values, fates):
    place = place_of(line)
    cause = CAUSES.get(place, place.replace("PerformedProcedureCodeSequence", "ProcedureCodeSequence"))
    value = values.get(cause, "")
    fate = next((fate for other, fate in fates.items() if other == cause or other.startswith(cause + "/")), None)
    for name, places, words, holds in table:
        if (places is None or place in places) and re.search(words, line) and (holds is None or (fate is not None and holds(value, fate))):
            return name
    return None
