// SPDX-License-Identifier: Apache-2.0
// Reports of earlier studies as they come: revisions of SRs and the persons in them, CDA and PDF documents,
// and the same patient in several character sets.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <gtest/gtest.h>

#include "core/patient_identity.h"
#include "pipeline/imaging/cda_text.h"
#include "pipeline/imaging/encapsulated_document.h"
#include "pipeline/imaging/report_reading.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/small_pdf.h"

namespace radfm::imaging {
namespace {

using testing::OpenFiles;

void fill(DcmDataset& set, const char* sop_class) {
  set.putAndInsertString(DCM_SOPClassUID, sop_class);
  set.putAndInsertString(DCM_SOPInstanceUID, "1.2.3.4.7.1");
  set.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.4");
  set.putAndInsertString(DCM_SeriesInstanceUID, "1.2.3.4.7");
}

ReportReading only_report(DcmDataset& set, const ReadOptions& options = {}) {
  OpenFiles files;
  files.add(testing::file_bytes(set));
  const StudyReading reading = testing::read(files, options);
  return reading.reports.empty() ? ReportReading{} : reading.reports.front();
}

Result<CdaDocument> cda(const std::string& text) {
  return read_cda_document({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string clinical_document(const std::string& declaration, const std::string& body) {
  return declaration + R"(<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Radiology Report</title>
    <recordTarget><patientRole><id extension="PAT1"/><patient><name><given>Jane</given><given>Ann</given><family>Doe</family></name>
    <administrativeGenderCode code="F"/><birthTime value="19670203"/></patient></patientRole></recordTarget>
    <legalAuthenticator><signatureCode code="S"/><assignedEntity><assignedPerson><name><given>Gregory</given><family>House</family></name>
    </assignedPerson></assignedEntity></legalAuthenticator><component><structuredBody>)" +
         body + "</structuredBody></component></ClinicalDocument>";
}

std::string section(const std::string& title, const std::string& text) {
  return "<component><section><title>" + title + "</title><text>" + text +
         "</text><entry><observation><text>coded</text></observation></entry></section></component>";
}

TEST(PriorDocuments, AStructuredReportNamesItsPredecessorsAndItsPersons) {
  // The chain of revisions, the last verification, and names for taking out; a name is no text.
  DcmDataset set;
  fill(set, "1.2.840.10008.5.1.4.1.1.88.11");
  DcmItem *item = nullptr, *series = nullptr, *instance = nullptr, *title = nullptr;
  set.findOrCreateSequenceItem(DCM_PredecessorDocumentsSequence, item);
  item->findOrCreateSequenceItem(DCM_ReferencedSeriesSequence, series);
  series->findOrCreateSequenceItem(DCM_ReferencedSOPSequence, instance);
  instance->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.3.4.7.0");
  for (const char* when : {"20240102110000", "20240103110000"}) {
    set.findOrCreateSequenceItem(DCM_VerifyingObserverSequence, item, -2);
    item->putAndInsertString(DCM_VerifyingObserverName, "House^Gregory");
    item->putAndInsertString(DCM_VerificationDateTime, when);
  }
  set.findOrCreateSequenceItem(DCM_ConceptNameCodeSequence, title);
  title->putAndInsertString(DCM_CodeValue, "18748-4");
  title->putAndInsertString(DCM_CodingSchemeDesignator, "LN");
  set.findOrCreateSequenceItem(DCM_ContentSequence, item, -2);
  item->putAndInsertString(DCM_ValueType, "PNAME");
  item->putAndInsertString(DCM_PersonName, "Cuddy^Lisa");
  set.findOrCreateSequenceItem(DCM_ContentSequence, item, -2);
  item->putAndInsertString(DCM_ValueType, "TEXT");
  item->putAndInsertString(DCM_TextValue, "Normal.");
  const ReportReading report = only_report(set);
  EXPECT_EQ(report.predecessors, std::vector<std::string>{"1.2.3.4.7.0"});
  EXPECT_EQ(report.persons, (std::vector<std::string>{"House^Gregory", "House^Gregory", "Cuddy^Lisa"}));
  EXPECT_EQ(report.verified_at, "20240103110000");
  EXPECT_EQ(report.title_code, "18748-4");
  EXPECT_EQ(report.title_scheme, "LN");
  EXPECT_EQ(report.text, "Normal.\n");
}

TEST(PriorDocuments, ACdaGivesItsTextPatientAndSignature) {
  // Sections, paragraphs and tables; coded entries are no text.
  const std::string body =
      section("Findings", "<paragraph>No  nodule.</paragraph><list><item>Heart normal.</item></list>") +
      section("Impression", "<table><tr><td>Normal</td><td>chest.</td></tr></table>");
  const auto document = cda(clinical_document(R"(<?xml version="1.0" encoding="UTF-8"?>)", body));
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->title, "Radiology Report");
  EXPECT_EQ(document->text.substr(0, 33), "Findings:\nNo  nodule.\nHeart norma");
  EXPECT_NE(document->text.find("Impression:\n Normal chest.\n"), std::string::npos) << document->text;
  EXPECT_EQ(document->text.find("coded"), std::string::npos);
  EXPECT_EQ(document->patient.name, "Doe^Jane Ann");
  EXPECT_EQ(document->patient.birth_date, "19670203");
  EXPECT_EQ(document->patient.sex, "F");
  EXPECT_EQ(document->persons, std::vector<std::string>{"House^Gregory"});
  EXPECT_TRUE(document->is_signed);
}

TEST(PriorDocuments, ACdaInItsCharacterSet) {
  // Latin-1 by the parser, all else by the C library; half a character, an unknown set and a path are
  // refused.
  const auto text_of = [](const std::string& encoding, const std::string& text) {
    const auto document =
        cda(clinical_document("<?xml version=\"1.0\" encoding=\"" + encoding + "\"?>", section("F", text)));
    return document ? document->text : document.error().code;
  };
  EXPECT_EQ(text_of("ISO-8859-1", "M\xFCller"), "F:\nM\u00fcller\n");
  EXPECT_EQ(text_of("ISO-8859-2", "\xB3ok"), "F:\n\u0142ok\n");
  EXPECT_EQ(text_of("windows-1252", "\x80"), "F:\n\u20ac\n");
  EXPECT_EQ(text_of("GB18030", "\xB7\xCE"), "F:\n\u80ba\n");
  EXPECT_EQ(text_of("Shift_JIS", "\x94\x78"), "F:\n\u80ba\n");
  EXPECT_EQ(text_of("Shift_JIS", "\x94"), "cda_broken");
  EXPECT_EQ(text_of("no-such-set", "x"), "cda_broken");
  EXPECT_EQ(text_of("../../tmp/x", "x"), "cda_broken");
}

TEST(PriorDocuments, AHostileCdaExpandsNothing) {
  // A document type (billions of laughs, a file of ours), unclosed elements, depth at the limit and one past
  // it.
  EXPECT_EQ(cda(R"(<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>)").error().code,
            "cda_has_doctype");
  EXPECT_EQ(cda(R"(<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>)").error().code, "cda_has_doctype");
  EXPECT_EQ(cda("<a><b></a>").error().code, "cda_broken");
  EXPECT_EQ(cda("").error().code, "cda_broken");
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<a>";
    for (int i = 0; i < depth; ++i) text += "</a>";
    const auto document = cda(text);
    return document ? std::string("read") : document.error().code;
  };
  EXPECT_EQ(nested(cda_depth_max), "read");
  EXPECT_EQ(nested(cda_depth_max + 1), "cda_too_nested");
  const auto long_text = cda(clinical_document("", section("F", std::string(cda_text_bytes_max + 10, 'x'))));
  ASSERT_TRUE(long_text);
  EXPECT_EQ(long_text->text.size(), cda_text_bytes_max);
}

TEST(PriorDocuments, ACdaInsideAnObject) {
  // The padded document of an Encapsulated CDA object; a signature stands for the flag that the object lacks.
  std::string text = clinical_document("", section("Findings", "Clear lungs."));
  if (text.size() % 2 != 0) text.push_back('\0');
  DcmDataset set;
  fill(set, "1.2.840.10008.5.1.4.1.1.104.2");
  set.putAndInsertUint8Array(DCM_EncapsulatedDocument, reinterpret_cast<const Uint8*>(text.data()),
                             text.size());
  ReportReading report = only_report(set);
  EXPECT_EQ(report.text, "Findings:\nClear lungs.\n");
  EXPECT_EQ(report.verification_flag, "VERIFIED");
  EXPECT_EQ(report.title, "Radiology Report");
  EXPECT_EQ(report.patient.name, "Doe^Jane Ann");
  set.putAndInsertString(DCM_VerificationFlag, "UNVERIFIED");
  EXPECT_EQ(only_report(set).verification_flag, "UNVERIFIED");
  set.putAndInsertUint8Array(DCM_EncapsulatedDocument, reinterpret_cast<const Uint8*>("<a><b>"), 6);
  EXPECT_EQ(only_report(set).text_missing, "the CDA document is no well-formed XML in a known character set");
}

TEST(PriorDocuments, APdfIsHandedOutWhenItIsAskedFor) {
  // Its bytes without the padding; not without asking, not what is no PDF, not when it is empty.
  const std::string pdf = testing::small_pdf({"Findings: none."}) + "\n";
  std::string padded = pdf;
  if (padded.size() % 2 != 0) padded.push_back('\0');
  DcmDataset set;
  fill(set, "1.2.840.10008.5.1.4.1.1.104.1");
  set.putAndInsertUint8Array(DCM_EncapsulatedDocument, reinterpret_cast<const Uint8*>(padded.data()),
                             padded.size());
  set.putAndInsertUint32(DCM_EncapsulatedDocumentLength, static_cast<Uint32>(pdf.size()));
  OpenFiles asked, silent;
  for (OpenFiles* files : {&asked, &silent}) files->add(testing::file_bytes(set));
  ReadOptions options;
  options.documents = true;
  const StudyReading reading = testing::read(asked, options);
  ASSERT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.documents[0].report, 0u);
  EXPECT_EQ(reading.documents[0].bytes, std::vector<std::uint8_t>(pdf.begin(), pdf.end()));
  EXPECT_TRUE(testing::read(silent).documents.empty());
  set.putAndInsertString(DCM_Manufacturer, "radfm-node project");
  set.putAndInsertString(DCM_ManufacturerModelName, "radfm-node");
  OpenFiles own;
  own.add(testing::file_bytes(set));
  const StudyReading draft = testing::read(own, options);
  EXPECT_TRUE(draft.documents.empty());  // the PDF beside a draft of ours
  EXPECT_TRUE(draft.reports.at(0).ours);
  set.putAndInsertUint8Array(DCM_EncapsulatedDocument, reinterpret_cast<const Uint8*>("MZ12"), 4);
  EXPECT_EQ(only_report(set, options).text_missing, "the report's document is no PDF");
  set.findAndDeleteElement(DCM_EncapsulatedDocument);
  EXPECT_EQ(only_report(set, options).text_missing, "the report's document is empty");
}

TEST(PriorDocuments, OnePatientInSeveralCharacterSets) {
  // The same person, and a near one, by the files' own bytes.
  const auto identity = [](const char* character_set, const char* name) {
    testing::Image image;
    image.change = [&](DcmDataset& set) {
      if (*character_set != '\0') set.putAndInsertString(DCM_SpecificCharacterSet, character_set);
      set.putAndInsertString(DCM_PatientName, name);
      set.putAndInsertString(DCM_PatientID, "PAT1");
      set.putAndInsertString(DCM_PatientBirthDate, "");
    };
    return identity_of(testing::read_images({image}).header);
  };
  const PatientIdentity latin = identity("ISO_IR 100", "M\xFCller^Anna"),
                        utf8 = identity("ISO_IR 192", "M\xC3\xBCller^Anna");
  EXPECT_EQ(latin, utf8);
  EXPECT_TRUE(compare_identity(latin, utf8, true).same_patient);
  EXPECT_TRUE(compare_identity(latin, identity("", "MULLER^ANNA"), true).same_patient);
  const PatientIdentity cyrillic = identity("ISO_IR 144", "\xBF\xD5\xE2\xE0\xDE\xD2"),
                        russian = identity("ISO_IR 192", "\u041f\u0435\u0442\u0440\u043e\u0432");
  EXPECT_TRUE(compare_identity(cyrillic, russian, true).same_patient);
  EXPECT_FALSE(compare_identity(latin, identity("ISO_IR 100", "M\xF6ller^Anna"), true).same_patient);
  // Bytes of Latin-1 without a declaration stay two different names.
  EXPECT_FALSE(compare_identity(identity("", "M\xFCller"), identity("", "M\xF6ller"), true).same_patient);
}

}  // namespace
}  // namespace radfm::imaging
