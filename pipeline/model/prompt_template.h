// SPDX-License-Identifier: Apache-2.0
// In which words a model is told of studies, by name. A model answers best in the words of its training: config.json names them
// ("input": {"prompt_template": ...}). Plain values; any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace radfm::model {

// {date} is YYYY-MM-DD, {modality} a DICOM modality, {text} a report. What is empty takes the blank before it along.
struct PromptTemplate {
  std::string_view name;
  std::string_view prior;         // before the images and the report of an earlier study
  std::string_view prior_report;  // after its images
  std::string_view current;       // before the images of the current study
};

inline constexpr std::array<PromptTemplate, 2> prompt_templates{{
    // The first is the one of models that name none.
    {"modality_date", "Prior {modality} study of {date}:", "Prior report: {text}", "Current study:"},
    {"date", "Prior study of {date}:", "Prior report: {text}", "Current study:"},
}};

// nullptr when there is none of this name; the first one for an empty name.
const PromptTemplate* find_prompt_template(std::string_view name);
std::string prompt_template_names();  // "modality_date, date"

// Each {key} of the form that is one of the pairs' is replaced once; what is put in is never looked at again.
struct FormValue {
  std::string_view key, value;
};
std::string filled(std::string_view form, const FormValue& first, const FormValue& second = {});

}  // namespace radfm::model
