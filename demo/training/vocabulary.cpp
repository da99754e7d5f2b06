// SPDX-License-Identifier: Apache-2.0
#include "demo/training/vocabulary.h"

#include <sentencepiece_trainer.h>

#include <string>

#include "pipeline/model/conversion/output_folder.h"

namespace radfm::training {
namespace {

constexpr const char* settings =
    "--model_type=bpe --byte_fallback=true --split_digits=true "
    "--normalization_rule_name=identity "
    "--add_dummy_prefix=true --remove_extra_whitespaces=false --unk_id=0 --bos_id=1 --eos_id=2 --pad_id=-1 "
    "--character_coverage=1.0 --num_threads=1 --shuffle_input_sentence=false --minloglevel=1 --vocab_size=";

// No character of UTF-8 is cut.
std::string shortened(std::string text) {
  if (text.size() <= vocabulary_text_bytes_max) return text;
  std::size_t end = vocabulary_text_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

class Texts : public sentencepiece::SentenceIterator {
 public:
  explicit Texts(const RecordSource& source) : source_(source), end_(source.texts()) { read(); }
  bool done() const override { return number_ >= end_; }
  void Next() override {
    ++number_;
    read();
  }
  const std::string& value() const override { return text_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void read() {
    if (!done()) text_ = shortened(source_.text(number_));
  }
  const RecordSource& source_;
  const std::uint64_t end_;
  std::uint64_t number_ = 0;
  std::string text_;
};

}  // namespace

Status learn_vocabulary(const RecordSource& source, int pieces, const std::filesystem::path& file) {
  Texts texts(source);
  std::string model;
  const auto learned = sentencepiece::SentencePieceTrainer::Train(settings + std::to_string(pieces), &texts, &model);
  if (!learned.ok()) {
    return permanent_error("vocabulary_bad", "no vocabulary of " + std::to_string(pieces) +
                                                 " pieces can be learned from these records (" + learned.ToString() +
                                                 "); give llama.vocab another size, or --tokenizer");
  }
  const auto out = model::OutputFile::create(file);
  if (!out) return out.error();
  if (auto done = out->write(0, model.data(), model.size()); !done) return done;
  return out->make_durable();
}

}  // namespace radfm::training
