#include <gmock/gmock.h>
#include <graph/weights/formats.h>
#include <graph/weights/model_file.h>
#include <graph/weights/state_dicts.h>
#include <graph/weights/weights_file.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>

#include <algorithm>

namespace vkm::graph {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

class MindSporeTest : public testing::Test {
  protected:
    void SetUp() override {
        const auto row =
            std::ranges::find(weight_formats(), std::string_view(".ckpt"), &WeightFormat::extension);
        if (!row->built) GTEST_SKIP() << "this build has no protobuf";
    }

    static std::string field(char key, const std::string& content) {
        return key + std::string(1, static_cast<char>(content.size())) + content;
    }
    static std::string value(const std::string& tag, const std::string& dims, const std::string& type,
                             const std::string& content) {
        return field('\x0a',
                     field('\x0a', tag) + field('\x12', dims + field('\x12', type) + field('\x1a', content)));
    }

    StateDict load(const std::string& content) {
        test::write_content(folder_ / "w.ckpt", content);
        return load_weights(folder_ / "w.ckpt");
    }

    test::TemporaryFolder folder_;
};

// Scalars have the shape [0], and large tensors are cut into values of one tag.
TEST_F(MindSporeTest, ReadsWhatSaveCheckpointWrites) {
    const StateDict state = load(value("w", "\x08\x02\x08\x02", "Float32", test::raw(1.f, 2.f)) +
                                 value("w", "\x08\x02\x08\x02", "Float32", test::raw(3.f, 4.f)) +
                                 value("epoch_num", "\x08\0"s, "Int64", test::raw<int64_t>(7)) +
                                 value("note", "\x08\0"s, "str", "small"));
    ASSERT_EQ(state.tensors.size(), 2u);
    EXPECT_EQ(state.tensors[0], from_floats("w", {2, 2}, std::vector<float>{1, 2, 3, 4}));
    EXPECT_EQ(state.tensors[1].shape, std::vector<int64_t>{});
    EXPECT_EQ(to_floats(state.tensors[1]), std::vector<float>{7});
    EXPECT_EQ(state.metadata.at("mindspore.note"), "small");
}

TEST_F(MindSporeTest, RefusesWhatIsDamagedByTensor) {
    const auto refusal = [&](const std::string& content) {
        return test::message_of<WeightsError>([&] { load(content); });
    };
    EXPECT_THAT(refusal(value("w", "\x08\x03", "Float32", test::raw(1.f))),
                HasSubstr("w.ckpt: tensor w: 4 bytes do not fill its shape"));
    EXPECT_THAT(refusal(value("w", "\x08\x01", "Complex64", test::raw(1.f, 1.f))),
                HasSubstr("type 'Complex64' is not known"));
    const std::string whole = value("w", "\x08\x01", "Float32", test::raw(1.f));
    EXPECT_THAT(refusal(whole + whole.substr(0, 9)), HasSubstr("damaged"));
}

TEST_F(MindSporeTest, AWrittenNetworkIsRecognised) {
    const ModelConfig config = test::tiny("mobilenet_v2");
    save_weights(folder_ / "w.ckpt", test::filled(config, 1));
    const ModelFile file = read_model_file(folder_ / "w.ckpt");
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(file.weights.tensors, test::filled(config, 1).tensors);
}

}  // namespace
}  // namespace vkm::graph
