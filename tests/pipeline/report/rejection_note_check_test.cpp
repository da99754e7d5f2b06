// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/rejection_note_check.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_values.h"
#include "tests/pipeline/report/sample_withdrawal.h"

namespace radfm::report {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The rules that a note breaks after a change of its data set, each once.
std::set<std::string> broken_by(const std::function<void(DcmDataset&)>& change, RejectionReason reason = RejectionReason::quality) {
  const auto file = read_note(sample_order(reason));
  change(*file->getDataset());
  const auto mistakes = check_sr(*to_file_bytes(*file));
  EXPECT_TRUE(mistakes.ok());
  std::set<std::string> rules;
  for (const SrMistake& mistake : *mistakes) rules.insert(mistake.rule);
  return rules;
}

std::function<void(DcmDataset&)> put(const DcmTagKey& tag, const char* value) {
  return [tag, value](DcmDataset& dataset) { dataset.putAndInsertString(tag, value); };
}

// A change of the item of the tree with this concept name, or of this value type.
std::function<void(DcmDataset&)> in_item(const std::string& wanted, const std::function<void(DcmItem&)>& change) {
  return [=](DcmDataset& dataset) {
    bool done = false;
    for_each_item(dataset, DCM_ContentSequence, [&](DcmItem& item) {
      const bool found = code_value(item, DCM_ConceptNameCodeSequence) == wanted || value_of(item, DCM_ValueType) == wanted;
      if (found && !done) change(item);
      done = done || found;
    });
    EXPECT_TRUE(done) << wanted;
  };
}

TEST(RejectionNoteCheck, FindsWhatIsNoNoteOfOurs) {
  // Aim: each rule can be broken, and names itself.
  EXPECT_THAT(broken_by([](DcmDataset&) {}), IsEmpty());
  EXPECT_THAT(broken_by([](DcmDataset& dataset) { add_item(dataset, DCM_VerifyingObserverSequence); }), ElementsAre("never_verified"));
  EXPECT_THAT(broken_by(put(DCM_VerificationFlag, "UNVERIFIED")), ElementsAre("never_verified"));
  EXPECT_THAT(broken_by(put(DCM_Modality, "SR")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_SeriesNumber, "9600")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_InstanceNumber, "2")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_SeriesDescription, "Key objects")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_Manufacturer, "Somebody")), ElementsAre("equipment"));
  EXPECT_THAT(broken_by(put(DCM_SpecificCharacterSet, "ISO_IR 100")), ElementsAre("text"));
  EXPECT_THAT(broken_by(put(DCM_StudyInstanceUID, "1.2.3")), ElementsAre("evidence"));
}

TEST(RejectionNoteCheck, FindsATreeThatRejectsNothing) {
  // Aim: title, modifier, observer and description are each asked for.
  const auto value_is = [](const char* value) {
    return [=](DcmItem& item) { first_item(item, DCM_ConceptCodeSequence)->putAndInsertString(DCM_CodeValue, value); };
  };
  const auto title_is = [](const char* value) {
    return [=](DcmDataset& dataset) { first_item(dataset, DCM_ConceptNameCodeSequence)->putAndInsertString(DCM_CodeValue, value); };
  };
  EXPECT_THAT(broken_by(title_is("113000")), ElementsAre("template"));
  EXPECT_THAT(broken_by(title_is("113037")), ElementsAre("template"));                                   // has a modifier
  EXPECT_THAT(broken_by(title_is("113001"), RejectionReason::patient_safety), ElementsAre("template"));  // has none
  EXPECT_THAT(broken_by(in_item("121005,DCM", value_is("121006"))), ElementsAre("template"));
  EXPECT_THAT(broken_by(in_item("113012,DCM", [](DcmItem& item) { item.putAndInsertString(DCM_TextValue, "A nice draft."); })), ElementsAre("text"));
  EXPECT_THAT(broken_by(in_item("113012,DCM", [](DcmItem& item) { add_item(item, DCM_ContentSequence); })), ElementsAre("structure"));
}

TEST(RejectionNoteCheck, FindsReferencesThatDiffer) {
  // Aim: evidence and tree name the same objects, once each, with one report; not the note itself.
  const auto reference = [](const DcmTagKey& tag, const std::string& value) {
    return [=](DcmItem& item) { first_item(item, DCM_ReferencedSOPSequence)->putAndInsertString(tag, value.c_str()); };
  };
  EXPECT_THAT(broken_by(in_item("IMAGE", reference(DCM_ReferencedSOPInstanceUID, "1.2.3"))), ElementsAre("evidence"));
  EXPECT_THAT(broken_by(in_item("COMPOSITE", reference(DCM_ReferencedSOPClassUID, "1.2.3"))), ElementsAre("evidence"));
  const std::string page_two = companion_uids(withdrawn_job, "page_2").sop_instance_uid;
  EXPECT_THAT(broken_by(in_item("IMAGE", reference(DCM_ReferencedSOPInstanceUID, page_two))), ElementsAre("evidence"));
  EXPECT_THAT(broken_by([](DcmDataset& dataset) {
                DcmItem* study = first_item(dataset, DCM_CurrentRequestedProcedureEvidenceSequence);
                DcmItem* report = first_item(*first_item(*study, DCM_ReferencedSeriesSequence), DCM_ReferencedSOPSequence);
                report->putAndInsertString(DCM_ReferencedSOPClassUID, "1.2.840.10008.5.1.4.1.1.2");
              }),
              ElementsAre("evidence"));
  EXPECT_THAT(broken_by([](DcmDataset& dataset) { dataset.findAndDeleteElement(DCM_CurrentRequestedProcedureEvidenceSequence); }),
              ElementsAre("evidence"));
}

}  // namespace
}  // namespace radfm::report
