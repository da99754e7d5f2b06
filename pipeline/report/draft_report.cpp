// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/draft_report.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>

#include <algorithm>

#include "core/sop_class.h"
#include "core/uid.h"
#include "pipeline/report/equipment.h"
#include "pipeline/report/evidence.h"
#include "pipeline/report/object_header.h"
#include "pipeline/report/report_tree.h"
#include "pipeline/report/sr_file.h"

namespace radfm::report {
namespace {

constexpr int series_number_base = 9900;

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  item.putAndInsertString(tag, value.data(), static_cast<Uint32>(value.size()));
}

// SR Document Series, PS3.3 C.17.1: one series for each draft, because viewers show one instance of an SR series.
void write_series(const DraftContent& content, DcmItem& dataset) {
  put(dataset, DCM_Modality, "SR");
  put(dataset, DCM_SeriesInstanceUID, content.series_instance_uid);
  put(dataset, DCM_SeriesNumber, std::to_string(series_number_base + content.revision));
  put(dataset, DCM_SeriesDescription, series_description);
  dataset.insertEmptyElement(DCM_ReferencedPerformedProcedureStepSequence);
}

// SR Document General, PS3.3 C.17.2. The three flags say "draft" whatever the input says: this is the only place that
// writes them. PARTIAL is true (a physician must still finish it) and keeps others from verifying the draft in place.
void write_document_general(const DraftContent& content, const ContentTime& at, DcmItem& dataset,
                            std::vector<std::string>& left_out_values) {
  put(dataset, DCM_InstanceNumber, std::to_string(content.revision));
  put(dataset, DCM_PreliminaryFlag, "PRELIMINARY");
  put(dataset, DCM_CompletionFlag, content.completion_flag == "COMPLETE" ? "COMPLETE" : "PARTIAL");
  put(dataset, DCM_CompletionFlagDescription, completion_flag_description);
  put(dataset, DCM_VerificationFlag, "UNVERIFIED");
  put(dataset, DCM_ContentDate, at.date);
  put(dataset, DCM_ContentTime, at.time);
  write_predecessors(content, dataset);
  write_requests(content, dataset, left_out_values);
  write_evidence(content, dataset, left_out_values);
}

void require_own_uids(const DraftContent& content) {
  if (!Uid::parse(content.series_instance_uid) || !Uid::parse(content.sop_instance_uid) || content.revision < 1) {
    broken_invariant("a draft has a series UID, an instance UID and a revision from 1 on, fixed by its job");
  }
}

}  // namespace

Result<DraftReport> build_draft(const DraftContent& content) {
  require_own_uids(content);
  DraftReport report;
  DcmFileFormat file;
  DcmDataset& dataset = *file.getDataset();
  const auto at = write_object_header(content, sop_class_uid_of(content.sop_class), content.sop_instance_uid, dataset, report.left_out_values);
  if (!at) return at.error();
  write_series(content, dataset);
  write_author(content, dataset);
  write_document_general(content, *at, dataset, report.left_out_values);
  if (auto written = write_tree(content, dataset); !written) return written.error();
  auto bytes = to_file_bytes(file);
  if (!bytes) return bytes.error();
  report.dicom = std::move(*bytes);
  auto text = sr_text(report.dicom);  // read back: what was written is what a reader finds
  if (!text) return permanent_error("report_not_valid", "the finished report cannot be read back: " + text.error().message);
  report.text = std::move(*text);
  return report;
}

}  // namespace radfm::report
