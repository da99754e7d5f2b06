// SPDX-License-Identifier: Apache-2.0
// Kind "tokenizer": texts and their ids, ids and their texts.
#include "core/digest.h"
#include "pipeline/model/check/case_tokenizer.h"
#include "pipeline/model/file_text.h"

namespace radfm::model::check {
namespace {

struct TokenizerCase {
  int vocab = 0, latents = 0, images = 0;
  std::size_t length_max = 0;
  std::string model_name;

  explicit TokenizerCase(const Fields& config)
      : vocab(static_cast<int>(config.whole("base_vocabulary", 3, 1 << 20))),
        latents(static_cast<int>(config.whole("tokens_per_image", 1, 1024))),
        images(static_cast<int>(config.whole("images", 0, 10'000))),
        length_max(static_cast<std::size_t>(config.whole("max_length", 1, 1 << 20))),
        model_name(config.has("tokenizer_model") ? config.text("tokenizer_model")
                                                 : "tokenizer/tokenizer.model") {}

  // The authors' class cannot decode what is no token; ours drops it.
  bool decodable(const std::vector<int>& ids) const {
    const std::int64_t count = vocab + 2 + std::int64_t{images} * latents;
    for (const int id : ids)
      if (id < 0 || id >= count) return false;
    return true;
  }
};

void truncate(std::vector<int>& ids, std::size_t length_max) {
  if (ids.size() > length_max) ids.resize(length_max);
}

void check_encode(const std::vector<Fields>& entries, const TokenizerCase& sizes, const Tokenizer& tokenizer,
                  CaseFindings& findings) {
  EntryComparison with_specials("encode"), as_prompt("encode: texts of a prompt");
  for (const Fields& entry : entries) {
    const std::string text = entry.text("text");
    const std::vector<int> expected = entry.ids("ids");
    auto ids = tokenizer.encode_with_specials(text, static_cast<std::size_t>(sizes.images));
    truncate(ids, sizes.length_max);
    with_specials.entry(compare_exact("", ids, expected));
    if (has_special_tokens(text)) continue;  // to the product that is text like any other
    ids = tokenizer.encode(Prompt{text});
    truncate(ids, sizes.length_max);
    as_prompt.entry(compare_exact("", ids, expected));
  }
  findings.add(with_specials.result());
  findings.add(as_prompt.result());
}

void check_decode(const std::vector<Fields>& entries, const TokenizerCase& sizes, const Tokenizer& tokenizer,
                  CaseFindings& findings) {
  EntryComparison texts("decode"), errors("decode: ids that are errors");
  for (const Fields& entry : entries) {
    const std::vector<int> ids = entry.ids("ids");
    const bool is_error = entry.has("error");
    if (is_error || !sizes.decodable(ids))
      errors.entry(is_error != sizes.decodable(ids), is_error ? "every id is a token, an error is expected"
                                                              : "an id is no token, a text is expected");
    if (!is_error) texts.entry(compare_exact("", tokenizer.decode(ids), entry.text("text")));
  }
  findings.add(texts.result());
  if (errors.result().compared > 0) findings.add(errors.result());
}

}  // namespace

Result<CaseFindings> check_tokenizer(Case& golden, const CheckOptions& options) {
  const Fields fields = golden.fields(), config = fields.object("config");
  const TokenizerCase sizes(config);
  const auto encode = golden.list(fields, "encode"), decode = golden.list(fields, "decode");
  if (golden.mistakes().any()) return golden.mistakes().first();
  const auto file = find_tokenizer(golden, sizes.model_name, options);
  if (!file) return file.error();
  const auto tokenizer = load_tokenizer(*file, sizes.vocab, sizes.latents);
  if (!tokenizer) return tokenizer.error();

  CaseFindings findings;
  if (config.has("tokenizer_model_sha256")) {
    const auto bytes = read_file_text(*file, tokenizer_bytes_max);
    if (!bytes) return bytes.error();
    findings.add(
        compare_exact("tokenizer.model SHA-256", sha256_hex(*bytes), config.text("tokenizer_model_sha256")));
  }
  check_encode(encode, sizes, *tokenizer, findings);
  check_decode(decode, sizes, *tokenizer, findings);
  for (const auto& [key, count] : {std::pair{"encode_count", encode.size()}, {"decode_count", decode.size()}})
    if (fields.has(key))
      findings.add(compare_exact(key, std::vector{static_cast<std::int64_t>(count)},
                                 std::vector{fields.whole(key, 0, INT64_MAX)}));
  return findings;
}

}  // namespace radfm::model::check
