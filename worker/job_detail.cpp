// SPDX-License-Identifier: Apache-2.0
#include "worker/job_detail.h"

#include <nlohmann/json.hpp>

#include "pipeline/draft/made_from.h"
#include "pipeline/draft/told_priors.h"

namespace radfm::worker {
namespace {

using nlohmann::json;

json shown_json(const draft::Prepared& prepared) {
  json shown = json::array();
  for (const report::EvidenceInstance& instance : prepared.shown) {
    if (!shown.empty() && shown.back()["series"] == instance.series_instance_uid) {
      shown.back()["instances"] = shown.back()["instances"].get<int>() + 1;
    } else {
      shown.push_back({{"series", instance.series_instance_uid}, {"instances", 1}});
    }
  }
  return shown;
}

json prior_json(const report::PriorUse& prior) {
  return {{"study", prior.study_instance_uid},
          {"date", prior.study_date},
          {"images", prior.images.size()},
          {"reports", prior.reports.size()}};
}

}  // namespace

std::string job_detail_json(const draft::PrepareResult& result, const std::vector<std::string>& priors_not_fetched,
                            const model::ModelFacts& facts, int max_new_tokens, const model::Generated* generated) {
  json detail = {{"shown", json::array()}, {"left_out", json::array()}, {"priors", json::array()}};
  json refused = priors_not_fetched;
  for (const imaging::LeftOut& left : result.left_out) {
    detail["left_out"].push_back({{"series", left.series_instance_uid},
                                  {"instances", left.instances},
                                  {"code", left.code},
                                  {"reason", left.reason},
                                  {"by_policy", left.by_policy}});
  }
  if (result.prepared) {
    detail["shown"] = shown_json(*result.prepared);
    const draft::ToldPriors told = draft::told_priors(*result.prepared, generated != nullptr ? generated->cuts_made : 0);
    for (const report::PriorUse& prior : told.uses) detail["priors"].push_back(prior_json(prior));
    for (const std::string& why : told.refused) refused.push_back(why);
    detail["prompt_cut"] = told.cut;
    detail["made_from"] = draft::to_json(draft::made_from(*result.prepared, facts, max_new_tokens));
    detail["task"] = std::string(to_string(result.prepared->task));
  }
  detail["priors_refused"] = refused;
  detail["model"] = {{"name", facts.name}, {"version", facts.version}, {"digest", facts.digest}, {"device", facts.device}, {"dtype", facts.dtype}};
  if (generated != nullptr) {
    detail["generated"] = {{"tokens", generated->token_ids.size()}, {"prompt_tokens", generated->prompt_tokens},
                           {"stopped", generated->stopped},         {"flags", generated->flags},
                           {"vision_ms", generated->vision_ms},     {"prefill_ms", generated->prefill_ms},
                           {"decode_ms", generated->decode_ms},   {"images_encoded", generated->images_encoded},
                           {"images_from_cache", generated->images_from_cache}};
  }
  // A hostile file's text may have got into a reason: bytes that are no UTF-8 are replaced, never thrown over.
  return detail.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace radfm::worker
