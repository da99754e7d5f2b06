// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/imaging/instance_facts.h"

namespace radfm::imaging {

// Whether all instances name one patient and one study. An empty birth date, sex or name says nothing; an
// empty patient ID beside a filled one is a disagreement. Names are compared without ASCII case and trailing
// delimiters.
class IdentityCheck {
 public:
  void add(const InstanceFacts& facts);
  // "patient_id", "birth_date", "sex", "name", "study_uid", in this order.
  std::vector<std::string> disagreements() const;

 private:
  struct Entry {
    std::string value;
    bool seen = false, differs = false;
  };
  static void compare(Entry& entry, const std::string& value, bool empty_says_nothing);
  Entry patient_id_, birth_date_, sex_, name_, study_uid_;
};

}  // namespace radfm::imaging
