#include "support/temporary_folder.h"

#include <base/atomic_file.h>
#include <base/file_end.h>

#include <gtest/gtest.h>

#include <string_view>

namespace vkm {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

TEST(FileEndTest, GrowsAndIsCutAtItsEnd) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "log";
    uint64_t size = 1;
    size_t written = 0;
    {
        FileEnd file;
        EXPECT_FALSE(file.open(path, true, size));
        EXPECT_EQ(size, 0u);
        EXPECT_FALSE(file.append(bytes("one\n"), written));
        EXPECT_EQ(written, 4u);
    }
    FileEnd again;
    EXPECT_FALSE(again.open(path, false, size));
    EXPECT_EQ(size, 4u);
    EXPECT_FALSE(again.append(bytes("two\n"), written));
    EXPECT_FALSE(again.truncate(6));
    EXPECT_FALSE(again.append(bytes("!"), written));
    const auto all = read_file(path);
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(all.data()), all.size()), "one\ntw!");
}

TEST(FileEndTest, AFreshFileMustNotBeThere) {
    const test::TemporaryFolder folder;
    write_atomically(folder.path() / "log", "a line\n");
    FileEnd file;
    uint64_t size = 0;
    EXPECT_EQ(file.open(folder.path() / "log", true, size), std::errc::file_exists);
}

}  // namespace
}  // namespace vkm
