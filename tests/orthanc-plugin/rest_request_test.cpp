// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rest_request.h"

#include <gtest/gtest.h>

namespace radfm::plugin {
namespace {

int refusal(const RestRequest& request) {
  const auto refused = refuse_by_size(request);
  return refused ? refused->status : 0;
}

TEST(RestRequestTest, PathAndBodyAtTheirLimitAndOnePastIt) {
  // Aim: each by its own status.
  EXPECT_EQ(refusal({"GET", std::string(request_path_bytes_max, 'x'), {}, {}}), 0);
  EXPECT_EQ(refusal({"GET", std::string(request_path_bytes_max + 1, 'x'), {}, {}}), 414);
  EXPECT_EQ(refusal({"POST", "/", {}, {}, std::string(request_body_bytes_max, 'x')}), 0);
  EXPECT_EQ(refusal({"POST", "/", {}, {}, std::string(request_body_bytes_max + 1, 'x')}), 413);
}

TEST(RestRequestTest, ParametersAtTheirLimitAndOnePastIt) {
  // Aim: their number, and the bytes of one.
  RestRequest request{"GET", "/", {}, {}};
  for (std::size_t i = 0; i < request_parameters_max; ++i) request.query["p" + std::to_string(i)] = "x";
  EXPECT_EQ(refusal(request), 0);
  request.query["one more"] = "x";
  EXPECT_EQ(refusal(request), 400);
  EXPECT_EQ(refusal({"GET", "/", {{"name", std::string(request_parameter_bytes_max - 4, 'x')}}, {}}), 0);
  EXPECT_EQ(refusal({"GET", "/", {{"name", std::string(request_parameter_bytes_max - 3, 'x')}}, {}}), 400);
  EXPECT_EQ(refusal({"GET", "/", {{std::string(request_parameter_bytes_max + 1, 'x'), ""}}, {}}), 400);
}

TEST(RestRequestTest, HeadersAtTheirLimitAndOnePastIt) {
  // Aim: their number, and the bytes of all.
  RestRequest request{"GET", "/", {}, {}};
  for (std::size_t i = 0; i < request_headers_max; ++i) request.headers["h" + std::to_string(i)] = "x";
  EXPECT_EQ(refusal(request), 0);
  request.headers["one-more"] = "x";
  EXPECT_EQ(refusal(request), 431);
  EXPECT_EQ(refusal({"GET", "/", {}, {{"name", std::string(request_headers_bytes_max - 4, 'x')}}}), 0);
  EXPECT_EQ(refusal({"GET", "/", {}, {{"name", std::string(request_headers_bytes_max - 3, 'x')}}}), 431);
}

TEST(RestRequestTest, AnErrorsCodeIsItsStatus) {
  // Aim: one of each, and what nobody thought of is a trouble of ours.
  EXPECT_EQ(error_response(permanent_error("bad_parameter", "x")).status, 400);
  EXPECT_EQ(error_response(permanent_error("no_such_job", "x")).status, 404);
  EXPECT_EQ(error_response(permanent_error("wrong_state", "x")).status, 409);
  EXPECT_EQ(error_response(permanent_error("changed_meanwhile", "x")).status, 412);
  EXPECT_EQ(error_response(transient_error("database_busy", "x")).status, 503);
}

TEST(RestRequestTest, NumbersOfJobs) {
  // Aim: digits alone, from one to the largest.
  EXPECT_EQ(positive_number("1"), 1);
  EXPECT_EQ(positive_number("9223372036854775807"), INT64_MAX);
  for (const char* bad : {"", "0", "-1", "+1", " 1", "1 ", "1x", "9223372036854775808"}) EXPECT_FALSE(positive_number(bad)) << bad;
}

TEST(RestRequestTest, StatusesThatOrthancCanSend) {
  // Aim: the two that it has no words for become ones that it has; all else stays.
  EXPECT_EQ(status_for_orthanc(429), 503);
  EXPECT_EQ(status_for_orthanc(431), 400);
  for (const int known : {200, 304, 400, 403, 404, 405, 409, 412, 413, 414, 503}) EXPECT_EQ(status_for_orthanc(known), known);
}

}  // namespace
}  // namespace radfm::plugin
