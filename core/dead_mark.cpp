// SPDX-License-Identifier: Apache-2.0
#include "core/dead_mark.h"

#include <nlohmann/json.hpp>

namespace radfm {

std::string add_dead_mark(std::string_view existing_json, const JobIdentity& identity, std::string_view code) {
  nlohmann::json jobs = nlohmann::json::array();
  for (const DeliveredMark& mark : parse_delivered_marks(existing_json)) {
    jobs.push_back({{"digest", mark.digest}, {"run", mark.run}, {"revision", mark.revision}, {"sop", mark.sop_instance_uid}});
  }
  return nlohmann::json{{"jobs", std::move(jobs)},
                        {"dead", {{"digest", identity.digest}, {"run", identity.run}, {"code", code}}}}
      .dump();
}

}  // namespace radfm
