// SPDX-License-Identifier: Apache-2.0
// Sizes in a text: without known spacing, and against the verdict of change that the text draws from them.
#include <algorithm>
#include <array>
#include <map>

#include "pipeline/draft/text_rules.h"
#include "pipeline/draft/text_sizes.h"

namespace radfm::draft::rule {
namespace {

constexpr double same_mm_max = 3, same_share_max = 0.25;  // two readers of one lesion differ by so much

// How large a finding is said to be, now or in an earlier study.
struct Mention {
  double size = 0;
  bool in_mm = false;  // else the rank of a word
  std::string text;
  std::optional<bool> left;
};
struct Mentions {
  std::vector<Mention> now, before;
  bool unclear = false;  // several lesions, or a size that is neither now nor before for sure
};

bool is_prior_study(const Words& words) {
  static const WordPatterns patterns = {"@prior @study showed|shows|demonstrated|demonstrates|revealed|had",
                                        "on|in|at ?the ?most ?recent @prior @study ?, there was|were"};
  return patterns.match(words);
}

bool is_of_now(const Words& words) {
  static const WordPatterns patterns = {"there is", "is|are ?now @seen"};
  return patterns.match(words) && !has_past(words) && !has_doubt(words);
}

// One size of one finding; nothing when there are more, or the size may be of something else.
std::optional<Mention> mention_in(const SizedWords& sized) {
  static const WordPatterns in_mm = {"# ~4 @kind", "@kind ~4 measuring|measures ?up ?to ?about|approximately|at #", "@kind of #"};
  static const WordPattern in_words("small|moderate|large ~3 @kind");
  constexpr std::array ranks = {"small", "moderate", "large"};
  Mention mention;
  mention.left = only_side_is_left(sized.words, {0, sized.words.size()});
  if (sized.sizes.size() == 1 && in_mm.match(sized.words)) {
    mention.size = sized.sizes.front().mm;
    mention.in_mm = true;
    mention.text = sized.sizes.front().text;
    return mention;
  }
  const auto place = in_words.find(sized.words);
  if (!sized.sizes.empty() || !place || in_words.find(sized.words, place->begin + 1)) return std::nullopt;
  const auto is_rank = [&](const std::string& word) { return std::find(ranks.begin(), ranks.end(), word) != ranks.end(); };
  if (std::count_if(sized.words.begin(), sized.words.end(), is_rank) != 1) return std::nullopt;
  mention.text = sized.words[place->begin];
  if (has_word({sized.words[place->begin + 1]}, {"bowel", "intestine", "airway", "airways", "vessel", "vessels", "joint"})) return std::nullopt;
  mention.size = static_cast<double>(std::find(ranks.begin(), ranks.end(), mention.text) - ranks.begin());
  return mention;
}

std::map<std::string_view, Mentions> mentions_of(const std::vector<Words>& sentences) {
  static const WordPattern several("another|second|other|additional|multiple|several|two|three|few|numerous|larger|smaller|largest ~3 @kind");
  std::map<std::string_view, Mentions> mentions;
  for (const Words& sentence : sentences) {
    const SizedWords sized = with_sizes(sentence);
    const auto kinds = kinds_in(sized.words, {0, sized.words.size()});
    if (kinds.empty()) continue;
    const bool plural = std::none_of(sized.words.begin(), sized.words.end(), [&](const std::string& w) { return w == kinds.front(); });
    const std::optional<Mention> mention = mention_in(sized);
    const bool prior = is_prior_study(sized.words), now = is_of_now(sized.words);
    const bool clear = kinds.size() == 1 && !plural && !several.find(sized.words) && !has_negation(sized.words) && prior != now;
    if (clear && mention) {
      (prior ? mentions[kinds.front()].before : mentions[kinds.front()].now).push_back(*mention);
    } else if (mention || !sized.sizes.empty() || plural || several.find(sized.words)) {
      for (const std::string_view kind : kinds) mentions[kind].unclear = true;
    }
  }
  return mentions;
}

bool contradicts(Change change, const Mention& before, const Mention& now) {
  if (before.in_mm != now.in_mm) return false;
  // Larger and still "small" is no contradiction; larger and still 16 mm is one.
  const bool equal_counts = now.in_mm;
  switch (change) {
    case Change::larger: return now.size < before.size || (equal_counts && now.size == before.size);
    case Change::smaller: return now.size > before.size || (equal_counts && now.size == before.size);
    case Change::unchanged: break;
  }
  const double difference = std::abs(now.size - before.size);
  if (!now.in_mm) return difference > 0;
  return difference >= std::max(same_mm_max, same_share_max * std::min(now.size, before.size));
}

std::string contradiction(std::string_view what, Change change, const std::string& before, const std::string& now) {
  return "The text calls " + std::string(what) + " " + word_of(change) + ", but states " + before + " before and " + now +
         " now: compare the images.";
}

// "It was 16 mm and is now 24 mm, smaller.": old size, new size and verdict in one sentence.
Finding in_one_sentence(const Words& sentence) {
  // The first size that is matched is the old one (true) or the new one.
  static const std::array<std::pair<WordPattern, bool>, 8> patterns = {
      std::pair{WordPattern("increased|decreased|grown|enlarged|shrunk|regressed ~3 from # to #"), true},
      std::pair{WordPattern("previously|formerly|was|were|measured ?measured|measuring ?at # ~5 now|currently|today ~2 #"), true},
      std::pair{WordPattern("previously|formerly ?measured|measuring|at # ?, # now|currently|today"), true},
      std::pair{WordPattern("# ?, ?, previously|formerly|prior ?measured|measuring|was|at #"), false},
      std::pair{WordPattern("# ?, compared to|with ?the|a @prior|previously #"), false},
      std::pair{WordPattern("# ?, compared to|with|versus|vs # previously|before"), false},  // not "9 cm on the left"
      std::pair{WordPattern("# ?, compared to|with|versus|vs # on|in|at ?the @prior"), false},
      std::pair{WordPattern("# ?, versus|vs @prior|previously #"), false}};
  const SizedWords sized = with_sizes(sentence);
  if (sized.sizes.size() != 2 || has_negation(sentence) || has_doubt(sentence)) return std::nullopt;
  if (has_word(sentence, {"ranging", "ranges", "range", "between"})) return std::nullopt;
  std::optional<Change> change;
  for (const std::string& word : sized.words) {
    const auto found = change_word(word);
    if (found && change && *found != *change) return std::nullopt;
    if (found) change = found;
  }
  if (!change) return std::nullopt;
  for (const auto& [pattern, old_first] : patterns) {
    if (!pattern.find(sized.words)) continue;
    const Size &before = sized.sizes[old_first ? 0 : 1], &now = sized.sizes[old_first ? 1 : 0];
    if (!contradicts(*change, {before.mm, true, "", {}}, {now.mm, true, "", {}})) return std::nullopt;
    return contradiction("a finding", *change, before.text, now.text);
  }
  return std::nullopt;
}

bool same_side(const std::optional<bool>& a, const std::optional<bool>& b) { return !a || !b || *a == *b; }

}  // namespace

Finding size_without_spacing(const CheckedDraft& draft, const ReadText& text) {
  if (draft.spacing_known) return std::nullopt;
  for (const Words& sentence : text.all) {
    const SizedWords sized = with_sizes(sentence);
    const bool of_slices = has_word(sentence, {"slice", "slices", "thickness", "thick", "section", "sections", "collimation", "intervals"});
    if (sized.sizes.empty() || of_slices) continue;
    const bool may_be_read = has_past(sentence) || has_word(sentence, {"unchanged", "stable", "remains", "again", "still"});
    if (draft.prior_report_read && may_be_read) continue;
    return "The text states a size (\"" + sized.sizes.front().text +
           "\"), but the images do not say how large a pixel is: do not rely on the size.";
  }
  return std::nullopt;
}

Finding verdict_contradicts_sizes(const ReadText& text) {
  for (const Words& sentence : text.all) {
    if (Finding found = in_one_sentence(sentence)) return found;
  }
  std::vector<Verdict> verdicts;
  for (const Words& sentence : text.findings) {
    if (const auto verdict = verdict_of(sentence)) verdicts.push_back(*verdict);
  }
  for (const Words& sentence : text.impression) {
    for (const Verdict& verdict : listed_verdicts(sentence)) verdicts.push_back(verdict);
  }
  if (verdicts.empty()) return std::nullopt;
  const auto mentions = mentions_of(text.findings);
  for (const Verdict& verdict : verdicts) {
    const auto sizes = mentions.find(verdict.kind);
    if (sizes == mentions.end() || sizes->second.unclear) continue;
    const auto& [now, before, unclear] = sizes->second;
    if (now.size() != 1 || before.size() != 1) continue;
    const Mention &is = now.front(), &was = before.front();
    if (!same_side(is.left, was.left) || !same_side(is.left, verdict.left)) continue;
    if (contradicts(verdict.change, was, is)) return contradiction("the " + std::string(verdict.kind), verdict.change, was.text, is.text);
  }
  return std::nullopt;
}

}  // namespace radfm::draft::rule
