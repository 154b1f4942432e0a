#include <gmock/gmock.h>
#include <graph/models/network.h>
#include <graph/ops/activation.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/convolution.h>
#include <graph/ops/depthwise.h>
#include <graph/passes/convolution_node.h>
#include <graph/weights/model_file.h>
#include <graph/weights/state_dicts.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace vkm::graph {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Writes a V2 as Teachable Machine does: a Keras model without its top in a sequence, the pool, and two
/// fully connected layers, the last without a bias.
class Export {
  public:
    explicit Export(const ModelConfig& config) : config_(config) {
        images_ = network_.input("images", f32({1, config.input_size, config.input_size, 3}));
        build_network(network_, config, images_, Mode::evaluation);
    }

    void write(const std::filesystem::path& folder, const StateDict& state, const json& metadata) {
        state_ = &state;
        names_[images_] =
            add("InputLayer", "input_1",
                {{"batch_input_shape", {nullptr, config_.input_size, config_.input_size, 3}}}, {});
        for (const Node& node : network_.nodes())
            if (node.layer != "avgpool" && !node.layer.starts_with("classifier"))
                names_[node.outputs[0]] = layer(node);
        const json features = {{"class_name", "Model"},
                               {"config",
                                {{"name", "model1"},
                                 {"layers", layers_},
                                 {"input_layers", {{"input_1", 0, 0}}},
                                 {"output_layers", {{last_, 0, 0}}}}}};
        const int64_t channels = 1280;
        const auto dense = [&](const char* name, int64_t in, int64_t out, const char* f, bool bias) {
            array(std::string(name) + "/kernel", {in, out},
                  std::vector<float>(static_cast<size_t>(in * out), 0.25f));
            if (bias)
                array(std::string(name) + "/bias", {out}, std::vector<float>(static_cast<size_t>(out), 0.5f));
            return json{{"class_name", "Dense"},
                        {"config", {{"name", name}, {"units", out}, {"activation", f}, {"use_bias", bias}}}};
        };
        const json top = {
            {"class_name", "Sequential"},
            {"config",
             {{"name", "top"},
              {"layers",
               {dense("dense_1", channels, 10, "relu", true), dense("dense_2", 10, 2, "softmax", false)}}}}};
        const json pool = {{"class_name", "GlobalAveragePooling2D"}, {"config", {{"name", "pool"}}}};
        const json base = {{"class_name", "Sequential"},
                           {"config", {{"name", "base"}, {"layers", {features, pool}}}}};
        const json model = {
            {"modelTopology",
             {{"class_name", "Sequential"}, {"config", {{"name", "whole"}, {"layers", {base, top}}}}}},
            {"weightsManifest", {{{"paths", {"weights.bin"}}, {"weights", arrays_}}}}};
        test::write_content(folder / "model.json", model.dump());
        test::write_content(folder / "weights.bin", data_);
        test::write_content(folder / "metadata.json", metadata.dump());
    }

  private:
    std::string add(const char* type, std::string name, json config, const std::vector<std::string>& inputs) {
        std::ranges::replace(name, '.', '_');
        config["name"] = name;
        json inbound = json::array();
        for (const std::string& input : inputs)
            inbound.push_back({input, 0, 0, json::object()});
        layers_.push_back({{"class_name", type},
                           {"name", name},
                           {"config", std::move(config)},
                           {"inbound_nodes", inputs.empty() ? json::array() : json::array({inbound})}});
        return last_ = name;
    }

    std::string layer(const Node& node) {
        const std::string& x = names_.at(node.inputs[0]);
        if (as_convolution(node)) return convolution(node, x);
        if (const auto* norm = as<ops::BatchNormInference>(node)) {
            const std::string name = add("BatchNormalization", node.layer, {{"epsilon", norm->epsilon}}, {x});
            const char* parts[] = {"gamma", "beta", "moving_mean", "moving_variance"};
            for (size_t i = 0; i < 4; ++i) {
                const ParameterInfo& info = *network_.value(node.inputs.at(i + 1)).info;
                array(name + "/" + parts[i], info.torch_shape, to_floats(*state_->find(info.name)));
            }
            return norm->activation == Activation::none
                       ? name
                       : add("ReLU", node.layer + ".relu", {{"max_value", 6}}, {name});
        }
        return add("Add", node.layer, json::object(), {x, names_.at(node.inputs[1])});
    }

    std::string convolution(const Node& node, std::string x) {
        const ConvolutionNode parts = as_convolution(node);
        const ParameterInfo& info = *network_.value(parts.w).info;
        const auto* depthwise = as<ops::Depthwise>(node);
        const int64_t stride = depthwise                    ? depthwise->stride
                               : as<ops::Convolution>(node) ? as<ops::Convolution>(node)->stride
                                                            : 1;
        // Keras pads by a layer of its own where the stride is 2.
        if (stride == 2) x = add("ZeroPadding2D", node.layer + ".pad", {{"padding", {{0, 1}, {0, 1}}}}, {x});
        const std::string name = add(depthwise ? "DepthwiseConv2D" : "Conv2D", node.layer,
                                     {{"strides", {stride, stride}},
                                      {"padding", stride == 2 ? "valid" : "same"},
                                      {"use_bias", false},
                                      {"activation", "linear"}},
                                     {x});
        const int64_t n = info.torch_shape[0], c = info.torch_shape[1], k = info.torch_shape[2];
        const std::vector<float> torch = to_floats(*state_->find(info.name));
        std::vector<float> values(torch.size());
        for (int64_t in = 0; in < n; ++in)
            for (int64_t ic = 0; ic < c; ++ic)
                for (int64_t ik = 0; ik < k * k; ++ik)
                    values[static_cast<size_t>((ik * c + ic) * n + in)] =
                        torch[static_cast<size_t>((in * c + ic) * k * k + ik)];
        if (depthwise)
            array(name + "/depthwise_kernel", {k, k, n, 1}, values);
        else
            array(name + "/kernel", {k, k, c, n}, values);
        return name;
    }

    void array(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) {
        arrays_.push_back({{"name", name}, {"shape", shape}, {"dtype", "float32"}});
        data_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    }

    const ModelConfig& config_;
    const StateDict* state_ = nullptr;
    Graph network_;
    ValueId images_ = no_value;
    std::map<ValueId, std::string> names_;
    std::string last_, data_;
    json layers_ = json::array(), arrays_ = json::array();
};

class TensorFlowJsTest : public testing::Test {
  protected:
    static ModelConfig config() {
        ModelConfig config = model_config("mobilenet_v2");
        config.width = 0.35;
        config.input_size = 32;
        config.padding = Padding::same;
        return config;
    }

    void write(const json& metadata) {
        state_ = test::filled(config(), 0.5f);
        Export(config()).write(folder_.path(), state_, metadata);
    }

    test::TemporaryFolder folder_;
    StateDict state_;
};

TEST_F(TensorFlowJsTest, ReadsWhatTeachableMachineExports) {
    write({{"packageName", "@teachablemachine/image"}, {"labels", {"cat", "dog"}}, {"imageSize", 32}});
    for (const std::filesystem::path& path : {folder_ / "model.json", folder_.path()}) {
        const ModelFile file = read_model_file(path);
        ASSERT_TRUE(file.config);
        EXPECT_EQ(file.config->num_classes, 2);
        EXPECT_EQ(file.config->input_size, 32);
        EXPECT_EQ(file.config->padding, Padding::same);
        EXPECT_EQ(file.config->width, 0.35);
        EXPECT_EQ(file.config->mean[0], 0.5);
        EXPECT_EQ(file.config->std[0], 0.5);
        EXPECT_EQ(file.config->crop_pct, 1);
        EXPECT_THAT(file.class_names, ElementsAre("cat", "dog"));
        const Architecture net = architecture(*file.config);
        ASSERT_TRUE(net.hidden);
        EXPECT_EQ(net.hidden->out, 10);
        EXPECT_EQ(net.hidden->activation, Activation::relu);
        EXPECT_FALSE(net.output.bias);
        for (const NamedTensor& tensor : file.weights.tensors) {
            if (tensor.name.starts_with("classifier")) continue;
            EXPECT_EQ(tensor, *state_.find(tensor.name));
        }
        EXPECT_EQ(file.weights.find("classifier.0.weight")->shape, (std::vector<int64_t>{10, 1280}));
        EXPECT_EQ(to_floats(*file.weights.find("classifier.0.bias")), std::vector<float>(10, 0.5f));
    }
}

TEST_F(TensorFlowJsTest, SaysWhatIsMissing) {
    write(json::object());
    std::filesystem::remove(folder_ / "weights.bin");
    EXPECT_THAT(test::message_of<WeightsError>([&] { read_model_file(folder_ / "model.json"); }),
                HasSubstr("the file 'weights.bin', which has to be beside it"));
    test::write_content(folder_ / "weights.bin", "short");
    EXPECT_THAT(test::message_of<WeightsError>([&] { read_model_file(folder_ / "model.json"); }),
                HasSubstr("its file ends before it"));
}

TEST_F(TensorFlowJsTest, AnotherNetworkIsRefusedByItsFirstLayer) {
    write(json::object());
    std::string model = test::file_content(folder_ / "model.json");
    const std::string norm = "\"BatchNormalization\"", other = "\"LayerNormalization\"";
    model.replace(model.find(norm), norm.size(), other);
    test::write_content(folder_ / "model.json", model);
    EXPECT_THAT(
        test::message_of<WeightsError>([&] { read_model_file(folder_ / "model.json"); }),
        AllOf(HasSubstr("operator LayerNormalization 'features_0_1'"), HasSubstr("no layer is like it")));
}

}  // namespace
}  // namespace vkm::graph
