// SPDX-License-Identifier: Apache-2.0
// Writes one XML 1.0 document in UTF-8, on one line. Whatever a value holds, it stays a value: what XML gives a meaning is escaped,
// and what XML cannot hold (control characters, bytes that are no UTF-8) becomes U+FFFD. Names are ours. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace radfm::audit {

class XmlWriter {
 public:
  XmlWriter();
  // `name` must outlive the writer. Attributes come right after begin(), before text and children.
  XmlWriter& begin(std::string_view name);
  XmlWriter& attribute(std::string_view name, std::string_view value);
  XmlWriter& text(std::string_view value);
  XmlWriter& end();      // of the innermost element
  std::string finish();  // every element must have ended

 private:
  void close_tag();
  void escape(std::string_view value);

  std::string out_;
  std::vector<std::string_view> open_;
  bool in_tag_ = false;
};

}  // namespace radfm::audit
