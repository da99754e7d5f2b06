// SPDX-License-Identifier: Apache-2.0
// Each kind of golden case, checked: the numbers and texts that the authors' code produced (its README is the
// specification) against what this product computes, through the product's own functions wherever the product
// does the thing at all. What only the authors' training or demonstration code does stands in the kind's own
// file.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "pipeline/model/check/case_files.h"
#include "pipeline/model/check/comparison.h"

namespace radfm::model::check {

struct CheckOptions {
  std::optional<std::filesystem::path> tokenizer;  // instead of the one that a case names
  std::vector<std::filesystem::path>
      more_libraries;                                // folders in which tokenizer/tokenizer.model may be, too
  std::function<void(const std::string&)> progress;  // what is being done now; may be empty
};

// permanent "case_unreadable" when the case cannot be judged; what differs is in the findings.
using CheckKind = Result<CaseFindings> (*)(Case& golden, const CheckOptions& options);

Result<CaseFindings> check_tokenizer(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_prompt(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_preprocess_depth(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_preprocess2d(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_preprocess3d(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_vision_tiny(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_vision_full(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_llama_layer(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_model_tiny(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_checkpoint_bad(Case& golden, const CheckOptions& options);
Result<CaseFindings> check_checkpoint_sharded(Case& golden, const CheckOptions& options);

struct Kind {
  std::string_view name;
  CheckKind check;
};
const std::vector<Kind>& kinds();

// Finds the kind and checks. Exceptions of libraries (no memory, torch) become "case_unreadable" too.
Result<CaseFindings> check_case(Case& golden, const CheckOptions& options);

}  // namespace radfm::model::check
