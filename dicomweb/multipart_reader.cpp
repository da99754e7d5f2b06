// SPDX-License-Identifier: Apache-2.0
#include "dicomweb/multipart_reader.h"

#include <algorithm>
#include <cctype>

namespace radfm::dicomweb {
namespace {

Error bad_answer(const std::string& why) {
  return transient_error("web_bad_answer", "the answer of a DICOMweb server is no multipart body: " + why);
}

bool is_boundary_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

Result<std::string> boundary_of(std::string_view content_type) {
  const std::string known = lower(content_type);
  if (!known.starts_with("multipart/related")) return bad_answer("its type is another");
  const std::size_t at = known.find("boundary=");
  if (at == std::string::npos) return bad_answer("it names no boundary");
  std::string_view rest = content_type.substr(at + std::string_view("boundary=").size());
  const bool quoted = rest.starts_with('"');
  if (quoted) rest.remove_prefix(1);
  const std::string boundary(rest.substr(0, rest.find_first_of(quoted ? "\"" : "; \t")));
  const bool legal = !boundary.empty() && boundary.size() <= boundary_length_max && boundary.back() != ' ' &&
                     std::all_of(boundary.begin(), boundary.end(), is_boundary_character);
  if (!legal) return bad_answer("its boundary is none");
  return boundary;
}

MultipartReader::MultipartReader(const std::string& boundary, Parts& parts)
    : delimiter_("\r\n--" + boundary), parts_(parts) {}

Status MultipartReader::take(std::string_view piece) {
  if (where_ == Where::epilogue) return {};
  buffer_.append(piece);
  for (bool more = true; more;) {
    if (auto stepped = step(more); !stepped) return stepped;
  }
  return {};
}

Status MultipartReader::finish() const {
  return where_ == Where::epilogue ? Status() : Status(bad_answer("it ends before its last boundary"));
}

// One state's worth; `more`: the next state can go on with what is there.
Status MultipartReader::step(bool& more) {
  switch (where_) {
    case Where::preamble:
      return step_preamble(more);
    case Where::after_boundary:
      return step_after_boundary(more);
    case Where::head:
      return step_head(more);
    case Where::body:
      return step_body(more);
    case Where::epilogue:
      break;
  }
  buffer_.clear();
  more = false;
  return {};
}

Status MultipartReader::step_preamble(bool& more) {
  const std::size_t at = buffer_.find(delimiter_);
  more = at != std::string::npos;
  if (more) {
    buffer_.erase(0, at + delimiter_.size());
    where_ = Where::after_boundary;
  } else if (buffer_.size() > preamble_bytes_max) {
    return bad_answer("its first boundary does not come");
  }
  return {};
}

Status MultipartReader::step_after_boundary(bool& more) {
  more = buffer_.size() >= 2;
  if (!more) return {};
  if (buffer_.starts_with("--")) {
    where_ = Where::epilogue;
    return {};
  }
  if (!buffer_.starts_with("\r\n"))
    return bad_answer("a boundary is followed by something else than a line break");
  if (++count_ > parts_max) return bad_answer("it has more than " + std::to_string(parts_max) + " parts");
  where_ = Where::head;  // the line break stays: a head without a field is only that
  return {};
}

Status MultipartReader::step_head(bool& more) {
  const std::size_t at = buffer_.find("\r\n\r\n");
  more = at != std::string::npos;
  if (more ? at > part_head_bytes_max : buffer_.size() > part_head_bytes_max)
    return bad_answer("the head of a part is too long");
  if (!more) return {};
  buffer_.erase(
      0, at + 2);  // the line break that ends the head may begin the next boundary: a part may be empty
  skip_ = 2;
  where_ = Where::body;
  return parts_.begin();
}

Status MultipartReader::step_body(bool& more) {
  const std::size_t at = buffer_.find(delimiter_);
  more = at != std::string::npos;
  // What may be the beginning of a boundary waits for the rest of it.
  const std::size_t ready = more ? at : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
  if (ready > skip_) {
    if (auto taken = parts_.take(std::string_view(buffer_).substr(skip_, ready - skip_)); !taken)
      return taken;
  }
  if (more || ready >= skip_) {
    buffer_.erase(0, more ? at + delimiter_.size() : ready);
    skip_ = 0;
  }
  if (!more) return {};
  where_ = Where::after_boundary;
  return parts_.end();
}

}  // namespace radfm::dicomweb
