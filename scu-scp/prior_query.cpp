// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/prior_query.h"

#include <algorithm>

namespace radfm::scu {
namespace {

bool is_value(const std::string& text) {
  return text.size() <= query_value_bytes_max && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != 0x1B;
         });
}

bool is_date(const std::string& text) {
  return text.empty() || (text.size() == 8 &&
                          std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

}  // namespace

Status check(const StudyQuery& query) {
  const auto blank = [](const std::string& text) { return text.find_first_not_of(' ') == std::string::npos; };
  if (blank(query.patient_id)) {
    return permanent_error("query_too_wide",
                           "an archive is not asked for the studies of an empty Patient ID: it would answer "
                           "with every patient's");
  }
  if ((query.patient_id + query.issuer).find_first_of("*?\\") != std::string::npos) {
    return permanent_error("query_too_wide",
                           "an archive is not asked for a Patient ID or issuer with '*', '?' or '\\': it "
                           "would match other patients");
  }
  if (!is_value(query.patient_id) || !is_value(query.issuer) || !is_value(query.character_set)) {
    return permanent_error(
        "query_not_usable",
        "Patient ID, issuer and character set of a query are at most 64 bytes without control characters");
  }
  if (!is_date(query.date_from) || !is_date(query.date_to)) {
    return permanent_error("query_not_usable", "the dates of a query are YYYYMMDD or empty");
  }
  return {};
}

}  // namespace radfm::scu
