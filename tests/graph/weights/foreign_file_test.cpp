#include <gmock/gmock.h>
#include <graph/weights/foreign_file.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

namespace vkm::graph {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

std::string described(const std::string& content, const std::string& name = "w.pth") {
    return describe_foreign(test::bytes(content), name).value_or("unknown");
}

TEST(ForeignFileTest, SaysWhatAFileIs) {
    EXPECT_THAT(described(""), HasSubstr("empty"));
    EXPECT_THAT(described("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
                HasSubstr("git lfs pull"));
    EXPECT_THAT(described("\n<!DOCTYPE html><html>"), HasSubstr("web page"));
    EXPECT_THAT(described("<?xml version=\"1.0\"?><Error><Code>AccessDenied"), HasSubstr("XML"));
    EXPECT_THAT(described("{\"a\": 1}"), HasSubstr("JSON"));
    EXPECT_THAT(described("Entry not found"), HasSubstr("\"Entry not found\""));
    EXPECT_THAT(described("\x89HDF\r\n\x1a\n"), HasSubstr("HDF5"));
    EXPECT_THAT(described("\x1f\x8b\x08"), HasSubstr("gzip"));
    EXPECT_THAT(described(std::string(300, '\0')), HasSubstr("zeros"));
    EXPECT_THAT(described("\x01\x02", "model.ckpt.data-00000-of-00001"), HasSubstr("TensorFlow checkpoint"));
    EXPECT_THAT(described("model_checkpoint_path: \"model.ckpt\"", "checkpoint"), HasSubstr("TensorFlow"));
    EXPECT_EQ(described("\x01\x02"), "unknown");
}

TEST(ForeignFileTest, TellsATarOfPyTorchFromOthers) {
    const auto tar = [](std::string name) {
        name.resize(257, '\0');
        return name + "ustar" + std::string(250, '\0');
    };
    EXPECT_THAT(described(tar("sys_info")), HasSubstr("PyTorch before 0.1.10"));
    EXPECT_THAT(described(tar("w.pth")), HasSubstr("tar -xf"));
}

}  // namespace
}  // namespace vkm::graph
