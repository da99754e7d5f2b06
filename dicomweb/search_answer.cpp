// SPDX-License-Identifier: Apache-2.0
#include "dicomweb/search_answer.h"

#include <map>
#include <nlohmann/json.hpp>

#include "core/uid.h"

namespace radfm::dicomweb {
namespace {

using nlohmann::json;
template <class Match>
using Fields = std::map<std::string, std::string Match::*>;

// PS3.18 10.6.3.3
const Fields<scu::FoundStudy> study_fields = {{"00080020", &scu::FoundStudy::date},
                                              {"00080030", &scu::FoundStudy::time},
                                              {"00080050", &scu::FoundStudy::accession_number},
                                              {"00080061", &scu::FoundStudy::modalities},
                                              {"00080201", &scu::FoundStudy::timezone_offset},
                                              {"00081030", &scu::FoundStudy::description},
                                              {"00100010", &scu::FoundStudy::patient_name},
                                              {"00100020", &scu::FoundStudy::patient_id},
                                              {"00100021", &scu::FoundStudy::issuer},
                                              {"00100030", &scu::FoundStudy::birth_date},
                                              {"00100040", &scu::FoundStudy::sex},
                                              {"0020000D", &scu::FoundStudy::study_uid},
                                              {"00201208", &scu::FoundStudy::instances}};
const Fields<scu::FoundSeries> series_fields = {
    {"00080060", &scu::FoundSeries::modality},  {"0008103E", &scu::FoundSeries::description},
    {"00180015", &scu::FoundSeries::body_part}, {"0020000E", &scu::FoundSeries::series_uid},
    {"00200011", &scu::FoundSeries::number},    {"00201209", &scu::FoundSeries::instances}};
const Fields<scu::FoundDocument> document_fields = {
    {"00080016", &scu::FoundDocument::sop_class_uid},     {"00080018", &scu::FoundDocument::sop_instance_uid},
    {"00081090", &scu::FoundDocument::model_name},        {"0020000E", &scu::FoundDocument::series_uid},
    {"0040A493", &scu::FoundDocument::verification_flag}, {"0040A496", &scu::FoundDocument::preliminary_flag}};
const Fields<scu::FoundDocument> title_fields = {{"00080100", &scu::FoundDocument::title_code},
                                                 {"00080102", &scu::FoundDocument::title_scheme},
                                                 {"00080104", &scu::FoundDocument::title}};

Error bad_answer(const char* why) {
  return transient_error("web_bad_answer",
                         std::string("the answer of a DICOMweb server to a search is not usable: ") + why);
}

std::string without_padding(std::string text) {
  text.erase(text.find_last_not_of(std::string_view(" \0", 2)) + 1);
  return text;
}

// F.2.2, F.2.4: a string, a number, or a person's name by its groups.
std::string text_of(const json& value) {
  if (value.is_string()) return without_padding(value.get<std::string>());
  if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  if (!value.is_object()) return {};
  std::string name;
  for (const char* group : {"Alphabetic", "Ideographic", "Phonetic"}) {
    const auto found = value.find(group);
    name += (found != value.end() && found->is_string() ? without_padding(found->get<std::string>())
                                                        : std::string()) +
            "=";
  }
  name.erase(name.find_last_not_of('=') + 1);
  return name;
}

// Several values are joined by a backslash, as in a file.
std::string value_of(const json& data_set, const std::string& tag) {
  const auto element = data_set.find(tag);
  if (element == data_set.end() || !element->is_object()) return {};
  const auto values = element->find("Value");
  if (values == element->end() || !values->is_array()) return {};
  std::string text;
  for (std::size_t i = 0; i < values->size(); ++i) text += (i > 0 ? "\\" : "") + text_of((*values)[i]);
  return text;
}

// The first item of a sequence; null: there is none.
const json* item_of(const json& data_set, const std::string& tag) {
  const auto element = data_set.find(tag);
  if (element == data_set.end() || !element->is_object()) return nullptr;
  const auto items = element->find("Value");
  const bool has_item = items != element->end() && items->is_array() && !items->empty() && items->front().is_object();
  return has_item ? &items->front() : nullptr;
}

template <class Match, class Accept>
Result<scu::Found<Match>> read(const std::string& text, const Fields<Match>& fields, std::size_t matches_max,
                               const Accept& accept) {
  scu::Found<Match> found;
  if (text.empty()) return found;  // 204: nothing matches
  if (nests_too_deep(text)) return bad_answer("it nests too deep");
  const json answer = json::parse(text, nullptr, false);
  if (!answer.is_array()) return bad_answer("it is no JSON array");
  for (const json& data_set : answer) {
    if (found.matches.size() == matches_max) {
      found.more = true;
      break;
    }
    Match match;
    match.character_set = "ISO_IR 192";
    if (data_set.is_object()) {
      for (const auto& [tag, field] : fields) match.*field = value_of(data_set, tag);
    }
    if (accept(match, data_set))
      found.matches.push_back(std::move(match));
    else
      ++found.unusable;
  }
  return found;
}

}  // namespace

bool nests_too_deep(const std::string& text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\')
      ++i;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{'))
      ++depth;
    else if (!quoted && (c == ']' || c == '}') && depth > 0)
      --depth;
    if (depth > search_nesting_max) return true;
  }
  return false;
}

Result<scu::Found<scu::FoundStudy>> read_studies(const std::string& text, std::size_t matches_max) {
  return read(text, study_fields, matches_max, [](const scu::FoundStudy& study, const json&) {
    return Uid::parse(study.study_uid).has_value();
  });
}

Result<scu::Found<scu::FoundSeries>> read_series(const std::string& text, const std::string& study_uid,
                                                 std::size_t matches_max) {
  return read(text, series_fields, matches_max, [&](const scu::FoundSeries& series, const json& data_set) {
    const std::string of_study = value_of(data_set, "0020000D");
    return Uid::parse(series.series_uid).has_value() && (of_study.empty() || of_study == study_uid);
  });
}

Result<scu::Found<scu::FoundDocument>> read_documents(const std::string& text, const std::string& study_uid, std::size_t matches_max) {
  // Answers of another modality come from a server that does not look at the key.
  const auto accept = [&](scu::FoundDocument& document, const json& data_set) {
    const std::string of_study = value_of(data_set, "0020000D"), modality = value_of(data_set, "00080060");
    if (const json* title = item_of(data_set, "0040A043")) {
      for (const auto& [tag, field] : title_fields) document.*field = value_of(*title, tag);
    }
    return Uid::parse(document.series_uid) && Uid::parse(document.sop_instance_uid) && (of_study.empty() || of_study == study_uid) &&
           (modality.empty() || modality == "SR");
  };
  return read(text, document_fields, matches_max, accept);
}

}  // namespace radfm::dicomweb
