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

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class OnnxTest : public testing::Test {
  protected:
    void SetUp() override {
        const auto row =
            std::ranges::find(weight_formats(), std::string_view(".onnx"), &WeightFormat::extension);
        if (!row->built) GTEST_SKIP() << "this build has no ONNX";
    }

    static ModelConfig small(std::string_view name) {
        ModelConfig config = test::tiny(name);
        config.input_size = 16;
        return config;
    }

    /// Writes a network with weights that differ, and returns what is read.
    ModelFile written(const ModelConfig& config, const std::vector<std::string>& names = {}) {
        state_ = complete_state_dict(config, test::filled(config, 0.5f), names);
        save_weights(path_, state_);
        return read_model_file(path_);
    }

    test::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "w.onnx";
    StateDict state_;
};

TEST_F(OnnxTest, EveryModelIsReadBackWithItsOptions) {
    std::vector<std::string> names{"jungin500_v3_small", "pengbo_v3_small", "akrapukhin_v3_large",
                                   "mobilenet_v1", "mobilenet_v4_conv_small"};
    for (const Model& model : common_models())
        names.push_back(model.name());
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        ModelConfig config = small(name);
        config.width = name.starts_with("mobilenet") ? 0.1 : 0.25;  // others round down, to nothing
        config.padding = Padding::same;
        config.block1_stride = 1;
        config.mean = {0.5, 0.25, 0.125};
        const ModelFile file = written(config, {"a", "b", "c"});
        EXPECT_EQ(file.config, config);
        EXPECT_THAT(file.class_names, ElementsAre("a", "b", "c"));
        EXPECT_EQ(file.weights.tensors, test::filled(config, 0.5f).tensors);
    }
}

// What a file does not say, its operators do.
TEST_F(OnnxTest, OptionsAreToldByTheOperators) {
    ModelConfig config = small("mobilenet_v3_small");
    config.width = 0.5;
    config.padding = Padding::same;
    config.se_order = SeOrder::before;
    config.stem_stride = 1;
    config.head = Head::full;
    config.bn_eps = 0.01;
    written(config);
    std::string bytes = test::file_content(path_);
    for (size_t at = bytes.find("mobilenet"); at != bytes.npos; at = bytes.find("mobilenet"))
        bytes[at] = 'x';
    test::write_content(path_, bytes);
    const ModelFile file = read_model_file(path_);
    ASSERT_TRUE(file.config);
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(file.weights.tensors, test::filled(config, 0.5f).tensors);
}

TEST_F(OnnxTest, FoldedBatchNormBecomesABias) {
    const ModelConfig config = small("mobilenet_v2");
    StateDict state = complete_state_dict(config, test::filled(config, 0.5f), {});
    fold_batch_norms(state, config);
    save_weights(path_, state);
    EXPECT_EQ(test::file_content(path_).find("BatchNormalization"), std::string::npos);
    const ModelFile file = read_model_file(path_);
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(*file.weights.find("features.0.1.bias"), *state.find("features.0.1.bias"));
    EXPECT_EQ(*file.weights.find("features.0.0.weight"), *state.find("features.0.0.weight"));
}

TEST_F(OnnxTest, HalfPrecisionIsReadBack) {
    const ModelConfig config = small("mobilenet_v3_large");
    StateDict state = complete_state_dict(config, test::filled(config, 0.5f), {});
    round_to_half(state);
    save_weights(path_, state);
    const ModelFile file = read_model_file(path_);
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(file.weights.tensors, test::filled(config, 0.5f).tensors);
}

TEST_F(OnnxTest, AnotherNetworkIsRefusedByItsFirstOperator) {
    written(small("mobilenet_v3_small"));
    std::string bytes = test::file_content(path_);
    const auto replace = [&](std::string_view what, std::string_view by) {
        std::string changed = bytes;
        const size_t at = changed.rfind(what);
        EXPECT_NE(at, changed.npos);
        changed.replace(at, what.size(), by);
        test::write_content(path_, changed);
        return test::message_of<WeightsError>([&] { read_model_file(path_); });
    };
    EXPECT_THAT(replace("GlobalAveragePool", "GlobalMaximumPool"),
                AllOf(HasSubstr("w.onnx: operator GlobalMaximumPool"), HasSubstr("no layer is like it")));
    EXPECT_THAT(replace("Relu", "Tanh"), HasSubstr("operator Tanh"));
}

TEST_F(OnnxTest, RefusesWhatIsDamaged) {
    written(small("mobilenet_v2"));
    const std::string bytes = test::file_content(path_);
    test::write_content(path_, bytes.substr(0, bytes.size() / 2));
    EXPECT_THAT(test::message_of<WeightsError>([&] { read_model_file(path_); }),
                HasSubstr("no ONNX model, or a damaged one"));
}

TEST_F(OnnxTest, WeightsWithoutTheirNetworkAreNotWritten) {
    EXPECT_THAT(
        test::message_of<WeightsError>([&] { save_weights(path_, test::filled(small("mobilenet_v2"), 1)); }),
        HasSubstr("--model"));
    EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace vkm::graph
