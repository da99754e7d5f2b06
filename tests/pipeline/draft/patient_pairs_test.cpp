// SPDX-License-Identifier: Apache-2.0
// 10,000 generated pairs of studies whose headers differ in ID, issuer, name, birth date, sex and time, in
// case, padding and spelling, with wildcards and empty values: no study of another patient and none that is
// not certainly earlier is ever accepted, and nothing is refused that the rules let pass.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "pipeline/draft/prior_choice.h"
#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

constexpr int pairs = 10'000;

struct Spelled {
  const char *one, *other;
};
// One person's name as two systems write it.
constexpr std::array names{
    Spelled{"M\u00fcller^Anna", "MULLER^ANNA"},
    Spelled{"O'Brien^Sean^Patrick", "OBRIEN^SEAN"},
    Spelled{"Garc\u00eda L\u00f3pez^Jos\u00e9", "GARCIA LOPEZ^JOSE"},
    Spelled{"\u041f\u0435\u0442\u0440\u043e\u0432^\u0418\u0432\u0430\u043d",
            "\u041f\u0415\u0422\u0420\u041e\u0412^\u0418\u0412\u0410\u041d"},
    Spelled{"Yamada^Tarou=\u5c71\u7530^\u592a\u90ce", "YAMADA^TAROU"},
    Spelled{"Wang^XiaoDong=\u738b^\u5c0f\u4e1c", "=\u738b^\u5c0f\u4e1c"},
    Spelled{"Nu\u0308nez^Eva", "N\u00fcnez^E"},
    Spelled{"\u039f\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2^\u0391",
            "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3^\u0391"},
};

// What was done to one attribute of the second study.
enum class Change { equal, respelled, empty, different, wild };

class PairGenerator {
 public:
  explicit PairGenerator(unsigned long seed) : random_(seed) {}

  struct Pair {
    imaging::StudyReading current, prior;
    bool may_be_accepted = true;  // by the rules, whatever stands in the values
    std::string changed;
  };

  Pair next() {
    pair_ = Pair{test::study("1.2.9", "20240311"), test::study("1.2.1", "20230311"), true, ""};
    const std::string id = "P" + std::to_string(1000 + below(9000));
    const std::size_t name = below(names.size());
    both(tag::patient_id, id);
    both(issuer, below(3) == 0 ? "" : "HOSP-A");
    both(tag::birth_date, "19" + std::to_string(20 + below(80)) + "0" + std::to_string(1 + below(9)) + "1" +
                              std::to_string(below(10)));
    both(tag::sex, below(2) == 0 ? "F" : "M");
    both(tag::patient_name, names[name].one);
    change_id(id);
    change_issuer();
    change_birth_date();
    change_sex();
    change_name(name);
    change_time();
    if (below(2) == 0) swap_headers();
    return std::move(pair_);
  }

 private:
  static constexpr std::uint32_t issuer = 0x00100021;

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  Change change() {
    constexpr std::array changes{Change::equal,     Change::equal, Change::equal,     Change::respelled,
                                 Change::respelled, Change::empty, Change::different, Change::wild};
    return changes[below(changes.size())];
  }
  void both(std::uint32_t name, const std::string& value) {
    test::set(pair_.current, name, value);
    test::set(pair_.prior, name, value);
  }
  void set_prior(std::uint32_t name, const std::string& value) { test::set(pair_.prior, name, value); }
  const std::string& now(std::uint32_t name) const { return attribute_value(pair_.current.header, name); }
  void refuse(const char* what) {
    pair_.may_be_accepted = false;
    pair_.changed += std::string(pair_.changed.empty() ? "" : ", ") + what;
  }

  void change_id(const std::string& id) {
    switch (change()) {
      case Change::equal:
        break;
      case Change::respelled:
        set_prior(tag::patient_id, " " + id + "  ");
        break;
      case Change::empty:
        set_prior(tag::patient_id, below(2) == 0 ? "" : "  "), refuse("ID empty");
        break;
      case Change::different:
        set_prior(tag::patient_id, below(2) == 0 ? id + "0" : "p" + id.substr(1)), refuse("ID differs");
        break;
      case Change::wild: {
        const std::array wild{id.substr(0, 3) + "*", std::string("????\?"), id + "\\" + id,
                              std::string("*"),      std::string("0000"),   std::string("Unknown")};
        const std::string& value = wild[below(wild.size())];
        if (below(2) == 0) test::set(pair_.current, tag::patient_id, value);
        set_prior(tag::patient_id, value);
        refuse("ID wild or shared");
      }
    }
  }
  void change_issuer() {
    switch (change()) {
      case Change::respelled:
        set_prior(issuer, now(issuer) + " ");
        break;
      case Change::empty:
        set_prior(issuer, "");
        break;
      case Change::different:
        if (!now(issuer).empty()) set_prior(issuer, "HOSP-B"), refuse("issuer differs");
        break;
      default:
        break;
    }
  }
  void change_birth_date() {
    const std::string date = now(tag::birth_date);
    switch (change()) {
      case Change::respelled:
        set_prior(tag::birth_date, date.substr(0, 4) + "." + date.substr(4, 2) + "." + date.substr(6));
        break;
      case Change::empty:
        set_prior(tag::birth_date, ""), birth_date_known_ = false;
        return;
      case Change::different:
        set_prior(tag::birth_date, std::to_string(std::stoi(date.substr(0, 4)) + 1) + date.substr(4)),
            refuse("birth date differs");
        break;
      case Change::wild:
        set_prior(tag::birth_date, "????????"), refuse("birth date differs");
        break;
      case Change::equal:
        break;
    }
    birth_date_known_ = true;
  }
  void change_sex() {
    switch (change()) {
      case Change::respelled:
        set_prior(tag::sex, now(tag::sex) == "F" ? "f " : "m");
        break;
      case Change::empty:
        set_prior(tag::sex, below(2) == 0 ? "" : "O");
        break;
      case Change::different:
        set_prior(tag::sex, now(tag::sex) == "F" ? "M" : "F"), refuse("sex differs");
        break;
      default:
        break;
    }
  }
  void change_name(std::size_t name) {
    constexpr std::array strangers{"Smith^Bob",       "M\u00fcller^Berta", "\u5c71\u672c^\u82b1\u5b50",
                                   "=\u674e^\u56db",  "Mueller*^Anna",     "^Anna",
                                   "Anna^M\u00fcller"};
    switch (change()) {
      case Change::equal:
        break;
      case Change::respelled:
        set_prior(tag::patient_name, std::string(names[name].other) + (below(2) == 0 ? "^^^" : " "));
        break;
      case Change::empty:
        set_prior(tag::patient_name, below(2) == 0 ? "" : "UNKNOWN^UNKNOWN");
        if (!birth_date_known_) refuse("no name and no birth date");
        break;
      case Change::different:
      case Change::wild:
        set_prior(tag::patient_name, strangers[below(strangers.size())]), refuse("name differs");
    }
  }
  // Times in UTC: the current study is of 2024-03-11 12:00.
  void change_time() {
    struct Moment {
      const char *date, *time, *zone;
      bool earlier;
    };
    constexpr std::array moments{Moment{"20230311", "120000", "", true},
                                 Moment{"20240310", "", "", true},
                                 Moment{"20240311", "115959", "", true},
                                 Moment{"20240311", "120000", "", false},
                                 Moment{"20240311", "", "", false},
                                 Moment{"20240311", "205900", "+0900", true},
                                 Moment{"20240311", "210000", "+0900", false},
                                 Moment{"20240311", "070001", "-0500", false},
                                 Moment{"20250101", "", "", false},
                                 Moment{"", "", "", false},
                                 Moment{"20240231", "", "", false},
                                 Moment{"20180101", "", "", false}};
    const Moment& moment = below(3) != 0 ? moments[0] : moments[below(moments.size())];
    set_prior(tag::study_date, moment.date);
    set_prior(tag::study_time, moment.time);
    if (*moment.zone != '\0') {
      test::set(pair_.current, tag::timezone_offset, "+0000");
      set_prior(tag::timezone_offset, moment.zone);
    }
    if (!moment.earlier) refuse("not certainly earlier, or too old");
  }
  // The rules have no direction: the two studies' patients change places, their dates do not.
  void swap_headers() {
    for (const std::uint32_t name : {tag::patient_id, issuer, tag::birth_date, tag::sex, tag::patient_name}) {
      std::swap(pair_.current.header[name], pair_.prior.header[name]);
    }
  }

  std::mt19937_64 random_;
  Pair pair_;
  bool birth_date_known_ = true;
};

TEST(PatientPairs, NoWrongPriorAndNoNeedlessRefusal) {
  // The seed and the table of outcomes are printed.
  const char* given = std::getenv("RADFM_SEED");
  const unsigned long seed = given != nullptr ? std::strtoul(given, nullptr, 10) : 20261128;
  std::cout << "seed " << seed << " (RADFM_SEED=N takes another)\n";
  PairGenerator generator(seed);
  std::map<std::string, int> table;
  int wrong = 0, needless = 0, accepted = 0;
  for (int i = 0; i < pairs; ++i) {
    const PairGenerator::Pair pair = generator.next();
    const auto refused = refuse_prior(pair.current, pair.prior, {});
    ++table[refused ? refused->reason : "accepted"];
    if (!refused) ++accepted;
    if (!refused && !pair.may_be_accepted) {
      ++wrong;
      ADD_FAILURE() << "pair " << i << " of seed " << seed << " was accepted: " << pair.changed;
    }
    if (refused && pair.may_be_accepted) {
      ++needless;
      ADD_FAILURE() << "pair " << i << " of seed " << seed << " was refused: " << refused->reason << " ["
                    << attribute_value(pair.current.header, tag::patient_name) << "] ["
                    << attribute_value(pair.prior.header, tag::patient_name) << "]";
    }
    if (wrong + needless > 10) break;
  }
  for (const auto& [outcome, count] : table) std::cout << count << "  " << outcome << "\n";
  std::cout << pairs << " pairs, " << accepted << " accepted, " << wrong << " wrong, " << needless
            << " refused without need\n";
  EXPECT_GT(accepted, pairs / 50);
}

}  // namespace
}  // namespace radfm::draft
