// SPDX-License-Identifier: Apache-2.0
// Where the attributes of one frame stand. A single-frame image has them in its data set. An enhanced multi-frame image
// (PS3.3 C.7.6.16) has them in functional groups: one item for each frame, one shared by all, each a list of macros (Plane
// Position Sequence, Pixel Measures Sequence, ...) of one item.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctagkey.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

class DcmItem;

namespace radfm::imaging {

// The items that may hold an attribute of one frame, in the order in which they are asked: the frame's own macros, the
// shared macros, the data set itself. Points into the data set and lives no longer than it. An attribute is taken from the
// first item that has it with a value.
class FrameItems {
 public:
  // A single-frame image, or what all frames have in common.
  explicit FrameItems(DcmItem& data_set) : items_{&data_set} {}

  const std::vector<DcmItem*>& items() const { return items_; }

  // As in element_text.h; empty when no item has a value.
  std::string text(const DcmTagKey& tag) const;
  std::vector<std::string> texts(const DcmTagKey& tag) const;
  std::optional<int> integer(const DcmTagKey& tag) const;
  std::optional<double> number(const DcmTagKey& tag) const;
  std::vector<double> numbers(const DcmTagKey& tag) const;
  // The first item of the sequence; nullptr when no item has one. Not owned.
  DcmItem* first_of_sequence(const DcmTagKey& sequence) const;

 private:
  friend class FunctionalGroups;
  FrameItems() = default;
  DcmItem* holder(const DcmTagKey& tag) const;

  std::vector<DcmItem*> items_;
};

// The functional groups of a data set, looked up once. Points into it.
class FunctionalGroups {
 public:
  explicit FunctionalGroups(DcmItem& data_set);

  // False for images of one frame and for multi-frame images without functional groups (ultrasound, angiography).
  bool present() const { return !frames_.empty() || !shared_.empty(); }
  std::size_t frames() const { return frames_.size(); }  // items of the per-frame sequence
  FrameItems of_frame(std::size_t frame) const;

 private:
  DcmItem& data_set_;
  std::vector<DcmItem*> shared_;               // the first item of each shared macro
  std::vector<std::vector<DcmItem*>> frames_;  // of each macro, for each frame
};

}  // namespace radfm::imaging
