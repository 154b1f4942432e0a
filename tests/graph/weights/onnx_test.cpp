#include <gmock/gmock.h>
#include <graph/weights/formats.h>
#include <graph/weights/model_file.h>
#include <graph/weights/state_dicts.h>
#include <graph/weights/weights_file.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#if VKM_WITH_ONNX
#include <onnx/onnx.pb.h>
#endif

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

// Of TensorFlow's networks the first of 1001 classes is ImageNet's background, and is left out.
TEST_F(OnnxTest, ANetworkOf1001ClassesOfItsOwnKeepsThemAll) {
    ModelConfig config = small("mobilenet_v3_small");
    config.num_classes = 1001;
    const ModelFile file = written(config);
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(file.weights.tensors, test::filled(config, 0.5f).tensors);
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

// Of a fully connected layer with a bias of its own that is what it and its batch norm add.
TEST_F(OnnxTest, FoldedBatchNormTakesInABias) {
    ModelConfig config = small("mobilenet_v3_small");
    ModelTable table{.name = "normed", .architecture = config.model.architecture()};
    table.architecture.hidden->batch_norm = true;
    config.model = Model(table);
    StateDict state = complete_state_dict(config, test::filled(config, 0.5f), {});
    const float own = to_floats(*state.find("classifier.0.bias")).at(0);
    ASSERT_NE(own, 0);
    save_weights(path_, state);
    EXPECT_EQ(read_model_file(path_).weights.tensors, test::filled(config, 0.5f).tensors);
    fold_batch_norms(state, config);
    save_weights(path_, state);
    EXPECT_EQ(test::file_content(path_).find("BatchNormalization"), std::string::npos);
    const ModelFile file = read_model_file(path_);
    EXPECT_EQ(file.config, config);
    for (const char* name : {"classifier.0.weight", "classifier.0.bias", "classifier.1.bias"})
        EXPECT_EQ(*file.weights.find(name), *state.find(name)) << name;
}

// As PyTorch exports a fine-tuned network: nothing but its operators says that its classifier is its own.
TEST_F(OnnxTest, AClassifierOfItsOwnMayHaveBatchNorm) {
    ModelConfig config = small("mobilenet_v3_small");
    ModelTable table{.name = "mine", .architecture = config.model.architecture()};
    table.architecture.hidden = {.out = 24,
                                 .scaling = Scaling::fixed,
                                 .batch_norm = true,
                                 .activation = Activation::relu,
                                 .bn_eps = 1e-5};
    table.architecture.output = {.bias = false, .batch_norm = true};
    config.model = Model(table);
    written(config);
    std::string bytes = test::file_content(path_);
    for (size_t at = bytes.find("mine"); at != bytes.npos; at = bytes.find("mine"))
        bytes[at] = '/';  // a name that no network has
    test::write_content(path_, bytes);
    const ModelFile file = read_model_file(path_);
    ASSERT_TRUE(file.config);
    const Architecture& net = file.config->model.architecture();
    ASSERT_TRUE(net.hidden);
    EXPECT_TRUE(net.hidden->batch_norm);
    EXPECT_EQ(net.hidden->activation, Activation::relu);
    EXPECT_TRUE(net.output.batch_norm);
    EXPECT_EQ(*file.weights.find("classifier.1.weight"), *state_.find("classifier.1.weight"));
}

// An operator Conv would read images there, and finds vectors.
TEST_F(OnnxTest, AConvolutionBehindAFullyConnectedLayerIsOne) {
    ModelConfig config = small("mobilenet_v3_small");
    ModelTable table{.name = "mixed", .architecture = config.model.architecture()};
    table.architecture.output.convolution = true;
    config.model = Model(table);
    const ModelFile file = written(config);
    EXPECT_EQ(test::file_content(path_).find("classifier.3/Conv"), std::string::npos);
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(file.weights.tensors, test::filled(config, 0.5f).tensors);
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

#if VKM_WITH_ONNX

/// Rewrites a model's convolutions as quantising programs do.
class Quantiser {
  public:
    explicit Quantiser(const std::string& bytes) {
        model_.ParseFromString(bytes);
        for (const onnx::TensorProto& tensor : model_.graph().initializer())
            constants_[tensor.name()] = tensor;
    }

    /// As the images come: x becomes 8 bits with a scale that is only known then.
    std::string dynamic() {
        return rewritten("Conv", [&](const onnx::NodeProto& conv) {
            const std::string x = conv.input(0), y = conv.output(0), w = conv.input(1);
            add("DynamicQuantizeLinear", {x}, {y + "_q", y + "_scale", y + "_zero"});
            onnx::NodeProto& integers = *model_.mutable_graph()->add_node() = conv;
            integers.set_op_type("ConvInteger");
            integers.clear_input();
            for (const std::string& input : {y + "_q", integer_weight(w), y + "_zero", w + "_zero"})
                integers.add_input(input);
            integers.set_output(0, y + "_int");
            add("Cast", {y + "_int"}, {y + "_float"});
            add("Mul", {y + "_scale", w + "_scale"}, {y + "_scales"});
            add("Mul", {y + "_float", y + "_scales"}, {y + "_scaled"});
            constant(y + "_four", {4}, {1, -1, 1, 1});
            add("Reshape", {conv.input(2), y + "_four"}, {y + "_bias"});
            add("Add", {y + "_scaled", y + "_bias"}, {y});
        });
    }

    /// As operators on 8 bits.
    std::string linear() {
        return rewritten("Conv", [&](const onnx::NodeProto& conv) {
            const std::string y = conv.output(0), w = conv.input(1);
            floats(y + "_one", {1});
            bytes(y + "_zero", 0);
            onnx::NodeProto& made = *model_.mutable_graph()->add_node() = conv;
            made.set_op_type("QLinearConv");
            made.clear_input();
            for (const std::string& input : {conv.input(0), y + "_one", y + "_zero", integer_weight(w),
                                             w + "_scale", w + "_zero", y + "_one", w + "_zero"})
                made.add_input(input);
            std::vector<int32_t> bias;
            for (const float b : values(conv.input(2)))
                bias.push_back(static_cast<int32_t>(std::lround(b / scale_)));
            onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
            tensor.set_name(y + "_bias");
            tensor.set_data_type(onnx::TensorProto::INT32);
            tensor.add_dims(static_cast<int64_t>(bias.size()));
            tensor.mutable_int32_data()->Add(bias.begin(), bias.end());
            made.add_input(y + "_bias");
        });
    }

    /// Leaves a ReLU6 to the range that 8 bits have.
    std::string saturated() {
        return rewritten("Clip", [&](const onnx::NodeProto& clip) {
            const std::string y = clip.output(0);
            floats(y + "_scale", {6.f / 255});
            bytes(y + "_zero", 0);
            add("QuantizeLinear", {clip.input(0), y + "_scale", y + "_zero"}, {y + "_q"});
            add("DequantizeLinear", {y + "_q", y + "_scale", y + "_zero"}, {y});
        });
    }

  private:
    template <typename Make>
    std::string rewritten(std::string_view type, Make make) {
        const auto nodes = model_.graph().node();
        model_.mutable_graph()->clear_node();
        for (const onnx::NodeProto& node : nodes)
            if (node.op_type() == type)
                make(node);
            else
                *model_.mutable_graph()->add_node() = node;
        return model_.SerializeAsString();
    }

    void add(const char* type, std::vector<std::string> inputs, std::vector<std::string> outputs) {
        onnx::NodeProto& node = *model_.mutable_graph()->add_node();
        node.set_op_type(type);
        for (std::string& name : inputs)
            node.add_input(std::move(name));
        for (std::string& name : outputs)
            node.add_output(std::move(name));
    }

    std::vector<float> values(const std::string& name) {
        const std::string& raw = constants_.at(name).raw_data();
        std::vector<float> all(raw.size() / sizeof(float));
        std::memcpy(all.data(), raw.data(), raw.size());
        return all;
    }

    /// Adds a weight in 8 bits with its scale and zero point, and returns its name.
    std::string integer_weight(const std::string& name) {
        const std::vector<float> all = values(name);
        std::string integers;
        for (const float value : all)
            integers += static_cast<char>(static_cast<uint8_t>(std::lround(value / scale_) + zero_));
        onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer() = constants_.at(name);
        tensor.set_name(name + "_q");
        tensor.set_data_type(onnx::TensorProto::UINT8);
        tensor.set_raw_data(integers);
        floats(name + "_scale", {scale_});
        bytes(name + "_zero", zero_);
        return name + "_q";
    }

    void floats(const std::string& name, const std::vector<float>& all) {
        onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(onnx::TensorProto::FLOAT);
        for (const float value : all)
            tensor.add_float_data(value);
    }
    void constant(const std::string& name, std::vector<int64_t> shape, const std::vector<int64_t>& all) {
        onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(onnx::TensorProto::INT64);
        tensor.mutable_dims()->Add(shape.begin(), shape.end());
        tensor.mutable_int64_data()->Add(all.begin(), all.end());
    }
    void bytes(const std::string& name, uint8_t value) {
        onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(onnx::TensorProto::UINT8);
        tensor.set_raw_data(std::string(1, static_cast<char>(value)));
    }

    onnx::ModelProto model_;
    std::map<std::string, onnx::TensorProto> constants_;
    const float scale_ = 1.f / 64;  // of it weights of the tests are multiples
    const uint8_t zero_ = 77;
};

TEST_F(OnnxTest, NetworksOf8BitsAreReadAsTheNumbersTheyStandFor) {
    ModelConfig config = small("mobilenet_v2");
    config.width = 0.1;
    config.bn_eps = 0.5;  // folded weights are 0.5 then: 0.5 / sqrt(0.5 + 0.5)
    StateDict state = complete_state_dict(config, test::filled(config, 0.5f), {});
    fold_batch_norms(state, config);
    save_weights(path_, state);
    const std::string content = test::file_content(path_);
    for (const auto write : {&Quantiser::dynamic, &Quantiser::linear, &Quantiser::saturated}) {
        Quantiser quantiser(content);
        test::write_content(path_, (quantiser.*write)());
        const ModelFile file = read_model_file(path_);
        ASSERT_TRUE(file.config);
        EXPECT_EQ(file.config->model, config.model);
        for (const char* name :
             {"features.0.0.weight", "features.2.conv.1.0.weight", "classifier.1.weight"}) {
            const std::vector<float> got = to_floats(*file.weights.find(name)),
                                     want = to_floats(*state.find(name));
            ASSERT_EQ(got.size(), want.size()) << name;
            for (size_t i = 0; i < got.size(); ++i)
                ASSERT_NEAR(got[i], want[i], 1. / 128) << name;
        }
        EXPECT_NEAR(to_floats(*file.weights.find("features.0.1.bias"))[0],
                    to_floats(*state.find("features.0.1.bias"))[0], 1. / 128);
    }
}

#endif

}  // namespace
}  // namespace vkm::graph
