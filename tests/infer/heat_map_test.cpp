#include <graph/models/network.h>
#include <graph/passes/part_of.h>
#include <graph/reference/reference.h>
#include <graph/weights/parameters.h>
#include <image/crop.h>
#include <infer/heat_map.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/support/devices.h"
#include "graph/support/networks.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vkm::infer {
namespace {

graph::ModelConfig small_model(const std::string& name) {
    graph::ModelConfig config = graph::model_config(name);
    config.width = 0.25;
    config.num_classes = 4;
    config.input_size = 48;
    config.crop_pct = 0.875;
    config.eval_resize = EvalResize::short_side;
    config.interpolation = Interpolation::bilinear;
    return config;
}

image::Image stripes(int height, int width) {
    image::Image image{height, width, {}};
    for (int i = 0; i < height * width * 3; ++i)
        image.rgb.push_back(static_cast<uint8_t>(i * 7 + i / (3 * width) * 31));
    return image;
}

/// Computes what a map is above 0, in double precision on the CPU. Behind the features nothing but their
/// means counts, so that a channel's weight is what the logit changes by when all of the channel rises, by
/// central differences.
std::vector<double> reference_map(const graph::ModelConfig& config, const test::TestNetwork& network,
                                  std::map<graph::ValueId, graph::HostTensor> values,
                                  const image::Image& image, int64_t label) {
    const int size = static_cast<int>(config.input_size);
    const image::Image crop = image::resize_bilinear(
        image, image::evaluation_crop(image.height, image.width, size, config.crop_pct));
    graph::HostTensor& images = values[network.images] = graph::HostTensor({1, size, size, 3});
    for (size_t i = 0; i < images.values.size(); ++i)
        images.values[i] = (crop.rgb[i] / 255.0 - config.mean[i % 3]) / config.std[i % 3];
    graph::run_reference(network.graph, values);
    const graph::ValueId map = graph::last_feature_map(network.graph);
    const graph::HostTensor features = values.at(map);

    const std::array inputs{map}, outputs{network.logits};
    const graph::CompactGraph head = graph::part_of(network.graph, inputs, outputs);
    std::map<graph::ValueId, graph::HostTensor> head_values;
    for (const auto& [id, value] : values)
        if (const graph::ValueId moved = head.moved[static_cast<size_t>(id)]; moved != graph::no_value)
            head_values[moved] = value;
    const auto logit = [&](int64_t channel, double change) {
        std::map<graph::ValueId, graph::HostTensor> changed = head_values;
        graph::HostTensor& x = changed.at(head.moved[static_cast<size_t>(map)]);
        for (int64_t row = 0; row < x.shape.rows(); ++row)
            x.at(row, channel) += change;
        graph::run_reference(head.graph, changed);
        return changed.at(head.moved[static_cast<size_t>(network.logits)]).at(0, label);
    };
    const auto pixels = static_cast<double>(features.shape.rows());
    constexpr double change = 1e-5;
    std::vector<double> expected(static_cast<size_t>(features.shape.rows()));
    for (int64_t c = 0; c < features.shape.c; ++c) {
        const double weight = (logit(c, change) - logit(c, -change)) / (2 * change) / pixels;
        for (int64_t row = 0; row < features.shape.rows(); ++row)
            expected[static_cast<size_t>(row)] += weight * features.at(row, c);
    }
    return expected;
}

class HeatMapTest : public testing::TestWithParam<const char*> {};

// Networks that end in different ways: a hidden layer or none, squeeze-and-excite last, batch norm of vectors.
INSTANTIATE_TEST_SUITE_P(Networks, HeatMapTest,
                         testing::Values("mobilenet_v3_small", "mobilenet_v2", "showlo_v3_small",
                                         "akrapukhin_v3_small"),
                         [](const auto& network) { return std::string(network.param); });

TEST_P(HeatMapTest, IsThatOfTheReferenceOnEveryDevice) {
    const graph::ModelConfig config = small_model(GetParam());
    const test::TestNetwork network = test::test_network(config, 1);
    const auto values = test::trained_values(network.graph, 3);
    const image::Image image = stripes(60, 90);
    const std::array<int64_t, 3> classes{2, 0, 2};
    std::vector<std::vector<double>> expected;
    for (const int64_t label : classes)
        expected.push_back(reference_map(config, network, values, image, label));
    const graph::StateDict weights = graph::export_weights(network.graph, values, 0);
    for (const auto& [device_name, device, other_way] : test::devices()) {
        SCOPED_TRACE(device_name);
        HeatMaps maps(*device, config, weights, {.classes = 2, .compile_progress = {}});
        const Explanation explanation = maps.explain(image, classes);
        ASSERT_EQ(explanation.maps.size(), 3u);
        // 48 of 54 rows and of 81 columns, of which the network gets the middle.
        EXPECT_EQ(explanation.seen, (image::Rectangle{3, 18, 53, 53}));
        for (size_t i = 0; i < classes.size(); ++i) {
            const HeatMap& map = explanation.maps[i];
            ASSERT_EQ(map.values.size(), expected[i].size());
            EXPECT_EQ(map.height * map.width, static_cast<int>(expected[i].size()));
            double largest = 0;
            for (const double value : expected[i])
                largest = std::max(largest, std::abs(value));
            for (size_t p = 0; p < expected[i].size(); ++p)
                EXPECT_NEAR(map.values[p], std::max(expected[i][p], 0.0), 1e-4 * largest);
        }
    }
}

}  // namespace
}  // namespace vkm::infer
