#pragma once

#include <graph/models/initialise.h>
#include <train/trainer.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace vkm::test {

// The smallest training there is: a narrow network over images of 16 pixels, made of arithmetic.

constexpr int tiny_classes = 3, tiny_size = 16;
constexpr size_t tiny_values = size_t{3} * tiny_size * tiny_size;

inline graph::ModelConfig tiny_model() {
    graph::ModelConfig config = graph::model_config("mobilenet_v3_small");
    config.width = 0.25;
    config.num_classes = tiny_classes;
    config.input_size = tiny_size;
    config.stem_stride = 1;
    config.dropout = 0;
    return config;
}

inline std::vector<float> tiny_image(size_t index) {
    std::vector<float> values(tiny_values);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>((index * 7919 + i * 104729) % 1021) / 510.0f - 1.0f;
    return values;
}

/// Returns images 100, 101, … of a data set.
inline train::Batch tiny_batch(int count) {
    train::Batch batch;
    batch.count = count;
    batch.height = batch.width = tiny_size;
    std::vector<float> pixels;
    for (int row = 0; row < count; ++row) {
        const std::vector<float> image = tiny_image(static_cast<size_t>(row));
        pixels.insert(pixels.end(), image.begin(), image.end());
        batch.labels.push_back(row % tiny_classes);
        batch.indices.push_back(static_cast<uint32_t>(100 + row));
    }
    batch.pixels = std::move(pixels);
    return batch;
}

/// Gives 14 images, of which one may hold a NaN.
class TinyImages final : public train::Dataset {
  public:
    explicit TinyImages(std::optional<size_t> bad = {}) : bad_(bad) {}
    size_t size() const override { return 14; }
    int num_classes() const override { return tiny_classes; }
    const std::vector<std::string>& class_names() const override { return names_; }
    train::SampleKind kind() const override { return train::SampleKind::tensor; }
    int label(size_t index) const override { return static_cast<int>(index) % tiny_classes; }
    std::string name(size_t index) const override { return "image " + std::to_string(index); }
    train::Sample sample(size_t index) const override {
        image::FloatImage image{tiny_size, tiny_size, tiny_image(index)};
        if (index == bad_) image.rgb[7] = std::numeric_limits<float>::quiet_NaN();
        return image;
    }

  private:
    std::optional<size_t> bad_;
    std::vector<std::string> names_;
};

/// Returns three epochs of two steps.
inline train::TrainerOptions tiny_training(const std::filesystem::path& out) {
    train::TrainerOptions options;
    options.model = tiny_model();
    options.recipe = {.epochs = 3, .batch_size = 7};
    options.out = out;
    options.workers = 1;
    options.initial = [](const graph::Graph& graph) {
        return train::InitialWeights{graph::initial_values(graph, 1), 0};
    };
    return options;
}

}  // namespace vkm::test
