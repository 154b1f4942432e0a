#include <infer/batch_classifier.h>
#include <infer/classifier.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/support/devices.h"
#include "graph/support/networks.h"
#include "support/bytes.h"

#include <algorithm>
#include <limits>

namespace vkm::infer {
namespace {

graph::ModelConfig tiny_model_file() {
    graph::ModelConfig config = graph::model_config("mobilenet_v3_small");
    config.width = 0.25;
    config.num_classes = 4;
    config.input_size = 16;
    config.stem_stride = 1;
    return config;
}

class BatchClassifierTest : public testing::Test {
  protected:
    BatchClassifierTest() {
        const test::TestNetwork network = test::test_network(config_, 1);
        weights_ = graph::export_weights(network.graph, test::trained_values(network.graph, 3), 0);
    }

    graph::ModelFile file() const { return {weights_, config_, {"ant", "bee", "cat"}}; }

    /// Returns pixels that differ from image to image. The third cannot be read.
    static image::Image picture(size_t number) {
        if (number == 2) throw image::ImageError("2.jpg: broken");
        image::Image image{19, 23, std::vector<uint8_t>(size_t{3} * 19 * 23)};
        for (size_t i = 0; i < image.rgb.size(); ++i)
            image.rgb[i] = static_cast<uint8_t>((i * (7 + number) + i / 69 * 31) % 256);
        return image;
    }

    static image::Image part_of_picture(size_t number, const image::ChoosePart& choose) {
        const image::Image whole = picture(number);
        return image::cut(whole, choose(whole.height, whole.width));
    }

    /// Returns the logits of images, or why there are none.
    std::vector<std::variant<std::vector<double>, std::string>> logits_of(
        std::vector<graph::PlannedDevice*> devices, size_t images, int64_t batch_size, int workers) const {
        BatchClassifier classifier(std::move(devices), file(),
                                   {.batch_size = batch_size, .workers = workers});
        std::vector<std::variant<std::vector<double>, std::string>> all;
        classifier.run(images, part_of_picture, 2, [&](size_t i, const BatchClassifier::Result& result) {
            EXPECT_EQ(i, all.size());
            if (const auto* classes = std::get_if<Classification>(&result)) {
                EXPECT_EQ(classes->top.size(), 2u);
                all.emplace_back(classes->logits);
            } else {
                all.emplace_back(std::get<Unclassified>(result).why);
            }
        });
        return all;
    }

    const graph::ModelConfig config_ = tiny_model_file();
    graph::StateDict weights_;
};

TEST_F(BatchClassifierTest, AnswersAsOneByOneWhateverTheBatchAndTheThreads) {
    constexpr size_t images = 7;
    for (const auto& [device_name, device, other_way] : test::devices()) {
        SCOPED_TRACE(device_name);
        Classifier one(*device, config_, weights_, {}, {});
        const auto together = logits_of({device}, images, 3, 2);
        ASSERT_EQ(together.size(), images);
        for (size_t i = 0; i < images; ++i) {
            if (i == 2)
                EXPECT_EQ(std::get<std::string>(together[i]), "2.jpg: broken");
            else
                EXPECT_EQ(std::get<std::vector<double>>(together[i]), one.classify(picture(i)).logits) << i;
        }
        EXPECT_EQ(logits_of({device}, images, 1, 1), together);
        EXPECT_EQ(logits_of({device}, images, 8, 5), together);
    }
}

TEST_F(BatchClassifierTest, SharesImagesBetweenDevices) {
    graph::PlannedDevice* const device = test::devices().front().device;
    const std::unique_ptr<graph::PlannedDevice> second = graph::open_device(test::instance(), 0);
    EXPECT_EQ(logits_of({device, second.get()}, 11, 2, 2), logits_of({device}, 11, 2, 2));
}

TEST_F(BatchClassifierTest, NamesOutputsThatAreNotFiniteAndGoesOn) {
    graph::NamedTensor& bias =
        *std::ranges::find(weights_.tensors, "classifier.3.bias", &graph::NamedTensor::name);
    bias = graph::from_floats(bias.name, bias.shape,
                              std::vector{0.f, 0.f, std::numeric_limits<float>::infinity(), 0.f});
    const auto results = logits_of({test::devices().front().device}, 2, 2, 1);
    for (const auto& result : results)
        EXPECT_THAT(std::get<std::string>(result), testing::HasSubstr("class 2 is not finite"));
}

TEST_F(BatchClassifierTest, ThrowsWhatTheConsumerOrAReaderThrows) {
    graph::PlannedDevice* const device = test::devices().front().device;
    BatchClassifier classifier({device}, file(), {.batch_size = 2, .workers = 2});
    const auto ignore = [](size_t, const BatchClassifier::Result&) {};
    EXPECT_THROW(classifier.run(5, part_of_picture, 1,
                                [](size_t, const BatchClassifier::Result&) { throw Error("full"); }),
                 Error);
    EXPECT_THROW(
        classifier.run(
            5, [](size_t, const image::ChoosePart&) -> image::Image { throw std::bad_alloc(); }, 1, ignore),
        std::bad_alloc);
    EXPECT_NO_THROW(classifier.run(5, part_of_picture, 1, ignore));
}

}  // namespace
}  // namespace vkm::infer
