// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/object_header.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

#include "core/dicom_time.h"
#include "core/digest.h"
#include "pipeline/report/equipment.h"
#include "pipeline/report/header_copy.h"

namespace radfm::report {
namespace {

constexpr std::size_t date_time_seconds_end = 14;  // of YYYYMMDDHHMMSS

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  item.putAndInsertString(tag, value.data(), static_cast<Uint32>(value.size()));
}

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

}  // namespace

Result<ContentTime> write_object_header(const DraftContent& content, std::string_view sop_class_uid,
                                        const std::string& sop_instance_uid, DcmItem& dataset,
                                        std::vector<std::string>& left_out_values) {
  put(dataset, DCM_SpecificCharacterSet, "ISO_IR 192");
  if (auto copied = copy_header(content.source_header, dataset, left_out_values); !copied) return copied.error();
  const ContentTime at = content_time(content, dataset);
  put(dataset, DCM_SOPClassUID, std::string(sop_class_uid));
  put(dataset, DCM_SOPInstanceUID, sop_instance_uid);
  put(dataset, DCM_InstanceCreationDate, at.date);
  put(dataset, DCM_InstanceCreationTime, at.time);
  put(dataset, DCM_InstanceCreatorUID, uid_from_name("instance creator"));
  write_equipment(content, dataset);
  return at;
}

}  // namespace radfm::report
