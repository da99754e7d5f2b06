// SPDX-License-Identifier: Apache-2.0
// Aim: every byte arrives, whatever the sizes, though pieces arrive late; and on a GPU, where there is one.
#include "pipeline/model/device_upload.h"

#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

#include "pipeline/model/cuda_device.h"

namespace radfm::model {
namespace {

// Reads a piece only when it is waited for: a piece that was filled again before that is seen in what arrives.
class LateCarrier final : public PieceCarrier {
 public:
  LateCarrier(std::int64_t piece_bytes, std::int64_t bytes) : destination(static_cast<std::size_t>(bytes), 0xee), piece_bytes_(piece_bytes) {
    for (auto& piece : pieces_) piece.resize(static_cast<std::size_t>(piece_bytes));
  }
  std::int64_t piece_bytes() const override { return piece_bytes_; }
  std::uint8_t* piece(int which) override { return pieces_.at(static_cast<std::size_t>(which)).data(); }
  void send(int which, std::int64_t offset, std::int64_t bytes) override {
    auto& sent = sent_.at(static_cast<std::size_t>(which));
    EXPECT_FALSE(sent.has_value()) << "sent again before it was waited for";
    sent = {offset, bytes};
    ++pieces_sent;
  }
  void wait(int which) override {
    const auto i = static_cast<std::size_t>(which);
    if (!sent_.at(i)) return;
    const auto [offset, bytes] = *std::exchange(sent_[i], std::nullopt);
    std::copy_n(pieces_[i].begin(), bytes, destination.begin() + offset);
  }

  std::vector<std::uint8_t> destination;
  int pieces_sent = 0;

 private:
  const std::int64_t piece_bytes_;
  std::array<std::vector<std::uint8_t>, upload_pieces> pieces_;
  std::array<std::optional<std::pair<std::int64_t, std::int64_t>>, upload_pieces> sent_;
};

TEST(DeviceUpload, EveryByteArrives) {
  constexpr std::int64_t piece = 3'000'000;  // several threads' shares
  for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{1}, piece - 1, piece, piece + 1, 2 * piece, 5 * piece + 7}) {
    std::vector<std::uint8_t> source(static_cast<std::size_t>(bytes));
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<std::uint8_t>(i * 7919 >> 5);
    LateCarrier carrier(piece, bytes);
    carry(source.data(), bytes, carrier);
    for (int which = 0; which < upload_pieces; ++which) carrier.wait(which);
    EXPECT_EQ(carrier.destination, source) << bytes;
    EXPECT_EQ(carrier.pieces_sent, (bytes + piece - 1) / piece);
  }
}

TEST(DeviceUpload, NothingIsCopiedOnTheProcessor) {
  DeviceUpload upload(c10::Device(c10::kCPU));
  const at::Tensor tensor = at::arange(5'000'000);
  EXPECT_EQ(upload.to_device(tensor).const_data_ptr(), tensor.const_data_ptr());
}

TEST(DeviceUpload, ArrivesOnAGpu) {
  if (!cuda::built_in()) GTEST_SKIP() << "compiled, not run: this build is without CUDA";
  if (cuda::device_count() == 0) GTEST_SKIP() << "compiled, not run: no GPU";
  DeviceUpload upload(c10::Device(c10::kCUDA, 0));
  for (const std::int64_t count : {std::int64_t{10}, std::int64_t{40'000'000}}) {  // a small one; three pieces and a half
    const at::Tensor tensor = at::arange(count);
    EXPECT_TRUE(upload.to_device(tensor).cpu().equal(tensor)) << count;
  }
}

}  // namespace
}  // namespace radfm::model
