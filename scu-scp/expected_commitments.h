// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/data_elements.h"

namespace radfm::scu {

inline constexpr std::size_t commitment_objects_max = 1'000;  // of one transaction

struct ObjectReference {
  std::string sop_class_uid, sop_instance_uid;
};

// What an archive says about the objects of one transaction, by SOP Instance UID.
struct CommitmentResult {
  std::set<std::string> committed;
  std::map<std::string, std::uint16_t>
      failed;                         // with the Failure Reason (PS3.3 C.14.1.1); 0 when it gave none
  std::set<std::string> unmentioned;  // asked for, and in neither list: not safe
  bool complete() const { return failed.empty() && unmentioned.empty(); }
};

// The storage commitment transactions (PS3.4 J.3) that are open: a result may come on the association that
// asked, or on a new one, to our storage SCP. Any thread.
class ExpectedCommitments {
 public:
  // One transaction; closed by its destructor.
  class Transaction {
   public:
    virtual ~Transaction() = default;
    virtual const std::string& uid() const = 0;
    // Once it has come.
    virtual std::optional<CommitmentResult> result() const = 0;
    // transient "commitment_not_answered" after `timeout_ms`; cancelled "woken" (negative descriptor: none).
    virtual Result<CommitmentResult> wait(std::int64_t timeout_ms, int wake_fd) const = 0;
  };

  ExpectedCommitments();
  ~ExpectedCommitments();
  // `archive`: the AE title that is asked, and that must answer.
  std::unique_ptr<Transaction> expect(std::string transaction_uid, std::string archive,
                                      const std::vector<ObjectReference>& objects);
  // An N-EVENT-REPORT's data set. False: it is unreadable, or of no transaction that `caller` was asked for.
  // The first result of a transaction counts; objects that nobody asked about count nowhere.
  bool take(const std::string& caller, std::span<const std::uint8_t> event, Encoding encoding);

 private:
  struct State;
  class OpenTransaction;
  std::shared_ptr<State> state_;
};

}  // namespace radfm::scu
