// SPDX-License-Identifier: Apache-2.0
// Takes names, birth dates and identifiers out of text that goes to the model: what the headers and documents
// of the studies say of persons is known, and so is what common labels announce ("MRN: ..."). One thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/attribute_set.h"

namespace radfm::draft {

inline constexpr std::string_view taken_out = "___";  // as de-identified reports have it

class IdentityWords {
 public:
  // The patient's names, IDs and birth date, the study's accession number, and the physicians' names.
  void add(const AttributeSet& header);
  void add_person(std::string_view person_name);  // PN, UTF-8

  // Each name, birth date (in the usual ways to write one) and identifier replaced by `taken_out`; line ends
  // stay. A name that is a word of reports as well ("Long", "Hand") goes only beside another name or a title.
  std::string without(std::string_view text) const;

  // Whether the text holds one of the patient's own names, as a report would write it.
  bool names_patient(std::string_view text) const;

 private:
  struct Span {
    std::size_t begin, end;
  };
  void add_name(std::string_view person_name, bool is_patient);
  void add_identifier(std::string_view identifier);
  void add_birth_date(std::string_view da);
  std::vector<Span> name_spans(std::string_view text, bool of_patient_only) const;
  std::vector<Span> literal_spans(std::string_view text) const;

  std::set<std::string> words_, patient_words_;  // folded, of scripts that put blanks between words
  std::set<std::string> whole_names_, patient_whole_names_;  // as they stand, of the others
  std::set<std::string> literals_;                           // IDs and dates, in small letters
};

}  // namespace radfm::draft
