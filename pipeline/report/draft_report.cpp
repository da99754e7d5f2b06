// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/draft_report.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>

#include <algorithm>

#include "core/dicom_time.h"
#include "core/digest.h"
#include "core/sop_class.h"
#include "core/uid.h"
#include "pipeline/report/equipment.h"
#include "pipeline/report/evidence.h"
#include "pipeline/report/header_copy.h"
#include "pipeline/report/report_tree.h"
#include "pipeline/report/sr_file.h"

namespace radfm::report {
namespace {

constexpr int series_number_base = 9900;
constexpr std::size_t date_time_seconds_end = 14;  // of YYYYMMDDHHMMSS

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  item.putAndInsertString(tag, value.data(), static_cast<Uint32>(value.size()));
}

struct ContentTime {
  std::string date, time;
};

// A Timezone Offset From UTC copied from the source holds for every date and time of the object (PS3.3 C.12.1.1.8), so
// ours are expressed in it too. Without one they stand as the job has them.
ContentTime content_time(const DraftContent& content, DcmItem& dataset) {
  const ContentTime given{content.content_date, content.content_time};
  OFString zone_text;
  if (dataset.findAndGetOFString(DCM_TimezoneOffsetFromUTC, zone_text).bad() || zone_text.empty()) return given;
  const std::string& at = content.observation_datetime;
  if (at.size() <= date_time_seconds_end) return given;
  const auto source_zone = parse_zone_minutes(zone_text.c_str());
  const auto own_zone = parse_zone_minutes(at.substr(at.find_first_of("+-") == std::string::npos
                                                         ? at.size()
                                                         : at.find_first_of("+-")));
  const auto date = parse_da(at.substr(0, 8));
  const auto time = parse_tm_ms(at.substr(8, 6));
  if (!source_zone || !own_zone || !date || !time) return given;
  const std::int64_t local_ms =
      days_since_1970(*date) * 86'400'000 + *time + (*source_zone - *own_zone) * std::int64_t{60'000};
  return {format_da(local_ms), format_tm(local_ms)};
}

// SOP Common, PS3.3 C.12.1
void write_sop_common(const DraftContent& content, const ContentTime& at, DcmItem& dataset) {
  put(dataset, DCM_SOPClassUID, std::string(sop_class_uid_of(content.sop_class)));
  put(dataset, DCM_SOPInstanceUID, content.sop_instance_uid);
  put(dataset, DCM_InstanceCreationDate, at.date);
  put(dataset, DCM_InstanceCreationTime, at.time);
  put(dataset, DCM_InstanceCreatorUID, uid_from_name("instance creator"));
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
  put(dataset, DCM_SpecificCharacterSet, "ISO_IR 192");
  if (auto copied = copy_header(content.source_header, dataset, report.left_out_values); !copied) {
    return copied.error();
  }
  const ContentTime at = content_time(content, dataset);
  write_sop_common(content, at, dataset);
  write_series(content, dataset);
  write_equipment(content, dataset);
  write_document_general(content, at, dataset, report.left_out_values);
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
