// SPDX-License-Identifier: Apache-2.0
// SOP classes, transfer syntaxes, keys and statuses of the conformance statement.
#include <cstdio>

#include "radfmctl/conformance_statement.h"
#include "radfmctl/markdown_table.h"
#include "scu-scp/find_keys.h"
#include "scu-scp/object_reception.h"
#include "scu-scp/presentation_tables.h"

namespace radfm::ctl {
namespace {

using scu::Activity;
using scu::PresentationLine;
using scu::ServiceRole;
using Syntaxes = std::vector<std::string>;

Syntaxes all_syntaxes() {
  Syntaxes all;
  for (const scu::TransferSyntax& syntax : scu::known_transfer_syntaxes()) all.emplace_back(syntax.uid);
  return all;
}

// N, C and N+C are the sets of section 6.1; other lists are spelt out.
std::string set_name(const Syntaxes& syntaxes) {
  if (syntaxes == scu::native_transfer_syntaxes()) return "N";
  if (syntaxes == scu::compressed_transfer_syntaxes()) return "C";
  if (syntaxes == all_syntaxes()) return "N, C";
  std::string text;
  for (const std::string& uid : syntaxes) text += (text.empty() ? "" : ", ") + uid;
  return text;
}

std::string role_name(ServiceRole role) { return role == ServiceRole::scu ? "SCU" : "SCP"; }

std::string syntaxes_table() {
  std::vector<Row> rows;
  const std::size_t native = scu::native_transfer_syntaxes().size();
  for (const scu::TransferSyntax& syntax : scu::known_transfer_syntaxes()) {
    rows.push_back({rows.size() < native ? "N" : "C", syntax.name, syntax.uid});
  }
  return markdown_table({"set", "transfer syntax", "UID"}, rows);
}

// Lines of the services themselves; storage classes have a table of their own.
std::string services_table() {
  std::vector<Row> rows;
  for (const scu::ActivityEntry& entry : scu::activities()) {
    for (const PresentationLine& line : scu::presentation_lines(entry.activity)) {
      const bool storage = sop_role(line.sop_class_uid) != SopRole::ignored && entry.activity != Activity::deliver;
      if (storage) continue;
      rows.push_back({code_text(entry.id), std::string(line.sop_class_name), line.sop_class_uid, role_name(line.role),
                      set_name(line.transfer_syntaxes)});
    }
  }
  return markdown_table({"line", "SOP class", "UID", "role", "transfer syntaxes"}, rows);
}

std::string delivered_table() {
  std::vector<Row> rows;
  for (const scu::DeliveredClass& line : scu::delivered_classes()) {
    const std::string uid(line.sop_class_uid);
    const Syntaxes proposed = scu::stored_object_context(uid, scu::native_transfer_syntaxes().front()).transfer_syntaxes;
    rows.push_back({code_text("deliver"), std::string(sop_class_name(uid)), uid, "SCU", set_name(proposed), line.what, line.asked_by});
  }
  return markdown_table({"line", "SOP class", "UID", "role", "transfer syntaxes", "what it is", "what makes it happen"}, rows);
}

// The contexts of one class in an activity: "SCP: N; SCP: C".
std::string contexts_cell(const std::vector<PresentationLine>& lines, const std::string& sop_class_uid) {
  std::string cell;
  for (const PresentationLine& line : lines) {
    if (line.sop_class_uid != sop_class_uid) continue;
    cell += (cell.empty() ? "" : "; ") + role_name(line.role) + ": " + set_name(line.transfer_syntaxes);
  }
  return cell;
}

std::string storage_table() {
  const auto study = scu::presentation_lines(Activity::get_study_root), patient = scu::presentation_lines(Activity::get_patient_root);
  const auto served = scu::presentation_lines(Activity::serve);
  std::vector<Row> rows;
  for (const PresentationLine& line : served) {
    if (sop_role(line.sop_class_uid) == SopRole::ignored) continue;
    const std::string root = contexts_cell(study, line.sop_class_uid), other = contexts_cell(patient, line.sop_class_uid);
    rows.push_back({std::string(line.sop_class_name), line.sop_class_uid, root == other ? root : root + " / " + other,
                    contexts_cell(served, line.sop_class_uid)});
  }
  return markdown_table({"SOP class", "UID", "proposed with C-GET", "accepted by the server"}, rows);
}

template <class Match>
std::string keys_table(std::span<const scu::FindKey<Match>> keys) {
  std::vector<Row> rows;
  for (const auto& key : keys) {
    char tag[16];
    std::snprintf(tag, sizeof tag, "(%04X,%04X)", static_cast<unsigned>(key.tag >> 16), static_cast<unsigned>(key.tag & 0xFFFF));
    rows.push_back({key.name, tag, *key.matching == '\0' ? "universal" : key.matching});
  }
  return markdown_table({"attribute", "tag", "matching"}, rows);
}

std::string statuses_table() {
  std::vector<Row> rows = {{"0000", "kept"}};
  for (const scu::RefusalStatus& line : scu::refusal_statuses) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "%04X", static_cast<unsigned>(line.status));
    rows.push_back({hex, line.meaning});
  }
  return markdown_table({"status", "when"}, rows);
}

}  // namespace

std::string conformance_classes() {
  return R"(## 6 Services

### 6.1 Transfer syntaxes

In the order in which we propose them, and in which our server prefers them: of those that a caller proposes for one context, the
first of this table is accepted. Among the compressed ones those without loss come first.

)" + syntaxes_table() +
         R"(### 6.2 SOP classes

)" + services_table() +
         R"(`serve` takes Verification in the compressed syntaxes too, where they mean nothing (a C-ECHO has no data set). Its Storage Commitment
role is that of an SCU: the caller is the SCP, says so by role selection, and brings the result. A draft is written in Explicit VR
Little Endian, and encoded anew for an archive that takes Implicit VR only. A caller that asks `serve` for Storage Commitment without
role selection is accepted as an SCU too; its request (N-ACTION) ends the association. Where `report.sop_class` names another SR class
(section 8), `deliver` proposes that one in the place of Basic Text SR, in the same syntaxes. What goes beside a draft or after it is sent
in the same way, each object on an association of its own on which its class alone is proposed:

)" + delivered_table() +
         R"(### 6.3 Storage classes

Taken from archives, and from no one else: the images and reports that the node can read. With C-GET a class of images is proposed in
two contexts, so that an archive may accept uncompressed and compressed objects on one association.

)" + storage_table() +
         R"(### 6.4 Keys of C-FIND

At level STUDY. Relational queries are not used, nor is fuzzy matching; a Patient ID with wildcards is never sent. The Specific
Character Set (0008,0005) goes with a Patient ID that is not ASCII.

)" + keys_table(scu::study_find_keys()) +
         R"(At level SERIES. The Study Instance UID (0020,000D) is matched as a single value; under the patient root so is the Patient ID.

)" + keys_table(scu::series_find_keys()) +
         R"(Before a draft is sent to an archive with `"verify": "c_find"` or `"c_get"`, it is asked for the study's reports of others: at level
SERIES as above, with Modality SR as a single value, and then at level IMAGE, once for each of these series, with its Series Instance
UID (0020,000E) and Study Instance UID (0020,000D) as single values; under the patient root so is the Patient ID.

)" + keys_table(scu::document_find_keys()) +
         R"(At level IMAGE, for a draft: SOP Instance UID (0008,0018), Series Instance UID (0020,000E) and Study Instance UID (0020,000D) as single
values; under the patient root so is the Patient ID.

C-GET and C-MOVE are sent at level STUDY, or SERIES once for each series that is wanted; C-GET of a draft at level IMAGE. C-MOVE names
our own AE title as its destination: the archive must know it, with the address and `dicom.port`.

### 6.5 Answers

Our answer to a C-STORE, on the association of a C-GET and by the server:

)" + statuses_table() +
         R"(How answers of others are taken: 0000 as success; Bxxx as success, to a C-GET or C-MOVE with the failed objects counted; FF00 and
FF01 as pending; FE00 to a retrieval that we cancelled as its end; A7xx as busy, and tried again later (A702 with failed objects
as B000); A801 to a C-MOVE as a destination that is not known there; everything else as a refusal that is not tried again.
N-EVENT-REPORT of a storage commitment is answered 0000; 0110 where nobody waits for that transaction or its data set is not
readable; 0118 for another SOP class.

)";
}

}  // namespace radfm::ctl
