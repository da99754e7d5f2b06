// SPDX-License-Identifier: Apache-2.0
// Weights on their way to a GPU, piece by piece: threads read a piece side by side into memory that the GPU fetches by itself (pinned),
// while the piece before it is being fetched. A page of a mapped file that is not in memory yet is read by the thread that comes to it.
// On the processor nothing is copied.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace radfm::model {

inline constexpr std::int64_t upload_piece_bytes = std::int64_t{64} << 20;
inline constexpr int upload_pieces = 2;

// Has `upload_pieces` pieces of memory, and brings what is in them to a destination.
class PieceCarrier {
 public:
  virtual ~PieceCarrier() = default;
  virtual std::int64_t piece_bytes() const = 0;
  virtual std::uint8_t* piece(int which) = 0;
  // Begins to bring the first `bytes` of that piece to the destination from `offset` on.
  virtual void send(int which, std::int64_t offset, std::int64_t bytes) = 0;
  virtual void wait(int which) = 0;  // until all that was sent of that piece has arrived
};

// `from` may go when it returns; pieces may be still on their way.
void carry(const std::uint8_t* from, std::int64_t bytes, PieceCarrier& carrier);

// For one thread at a time. Holds memory of upload_pieces pieces from the first large tensor on.
class DeviceUpload {
 public:
  explicit DeviceUpload(c10::Device device);
  ~DeviceUpload();  // waits until all has arrived
  DeviceUpload(const DeviceUpload&) = delete;
  DeviceUpload& operator=(const DeviceUpload&) = delete;

  // The tensor on the device, contiguous, of the same type. What the device does with it afterwards comes after its arrival.
  at::Tensor to_device(const at::Tensor& tensor);

 private:
  class GpuCarrier;
  const c10::Device device_;
  std::unique_ptr<GpuCarrier> carrier_;
};

}  // namespace radfm::model
