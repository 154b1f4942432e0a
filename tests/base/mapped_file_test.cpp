#include <base/checksum.h>
#include <base/mapped_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>

#include <algorithm>

namespace vkm {
namespace {

TEST(MappedFileTest, HoldsTheFilesBytes) {
    const test::TemporaryFolder folder;
    const std::string content(100'003, 'x');
    test::write_content(folder / "f", content);
    const MappedFile file(folder / "f");
    EXPECT_TRUE(std::ranges::equal(file.bytes(), test::bytes(content)));
    file.will_need(5, 70'000);
    file.done_with(0, content.size());
    file.will_need(content.size(), 0);
    file.done_with(content.size() - 1, 10);
    EXPECT_TRUE(std::ranges::equal(file.bytes(), test::bytes(content)));
}

TEST(MappedFileTest, AnEmptyFileHasNoBytes) {
    const test::TemporaryFolder folder;
    test::write_content(folder / "f", "");
    EXPECT_TRUE(MappedFile(folder / "f").bytes().empty());
}

TEST(MappedFileTest, SaysWhatCannotBeMapped) {
    const test::TemporaryFolder folder;
    EXPECT_THAT(test::message_of<FileError>([&] { MappedFile(folder / "absent"); }),
                testing::HasSubstr("absent: cannot be read: No such file"));
    EXPECT_THAT(test::message_of<FileError>([&] { MappedFile file(folder.path()); }),
                testing::HasSubstr("Is a directory"));
    EXPECT_THROW(MappedFile("/dev/null"), FileError);
}

TEST(MappedFileTest, AFileThatIsCutOffWhileItIsReadIsNoCrash) {
    const test::TemporaryFolder folder;
    test::write_content(folder / "f", std::string(100'000, 'x'));
    const MappedFile file(folder / "f");
    uint32_t checksum = 0;
    EXPECT_TRUE(readable_while([&] { checksum = crc32c(file.bytes()); }));
    std::filesystem::resize_file(folder / "f", 10);
    for (int time = 0; time < 2; ++time)
        EXPECT_FALSE(readable_while([&] { checksum = crc32c(file.bytes()); }));
    EXPECT_TRUE(readable_while([&] { checksum = crc32c(file.bytes().first(10)); }));
}

}  // namespace
}  // namespace vkm
