// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/nesting_guard.h"

#include <dcmtk/dcmdata/dctag.h>

#include <algorithm>
#include <string>
#include <vector>

namespace radfm::imaging {
namespace {

constexpr std::uint32_t undefined_length = 0xFFFFFFFF;
constexpr std::uint32_t item_tag = 0xFFFEE000, item_end_tag = 0xFFFEE00D, sequence_end_tag = 0xFFFEE0DD;

enum class Kind {
  elements,
  sequence,
  fragments
};  // data set or item; sequence of items; encapsulated pixel data

struct Frame {
  Kind kind;
  Encoding encoding;
  std::size_t end;         // first byte behind it; of an undefined length, the end of what encloses it
  bool undefined = false;  // ends with a delimiter
  bool guessed = false;    // looked like a sequence; if it is none, it is skipped
};

enum class Form { skip, sequence, guessed_sequence, fragments, broken };

class Walk {
 public:
  Walk(std::span<const std::uint8_t> bytes, Encoding encoding, const StructureLimits& limits)
      : bytes_(bytes), limits_(limits) {
    frames_.push_back({Kind::elements, encoding, bytes.size()});
  }

  Result<std::size_t> run() {
    while (!finished_) {
      if (step()) continue;
      if (!code_.empty()) return permanent_error(code_, message_);
      if (!skip_guess()) {
        return permanent_error("broken", "the structure of the file is damaged near byte " +
                                             std::to_string(at_) +
                                             " of its data set; send it again from its source");
      }
    }
    return at_;
  }

 private:
  // One tag with its length, or the end of a frame. False: broken here, or code_ names a limit.
  bool step() {
    Frame& frame = frames_.back();
    if (at_ >= frame.end) return close_at_end();
    if (frames_.size() == 1 && only_zeros_left()) {
      finished_ = true;
      return true;
    }
    if (frame.end - at_ < 8) return false;
    const std::uint32_t tag = tag_at(at_, frame.encoding);
    switch (frame.kind) {
      case Kind::sequence:
        return step_in_sequence(tag);
      case Kind::fragments:
        return step_in_fragments(tag);
      case Kind::elements:
        return step_in_elements(tag);
    }
    return false;
  }

  bool close_at_end() {
    if (frames_.size() == 1) {
      finished_ = true;
      return true;
    }
    if (frames_.back().undefined) return false;
    frames_.pop_back();
    return true;
  }

  bool step_in_sequence(std::uint32_t tag) {
    const Frame frame = frames_.back();
    const std::uint32_t length = u32_at(at_ + 4, frame.encoding);
    at_ += 8;
    if (tag == sequence_end_tag && frame.undefined) {
      frames_.pop_back();
      return true;
    }
    return tag == item_tag && open(Kind::elements, frame.encoding, length, false);
  }

  bool step_in_fragments(std::uint32_t tag) {
    const Frame frame = frames_.back();
    const std::uint32_t length = u32_at(at_ + 4, frame.encoding);
    at_ += 8;
    if (tag == sequence_end_tag) {
      frames_.pop_back();
      return true;
    }
    return tag == item_tag && count_element() && skip(length);
  }

  bool step_in_elements(std::uint32_t tag) {
    const Frame frame = frames_.back();
    if (tag == item_end_tag) {
      at_ += 8;
      if (!frame.undefined) return false;
      frames_.pop_back();
      return true;
    }
    if (tag >> 16 == 0xFFFE || !count_element()) return false;
    Encoding inner = frame.encoding;
    std::uint32_t length = 0;
    Form form = Form::broken;
    if (frame.encoding == Encoding::implicit_little_endian) {
      length = u32_at(at_ + 4, frame.encoding);
      at_ += 8;
      form = implicit_form(tag, length);
    } else {
      form = explicit_form(frame, &length, &inner);
    }
    switch (form) {
      case Form::broken:
        return false;
      case Form::skip:
        return skip(length);
      case Form::sequence:
        return open(Kind::sequence, inner, length, false);
      case Form::guessed_sequence:
        return open(Kind::sequence, inner, length, true);
      case Form::fragments:
        return open(Kind::fragments, inner, length, false);
    }
    return false;
  }

  Form implicit_form(std::uint32_t tag, std::uint32_t length) const {
    if (length == undefined_length) return Form::sequence;
    const auto group = static_cast<Uint16>(tag >> 16), element = static_cast<Uint16>(tag & 0xFFFF);
    if (group % 2 != 0) return begins_with_item(length) ? Form::guessed_sequence : Form::skip;
    return DcmTag(group, element).getEVR() == EVR_SQ ? Form::sequence : Form::skip;
  }

  // PS3.5 7.1.2. An unknown VR of two capitals has a 32-bit length, as the parser behind us reads it.
  Form explicit_form(const Frame& frame, std::uint32_t* length, Encoding* inner) {
    const std::string vr(reinterpret_cast<const char*>(&bytes_[at_ + 4]), 2);
    static constexpr std::string_view short_vrs =
        "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US ";
    const auto both_within = [&](char low, char high) {
      return vr[0] >= low && vr[0] <= high && vr[1] >= low && vr[1] <= high;
    };
    // The parser has VRs of its own in small letters ("px", "ox") and takes them for what they are to itself, with lengths of 32
    // bits: no file has them.
    if (both_within('a', 'z')) return Form::broken;
    const bool capitals = both_within('A', 'Z');
    if (!capitals || short_vrs.find(vr + " ") != std::string_view::npos) {
      *length = u16_at(at_ + 6, frame.encoding);
      at_ += 8;
      return Form::skip;
    }
    if (frame.end - at_ < 12) return Form::broken;
    *length = u32_at(at_ + 8, frame.encoding);
    at_ += 12;
    if (vr == "SQ") return Form::sequence;
    if (*length != undefined_length) return Form::skip;
    if (vr == "OB" || vr == "OW") return Form::fragments;
    *inner = Encoding::implicit_little_endian;  // PS3.5 6.2.2 note 1: UN of undefined length
    return vr == "UN" ? Form::sequence : Form::broken;
  }

  bool open(Kind kind, Encoding encoding, std::uint32_t length, bool guessed) {
    const std::size_t room = frames_.back().end - at_;
    const bool undefined = length == undefined_length;
    if (!undefined && length > room) return false;
    if (kind == Kind::sequence && open_sequences() >= limits_.nesting_max) {
      code_ = "too_nested";
      message_ = "sequences are nested deeper than " + std::to_string(limits_.nesting_max) +
                 " levels (reader.nesting_max)";
      return false;
    }
    frames_.push_back({kind, encoding, undefined ? frames_.back().end : at_ + length, undefined, guessed});
    return true;
  }

  int open_sequences() const {
    return static_cast<int>(std::count_if(frames_.begin(), frames_.end(),
                                          [](const Frame& f) { return f.kind == Kind::sequence; }));
  }

  bool count_element() {
    if (++elements_ <= limits_.elements_max) return true;
    code_ = "too_many_elements";
    message_ = "the file has more than " + std::to_string(limits_.elements_max) + " data elements";
    return false;
  }

  bool skip(std::uint32_t length) {
    if (length > frames_.back().end - at_) return false;
    at_ += length;
    return true;
  }

  // The innermost guess was wrong: its bytes are an opaque value after all.
  bool skip_guess() {
    while (frames_.size() > 1) {
      const Frame frame = frames_.back();
      frames_.pop_back();
      if (frame.guessed) {
        at_ = frame.end;
        return true;
      }
    }
    return false;
  }

  bool begins_with_item(std::uint32_t length) const {
    return length >= 8 && bytes_.size() - at_ >= 8 &&
           tag_at(at_, Encoding::implicit_little_endian) == item_tag;
  }
  bool only_zeros_left() const {
    return bytes_[at_] == 0 && std::all_of(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), bytes_.end(),
                                           [](std::uint8_t byte) { return byte == 0; });
  }

  std::uint16_t u16_at(std::size_t at, Encoding encoding) const {
    const unsigned first = bytes_[at], second = bytes_[at + 1];
    return static_cast<std::uint16_t>(encoding == Encoding::explicit_big_endian ? first << 8 | second
                                                                                : second << 8 | first);
  }
  std::uint32_t u32_at(std::size_t at, Encoding encoding) const {
    const std::uint32_t first = u16_at(at, encoding), second = u16_at(at + 2, encoding);
    return encoding == Encoding::explicit_big_endian ? first << 16 | second : second << 16 | first;
  }
  std::uint32_t tag_at(std::size_t at, Encoding encoding) const {
    return static_cast<std::uint32_t>(u16_at(at, encoding)) << 16 | u16_at(at + 2, encoding);
  }

  std::span<const std::uint8_t> bytes_;
  const StructureLimits limits_;
  std::vector<Frame> frames_;
  std::size_t at_ = 0, elements_ = 0;
  bool finished_ = false;
  std::string code_, message_;
};

}  // namespace

Result<std::size_t> check_structure(std::span<const std::uint8_t> data_set, Encoding encoding,
                                    const StructureLimits& limits) {
  return Walk(data_set, encoding, limits).run();
}

}  // namespace radfm::imaging
