#include "support/temporary_folder.h"

#include <base/atomic_file.h>
#include <base/unfinished_files.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

namespace fs = std::filesystem;

TEST(UnfinishedFilesTest, WhatAKilledWriterLeftGoesAndAllElseStays) {
    const TemporaryFolder folder;
    for (const char* name : {".weights.pth.17-0.tmp", ".hidden", "weights.pth", "notes.tmp"})
        write_atomically(folder / name, std::string_view("text"));
    fs::create_directory(folder / ".folder.tmp");
    write_atomically(folder / ".folder.tmp/held", std::string_view("text"));
    remove_unfinished_files(folder / "");
    EXPECT_FALSE(fs::exists(folder / ".weights.pth.17-0.tmp"));
    for (const char* name : {".hidden", "weights.pth", "notes.tmp", ".folder.tmp/held"})
        EXPECT_TRUE(fs::exists(folder / name)) << name;
}

TEST(UnfinishedFilesTest, AFolderThatIsNotThereIsLeftAlone) {
    const TemporaryFolder folder;
    remove_unfinished_files(folder / "none");
    EXPECT_FALSE(fs::exists(folder / "none"));
}

}  // namespace
}  // namespace vkm::test
