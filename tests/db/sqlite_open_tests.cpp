// SPDX-License-Identifier: Apache-2.0
#include <grp.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "db/queue.h"
#include "tests/db/temporary_folder.h"
#include "tests/support/fake_clock.h"

namespace radfm::db {
namespace {

class SqliteOpen : public testing::Test {
 protected:
  Result<std::unique_ptr<Queue>> open(bool create = true, bool read_only = false) {
    OpenQueue open;
    open.path = path;
    open.create = create;
    open.read_only = read_only;
    return open_sqlite_queue(open, clock);
  }
  void execute(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
  }
  static std::string code(const Result<std::unique_ptr<Queue>>& opened) { return opened.ok() ? "ok" : opened.error().code; }
  static mode_t mode(const std::filesystem::path& file) {
    struct stat facts {};
    return ::stat(file.c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "queue.sqlite";
  testing_support::FakeClock clock;
};

TEST_F(SqliteOpen, NewFileAndItsJournalAreTheGroupsWhateverTheUmask) {
  // Plugin and worker are two users of one group.
  const mode_t before = ::umask(0777);
  auto queue = open();
  ::umask(before);
  ASSERT_EQ(code(queue), "ok");
  EXPECT_EQ(mode(path), 0660u);
  ASSERT_TRUE((*queue)->worker_alive("ready").ok());
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(mode(entry.path()), 0660u) << entry.path();
  }
}

TEST_F(SqliteOpen, ExistingFileKeepsItsMode) {
  // An administrator's stricter choice stands.
  ASSERT_EQ(code(open()), "ok");
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  ASSERT_EQ(code(open()), "ok");
  EXPECT_EQ(mode(path), 0600u);
}

TEST_F(SqliteOpen, MissingFolderIsNamed) {
  // It may be a mount that is not there yet, so it passes.
  path = folder.path() / "nowhere" / "queue.sqlite";
  const auto opened = open();
  ASSERT_EQ(code(opened), "database_unavailable");
  EXPECT_EQ(opened.error().error_class, ErrorClass::transient);
  EXPECT_NE(opened.error().message.find("folder does not exist"), std::string::npos);
}

TEST_F(SqliteOpen, MissingFileIsNotMadeUnlessAskedFor) {
  // radfmctl on the wrong path must not leave an empty queue behind.
  EXPECT_EQ(code(open(false)), "database_unavailable");
  EXPECT_EQ(code(open(true, true)), "database_unavailable");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SqliteOpen, ForbiddenFolderAndFileAreNamed) {
  // What a wrong group looks like: each message says which of the two must change. Another user's view, in a child.
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const auto message_to_nobody = [&](mode_t folder_mode, mode_t file_mode) {
    EXPECT_EQ(::chmod(folder.path().c_str(), folder_mode), 0);
    EXPECT_EQ(::chmod(path.c_str(), file_mode), 0);
    EXPECT_EQ(::chmod((path.string() + ".in-use").c_str(), 0666), 0);
    int answer[2];
    EXPECT_EQ(::pipe(answer), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      constexpr uid_t nobody = 65'534;
      if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) ::_exit(1);
      const auto opened = open();
      const std::string text = opened.ok() ? "ok" : opened.error().code + ": " + opened.error().message;
      [[maybe_unused]] const ssize_t written = ::write(answer[1], text.data(), text.size());
      ::_exit(0);
    }
    ::close(answer[1]);
    std::string said(4'096, '\0');
    const ssize_t length = ::read(answer[0], said.data(), said.size());
    said.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    ::close(answer[0]);
    ::waitpid(child, nullptr, 0);
    return said;
  };
  ASSERT_EQ(code(open()), "ok");
  const std::string folder_said = message_to_nobody(0755, 0666);
  EXPECT_EQ(folder_said.rfind("database_unavailable", 0), 0u) << folder_said;
  EXPECT_NE(folder_said.find("may not write its folder"), std::string::npos) << folder_said;
  const std::string file_said = message_to_nobody(0777, 0644);
  EXPECT_EQ(file_said.rfind("database_unavailable", 0), 0u) << file_said;
  EXPECT_NE(file_said.find("may not write it;"), std::string::npos) << file_said;
  EXPECT_EQ(message_to_nobody(0777, 0666), "ok");
}

TEST_F(SqliteOpen, FileThatIsNoDatabaseIsBroken) {
  // Permanent: waiting does not repair it. It is left as it is.
  std::ofstream(path) << std::string(4096, 'x');
  const auto opened = open();
  ASSERT_EQ(code(opened), "database_broken");
  EXPECT_EQ(opened.error().error_class, ErrorClass::permanent);
  EXPECT_EQ(std::filesystem::file_size(path), 4096u);
}

TEST_F(SqliteOpen, FolderInPlaceOfTheFileIsBroken) {
  // A wrong path in the configuration.
  std::filesystem::create_directory(path);
  EXPECT_EQ(code(open()), "database_broken");
}

TEST_F(SqliteOpen, AnotherProgramsDatabaseIsLeftAlone) {
  // Somebody named Orthanc's own index file.
  execute("CREATE TABLE resources (id INTEGER)");
  const auto opened = open();
  ASSERT_EQ(code(opened), "database_broken");
  EXPECT_NE(opened.error().message.find("another program's"), std::string::npos);
}

TEST_F(SqliteOpen, NewerSchemaIsRefusedAndTheNewestIsNot) {
  // An old program must not write what it does not understand: at the known number, and one past it.
  ASSERT_EQ(code(open()), "ok");
  ASSERT_EQ(code(open()), "ok");
  execute("PRAGMA user_version = 9");
  for (const bool read_only : {false, true}) {
    const auto opened = open(true, read_only);
    ASSERT_EQ(code(opened), "schema_too_new");
    EXPECT_EQ(opened.error().error_class, ErrorClass::permanent);
  }
}

TEST_F(SqliteOpen, ReaderReadsAndWritesNothing) {
  // radfmctl queue list.
  ASSERT_EQ(code(open()), "ok");
  auto reader = open(true, true);
  ASSERT_EQ(code(reader), "ok");
  EXPECT_TRUE((*reader)->status().ok());
  EXPECT_EQ((*reader)->pause("a").error().code, "read_only");
}

TEST_F(SqliteOpen, JournalFollowsTheVersionOfSqlite) {
  // WAL only where the WAL-reset bug is repaired.
  auto queue = open();
  ASSERT_EQ(code(queue), "ok");
  ASSERT_TRUE((*queue)->worker_alive("ready").ok());
  const int version = sqlite3_libversion_number();
  const bool repaired = version >= 3'051'003 || (version >= 3'050'007 && version < 3'051'000) ||
                        (version >= 3'044'006 && version < 3'045'000);
  EXPECT_EQ(std::filesystem::exists(path.string() + "-wal"), repaired);
  EXPECT_EQ(std::filesystem::exists(path.string() + "-journal"), !repaired);
}

TEST_F(SqliteOpen, TwoProgramsThatStartAtOnceMakeOneSchema) {
  // The second finds the first's work.
  auto first = open();
  auto second = open();
  ASSERT_EQ(code(first), "ok");
  ASSERT_EQ(code(second), "ok");
  EXPECT_TRUE((*first)->worker_alive("one").ok());
  EXPECT_EQ((*second)->status()->worker_note, "one");
}

}  // namespace
}  // namespace radfm::db
