#pragma once

#include <engine/vulkan/device.h>
#include <graph/weights/model_file.h>

#include <gtest/gtest.h>
#include <vkmbv3.h>

#include "graph/support/networks.h"
#include "support/bytes.h"
#include "support/temporary_folder.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vkm::test {

/// Writes what outside programs come with: a weights file of four classes, of which three have names, and pictures.
class Files {
  public:
    Files() {
        graph::ModelConfig config = graph::model_config("mobilenet_v3_small");
        config.width = 0.25;
        config.num_classes = 4;
        config.input_size = 16;
        config.stem_stride = 1;
        const TestNetwork network = test_network(config, 1);
        auto values = trained_values(network.graph, 3);
        const auto write = [&](const char* name) {
            graph::write_model_file(folder_ / name, network.graph, values, config, {"ant", "bee", "cat"}, 0);
        };
        write("tiny.safetensors");
        values.at(network.graph.find("classifier.3.bias")).values[2] = 3e38;
        values.at(network.graph.find("classifier.3.weight"))
            .values.assign(values.at(network.graph.find("classifier.3.weight")).values.size(), 3e38);
        write("overflowing.safetensors");
        write_content(folder_ / "text.jpg", "no image");
        write_content(folder_ / "text.pth", "no weights");
        write_content(folder_ / "labels.txt", "one\ntwo\nthree\nfour\n");
        write_content(folder_ / "few.txt", "one\ntwo\n");
    }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    std::string weights() const { return path("tiny.safetensors"); }

  private:
    const TemporaryFolder folder_;
};

/// Returns the RGB of a picture without any symmetry.
inline std::vector<uint8_t> picture(int width, int height, int seed = 1) {
    std::vector<uint8_t> rgb;
    for (int i = 0; i < width * height * 3; ++i)
        rgb.push_back(static_cast<uint8_t>((i * (7 + seed) + i / (3 * width) * 31) % 256));
    return rgb;
}

inline std::string ppm(int width, int height, const std::vector<uint8_t>& rgb) {
    return "P6 " + std::to_string(width) + " " + std::to_string(height) + " 255\n" +
           std::string(rgb.begin(), rgb.end());
}

inline vkmbv3_image image_of(int32_t format, int width, int height, const std::vector<uint8_t>& pixels) {
    vkmbv3_image image = VKMBV3_IMAGE_INIT;
    image.format = format;
    image.width = width;
    image.height = height;
    image.pixels = pixels.data();
    return image;
}

/// Returns the index of a device; rather than of SwiftShader, of a driver that keeps what it has compiled.
inline int32_t usual_device() {
    static const int32_t index = [] {
        const engine::Instance instance;
        for (uint32_t i = 0; i < instance.devices().size(); ++i)
            if (!instance.null_device(i) &&
                instance.devices()[i].name.find("SwiftShader") == std::string::npos)
                return static_cast<int32_t>(i);
        return static_cast<int32_t>(instance.default_device());
    }();
    return index;
}

inline vkmbv3_options usual_options() {
    vkmbv3_options options = VKMBV3_OPTIONS_INIT;
    options.device = usual_device();
    return options;
}

inline vkmbv3_classifier* open(const std::string& weights, const vkmbv3_options& options = usual_options()) {
    vkmbv3_classifier* classifier = nullptr;
    EXPECT_EQ(vkmbv3_open(weights.c_str(), &options, &classifier), VKMBV3_OK) << vkmbv3_last_error();
    return classifier;
}

/// Returns the logits of an image; none where it fails, which is a test's failure.
inline std::vector<float> logits_of(vkmbv3_classifier* classifier, const vkmbv3_image& image) {
    std::vector<float> logits(static_cast<size_t>(vkmbv3_class_count(classifier)));
    const vkmbv3_status status =
        vkmbv3_classify(classifier, &image, nullptr, 0, logits.data(), logits.size());
    EXPECT_EQ(status, VKMBV3_OK) << vkmbv3_last_error();
    return status == VKMBV3_OK ? logits : std::vector<float>{};
}

/// Has one classifier open for all tests of a suite.
class OpenTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        files = new Files;
        classifier = open(files->weights());
    }
    static void TearDownTestSuite() {
        EXPECT_EQ(vkmbv3_close(classifier), VKMBV3_OK);
        delete files;
    }

    static inline const Files* files = nullptr;
    static inline vkmbv3_classifier* classifier = nullptr;
};

}  // namespace vkm::test
