// SPDX-License-Identifier: Apache-2.0
#include "demo/report_judgement.h"

namespace radfm::demo {
namespace {

using phantom::Change;
using phantom::Kind;
using phantom::Lesion;

bool states_prior(const ParsedReport& report, const Told& told) {
  switch (told.prior_seen) {
    case PriorSeen::none: return report.says_no_prior && !report.says_report_only && !report.compares();
    case PriorSeen::report_only: return report.says_report_only && !report.says_no_prior && !report.compares();
    case PriorSeen::image: break;
  }
  const bool other = told.prior.modality != told.current.modality;
  return report.prior_lesion && !report.says_no_prior && !report.says_report_only &&
         report.prior_modality == (other ? std::optional(told.prior.modality) : std::nullopt);
}

bool impression_is_true(const ParsedReport& report, const Told& told) {
  if (!report.impression) return false;
  const ParsedImpression& says = *report.impression;
  if (!told.current.diagnostic) return !says.diagnostic;
  const Lesion& lesion = told.current.lesion;
  if (!says.diagnostic || !says.lesion.same_place(lesion) || says.heart_enlarged != told.current.heart_enlarged) return false;
  if (says.normal != (lesion.kind == Kind::none && says.gone.kind == Kind::none && !says.heart_enlarged)) return false;
  if (told.prior_seen != PriorSeen::image) return says.change.empty() && says.gone.kind == Kind::none;
  const Change change = phantom::change_between(told.prior.lesion, lesion);
  const bool replaced = change == Change::replaced || change == Change::opposite_side;
  if (!says.gone.same_place(replaced || change == Change::resolved ? told.prior.lesion : Lesion{})) return false;
  return lesion.kind == Kind::none || says.change == (replaced ? "new" : word_of(change));
}

}  // namespace

const std::vector<std::string_view>& judged_attributes() {
  static const std::vector<std::string_view> names = {"present", "kind",         "side",            "zone",       "size",      "heart",
                                                      "modality", "change", "heart_change", "prior_statement", "impression", "consistent"};
  return names;
}

std::vector<Verdict> judge(const ParsedReport& report, const Told& told) {
  const Lesion &lesion = told.current.lesion, said = report.lesion.value_or(Lesion{});
  std::vector<Verdict> verdicts;
  const auto put = [&](std::string_view name, bool right) { verdicts.push_back({name, right}); };
  const auto finish = [&] {
    put("impression", impression_is_true(report, told));
    put("consistent", contradictions(report).empty());
  };
  if (!told.current.diagnostic) {
    put("present", !report.diagnostic && said.kind == Kind::none);
    finish();
    return verdicts;
  }
  const bool present = report.diagnostic && report.lesion && (said.kind != Kind::none) == (lesion.kind != Kind::none);
  put("present", present);
  if (lesion.kind != Kind::none) {
    put("kind", present && said.kind == lesion.kind);
    put("side", present && said.side == lesion.side);
    if (lesion.kind != Kind::effusion) put("zone", present && said.zone == lesion.zone && said.kind != Kind::effusion);
    put("size", present && said.kind == lesion.kind && said.size == lesion.size);
  }
  put("heart", report.heart_enlarged == told.current.heart_enlarged);
  put("modality", report.modality == told.current.modality);
  if (told.prior_seen == PriorSeen::image) {
    put("change", report.change() == phantom::change_between(told.prior.lesion, lesion));
    put("heart_change", report.heart_enlarged == told.current.heart_enlarged && report.prior_heart_enlarged == told.prior.heart_enlarged);
  }
  put("prior_statement", states_prior(report, told));
  finish();
  return verdicts;
}

}  // namespace radfm::demo
