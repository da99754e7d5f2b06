// SPDX-License-Identifier: Apache-2.0
// Where retrieved objects go: the same for C-GET, for our storage SCP and for WADO-RS.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/result.h"

namespace radfm::scu {

// What an object says of itself. Names for comparison and lists, never a part of a path.
struct ObjectIdentity {
  std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid;
  std::string study_uid, series_uid;
};

class ObjectSink {
 public:
  // One object on its way: the bytes of a DICOM file (PS3.10), piece by piece. Without keep() nothing remains
  // of it.
  class Writer {
   public:
    virtual ~Writer() = default;
    virtual Status write(std::span<const std::uint8_t> piece) = 0;
    // All of it is there. Success: it survives a power cut.
    virtual Status keep() = 0;
  };

  virtual ~ObjectSink() = default;
  // May be called by several threads at once; each writer belongs to one. permanent "retrieval_too_large":
  // nothing more is taken, and whoever retrieves stops.
  virtual Result<std::unique_ptr<Writer>> begin(const ObjectIdentity& identity) = 0;
};

}  // namespace radfm::scu
