#include <graph/finite.h>
#include <graph/reference/reference.h>
#include <graph/weights/weights_file.h>
#include <image/crop.h>
#include <image/decode/decode.h>
#include <infer/classifier.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/support/devices.h"
#include "graph/support/networks.h"
#include "support/bytes.h"
#include "support/temporary_folder.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

namespace vkm::infer {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::vector<std::string> names{"ant", "bee", "cat"};

graph::ModelConfig tiny_model() {
    graph::ModelConfig config = graph::model_config("mobilenet_v3_small");
    config.width = 0.25;
    config.num_classes = 4;
    config.input_size = 16;
    config.stem_stride = 1;
    return config;
}

/// Holds a weights file, images, and what the reference makes of them.
class ClassifierTest : public testing::Test {
  protected:
    ClassifierTest()
        : network_(test::test_network(config_, 1)), values_(test::trained_values(network_.graph, 3)) {
        graph::write_model_file(weights(), network_.graph, values_, config_, names, 0);
    }

    std::filesystem::path weights() const { return folder_ / "tiny.safetensors"; }

    std::filesystem::path picture(int seed) const {
        std::string ppm = "P6 23 19 255\n";
        for (int i = 0; i < 23 * 19 * 3; ++i)
            ppm += static_cast<char>((i * (7 + seed) + i / 69 * 31) % 256);
        const std::filesystem::path path = folder_ / (std::to_string(seed) + ".ppm");
        test::write_content(path, ppm);
        return path;
    }

    std::vector<double> reference(const std::filesystem::path& picture) const {
        const image::Image image = image::decode_image(picture);
        const image::Image crop = image::resize_bilinear(
            image, image::evaluation_crop(image.height, image.width, 16, config_.crop_pct));
        auto values = values_;
        graph::HostTensor& images = values[network_.images] = graph::HostTensor({1, 16, 16, 3});
        for (size_t i = 0; i < images.values.size(); ++i)
            images.values[i] = (crop.rgb[i] / 255.0 - config_.mean[i % 3]) / config_.std[i % 3];
        graph::run_reference(network_.graph, values);
        return values.at(network_.logits).values;
    }

    const test::TemporaryFolder folder_;
    const graph::ModelConfig config_ = tiny_model();
    const test::TestNetwork network_;
    const std::map<graph::ValueId, graph::HostTensor> values_;
};

TEST_F(ClassifierTest, LabelsAnImageAsTheReferenceDoesOnEveryDevice) {
    const std::filesystem::path path = picture(1);
    const std::vector<double> expected = reference(path);
    std::vector<int64_t> order(expected.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, std::greater{},
                      [&](int64_t label) { return expected[static_cast<size_t>(label)]; });
    double sum = 0, largest = 0;
    for (const double logit : expected) {
        sum += std::exp(logit);
        largest = std::max(largest, std::abs(logit));
    }
    for (const auto& [device_name, device, other_way] : test::devices()) {
        SCOPED_TRACE(device_name);
        Classifier classifier(*device, weights(), {});
        EXPECT_EQ(classifier.classes(), 4);
        const Classification result = classifier.classify(path);
        ASSERT_EQ(result.logits.size(), 4u);
        for (size_t i = 0; i < 4; ++i)
            EXPECT_NEAR(result.logits[i], expected[i], 1e-4 * largest);
        ASSERT_EQ(result.top.size(), 4u) << "there are no more classes";
        for (size_t i = 0; i < 4; ++i) {
            const Prediction& p = result.top[i];
            EXPECT_EQ(p.label, order[i]);
            EXPECT_EQ(p.name, p.label < 3 ? names[static_cast<size_t>(p.label)] : "3");
            EXPECT_NEAR(p.probability, std::exp(expected[static_cast<size_t>(p.label)]) / sum, 1e-3);
        }
        EXPECT_EQ(classifier.classify(path, 2).top.size(), 2u);
        EXPECT_EQ(classifier.classify(image::decode_image(path)).logits, result.logits);
    }
}

TEST_F(ClassifierTest, AnswersSeveralThreadsAsOne) {
    const std::vector<std::filesystem::path> pictures{picture(1), picture(2), picture(3)};
    Classifier classifier(*test::devices().front().device, weights(), {});
    std::vector<std::vector<double>> alone, together(pictures.size());
    for (const auto& path : pictures)
        alone.push_back(classifier.classify(path).logits);
    EXPECT_NE(alone[0], alone[1]);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < pictures.size(); ++i)
        threads.emplace_back([&, i] {
            for (int repeat = 0; repeat < 5; ++repeat)
                together[i] = classifier.classify(pictures[i]).logits;
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(together, alone);
}

TEST_F(ClassifierTest, FindsTheModelOfAFileThatDoesNotSay) {
    const std::filesystem::path path = folder_ / "plain.safetensors";
    graph::save_weights(path, graph::export_weights(network_.graph, values_, 0));
    const Classifier classifier(*test::devices().front().device, path, {});
    EXPECT_EQ(classifier.config().model.name(), "mobilenet_v3_small");
    EXPECT_EQ(classifier.config().width, 0.25);
    EXPECT_EQ(classifier.classes(), 4);
    EXPECT_TRUE(classifier.class_names().empty());
}

// relu6 would clamp the infinity that stands for an overflow, and the answer would be a number like any other.
TEST(ClassifierOverflowTest, RefusesInHalfPrecisionWhatOnlySinglePrecisionHolds) {
    graph::ModelConfig config = tiny_model();
    config.model = *graph::find_model("mobilenet_v2");
    const test::TestNetwork network = test::test_network(config, 1);
    auto values = test::trained_values(network.graph, 3);
    for (double& beta : values.at(network.graph.find("features.1.conv.2.bias")).values)
        beta = 1e5;
    const graph::StateDict weights = graph::export_weights(network.graph, values, 0);
    const image::Image grey{16, 16, std::vector<uint8_t>(16 * 16 * 3, 99)};
    values[network.images] = test::noise({1, 16, 16, 3}, 4);
    graph::run_reference(network.graph, values);
    EXPECT_TRUE(graph::all_finite(values.at(network.logits)));
    for (const auto& [device_name, device, other_way] : test::devices()) {
        SCOPED_TRACE(device_name);
        if (!device->plan().device.fp16_storage) continue;
        Classifier half(*device, config, weights, {}, {.precision = graph::DType::f16});
        EXPECT_THAT(test::message_of<graph::NonFinite>([&] { half.classify(grey); }),
                    AllOf(HasSubstr(device->description()), HasSubstr("--precision fp32")));
    }
}

TEST_F(ClassifierTest, RefusesOutputsThatAreNotFinite) {
    auto values = values_;
    values.at(network_.graph.find("classifier.3.bias")).values[2] = 1e39;
    Classifier classifier(*test::devices().front().device, config_,
                          graph::export_weights(network_.graph, values, 0), {}, {});
    EXPECT_THAT(test::message_of<graph::NonFinite>([&] { classifier.classify(picture(1)); }),
                HasSubstr("class 2 is not finite"));
}

TEST_F(ClassifierTest, SaysWhatIsWrongAndGoesOn) {
    graph::PlannedDevice& device = *test::devices().front().device;
    EXPECT_THAT(test::message_of<FileError>([&] { Classifier(device, folder_ / "absent.pth", {}); }),
                HasSubstr("absent.pth"));
    graph::StateDict other;
    other.tensors = {graph::from_floats("w", {1}, std::vector{2.f})};
    graph::save_weights(folder_ / "other.safetensors", other);
    EXPECT_THAT(
        test::message_of<graph::WeightsError>([&] { Classifier(device, folder_ / "other.safetensors", {}); }),
        AllOf(HasSubstr("other.safetensors"), HasSubstr("of no network that is known")));
    EXPECT_THROW(Classifier(device, config_, other, {}, {}), graph::WeightsError);
    test::write_content(folder_ / "disk.img", "");
    std::filesystem::resize_file(folder_ / "disk.img", uintmax_t{5} << 30);
    EXPECT_THAT(test::message_of<graph::WeightsError>([&] { open_model(folder_ / "disk.img"); }),
                AllOf(HasSubstr("disk.img"), HasSubstr("larger than 4 GB")));

    Classifier classifier(device, weights(), {});
    test::write_content(folder_ / "text.jpg", "no image");
    EXPECT_THAT(test::message_of<image::ImageError>([&] { classifier.classify(folder_ / "text.jpg"); }),
                HasSubstr("text.jpg"));
    EXPECT_THROW(classifier.classify(image::Image{2, 2, {1, 2, 3}}), image::ImageError);
    EXPECT_THROW(classifier.classify(image::Image{}), image::ImageError);
    EXPECT_EQ(classifier.classify(picture(1)).logits.size(), 4u);
}

}  // namespace
}  // namespace vkm::infer
