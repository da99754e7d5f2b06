// SPDX-License-Identifier: Apache-2.0
// Errors from peers, files, disks and queues are values. Each carries its retry class, decided once, where it is seen.
#pragma once

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace radfm {

// What the queue does with a job that failed this way (worker and db agree through this type alone).
enum class ErrorClass {
  transient,  // peer down, busy, disk full: retried with growing waits, never leads to dead
  poison,     // engine or reader died of a cause that was seen (crash signal, out of memory, time-out): 3 tries
  vanished,   // a holder disappeared without a word (kill -9, power): 20 tries, backed off from the third
  permanent,  // unsupported or broken: dead at once, an administrator reads the code
  cancelled,  // superseded, cancelled by an administrator, or the lease was lost: nothing to retry
};

// A failure. `code` is a stable snake_case word that an administrator can search for ("orthanc_unreachable");
// `message` says what happened, to what, and what to do. Neither holds patient data.
struct Error {
  ErrorClass error_class = ErrorClass::permanent;
  std::string code;
  std::string message;
};

inline Error transient_error(std::string code, std::string message) {
  return {ErrorClass::transient, std::move(code), std::move(message)};
}
inline Error permanent_error(std::string code, std::string message) {
  return {ErrorClass::permanent, std::move(code), std::move(message)};
}
inline Error poison_error(std::string code, std::string message) {
  return {ErrorClass::poison, std::move(code), std::move(message)};
}
inline Error vanished_error(std::string code, std::string message) {
  return {ErrorClass::vanished, std::move(code), std::move(message)};
}
inline Error cancelled_error(std::string code, std::string message) {
  return {ErrorClass::cancelled, std::move(code), std::move(message)};
}

std::string_view to_string(ErrorClass error_class);
std::optional<ErrorClass> parse_error_class(std::string_view text);

// Stops the program: an invariant of ours is broken, and going on could lose or double a study.
[[noreturn]] inline void broken_invariant(std::string_view what) {
  std::cerr << "radfm: broken invariant: " << what << std::endl;
  std::abort();
}

// A value or an Error. Asking for the one that is not there is a broken invariant.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}      // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { require(ok()); return std::get<0>(state_); }
  const T& value() const& { require(ok()); return std::get<0>(state_); }
  T&& value() && { require(ok()); return std::get<0>(std::move(state_)); }
  const Error& error() const { require(!ok()); return std::get<1>(state_); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  static void require(bool condition) {
    if (!condition) broken_invariant("a Result was asked for what it does not hold");
  }
  std::variant<T, Error> state_;
};

// Success without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    if (ok()) broken_invariant("a Result was asked for an error that it does not hold");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace radfm
