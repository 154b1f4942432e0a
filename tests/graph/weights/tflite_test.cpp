#if VKM_WITH_TFLITE

#include <base/half.h>
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
#include <support/temporary_folder.h>
#include <support/tflite_file.h>
#include <support/torch_file.h>

#include <cmath>

namespace vkm::graph {
namespace {

using test::TfliteFile;
using testing::AllOf;
using testing::HasSubstr;

/// Says how weights are stored.
enum class Storage { floats, halves, channels };  // 8 bits with a scale a channel

/// Writes a network with folded batch norm as TensorFlow's converter does: channels last, activations fused,
/// and in 8 bits what ends at 0 has no activation but its range.
class Converter {
  public:
    Converter(const ModelConfig& config, const StateDict& folded, Storage storage)
        : config_(config), state_(folded), storage_(storage) {
        const int32_t side = static_cast<int32_t>(config.input_size);
        images_ = network_.input("images", f32({1, side, side, 3}));
        logits_ = build_network(network_, config, images_, Mode::evaluation);
    }

    /// Writes it, with one more operator behind the classifier where there is one.
    std::string run(std::optional<int32_t> behind = {}) {
        const auto side = static_cast<int32_t>(config_.input_size);
        const bool quantised = storage_ == Storage::channels;
        const int32_t input = quantised ? file_.tensor("images", {1, side, side, 3},
                                                       tflite::TensorType::UINT8, {1.f / 128}, {128})
                                        : file_.tensor("images", {1, side, side, 3});
        values_[images_] = input;
        for (size_t i = 0; i < network_.nodes().size(); ++i)
            add(network_.nodes()[i], i);
        int32_t y = values_.at(logits_);
        if (behind) {
            const int32_t x = y;
            y = file_.tensor("shares", shape_of(logits_));
            file_.add(*behind, {x}, y);
        }
        return file_.finish(input, y);
    }

  private:
    std::vector<int32_t> shape_of(ValueId id) const {
        const Shape& s = network_.type(id).shape;
        return {1, static_cast<int32_t>(s.h), static_cast<int32_t>(s.w), static_cast<int32_t>(s.c)};
    }

    int32_t result(const Node& node, bool from_zero, float high) {
        const ValueId id = node.outputs[0];
        if (storage_ != Storage::channels) return file_.tensor(node.layer, shape_of(id));
        return file_.tensor(node.layer, shape_of(id), tflite::TensorType::INT8, {high / 255},
                            {from_zero ? -128 : 3});
    }

    void add(const Node& node, size_t i) {
        if (as_convolution(node)) return convolution(node, i);
        int32_t& y = values_[node.outputs[0]];
        if (as<ops::BatchNormInference>(node)) {
            y = values_.at(node.inputs[0]);
        } else if (node.op->name() == "global_average_pool") {
            y = result(node, false, 8);
            const int32_t axes = file_.constant("axes", {2}, tflite::TensorType::INT32, test::raw(1, 2));
            // Options begin with a byte, which lies where no number of 4 bytes may.
            const auto start = file_.builder().StartTable();
            file_.builder().AddElement<uint8_t>(flatbuffers::FieldIndexToOffset(0), 1, 0);
            const flatbuffers::Offset<void> options(file_.builder().EndTable(start));
            file_.add(40, {values_.at(node.inputs[0]), axes}, y, tflite::Options::o27, options);
        } else if (as<ops::ActivationLayer>(node)) {
            y = result(node, true, 20);
            file_.add(19, {values_.at(node.inputs[0])}, y);
        } else {
            ASSERT_EQ(node.op->name(), "add");
            y = result(node, false, 8);
            file_.add(0, {values_.at(node.inputs[0]), values_.at(node.inputs[1])}, y);
        }
    }

    void convolution(const Node& node, size_t i) {
        const ConvolutionNode parts = as_convolution(node);
        const ParameterInfo& info = *network_.value(parts.w).info;
        Activation f = Activation::none;
        ValueId bias = parts.bias;
        if (bias == no_value) {
            const Node& norm = network_.nodes().at(i + 1);
            f = as<ops::BatchNormInference>(norm)->activation;
            bias = norm.inputs.at(2);
        }
        const std::string& bias_name = network_.value(bias).info->name;
        const bool quantised = storage_ == Storage::channels;
        const int32_t y = result(node, f != Activation::none, f == Activation::relu6 ? 6 : 20),
                      w = weight(info),
                      b = file_.constant(bias_name, {static_cast<int32_t>(info.torch_shape[0])},
                                         to_floats(*state_.find(bias_name)));
        values_[node.outputs[0]] = y;
        const auto fused = f == Activation::none || quantised ? tflite::Activation::NONE
                           : f == Activation::relu            ? tflite::Activation::RELU
                                                              : tflite::Activation::RELU6;
        const std::vector<int32_t> inputs{values_.at(parts.x), w, b};
        if (const auto* depthwise = as<ops::Depthwise>(node))
            file_.depthwise(inputs, y, static_cast<int32_t>(depthwise->stride), tflite::Padding::SAME, fused);
        else if (info.torch_shape.size() == 2)
            file_.add(9, inputs, y);
        else
            file_.convolution(
                inputs, y,
                as<ops::Convolution>(node) ? static_cast<int32_t>(as<ops::Convolution>(node)->stride) : 1,
                tflite::Padding::SAME, fused);
    }

    int32_t weight(const ParameterInfo& info) {
        const std::vector<float> torch = to_floats(*state_.find(info.name));
        std::vector<int32_t> shape(info.torch_shape.begin(), info.torch_shape.end());
        const bool depthwise = info.layout == WeightLayout::depthwise;
        std::vector<float> values = torch;
        if (shape.size() == 4) {
            const int32_t n = shape[0], c = shape[1], k = shape[2] * shape[3];
            for (int32_t in = 0; in < n; ++in)
                for (int32_t ic = 0; ic < c; ++ic)
                    for (int32_t ik = 0; ik < k; ++ik) {
                        const int32_t to = depthwise ? ik * n + in : (in * k + ik) * c + ic;
                        values[static_cast<size_t>(to)] = torch[static_cast<size_t>((in * c + ic) * k + ik)];
                    }
            shape = depthwise ? std::vector<int32_t>{1, shape[2], shape[3], n}
                              : std::vector<int32_t>{n, shape[2], shape[3], c};
        }
        if (storage_ == Storage::floats) return file_.constant(info.name, shape, values);
        if (storage_ == Storage::halves) {
            std::string halves;
            for (const float v : values)
                halves += test::raw(to_half(v));
            const int32_t stored = file_.constant(info.name, shape, tflite::TensorType::FLOAT16, halves),
                          out = file_.tensor(info.name, shape);
            file_.add(6, {stored}, out);
            return out;
        }
        const int32_t axis = depthwise ? 3 : 0;
        const auto channels = static_cast<size_t>(shape[static_cast<size_t>(axis)]);
        const size_t each = depthwise ? 1 : values.size() / channels;
        std::vector<float> scale(channels, 1e-6f);
        for (size_t i = 0; i < values.size(); ++i)
            scale[i / each % channels] = std::max(scale[i / each % channels], std::abs(values[i]) / 127);
        std::string bytes;
        for (size_t i = 0; i < values.size(); ++i)
            bytes += static_cast<char>(std::lround(values[i] / scale[i / each % channels]));
        return file_.constant(info.name, shape, tflite::TensorType::INT8, bytes, scale, {}, axis);
    }

    const ModelConfig& config_;
    const StateDict& state_;
    Storage storage_;
    Graph network_;
    ValueId images_ = no_value, logits_ = no_value;
    TfliteFile file_;
    std::map<ValueId, int32_t> values_;
};

class TfliteTest : public testing::TestWithParam<Storage> {
  protected:
    static ModelConfig config(std::string_view name, int64_t classes = 3) {
        ModelConfig small = test::tiny(name, classes);
        small.input_size = 16;
        small.padding = Padding::same;
        return small;
    }

    static StateDict folded(const ModelConfig& of) {
        StateDict state = test::filled(of, 1);
        float value = 0.25f;
        for (NamedTensor& tensor : state.tensors) {
            std::vector<float> values = to_floats(tensor);
            for (float& v : values)
                v = value = value > 1 ? 0.25f : value + 0.0625f;
            tensor = from_floats(tensor.name, tensor.shape, values);
        }
        fold_batch_norms(state, of);
        return state;
    }

    ModelFile read(const std::string& content) {
        test::write_content(folder_ / "m.tflite", content);
        return read_model_file(folder_ / "m.tflite");
    }

    test::TemporaryFolder folder_;
};

TEST_P(TfliteTest, EveryKindOfWeightsIsReadBack) {
    for (const char* name : {"mobilenet_v2", "mobilenet_v3_small_minimalistic"}) {
        const ModelConfig of = config(name);
        const StateDict state = folded(of);
        const ModelFile file = read(Converter(of, state, GetParam()).run());
        ASSERT_TRUE(file.config);
        EXPECT_EQ(file.config->model, of.model);
        EXPECT_EQ(file.config->padding, Padding::same);
        EXPECT_EQ(file.config->input_size, 16);
        for (const NamedTensor& tensor : file.weights.tensors) {
            if (tensor.name.find("running_var") != tensor.name.npos) continue;
            const std::vector<float> got = to_floats(tensor), want = to_floats(*state.find(tensor.name));
            const float largest =
                std::abs(*std::ranges::max_element(want, {}, [](float v) { return std::abs(v); }));
            for (size_t i = 0; i < want.size(); ++i)
                ASSERT_NEAR(got[i], want[i], largest / 250) << tensor.name;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, TfliteTest,
                         testing::Values(Storage::floats, Storage::halves, Storage::channels));

TEST_F(TfliteTest, ImagesAreScaledAsTheFirstTensorSays) {
    const ModelConfig of = config("mobilenet_v2");
    const ModelFile quantised = read(Converter(of, folded(of), Storage::channels).run());
    EXPECT_NEAR(quantised.config->mean[0], 128.0 / 255, 1e-6);
    EXPECT_NEAR(quantised.config->std[0], 128.0 / 255, 1e-6);
    const ModelFile floats = read(Converter(of, folded(of), Storage::floats).run());
    EXPECT_EQ(floats.config->mean[0], 0.5);
    EXPECT_THAT(floats.notices, testing::Contains(HasSubstr("--mean 0.5,0.5,0.5")));
}

TEST_F(TfliteTest, TheBackgroundClassIsLeftOut) {
    const ModelConfig of = config("mobilenet_v2", 1001);
    const StateDict state = folded(of);
    const ModelFile file = read(Converter(of, state, Storage::floats).run());
    EXPECT_EQ(file.config->num_classes, 1000);
    std::vector<float> bias = to_floats(*state.find("classifier.1.bias"));
    bias.erase(bias.begin());
    EXPECT_EQ(to_floats(*file.weights.find("classifier.1.bias")), bias);
    EXPECT_THAT(file.notices, testing::Contains(HasSubstr("background")));
}

// The softmax of 0 and x is what the sigmoid of x says.
TEST_F(TfliteTest, OneOutputWithASigmoidIsTwoClasses) {
    constexpr int32_t logistic = 14;
    const ModelConfig of = config("mobilenet_v2", 1);
    const StateDict state = folded(of);
    const ModelFile file = read(Converter(of, state, Storage::floats).run(logistic));
    EXPECT_EQ(file.config->num_classes, 2);
    EXPECT_THAT(to_floats(*file.weights.find("classifier.1.bias")),
                testing::ElementsAre(0, to_floats(*state.find("classifier.1.bias"))[0]));
    EXPECT_THAT(file.notices, testing::Contains(HasSubstr("taken as two classes")));
}

TEST_F(TfliteTest, ClassNamesAreTakenFromTheArchiveBehindIt) {
    const ModelConfig of = config("mobilenet_v2");
    const std::string model = Converter(of, folded(of), Storage::floats).run();
    std::string zip = test::zip_archive({{.name = "labels.txt", .content = "cat\r\ndog\nbird"}});
    // Offsets count from the file's begin.
    const size_t directory = zip.find("PK\x01\x02"), end = zip.find("PK\x05\x06");
    const auto shift = [&](size_t at) {
        uint32_t offset = 0;
        std::memcpy(&offset, zip.data() + at, 4);
        offset += static_cast<uint32_t>(model.size());
        std::memcpy(zip.data() + at, &offset, 4);
    };
    shift(directory + 42);
    shift(end + 16);
    EXPECT_THAT(read(model + zip).class_names, testing::ElementsAre("cat", "dog", "bird"));
}

TEST_F(TfliteTest, AnotherNetworkIsRefusedByItsFirstOperator) {
    TfliteFile file;
    const int32_t images = file.tensor("x", {1, 16, 16, 3}), y = file.tensor("pooled", {1, 8, 8, 3});
    file.add(17, {images}, y);
    EXPECT_THAT(
        test::message_of<WeightsError>([&] { read(file.finish(images, y)); }),
        AllOf(HasSubstr("m.tflite: operator MAX_POOL_2D 'pooled'"), HasSubstr("no layer is like it")));
}

TEST_F(TfliteTest, AnOperatorThatIsNewerThanTheseNamesIsToldByItsNumber) {
    TfliteFile file;
    const int32_t images = file.tensor("x", {1, 16, 16, 3}), y = file.tensor("y", {1, 8, 8, 3});
    file.add(225, {images}, y);
    EXPECT_THAT(test::message_of<WeightsError>([&] { read(file.finish(images, y)); }),
                HasSubstr("m.tflite: operator number 225 'y'"));
}

TEST_F(TfliteTest, RefusesWhatIsDamaged) {
    const ModelConfig of = config("mobilenet_v2");
    const std::string whole = Converter(of, folded(of), Storage::floats).run();
    EXPECT_THAT(test::message_of<WeightsError>([&] { read(whole.substr(0, 100)); }),
                HasSubstr("or a damaged one"));
}

}  // namespace
}  // namespace vkm::graph

#endif
