// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/incoming_object.h"

#include <algorithm>

#include "core/uid.h"
#include "scu-scp/file_meta.h"

namespace radfm::scu {
namespace {

constexpr std::uint32_t sop_class_tag = 0x00080016, sop_instance_tag = 0x00080018, study_tag = 0x0020000D,
                        series_tag = 0x0020000E;

// What stands in the head of a data set, whose elements come in the order of their tags (PS3.5 7.1).
struct Head {
  std::string sop_class_uid, sop_instance_uid, study_uid, series_uid;
  std::uint32_t last_tag = 0;
  bool in_order = true, passed = false;  // passed: a tag after the series' was seen

  bool take(const DataElement& element) {
    if (element.depth != 0) return true;
    in_order = in_order && element.tag > last_tag;
    last_tag = element.tag;
    passed = element.tag > series_tag;
    if (!in_order || passed) return false;
    switch (element.tag) {
      case sop_class_tag:
        sop_class_uid = text_of(element);
        break;
      case sop_instance_tag:
        sop_instance_uid = text_of(element);
        break;
      case study_tag:
        study_uid = text_of(element);
        break;
      case series_tag:
        series_uid = text_of(element);
        break;
      default:
        break;
    }
    return true;
  }
  bool names_all() const {
    return Uid::parse(sop_class_uid) && Uid::parse(sop_instance_uid) && Uid::parse(study_uid) &&
           Uid::parse(series_uid);
  }
};

}  // namespace

IncomingObject::IncomingObject(ObjectIdentity named, std::string source, const SinkChoice& choose)
    : identity_(std::move(named)),
      source_(std::move(source)),
      choose_(choose),
      encoding_(encoding_of(identity_.transfer_syntax_uid)) {
  if (!encoding_ || !Uid::parse(identity_.sop_class_uid) || !Uid::parse(identity_.sop_instance_uid)) {
    refuse(permanent_error(
        "object_not_readable",
        "an object is announced without UIDs, or in a transfer syntax that is not read here"));
  }
}

void IncomingObject::refuse(Error error) {
  if (!refusal_) refusal_ = std::move(error);
  writer_.reset();
  head_ = {};
}

void IncomingObject::take(std::span<const std::uint8_t> piece) {
  bytes_ += piece.size();
  if (!refusal_ && bytes_ > object_bytes_max) {
    refuse(permanent_error("object_too_large",
                           "an object has more than " + std::to_string(object_bytes_max) + " bytes"));
  }
  if (refusal_) return;
  if (writer_) return write(piece);
  head_.insert(head_.end(), piece.begin(), piece.end());
  if (head_.size() < next_look_) return;
  next_look_ = head_.size() * 2;
  read_head(false);
}

void IncomingObject::read_head(bool is_all) {
  Head head;
  const Status walked =
      walk_elements(head_, *encoding_, [&](const DataElement& element) { return head.take(element); });
  if (!head.passed && head.in_order && !is_all && head_.size() <= object_head_bytes_max) return;
  if (!head.in_order || !head.names_all() || (!head.passed && !walked)) {
    return refuse(permanent_error(
        "object_not_readable",
        "an object's bytes do not say in their order which object, study and series they are"));
  }
  if (head.sop_class_uid != identity_.sop_class_uid || head.sop_instance_uid != identity_.sop_instance_uid) {
    return refuse(permanent_error("object_not_as_named",
                                  "an object's bytes name another object than the command that brought it"));
  }
  identity_.study_uid = head.study_uid;
  identity_.series_uid = head.series_uid;
  start();
}

void IncomingObject::start() {
  const auto sink = choose_(identity_);
  if (!sink) return refuse(sink.error());
  auto begun = sink.value()->begin(identity_);
  if (!begun) return refuse(begun.error());
  writer_ = std::move(*begun);
  write(file_head(identity_, source_));
  if (writer_) write(head_);
  head_ = {};
}

void IncomingObject::write(std::span<const std::uint8_t> piece) {
  if (auto written = writer_->write(piece); !written) refuse(written.error());
}

Status IncomingObject::finish() {
  if (!refusal_ && !writer_) read_head(true);
  if (refusal_) return *refusal_;
  if (auto kept = writer_->keep(); !kept) refuse(kept.error());
  if (refusal_) return *refusal_;
  writer_.reset();
  return {};
}

}  // namespace radfm::scu
