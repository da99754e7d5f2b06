// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/prompt_template.h"

namespace radfm::model {

const PromptTemplate* find_prompt_template(std::string_view name) {
  if (name.empty()) return &prompt_templates.front();
  for (const PromptTemplate& known : prompt_templates)
    if (known.name == name) return &known;
  return nullptr;
}

std::string prompt_template_names() {
  std::string names;
  for (const PromptTemplate& known : prompt_templates) names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

std::string filled(std::string_view form, const FormValue& first, const FormValue& second) {
  std::string text;
  for (std::size_t at = 0; at < form.size();) {
    const std::size_t end = form[at] == '{' ? form.find('}', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      text.push_back(form[at++]);
      continue;
    }
    const std::string_view key = form.substr(at + 1, end - at - 1), value = key == first.key ? first.value : key == second.key ? second.value : "";
    if (value.empty() && text.ends_with(' ')) text.pop_back();
    text += value;
    at = end + 1;
  }
  return text;
}

}  // namespace radfm::model
