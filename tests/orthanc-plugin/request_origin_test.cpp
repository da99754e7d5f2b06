// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/request_origin.h"

#include <gtest/gtest.h>

namespace radfm::plugin {
namespace {

using Headers = std::map<std::string, std::string>;

bool foreign_change(Headers headers) {
  headers.emplace("host", "node.example:8042");
  return is_foreign_change({"POST", "/radfm/api/v1/pause", {}, std::move(headers)});
}
bool foreign_read(Headers headers) {
  headers.emplace("host", "node.example:8042");
  return is_foreign_read({"GET", "/radfm/api/v1/jobs", {}, std::move(headers)});
}

TEST(RequestOriginTest, AChangeNeedsWhatAFormCannotSend) {
  // Aim: the three content types of forms and no content type at all are foreign; our header or JSON is not.
  EXPECT_TRUE(foreign_change({}));
  for (const char* type : {"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/plain; application/json"})
    EXPECT_TRUE(foreign_change({{"content-type", type}})) << type;
  EXPECT_FALSE(foreign_change({{"content-type", "application/json"}}));
  EXPECT_FALSE(foreign_change({{"content-type", "Application/JSON; charset=utf-8"}}));
  EXPECT_FALSE(foreign_change({{"x-radfm", "1"}}));
}

TEST(RequestOriginTest, WhatTheBrowserSaysOfAChangeCounts) {
  // Aim: with our header, too, each header that names another place makes the request foreign; Fetch Metadata goes before the others.
  const auto with = [](Headers headers) {
    headers.emplace("x-radfm", "1");
    return foreign_change(std::move(headers));
  };
  for (const char* site : {"cross-site", "same-site", "none", "nonsense"}) EXPECT_TRUE(with({{"sec-fetch-site", site}})) << site;
  EXPECT_FALSE(with({{"sec-fetch-site", "same-origin"}}));
  EXPECT_FALSE(with({{"sec-fetch-site", "same-origin"}, {"origin", "https://proxy.example"}}));
  EXPECT_TRUE(with({{"sec-fetch-site", "cross-site"}, {"origin", "http://node.example:8042"}}));
  EXPECT_FALSE(with({{"origin", "http://node.example:8042"}}));
  EXPECT_FALSE(with({{"origin", "https://NODE.example:8042"}}));
  for (const char* origin : {"null", "http://node.example", "http://node.example:80420", "http://evil.example", "http://node.example:8042.evil.example",
                             "http://evil.example/node.example:8042", "node.example:8042", "://"})
    EXPECT_TRUE(with({{"origin", origin}})) << origin;
  EXPECT_TRUE(with({{"referer", "http://evil.example/http://node.example:8042/"}}));
  EXPECT_FALSE(with({{"referer", "http://node.example:8042/radfm/"}}));
  EXPECT_TRUE(with({{"origin", "http://evil.example"}, {"referer", "http://node.example:8042/radfm/"}}));
}

TEST(RequestOriginTest, AReadMayBeALinkAndNothingEmbedded) {
  // Aim: images, frames, scripts and fetches of other sites are foreign; a person who follows a link, our page and programs are not.
  EXPECT_FALSE(foreign_read({}));
  EXPECT_FALSE(foreign_read({{"sec-fetch-site", "same-origin"}, {"sec-fetch-mode", "cors"}}));
  EXPECT_FALSE(foreign_read({{"sec-fetch-site", "none"}, {"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "document"}}));
  EXPECT_FALSE(foreign_read({{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "document"}}));
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_TRUE(foreign_read({{"sec-fetch-site", site}}));
    EXPECT_TRUE(foreign_read({{"sec-fetch-site", site}, {"sec-fetch-mode", "no-cors"}, {"sec-fetch-dest", "image"}}));
    EXPECT_TRUE(foreign_read({{"sec-fetch-site", site}, {"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "iframe"}}));
    EXPECT_TRUE(foreign_read({{"sec-fetch-site", site}, {"sec-fetch-mode", "cors"}, {"sec-fetch-dest", "empty"}}));
  }
  EXPECT_TRUE(foreign_read({{"origin", "http://evil.example"}}));
  EXPECT_FALSE(foreign_read({{"origin", "http://node.example:8042"}}));
  EXPECT_FALSE(foreign_read({{"referer", "http://viewer.example/"}}));
}

}  // namespace
}  // namespace radfm::plugin
