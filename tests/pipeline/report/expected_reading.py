# SPDX-License-Identifier: Apache-2.0
"""What a reader must find in a draft, from the bytes that went in: by the standard's rules and Python's codecs, not by the product's."""
import codecs
import re

import pydicom

DRAFT_NOTICE = "DRAFT made by software, not reviewed by a radiologist. Not for diagnosis until a physician has read the images."
NOTHING_WRITTEN = "The model wrote no text for this study."
CLOSING_NOTICE = "A radiologist must read the images: this draft was made by software and has not been reviewed."
PARAGRAPHS_MAX = 64
TEXT_VRS = ("SH", "LO", "PN", "ST", "LT", "UC", "UT")
CODECS = {"": "ascii", "ISO_IR 6": "ascii", "ISO_IR 100": "latin-1", "ISO_IR 192": "utf-8", "GB18030": "gb18030", "\\ISO 2022 IR 87": "iso2022_jp"}


# A byte that is none of UTF-8: the Latin-1 character of its number, or that it is unknown.
def latin1_instead(error):
    return "".join(chr(byte) if byte >= 0xA0 else "\uFFFD" for byte in error.object[error.start:error.end]), error.end


codecs.register_error("latin1_instead", latin1_instead)


def declared_set(data_set):
    sets = data_set.get("SpecificCharacterSet") or ""
    return sets if isinstance(sets, str) else "\\".join(sets)


def without_padding(text):
    return text.rstrip(" \0")


# As the file says, and where that does not fit the bytes, so that two different values stay different.
def value_as_read(raw, declared):
    try:
        text = raw.decode(CODECS[declared])
    except (UnicodeDecodeError, KeyError):
        text = raw.decode("utf-8", "latin1_instead")
    return without_padding(re.sub("[\x00-\x08\x0B\x0E-\x1F\x7F]", "", without_padding(text)))


# "PatientID", "ProcedureCodeSequence/CodeMeaning": of the first item.
def place_of(value):
    keywords = [pydicom.datadict.keyword_for_tag(value[key]) for key in ("sequence", "tag") if value[key]]
    return "/".join(keywords)


# Bytes, a number, or None where the element is not there.
def raw_value(data_set, place):
    *sequence, keyword = place.split("/")
    if sequence:
        items = data_set.get(sequence[0])
        if not items:
            return None
        data_set = items[0]
    element = data_set.get_item(keyword)
    if element is None:
        return None
    if element.VR == "US":
        return int.from_bytes(element.value, "little") if element.value else None
    return element.value or b""


def in_utf8(data_set, declared):
    copy = pydicom.Dataset()
    for tag in list(data_set.keys()):
        raw = data_set.get_item(tag)
        if raw.VR == "SQ":
            copy.add_new(tag, "SQ", [in_utf8(item, declared) for item in data_set[tag].value])
        elif raw.VR in TEXT_VRS and isinstance(raw.value, bytes):
            vr = "LO" if raw.VR == "PN" else raw.VR  # pydicom cuts the empty last group of a name
            copy.add_new(tag, vr, value_as_read(raw.value, declared))
        else:
            copy[tag] = data_set[tag]
    return copy


# The source's values as they must be read, for programs that know UTF-8 only.
def write_in_utf8(path, target, declared):
    data_set = pydicom.dcmread(path)
    copy = in_utf8(data_set, declared)
    copy.SpecificCharacterSet = "ISO_IR 192"
    copy.file_meta = data_set.file_meta
    copy.save_as(target, enforce_file_format=True)


# A legal value may become an illegal one in the wrong character set: a second value where one is allowed, too many characters.
def fate_as_read(place, text):
    if place.split("/")[-1] in ("StudyDescription", "InstitutionName", "CodeMeaning") and ("\\" in text or len(text) > 64):
        return "left_out"
    return "kept"


# Legal in a TEXT item (PS3.3 C.17.3): CR LF, no other control character; what is no UTF-8 becomes U+FFFD (Unicode 15, table 3-7).
def legal_text(raw):
    text = re.sub("\r\n|\r|\n", "\n", raw.decode("utf-8", "replace"))
    text = re.sub("[\x00-\x09\x0B-\x1F\x7F-\x9F]", " ", text)
    return text.replace("\n", "\r\n").strip(" \r\n")


def paragraphs(text):
    found = [part for part in (part.strip(" \r\n") for part in text.split("\r\n\r\n")) if part]
    return [text] if len(found) > PARAGRAPHS_MAX else found


# The answer stands below its question, in one item: without empty lines.
def answer(job, text):
    if job["task"] == "report" or not text:
        return text
    question, written = (re.sub("(\r\n){2,}", "\r\n", part) for part in (legal_text(bytes.fromhex(job["question"])), text))
    return legal_text(f"Question to the model: {question}\r\nAnswer: {written}".encode())


# (heading, element, text) of each TEXT item of a section, in the tree's order.
def texts(job, draft):
    legal = {key: legal_text(bytes.fromhex(draft[key])) for key in ("clinical_information", "technique", "comparison")}
    findings, impression = (answer(job, legal_text(bytes.fromhex(job[key]))) for key in ("findings", "impression"))
    notices = [legal_text(bytes.fromhex(notice)) for notice in draft["notices"]]
    if not findings and not impression and NOTHING_WRITTEN not in notices:
        notices.append(NOTHING_WRITTEN)
    assert DRAFT_NOTICE in notices
    rows = [("Summary", "Comment", notice) for notice in notices]
    rows += [("Clinical Information", "Request", legal["clinical_information"]),
             ("Current Procedure Descriptions", "Procedure Description", legal["technique"]),
             ("Prior Procedure Descriptions", "Procedure Description", legal["comparison"])]
    for prior in draft["priors"]:
        description = bytes.fromhex(prior["description"]).decode("utf-8")
        counted = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in (("image", prior["images"]), ("report", prior["reports"]))]
        sentence = "Prior study" + (f" of {prior['date']}" if prior["date"] else "") + (f" ({description})" if description else "")
        sentence += f": {counted[0]} shown to the software, {counted[1]} read by it."
        rows.append(("Prior Procedure Descriptions", "Procedure Description", legal_text(sentence.encode())))
    rows += [("Findings", "Finding", part) for part in paragraphs(findings)]
    rows += [("Impressions", "Impression", part) for part in paragraphs(impression)]
    rows.append(("Recommendations", "Recommendation", CLOSING_NOTICE))
    return [row for row in rows if row[2]]


def texts_of_items(data_set):
    for section in data_set.ContentSequence:
        if section.ValueType == "CONTAINER":
            for item in section.ContentSequence:
                if item.ValueType == "TEXT" and item.RelationshipType == "CONTAINS":
                    yield section.ConceptNameCodeSequence[0].CodeMeaning, item.ConceptNameCodeSequence[0].CodeMeaning, item.TextValue


def references(data_set, keyword):
    return [item.ReferencedSOPInstanceUID for study in data_set.get(keyword, []) for series in study.ReferencedSeriesSequence
            for item in series.ReferencedSOPSequence]
