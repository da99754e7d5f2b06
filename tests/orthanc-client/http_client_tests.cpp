// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/http_client.h"

#include <gtest/gtest.h>

#include <mutex>

#include "tests/orthanc-client/scripted_server.h"
#include "worker/interrupt.h"

namespace radfm::orthanc {

using worker::Interrupt;
namespace {

using test::http_answer;
using test::ScriptedAnswer;
using test::ScriptedRequest;
using test::ScriptedServer;

constexpr std::int64_t patient_ms = 60'000;  // a deadline that no passing test reaches

struct Answer {
  Result<unsigned> status = 0u;
  std::string body;
};

HttpClient client_of(const std::string& port, std::int64_t timeout_ms = patient_ms, int wake_fd = -1) {
  return HttpClient({"127.0.0.1", port, ""}, "worker", "secret", timeout_ms, wake_fd);
}

Answer get(HttpClient& client, std::uint64_t bytes_max = 1'000'000) {
  Answer answer;
  HttpRequest request;
  request.path = "/x";
  request.answer_bytes_max = bytes_max;
  answer.status = client.exchange(request, [&](std::string_view piece) {
    answer.body += piece;
    return Status();
  });
  return answer;
}

// Requests carry host, credentials and body, and the connection is kept.
TEST(HttpClient, SendsCredentialsAndBodyOverOneConnection) {
  std::mutex mutex;
  std::vector<ScriptedRequest> seen;
  ScriptedServer server([&](const ScriptedRequest& request) {
    std::lock_guard lock(mutex);
    seen.push_back(request);
    return http_answer(200, "answer");
  });
  HttpClient client = client_of(server.port());
  for (int i = 0; i < 2; ++i) {
    const Answer answer = get(client);
    ASSERT_TRUE(answer.status.ok()) << answer.status.error().message;
    EXPECT_EQ(*answer.status, 200u);
    EXPECT_EQ(answer.body, "answer");
  }
  HttpRequest post;
  post.method = "POST";
  post.path = "/y";
  post.body = "payload";
  post.content_type = "text/plain";
  post.answer_bytes_max = 100;
  ASSERT_TRUE(client.exchange(post, [](std::string_view) { return Status(); }).ok());
  std::lock_guard lock(mutex);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[2].connection, 1);
  EXPECT_EQ(seen[2].body, "payload");
  EXPECT_NE(seen[2].head.find("POST /y HTTP/1.1"), std::string::npos);
  EXPECT_NE(seen[0].head.find("Host: 127.0.0.1:" + server.port()), std::string::npos);
  EXPECT_NE(seen[0].head.find("Authorization: Basic d29ya2VyOnNlY3JldA=="), std::string::npos);  // worker:secret
}

// An answer of exactly the limit is taken, one byte more is refused.
TEST(HttpClient, LimitsTheAnswer) {
  ScriptedServer server([](const ScriptedRequest&) { return http_answer(200, std::string(1'000, 'a')); });
  HttpClient client = client_of(server.port());
  EXPECT_EQ(get(client, 1'000).body.size(), 1'000u);
  const Answer refused = get(client, 999);
  ASSERT_FALSE(refused.status.ok());
  EXPECT_EQ(refused.status.error().code, "http_too_large");
  EXPECT_EQ(refused.status.error().error_class, ErrorClass::permanent);
}

// A chunked answer without a length is limited too.
TEST(HttpClient, LimitsAChunkedAnswer) {
  ScriptedServer server([](const ScriptedRequest&) {
    return ScriptedAnswer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1'024, 'a') +
                          "\r\n0\r\n\r\n"};
  });
  HttpClient client = client_of(server.port());
  EXPECT_EQ(get(client, 1'024).body.size(), 1'024u);
  EXPECT_FALSE(get(client, 1'023).status.ok());
}

// Fields without end do not fill the memory.
TEST(HttpClient, LimitsTheHeader) {
  ScriptedServer server([](const ScriptedRequest&) {
    return ScriptedAnswer{"HTTP/1.1 200 OK\r\nX: " + std::string(http_header_bytes_max, 'x') + "\r\n\r\n"};
  });
  HttpClient client = client_of(server.port());
  const Answer answer = get(client);
  ASSERT_FALSE(answer.status.ok());
  EXPECT_EQ(answer.status.error().code, "http_bad_answer");
}

// What is no HTTP is said to be none.
TEST(HttpClient, RefusesGarbage) {
  ScriptedServer server([](const ScriptedRequest&) { return ScriptedAnswer{std::string("\0\1garbage\r\n\r\n", 13)}; });
  HttpClient client = client_of(server.port());
  const Answer answer = get(client);
  ASSERT_FALSE(answer.status.ok());
  EXPECT_EQ(answer.status.error().code, "http_bad_answer");
  EXPECT_EQ(answer.status.error().error_class, ErrorClass::transient);
}

// The deadline holds for the whole exchange, also when the answer has begun.
TEST(HttpClient, HasATotalDeadline) {
  ScriptedServer server([](const ScriptedRequest&) {
    return ScriptedAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false, true};
  });
  HttpClient client = client_of(server.port(), 50);
  const Answer answer = get(client);
  ASSERT_FALSE(answer.status.ok());
  EXPECT_EQ(answer.status.error().code, "http_timeout");
}

// A connection that breaks off in the middle of an answer is Orthanc going down.
TEST(HttpClient, SeesABrokenAnswer) {
  ScriptedServer server([](const ScriptedRequest&) {
    return ScriptedAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true};
  });
  HttpClient client = client_of(server.port());
  const Answer answer = get(client);
  ASSERT_FALSE(answer.status.ok());
  EXPECT_EQ(answer.status.error().code, "http_unreachable");
}

// Nobody listens: unreachable, and the message names the place.
TEST(HttpClient, SaysWhereNobodyListens) {
  test::DeafPort deaf;
  HttpClient client = client_of(deaf.port());
  const Answer answer = get(client);
  ASSERT_FALSE(answer.status.ok());
  EXPECT_EQ(answer.status.error().code, "http_unreachable");
  EXPECT_NE(answer.status.error().message.find(deaf.port()), std::string::npos);
}

// A kept connection that the peer has closed meanwhile costs no error: a second one is made.
TEST(HttpClient, ReplacesAStaleConnection) {
  ScriptedServer server([](const ScriptedRequest& request) {
    ScriptedAnswer answer = http_answer(200, std::to_string(request.connection));
    answer.close = true;
    return answer;
  });
  HttpClient client = client_of(server.port());
  EXPECT_EQ(get(client).body, "1");
  EXPECT_EQ(get(client).body, "2");
}

// A fresh connection that is closed without an answer is not tried again: the request may be what kills the peer.
TEST(HttpClient, DoesNotRepeatOnAFreshConnection) {
  ScriptedServer server([](const ScriptedRequest&) { return ScriptedAnswer{"", true}; });
  HttpClient client = client_of(server.port());
  EXPECT_EQ(get(client).status.error().code, "http_unreachable");
  EXPECT_EQ(server.requests(), 1);
}

// An interruption ends the wait for an answer at once.
TEST(HttpClient, IsWoken) {
  Interrupt interrupt;
  ScriptedServer server([&](const ScriptedRequest&) {
    interrupt.raise(Interrupt::Reason::stopping);
    return ScriptedAnswer{"", false, true};
  });
  HttpClient client = client_of(server.port(), patient_ms, interrupt.fd());
  const Answer answer = get(client);
  ASSERT_FALSE(answer.status.ok());
  EXPECT_EQ(answer.status.error().code, "woken");
  EXPECT_EQ(answer.status.error().error_class, ErrorClass::cancelled);
}

// An interruption that is over does not disturb the next exchange.
TEST(HttpClient, WorksAfterAnInterruption) {
  Interrupt interrupt;
  ScriptedServer server([](const ScriptedRequest&) { return http_answer(200, "ok"); });
  HttpClient client = client_of(server.port(), patient_ms, interrupt.fd());
  EXPECT_EQ(get(client).body, "ok");
  interrupt.raise(Interrupt::Reason::lease_lost);
  EXPECT_FALSE(get(client).status.ok());
  interrupt.clear_lease_lost();
  EXPECT_EQ(get(client).body, "ok");
}

// The sink's own error comes back as it is.
TEST(HttpClient, PassesTheSinksError) {
  ScriptedServer server([](const ScriptedRequest&) { return http_answer(200, "ok"); });
  HttpClient client = client_of(server.port());
  HttpRequest request;
  request.path = "/x";
  request.answer_bytes_max = 100;
  Result<unsigned> status =
      client.exchange(request, [](std::string_view) -> Status { return transient_error("disk_full", "no room"); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, "disk_full");
}

Result<HttpEndpoint> parse(const std::string& url) { return parse_web_url(url, "Orthanc", "orthanc"); }

// What orthanc.url may be.
TEST(ParseWebUrl, TakesHostPortAndPath) {
  Result<HttpEndpoint> full = parse("http://pacs.example:8042/orthanc/");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->host, "pacs.example");
  EXPECT_EQ(full->port, "8042");
  EXPECT_EQ(full->base_path, "/orthanc");
  EXPECT_FALSE(full->tls.has_value());
  Result<HttpEndpoint> ipv6 = parse("http://[::1]:65535");
  ASSERT_TRUE(ipv6.ok());
  EXPECT_EQ(ipv6->host, "::1");
  EXPECT_EQ(ipv6->port, "65535");
  EXPECT_EQ(parse("http://localhost")->port, "80");
  EXPECT_EQ(parse("https://localhost")->port, "443");
  EXPECT_TRUE(parse("https://localhost")->tls.has_value());
}

// What it may not be, with a message that says so.
TEST(ParseWebUrl, RefusesTheRest) {
  for (const char* url : {"", "localhost:8042", "ftp://localhost", "http://", "https://", "http://host:", "http://host:0",
                          "http://host:65536", "http://host:80x", "http://[::1", "http://u:p@host", "https://u:p@host", "http://ho st",
                          "http://host/a?b", "http://host\r\nX: y"}) {
    Result<HttpEndpoint> endpoint = parse(url);
    ASSERT_FALSE(endpoint.ok()) << url;
    EXPECT_EQ(endpoint.error().code, "url_not_supported");
    EXPECT_EQ(endpoint.error().message.find("u:p"), std::string::npos);
  }
}

}  // namespace
}  // namespace radfm::orthanc
