// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/check_kinds.h"

#include <exception>
#include <new>

namespace radfm::model::check {
namespace {

constexpr const char* unreadable_code = "case_unreadable";

// The product did not do what the reference did.
CaseFindings refused(const Error& error) {
  CaseFindings findings;
  findings.add({"refused", {}, 1, 0, error.message + " (" + error.code + ")", {}});
  return findings;
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"tokenizer", check_tokenizer},
      {"prompt", check_prompt},
      {"preprocess2d", check_preprocess2d},
      {"preprocess-depth", check_preprocess_depth},
      {"preprocess3d", check_preprocess3d},
      {"vision-tiny", check_vision_tiny},
      {"vision-full", check_vision_full},
      {"llama-layer-full", check_llama_layer},
      {"model-tiny", check_model_tiny},
      {"checkpoint-bad", check_checkpoint_bad},
      {"checkpoint-sharded", check_checkpoint_sharded},
  };
  return all;
}

Result<CaseFindings> check_case(Case& golden, const CheckOptions& options) {
  std::string known;
  for (const Kind& kind : kinds()) {
    if (golden.kind() != kind.name) {
      known += (known.empty() ? "" : ", ") + std::string(kind.name);
      continue;
    }
    try {
      auto findings = kind.check(golden, options);
      if (golden.mistakes().any()) return golden.mistakes().first();
      return findings || findings.error().code == unreadable_code ? findings : refused(findings.error());
    } catch (const std::bad_alloc&) {
      return permanent_error("case_unreadable", "there is not enough memory for this case");
    } catch (const std::exception& failure) {  // torch's and the standard library's
      return permanent_error("case_unreadable", "a library refused this case: " + shown(failure.what()));
    }
  }
  return permanent_error("case_unreadable",
                         "kind '" + shown(golden.kind()) + "' is not known; known are " + known);
}

}  // namespace radfm::model::check
