#include <base/atomic_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/limits.h>
#include <support/temporary_folder.h>

#include <sys/stat.h>

namespace vkm {
namespace {

using test::file_content;
using test::FileSizeLimit;
using test::message_of;
using test::TemporaryFolder;
using test::Unprivileged;
using test::write_content;
using testing::HasSubstr;

size_t files_in(const std::filesystem::path& folder) {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(AtomicFileTest, ReplacesOnCommitOnly) {
    const TemporaryFolder folder;
    write_content(folder / "f", "old");
    {
        AtomicFile file(folder / "f");
        file.write("new");
        file.write(" content");
        EXPECT_EQ(file_content(folder / "f"), "old");
        file.commit();
    }
    EXPECT_EQ(file_content(folder / "f"), "new content");
    EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(AtomicFileTest, AHeaderCanBeWrittenLast) {
    const TemporaryFolder folder;
    AtomicFile file(folder / "f");
    file.write("........");
    file.write("content");
    file.write_at(2, test::bytes("head"));
    file.write(" and more");
    file.commit();
    EXPECT_EQ(file_content(folder / "f"), "..head..content and more");
}

TEST(AtomicFileTest, LeavesNothingWithoutCommit) {
    const TemporaryFolder folder;
    {
        AtomicFile file(folder / "f");
        file.write("half");
    }
    EXPECT_EQ(files_in(folder.path()), 0u);
}

TEST(AtomicFileTest, KeepsTheOldFileWhenTheDiskIsFull) {
    const TemporaryFolder folder;
    write_content(folder / "f", "old");
    const std::string much(100'000, 'x');
    std::string message;
    {
        const FileSizeLimit limit(50'000);
        message = message_of<FileError>([&] {
            AtomicFile file(folder / "f");
            file.write(much);
            file.commit();
        });
    }
    EXPECT_THAT(message, HasSubstr((folder / "f").string()));
    EXPECT_THAT(message, HasSubstr("free some space"));
    EXPECT_EQ(file_content(folder / "f"), "old");
    EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(AtomicFileTest, NamesAMissingFolder) {
    const TemporaryFolder folder;
    const std::string message = message_of<FileError>([&] { AtomicFile(folder / "none/f"); });
    EXPECT_THAT(message, HasSubstr("none/f"));
    EXPECT_THAT(message, HasSubstr("create the folder first"));
}

TEST(AtomicFileTest, RefusesAFolderItMayNotWriteTo) {
    const TemporaryFolder folder;
    ::chmod(folder.path().c_str(), 0555);
    std::string message;
    {
        const Unprivileged user;
        message = message_of<FileError>([&] { AtomicFile(folder / "f"); });
    }
    EXPECT_THAT(message, HasSubstr("choose a folder you may write to"));
    ::chmod(folder.path().c_str(), 0755);
}

TEST(AtomicFileTest, RefusesToReplaceWhatIsNoFile) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "f");
    EXPECT_THAT(message_of<FileError>([&] { AtomicFile(folder / "f"); }),
                testing::AllOf(HasSubstr("not being a regular file"), HasSubstr("name a file in it")));
}

TEST(AtomicFileTest, FollowsASymbolicLinkAndKeepsPermissions) {
    const TemporaryFolder folder;
    write_content(folder / "target", "old");
    ::chmod((folder / "target").c_str(), 0640);
    std::filesystem::create_symlink("target", folder / "link");
    AtomicFile file(folder / "link");
    file.write("new");
    file.commit();
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
    EXPECT_EQ(file_content(folder / "target"), "new");
    struct stat status {};
    ::stat((folder / "target").c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(AtomicFileTest, GivesNewFilesTheUsualPermissions) {
    const TemporaryFolder folder;
    const mode_t mask = ::umask(0027);
    AtomicFile(folder / "f").commit();
    ::umask(mask);
    struct stat status {};
    ::stat((folder / "f").c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(ReadFileTest, ReadsAllOfIt) {
    const TemporaryFolder folder;
    std::string content;
    for (int i = 0; i < 100'000; ++i)
        content += static_cast<char>(i * 7);
    write_content(folder / "f", content);
    const std::vector<std::byte> read = read_file(folder / "f");
    EXPECT_TRUE(std::ranges::equal(read, test::bytes(content)));
    write_content(folder / "empty", "");
    EXPECT_TRUE(read_file(folder / "empty").empty());
    EXPECT_FALSE(read_file("/proc/self/stat").empty());  // reports a size of 0
}

TEST(ReadFileTest, NamesWhatCannotBeRead) {
    const TemporaryFolder folder;
    EXPECT_THAT(message_of<FileError>([&] { read_file(folder / "none"); }),
                HasSubstr("none: cannot be read"));
    EXPECT_THAT(message_of<FileError>([&] { read_file(folder.path()); }), HasSubstr("directory"));
}

}  // namespace
}  // namespace vkm
