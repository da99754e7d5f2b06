// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/conversion/conversion.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <sstream>

#include "pipeline/model/conversion/output_folder.h"
#include "pipeline/model/checkpoint/value_conversion.h"
#include "pipeline/model/model_files.h"
#include "tests/pipeline/model/conversion/small_checkpoint.h"

namespace radfm::model {
namespace {

class Conversion : public testing::Test {
 protected:
  Conversion() {
    folder.write("checkpoint.safetensors", small_checkpoint(small_config()));
    order.config = small_config();
    order.tokenizer = folder.write("tokenizer", tokenizer_bytes(9));
    order.out = folder.path / "model";
    order.card.name = "small";
    order.card.version = "1";
    order.card.licence = "none";
    order.card.intended_use = "tests";
    order.card.weights = "drawn";
  }
  Checkpoint checkpoint() const { return *Checkpoint::open(folder.path / "checkpoint.safetensors"); }
  // Everything in the folder but the inputs.
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
      const std::string name = entry.path().filename();
      if (name != "checkpoint.safetensors" && name != "tokenizer") names.push_back(name);
    }
    return names;
  }

  TestFolder folder;
  ConversionOrder order;
};

// A model directory that loads, in several files, with every value and the digest that the card names.
TEST_F(Conversion, MakesAModelDirectory) {
  order.shard_bytes = 4096;
  const auto outcome = convert_checkpoint(checkpoint(), order);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_GT(outcome->shards, 1u);
  EXPECT_EQ(outcome->skipped_tensors, 1u);
  EXPECT_EQ(outcome->type, WeightType::f32);
  const auto files = open_model_files(order.out);
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ(files->card.digest, outcome->digest);
  EXPECT_EQ(weights_digest(*files), outcome->digest);
  EXPECT_FALSE(files->checkpoint->holds("embedding_layer.cls_head.weight"));
  for (const auto& tensor : tensors_of(small_config()))
    EXPECT_EQ(*files->checkpoint->read(tensor.name), *checkpoint().read(tensor.name)) << tensor.name;
  EXPECT_EQ(left(), (std::vector<std::string>{"model"}));
}

// bf16 is each value rounded by itself; back to f32 it is those values exactly.
TEST_F(Conversion, RoundsToBf16) {
  order.type = WeightType::bf16;
  ASSERT_TRUE(convert_checkpoint(checkpoint(), order).ok());
  const auto narrow = Checkpoint::open(order.out);
  ASSERT_TRUE(narrow.ok());
  order.out = folder.path / "wide";
  order.type = WeightType::f32;
  ASSERT_TRUE(convert_checkpoint(*narrow, order).ok());
  const auto wide = Checkpoint::open(order.out);
  for (const auto& tensor : tensors_of(small_config())) {
    const auto values = draw_tensor("small", tensor);
    const auto back = values_of<float>(wide->at(tensor.name));
    ASSERT_EQ(back.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(back[i], f32_of_bf16(bf16_of(values[i]))) << tensor.name;
  }
}

// The authors' state dict of the tiny model gives the same directory as its safetensors, to the digest.
TEST_F(Conversion, DoesNotDependOnTheFormat) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const auto tiny = golden / "model-tiny-a";
  order.config = *parse_model_config(read_json(tiny / "case.json")["config"].dump());
  order.tokenizer =
      folder.write("tokenizer", tokenizer_bytes(static_cast<std::size_t>(order.config.llama.vocab)));
  const auto one = convert_checkpoint(*Checkpoint::open(tiny / "pytorch_model.bin"), order);
  ASSERT_TRUE(one.ok()) << one.error().message;
  EXPECT_EQ(one->skipped_tensors, 118u);
  order.out = folder.path / "other";
  const auto other = convert_checkpoint(*Checkpoint::open(tiny / "model.safetensors"), order);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(one->digest, other->digest);
}

// What does not fit is refused before anything is written.
TEST_F(Conversion, RefusesWithoutATrace) {
  const auto refused = [&](const ConversionOrder& wrong, const std::string& code) {
    const auto outcome = convert_checkpoint(checkpoint(), wrong);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, code) << outcome.error().message;
    EXPECT_TRUE(left().empty());
  };
  auto wrong = order;
  wrong.config.llama.layers = 3;
  refused(wrong, "checkpoint_missing_tensor");
  wrong = order;
  wrong.tokenizer = folder.write("tokenizer", tokenizer_bytes(10));
  refused(wrong, "model_tokenizer_bad");
  folder.write("tokenizer", tokenizer_bytes(9));
  wrong = order;
  wrong.card.name = std::string(card_text_bytes_max + 1, 'n');
  refused(wrong, "model_card_bad");
  wrong = order;
  wrong.out = folder.path / "none" / "model";
  refused(wrong, "conversion_cannot_write");
}

// A directory that is there, a link included, is never touched.
TEST_F(Conversion, RefusesAnExistingDirectory) {
  std::filesystem::create_directory(order.out);
  EXPECT_EQ(convert_checkpoint(checkpoint(), order).error().code, "conversion_out_exists");
  EXPECT_TRUE(std::filesystem::is_empty(order.out));
  std::filesystem::remove(order.out);
  std::filesystem::create_symlink("nowhere", order.out);
  EXPECT_EQ(convert_checkpoint(checkpoint(), order).error().code, "conversion_out_exists");
}

// Too little room is said with the figure, one byte below what is enough; a disk that fails later leaves
// nothing.
TEST_F(Conversion, RefusesAFullDisk) {
  std::uint64_t enough = 0;
  for (std::uint64_t step = std::uint64_t{1} << 40; step > 0; step /= 2) {  // the least that is enough
    order.free_bytes = [&](const auto&) { return enough + step - 1; };
    const auto outcome = convert_checkpoint(checkpoint(), order);
    if (outcome.ok())
      std::filesystem::remove_all(order.out);
    else
      enough += step;
  }
  EXPECT_GT(enough, 20'000u);
  order.free_bytes = [&](const auto&) { return enough - 1; };
  const auto refused = convert_checkpoint(checkpoint(), order);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "conversion_no_space");
  EXPECT_EQ(refused.error().error_class, ErrorClass::transient);
  EXPECT_NE(refused.error().message.find("make room"), std::string::npos);
  EXPECT_TRUE(left().empty());

  order.free_bytes = {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit files{8192, 8192};
    ::setrlimit(RLIMIT_FSIZE, &files);
    const auto outcome = convert_checkpoint(checkpoint(), order);
    ::_exit(outcome.ok() ? 1 : outcome.error().code == "conversion_cannot_write" ? 0 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(left().empty());
}

// Cancelled at each point where it can be: the word for it, and nothing left.
TEST_F(Conversion, CanBeCancelled) {
  int calls = 0;
  order.progress = [&](ConversionStage, std::uint64_t, std::uint64_t) { return ++calls > 0; };
  ASSERT_TRUE(convert_checkpoint(checkpoint(), order).ok());
  std::filesystem::remove_all(order.out);
  for (const int last : {1, calls / 2, calls / 2 + 1, calls}) {
    int call = 0;
    order.progress = [&](ConversionStage, std::uint64_t, std::uint64_t) { return ++call < last; };
    const auto outcome = convert_checkpoint(checkpoint(), order);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().error_class, ErrorClass::cancelled);
    EXPECT_TRUE(left().empty());
  }
}

// kill -9 at many points: the directory is not there, no other file looks like one, and the next conversion
// takes away what was left and succeeds.
TEST_F(Conversion, SurvivesBeingKilled) {
  int calls = 0;
  order.progress = [&](ConversionStage, std::uint64_t, std::uint64_t) { return ++calls > 0; };
  ASSERT_TRUE(convert_checkpoint(checkpoint(), order).ok());
  std::filesystem::remove_all(order.out);
  for (int point = 1; point <= calls; point += 7) {
    const pid_t child = ::fork();
    if (child == 0) {
      int call = 0;
      order.progress = [&](ConversionStage, std::uint64_t, std::uint64_t) {
        if (++call == point) ::raise(SIGKILL);
        return true;
      };
      (void)convert_checkpoint(checkpoint(), order);
      ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "point " << point;
    EXPECT_FALSE(std::filesystem::exists(order.out));
    ASSERT_EQ(left().size(), 1u);
    EXPECT_TRUE(left().front().starts_with(".model.converting-"));
  }
  order.progress = {};
  ASSERT_TRUE(convert_checkpoint(checkpoint(), order).ok());
  EXPECT_EQ(left(), (std::vector<std::string>{"model"}));
}

// A hidden folder whose process lives is left alone.
TEST_F(Conversion, LeavesALivingConversionAlone) {
  const auto other = OutputFolder::create(order.out);
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(convert_checkpoint(checkpoint(), order).ok());
  EXPECT_TRUE(std::filesystem::exists(other->path()));
}

// A disk that gives back other bytes than it took is found before the directory appears.
TEST_F(Conversion, FindsWhatReadsBackWrong) {
  bool spoilt = false;
  order.progress = [&](ConversionStage stage, std::uint64_t, std::uint64_t) {
    if (stage == ConversionStage::verifying && !spoilt) {
      spoilt = true;
      std::fstream file(folder.path / left().front() / "model.safetensors",
                        std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(-1, std::ios::end);
      file.put('\x55');
    }
    return true;
  };
  const auto outcome = convert_checkpoint(checkpoint(), order);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, "conversion_verify_failed") << outcome.error().message;
  EXPECT_TRUE(left().empty());
}

}  // namespace
}  // namespace radfm::model
