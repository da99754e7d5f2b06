// SPDX-License-Identifier: Apache-2.0
// DICOMweb, the objects that are made, character sets and security of the conformance statement.
#include "core/sop_class.h"
#include "dicomweb/search_answer.h"
#include "dicomweb/web_requests.h"
#include "pipeline/report/codes.h"
#include "pipeline/report/companion_objects.h"
#include "pipeline/report/draft_report.h"
#include "pipeline/report/rejection_note.h"
#include "radfmctl/conformance_statement.h"
#include "radfmctl/markdown_table.h"
#include "scu-scp/prior_query.h"
#include "scu-scp/tls_settings.h"

namespace radfm::ctl {
namespace {

std::string web_table() {
  std::vector<Row> rows;
  for (const dicomweb::WebRequest* request : dicomweb::web_requests) {
    std::string included;
    for (const dicomweb::WebField& field : request->included) {
      included += std::string(included.empty() ? "" : ", ") + field.name + " (" + field.tag + ")";
    }
    rows.push_back({code_text(request->id), request->service, request->method, code_text(request->path),
                    code_text(request->media_type), request->matching, included});
  }
  return markdown_table({"line", "service", "method", "resource", "Accept", "matching", "includefield"}, rows);
}

std::string sr_classes_table() {
  std::vector<Row> rows;
  for (const SrClass sr_class : sr_classes) {
    const std::string uid(sop_class_uid_of(sr_class));
    rows.push_back({code_text(std::string(to_string(sr_class))), std::string(sop_class_name(uid)), uid});
  }
  return markdown_table({"`report.sop_class`", "SOP class", "UID"}, rows);
}

std::string modules_table() {
  const std::string number = "Series Number 9900 plus the number of the draft";
  return markdown_table(
      {"IE", "module", "what stands in it"},
      {{"Patient", "Patient, Clinical Trial Subject", "as in the images of the study"},
       {"Study", "General Study, Patient Study, Clinical Trial Study", "as in the images: the report is filed in their study"},
       {"Series", "SR Document Series", "one series for each draft; " + number + "; Series Description \"" + report::series_description + "\""},
       {"Equipment", "General Equipment",
        "Manufacturer \"" + std::string(product_manufacturer) + "\", model \"" + std::string(product_model_name) +
            "\"; the model that wrote the text as Contributing Equipment"},
       {"Document", "SR Document General",
        "**Preliminary Flag PRELIMINARY, Verification Flag UNVERIFIED, always**; Completion Flag PARTIAL, or COMPLETE where "
        "`report.completion_flag` says so; Author Observer a device (DEV); Current Requested Procedure Evidence: the images that were "
        "shown; Pertinent Other Evidence: images and reports of earlier studies; Predecessor Documents: the draft that this one replaces"},
       {"Document", "SR Document Content", "TID 2000, Basic Diagnostic Imaging Report; CONTAINER, TEXT, CODE, UIDREF and IMAGE items"},
       {"Document", "SOP Common", "Specific Character Set ISO_IR 192; the SOP Instance UID is fixed when the job is made"}});
}

std::string companions_table() {
  const auto row = [](std::string_view uid, const char* modality, const char* number, const char* description, const char* content) {
    return Row{std::string(sop_class_name(uid)), modality, number, "\"" + std::string(description) + "\"", content};
  };
  return markdown_table(
      {"SOP class", "Modality", "Series Number", "Series Description", "what stands in it"},
      {row(encapsulated_pdf_uid, "DOC", "9800 plus the number of the draft", report::pdf_series_description,
           "Document Title and title code of a draft; Verification Flag UNVERIFIED, always; Burned In Annotation YES"),
       row(secondary_capture_uid, "OT", "9700 plus the number of the draft", report::page_series_description,
           "8-bit MONOCHROME2, one object for each page; Conversion Type WSD; Burned In Annotation YES")});
}

std::string note_table() {
  return markdown_table(
      {"IE", "module", "what stands in it"},
      {{"Patient, Study", "as of the draft", "as in the draft: the note is filed in its study"},
       {"Series", "Key Object Document Series",
        "one series for each note, Modality KO; Series Number 9600 plus the number of the draft; Series Description \"" +
            std::string(report::rejection_series_description) + "\""},
       {"Equipment", "General Equipment", "that of the draft, without the model"},
       {"Document", "Key Object Document",
        "Current Requested Procedure Evidence: the draft and its companions; Referenced Request as in the draft; when it was withdrawn"},
       {"Document", "SR Document Content",
        "TID 2010, Key Object Selection: the title, the modifier where it says quality, language, a device as observer, the Key Object Description "
        "with the words of the person; COMPOSITE items for SR and PDF, IMAGE items for pages. No flag, no Verifying Observer: it vouches for nothing"},
       {"Document", "SOP Common", "Specific Character Set ISO_IR 192; the SOP Instance UID is fixed by the job and when it was withdrawn"}});
}

std::string codes_table() {
  std::vector<Row> rows;
  for (const report::UsedCode& used : report::used_codes()) {
    rows.push_back({used.code.value, used.code.scheme, used.code.meaning, used.where});
  }
  return markdown_table({"value", "scheme", "meaning", "where"}, rows);
}

std::string suites_table() {
  std::vector<Row> rows;
  for (const scu::TlsSuite& suite : scu::tls_suites) rows.push_back({suite.version, suite.name});
  return markdown_table({"TLS", "cipher suite"}, rows);
}

}  // namespace

std::string conformance_web() {
  return R"(## 7 DICOMweb

As user agent only (PS3.18), of an archive of `pacs` with `"priors": "dicomweb"` or, for `search_documents` and the last two lines,
`"store": "stow"`; paths are below its `url`. No resource is offered.

)" + web_table() +
         "Searches have `limit`, one more than is used; a found study, series or document beyond " + std::to_string(scu::find_matches_max) +
         " is not read, nor an answer beyond " + size_text(dicomweb::search_answer_bytes_max) +
         R"(.
Retrieved objects go through the checks of objects that come by C-STORE, and have their limits. HTTP statuses: 2xx success; 401 and
403 not authorized; 429 and 5xx but 501 busy, tried again later; others a refusal; 404 to `retrieve_instance` says that the draft is
not there, to `search_documents` that the study is not.
`store_instance` sends one object as `multipart/related; type="application/dicom"`; the Failure Reason in its answer (200, 202, 409) is
taken as the status of a C-STORE. HTTP/1.1, Basic authentication where `username` is set.

)";
}

std::string conformance_reports() {
  return R"(## 8 Objects that are made

Drafts, all of the one SOP class that `report.sop_class` names (without it Basic Text SR), standard, without private attributes. Their
content is the same in each class. They go to the own Orthanc over its REST interface, and by C-STORE (`deliver` above) or STOW-RS to the archives that
a rule names; companions (6.2, 8.2) go beside them, and a rejection note (8.3) to wherever a withdrawn draft had been sent. No other object is made or
changed.

)" + sr_classes_table() +
         R"(### 8.1 Modules (PS3.3 A.35.1, A.35.2, A.35.3, A.35.13)

)" + modules_table() +
         R"(Sections of the document: Summary (what kind of text this is), Clinical Information, Current Procedure Descriptions, Prior Procedure
Descriptions (one for each prior study), Findings, Impressions, Recommendations. What is empty is left out. Values of the images that
DICOM does not allow are not copied; where an attribute must be present it is empty.

### 8.2 Companions

Where `report.companions` asks for them: the draft as a page, with the patient and study of the draft, in series of their own.

)" + companions_table() +
         R"(They name the draft and its key images as their source (Source Instance Sequence); the draft names no companion.

### 8.3 Rejection note (PS3.3 A.35.4)

When a person withdraws a draft: IHE RAD-66, Imaging Object Change Management. What an archive does with it is for the archive to say.

)" + note_table() +
         R"(### 8.4 Codes

Standard schemes only: DCM, LN (LOINC), SCT (SNOMED CT), and RFC5646 for the language.

)" + codes_table() +
         R"(## 9 Character sets

Read: what the images and answers say in Specific Character Set (0008,0005), converted to UTF-8. Written: ISO_IR 192 (UTF-8). A C-FIND
with a Patient ID that is not ASCII is in ISO_IR 192 too; DICOMweb is asked in UTF-8.

## 10 Security

* DICOM over TLS, for each archive (`pacs[].tls`) and for the server where its archives have it: the Non-Downgrading BCP 195 TLS Secure
  Transport Connection Profile (PS3.15 B.10), and beside it the suites of RFC 9325 for keys on elliptic curves: TLS 1.2 or newer, never plain TCP instead. Both sides show a certificate, and both are
  verified; the name or address that is called must stand in the peer's. No RSA key below 2048 bits, no SHA-1 signature.
* DICOMweb over https: TLS 1.2 or newer, the server's certificate and name verified; with `pacs[].tls` the files
  of `dicom.tls`: an own certificate, and whom to trust.
* Application level: called and calling AE titles are checked by the server (5.4), and objects are taken only from an archive that
  was asked for them. No user identity is negotiated (PS3.7 D.3.3.7), no attribute is encrypted, nothing is signed.
* Audit (PS3.15 A.5, A.6), where `audit.syslog_host` names a repository: Application Activity, Audit Log Used, Begin Transferring DICOM
  Instances, DICOM Instances Accessed, DICOM Instances Transferred, Procedure Record and Security Alert, by syslog over TLS (RFC 5424 and
  5425; PRI 85, MSGID DICOM+RFC3881, no STRUCTURED-DATA), at least once and in order. Which events are reported cannot be configured. The
  participant object Patient is left out; each message has one more, the audit trail, with number and hash of the entry. None is received.

Cipher suites of DICOM over TLS, which are offered to archives and taken from callers, and no others:

)" + suites_table();
}

}  // namespace radfm::ctl
