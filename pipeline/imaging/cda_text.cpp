// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/cda_text.h"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "pipeline/imaging/element_text.h"
#include "pipeline/imaging/utf8_text.h"
#include "pipeline/imaging/xml_encoding.h"

namespace radfm::imaging {
namespace {

constexpr std::size_t piece_bytes = 64 << 10, value_bytes_max = 1'024;

// Elements of narrative text after which a new line begins (CDA R2 4.3.5).
constexpr std::string_view line_elements[] = {"paragraph", "br",      "item", "tr",    "table",
                                              "list",      "caption", "text", "title", "section"};

bool ends_line(std::string_view name) {
  return std::find(std::begin(line_elements), std::end(line_elements), name) != std::end(line_elements);
}

// One name of a person as it is put together, in the order of PN: family, given, middle.
struct NameParts {
  std::string family, given;
  std::string person_name() const { return given.empty() ? family : family + "^" + given; }
};

class CdaHandler {
 public:
  void start(const XML_Char* name, const XML_Char** attributes, XML_Parser parser) {
    if (static_cast<int>(path_.size()) >= cda_depth_max)
      return stop(parser, "cda_too_nested", "the CDA document is nested too deeply");
    path_.emplace_back(local(name));
    const std::string& element = path_.back();
    if (element == "birthTime" && has("recordTarget"))
      document_.patient.birth_date = attribute(attributes, "value").substr(0, 8);
    if (element == "administrativeGenderCode" && has("recordTarget"))
      document_.patient.sex = attribute(attributes, "code");
    if (element == "signatureCode" && has("legalAuthenticator"))
      document_.is_signed = attribute(attributes, "code") == "S";
    if (element == "name") name_ = NameParts{};
    if (element == "given" && !name_.given.empty()) name_.given += " ";
    if (element == "title") value_.clear();
    if (element == "td" && is_narrative()) append(" ");
  }

  void end() {
    const std::string element = path_.back();
    if (element == "name") take_name();
    if (element == "title") take_title();
    if (is_narrative() && ends_line(element)) append("\n");
    path_.pop_back();
  }

  void characters(std::string_view text) {
    const std::string& element = path_.empty() ? empty_ : path_.back();
    if (has("name") && (element == "family" || element == "given" || element == "name")) {
      std::string& part = element == "given" ? name_.given : name_.family;
      add_bounded(part, text);
    } else if (element == "title") {
      add_bounded(value_, text);
    } else if (is_narrative()) {
      append(text);
    }
  }

  void stop(XML_Parser parser, const char* code, const char* message) {
    if (!error_) error_ = std::make_unique<Error>(permanent_error(code, message));
    XML_StopParser(parser, XML_FALSE);
  }

  const Error* error() const { return error_.get(); }
  CdaDocument take() {
    cut_text(document_.text, cda_text_bytes_max);
    document_.text = valid_utf8(document_.text);
    return std::move(document_);
  }

 private:
  // "urn:hl7-org:v3|title" -> "title".
  static std::string_view local(const XML_Char* name) {
    const std::string_view whole = name;
    const std::size_t bar = whole.rfind('|');
    return bar == std::string_view::npos ? whole : whole.substr(bar + 1);
  }
  static std::string attribute(const XML_Char** attributes, std::string_view wanted) {
    for (; attributes != nullptr && *attributes != nullptr; attributes += 2) {
      if (local(attributes[0]) == wanted) return std::string(attributes[1]).substr(0, value_bytes_max);
    }
    return {};
  }
  static void add_bounded(std::string& value, std::string_view text) {
    value.append(text.substr(0, value_bytes_max - std::min(value.size(), value_bytes_max)));
  }
  bool has(std::string_view element) const {
    return std::find(path_.begin(), path_.end(), element) != path_.end();
  }
  // The text of a section, as opposed to its coded entries; and a body that is plain text.
  bool is_narrative() const {
    if (has("entry")) return false;
    return (has("section") && has("text")) || has("nonXMLBody");
  }
  void append(std::string_view text) {
    if (document_.text.size() <= cda_text_bytes_max) document_.text.append(text);
  }
  void take_name() {
    name_.family = trimmed(name_.family);
    name_.given = trimmed(name_.given);
    const std::string person = name_.person_name();
    if (person.empty()) return;
    if (has("patient") && has("recordTarget")) {
      if (document_.patient.name.empty()) document_.patient.name = person;
    } else if (document_.persons.size() < cda_persons_max) {
      document_.persons.push_back(person);
    }
  }
  void take_title() {
    const std::string title = trimmed(value_);
    if (has("section")) {
      if (!title.empty()) append((document_.text.empty() ? "" : "\n") + title + ":\n");
    } else if (document_.title.empty()) {
      document_.title = title;
    }
  }

  CdaDocument document_;
  std::vector<std::string> path_;
  NameParts name_;
  std::string value_;
  const std::string empty_;
  std::unique_ptr<Error> error_;
};

struct Parsing {
  CdaHandler handler;
  XML_Parser parser = nullptr;
};

void on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
  auto& parsing = *static_cast<Parsing*>(data);
  parsing.handler.start(name, attributes, parsing.parser);
}
void on_end(void* data, const XML_Char*) {
  static_cast<Parsing*>(data)->handler.end();
}
void on_characters(void* data, const XML_Char* text, int length) {
  static_cast<Parsing*>(data)->handler.characters({text, static_cast<std::size_t>(length)});
}
// Entities can only be declared in one, so none are ever expanded.
void on_doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  auto& parsing = *static_cast<Parsing*>(data);
  parsing.handler.stop(parsing.parser, "cda_has_doctype",
                       "the CDA document declares a document type, which none may");
}

struct FreeParser {
  void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
};

}  // namespace

Result<CdaDocument> read_cda_document(std::span<const std::uint8_t> document) {
  const Error broken =
      permanent_error("cda_broken", "the CDA document is no well-formed XML in a known character set");
  // Padding behind the root element is a blank or a NUL.
  while (!document.empty() && (document.back() == 0 || document.back() == ' '))
    document = document.first(document.size() - 1);
  const ConvertedXml converted = convert_xml(document);
  if (!converted.known) return broken;
  const char* const encoding = converted.utf8 ? "UTF-8" : nullptr;  // not what the declaration says any more
  if (converted.utf8)
    document = {reinterpret_cast<const std::uint8_t*>(converted.utf8->data()), converted.utf8->size()};
  const std::unique_ptr<XML_ParserStruct, FreeParser> parser(XML_ParserCreateNS(encoding, '|'));
  if (!parser) throw std::bad_alloc();
  Parsing parsing{{}, parser.get()};
  XML_SetUserData(parser.get(), &parsing);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_characters);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
  for (std::size_t at = 0;; at += piece_bytes) {
    const auto piece = document.subspan(at, std::min(piece_bytes, document.size() - at));
    const bool last = at + piece.size() == document.size();
    const auto status = XML_Parse(parser.get(), reinterpret_cast<const char*>(piece.data()),
                                  static_cast<int>(piece.size()), last);
    if (const Error* error = parsing.handler.error()) return *error;
    if (status != XML_STATUS_OK) return broken;
    if (last) return parsing.handler.take();
  }
}

}  // namespace radfm::imaging
