#include <gmock/gmock.h>
#include <graph/weights/safetensors.h>
#include <graph/weights/shards.h>
#include <graph/weights/weights_file.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>

namespace vkm::graph {
namespace {

using test::message_of;
using test::write_content;
using testing::HasSubstr;

class ShardsTest : public testing::Test {
  protected:
    void SetUp() override {
        shard("model-00001-of-00002.safetensors", {"a", "x"});
        shard("model-00002-of-00002.safetensors", {"b", "c"});
        index(R"("a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors",
                 "c": "model-00002-of-00002.safetensors")");
    }

    void shard(const std::string& name, const std::vector<std::string>& tensors) {
        StateDict state;
        for (const std::string& tensor : tensors)
            state.tensors.push_back(from_floats(tensor, {1}, std::vector{static_cast<float>(tensor[0])}));
        write_safetensors(folder_ / name, state);
    }

    void index(const std::string& map) {
        write_content(path_, R"({"metadata": {"total_size": 3}, "weight_map": {)" + map + "}}");
    }

    std::string refusal() {
        return message_of<WeightsError>([&] { load_weights(path_); });
    }

    test::TemporaryFolder folder_;
    const std::filesystem::path path_ = folder_ / "model.safetensors.index.json";
};

TEST_F(ShardsTest, AreReadAsOne) {
    for (const auto& given : {path_, folder_.path()}) {
        const StateDict state = load_weights(given);
        ASSERT_EQ(state.tensors.size(), 3u);
        for (const char* name : {"a", "b", "c"})
            EXPECT_EQ(to_floats(*state.find(name)), std::vector{static_cast<float>(name[0])});
    }
}

TEST_F(ShardsTest, LieBesideTheirIndex) {
    for (const char* name : {"../secret", "/etc/passwd", "", "..", "a\\\\b"}) {
        index(fmt::format(R"("a": "{}")", name));
        EXPECT_THAT(refusal(), HasSubstr("it names no file beside it for a")) << name;
    }
}

TEST_F(ShardsTest, AreMissedByName) {
    std::filesystem::remove(folder_ / "model-00002-of-00002.safetensors");
    EXPECT_THAT(refusal(), HasSubstr("the part model-00002-of-00002.safetensors is not beside it"));
    index(R"("q": "model-00001-of-00002.safetensors")");
    EXPECT_THAT(refusal(), HasSubstr("lacks tensors that the index has there, as q"));
    index("");
    EXPECT_THAT(refusal(), HasSubstr("it names none"));
    write_content(path_, R"({"weight_map": {)");
    EXPECT_THAT(refusal(), HasSubstr("no valid JSON"));
}

TEST_F(ShardsTest, AreToldByTheirNames) {
    EXPECT_EQ(index_beside(folder_ / "model-00001-of-00002.safetensors"), path_);
    EXPECT_EQ(index_beside(folder_ / "model.safetensors"), std::nullopt);
}

TEST(WeightsInFolderTest, AreTheOnlyOnesOrAskedFor) {
    const test::TemporaryFolder folder;
    EXPECT_THAT(message_of<WeightsError>([&] { weights_in_folder(folder.path()); }),
                HasSubstr("without weights"));
    write_content(folder / "a.pth", "");
    EXPECT_EQ(weights_in_folder(folder.path()), folder / "a.pth");
    write_content(folder / "b.pth", "");
    EXPECT_THAT(message_of<WeightsError>([&] { weights_in_folder(folder.path()); }),
                HasSubstr("with a.pth, b.pth"));
    write_content(folder / "model.safetensors", "");
    EXPECT_EQ(weights_in_folder(folder.path()), folder / "model.safetensors");
    write_content(folder / "data.pkl", "");
    EXPECT_THAT(message_of<WeightsError>([&] { weights_in_folder(folder.path()); }), HasSubstr("unpacked"));
}

}  // namespace
}  // namespace vkm::graph
