// SPDX-License-Identifier: Apache-2.0
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <nlohmann/json.hpp>

#include "dicomweb/web_requests.h"
#include "pipeline/report/codes.h"
#include "radfmctl/conformance_statement.h"
#include "scu-scp/find_keys.h"
#include "scu-scp/object_reception.h"
#include "scu-scp/pdu_guard.h"
#include "scu-scp/presentation_tables.h"
#include "scu-scp/storage_scp.h"
#include "scu-scp/tls_settings.h"

namespace radfm::ctl {
namespace {

using nlohmann::json;

json activities_json() {
  json list = json::array();
  for (const scu::ActivityEntry& entry : scu::activities()) {
    json lines = json::array();
    for (const scu::PresentationLine& line : scu::presentation_lines(entry.activity)) {
      lines.push_back({{"sop_class_uid", line.sop_class_uid},
                       {"sop_class_name", line.sop_class_name},
                       {"role", line.role == scu::ServiceRole::scu ? "SCU" : "SCP"},
                       {"transfer_syntaxes", line.transfer_syntaxes}});
    }
    list.push_back({{"id", entry.id}, {"lines", lines}});
  }
  return list;
}

json delivered_json() {
  json list = json::array();
  for (const scu::DeliveredClass& line : scu::delivered_classes()) list.push_back(line.sop_class_uid);
  return list;
}

template <class Match>
json keys_json(std::span<const scu::FindKey<Match>> keys) {
  json tags = json::array();
  for (const auto& key : keys) tags.push_back(key.tag);
  return tags;
}

json web_json() {
  json list = json::array();
  for (const dicomweb::WebRequest* request : dicomweb::web_requests) {
    json included = json::array();
    for (const dicomweb::WebField& field : request->included) included.push_back(field.tag);
    list.push_back({{"id", request->id}, {"method", request->method}, {"path", request->path}, {"accept", request->media_type},
                    {"included", included}});
  }
  return list;
}

json rejections_json() {
  json list = json::array();
  for (const Rejection& rejection : rejections) list.push_back(rejection.reason);
  return list;
}

json suites_json() {
  json list = json::array();
  for (const scu::TlsSuite& suite : scu::tls_suites) list.push_back({{"code", suite.code}, {"name", suite.name}, {"version", suite.version}});
  return list;
}

json statuses_json() {
  json list = json::object();
  for (const scu::RefusalStatus& line : scu::refusal_statuses) list[line.code] = line.status;
  return list;
}

json codes_json() {
  json list = json::array();
  for (const report::UsedCode& used : report::used_codes()) list.push_back({used.code.value, used.code.scheme, used.code.meaning});
  return list;
}

}  // namespace

std::string conformance_json() {
  const json statement = {{"version", RADFM_VERSION},
                          {"own_ae_title", scu::AcceptancePolicy().own_ae_title},
                          {"data_pdu_bytes_max", scu::data_pdu_bytes_max},
                          {"served_associations_max", scu::served_associations_max},
                          {"implementation_class_uid", OFFIS_IMPLEMENTATION_CLASS_UID},
                          {"implementation_version_name", OFFIS_DTK_IMPLEMENTATION_VERSION_NAME},
                          {"activities", activities_json()},
                          {"delivered_classes", delivered_json()},
                          {"study_keys", keys_json(scu::study_find_keys())},
                          {"series_keys", keys_json(scu::series_find_keys())},
                          {"document_keys", keys_json(scu::document_find_keys())},
                          {"refusal_statuses", statuses_json()},
                          {"rejection_reasons", rejections_json()},
                          {"web", web_json()},
                          {"tls_suites", suites_json()},
                          {"codes", codes_json()}};
  return statement.dump(2) + "\n";
}

}  // namespace radfm::ctl
