#include "support/temporary_folder.h"

#include <base/atomic_file.h>
#include <base/folder.h>

#include <gtest/gtest.h>

namespace vkm {
namespace {

TEST(FolderLockTest, AFolderHasOneHolderAtATime) {
    const test::TemporaryFolder folder;
    {
        const FolderLock first(folder.path()), second(folder.path());
        EXPECT_TRUE(first.held());
        EXPECT_FALSE(second.held());
    }
    EXPECT_TRUE(FolderLock(folder.path()).held());
}

TEST(FolderLockTest, AFolderThatIsNotThereIsAnError) {
    const test::TemporaryFolder folder;
    EXPECT_THROW(FolderLock(folder.path() / "missing"), FileError);
}

TEST(FolderTest, SaysWhetherFilesMayBeMadeInIt) {
    const test::TemporaryFolder folder;
    EXPECT_TRUE(may_write_into(folder.path()));
    EXPECT_FALSE(may_write_into(folder.path() / "missing"));
}

}  // namespace
}  // namespace vkm
