// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/device_upload.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "pipeline/model/cuda_device.h"

namespace radfm::model {
namespace {

constexpr std::int64_t share_bytes = std::int64_t{1} << 20;   // of a piece, that a thread reads at once
constexpr std::int64_t small_bytes = std::int64_t{4} << 20;   // not worth a piece

}  // namespace

void carry(const std::uint8_t* from, std::int64_t bytes, PieceCarrier& carrier) {
  int which = 0;
  for (std::int64_t offset = 0; offset < bytes; offset += carrier.piece_bytes()) {
    const std::int64_t count = std::min(carrier.piece_bytes(), bytes - offset);
    carrier.wait(which);
    std::uint8_t* const piece = carrier.piece(which);
    at::parallel_for(0, count, share_bytes, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(piece + begin, from + offset + begin, static_cast<std::size_t>(end - begin));
    });
    carrier.send(which, offset, count);
    which = (which + 1) % upload_pieces;
  }
}

class DeviceUpload::GpuCarrier final : public PieceCarrier {
 public:
  explicit GpuCarrier(int device) : arrivals_{cuda::Arrival(device), cuda::Arrival(device)} {
    for (at::Tensor& piece : pieces_) piece = at::empty({upload_piece_bytes}, at::TensorOptions(at::kByte).pinned_memory(true));
  }
  ~GpuCarrier() override {
    for (int which = 0; which < upload_pieces; ++which) wait(which);
  }
  void begin(const at::Tensor& destination) { destination_ = destination.view({-1}).view(at::kByte); }

  std::int64_t piece_bytes() const override { return upload_piece_bytes; }
  std::uint8_t* piece(int which) override { return pieces_[static_cast<std::size_t>(which)].data_ptr<std::uint8_t>(); }
  void send(int which, std::int64_t offset, std::int64_t bytes) override {
    const auto i = static_cast<std::size_t>(which);
    destination_.narrow(0, offset, bytes).copy_(pieces_[i].narrow(0, 0, bytes), /*non_blocking=*/true);
    arrivals_[i].of_all_so_far();
  }
  void wait(int which) override { arrivals_[static_cast<std::size_t>(which)].wait(); }

 private:
  std::array<at::Tensor, upload_pieces> pieces_;
  std::array<cuda::Arrival, upload_pieces> arrivals_;
  at::Tensor destination_;  // its bytes
};

DeviceUpload::DeviceUpload(c10::Device device) : device_(device) {}
DeviceUpload::~DeviceUpload() = default;

at::Tensor DeviceUpload::to_device(const at::Tensor& tensor) {
  if (!device_.is_cuda()) return tensor;
  const at::Tensor whole = tensor.contiguous();
  if (static_cast<std::int64_t>(whole.nbytes()) < small_bytes) return whole.to(device_);
  if (!carrier_) carrier_ = std::make_unique<GpuCarrier>(device_.index());
  const at::Tensor there = at::empty_like(whole, whole.options().device(device_));
  carrier_->begin(there);
  carry(static_cast<const std::uint8_t*>(whole.const_data_ptr()), static_cast<std::int64_t>(whole.nbytes()), *carrier_);
  return there;
}

}  // namespace radfm::model
