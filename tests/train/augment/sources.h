#pragma once

#include <base/random.h>
#include <support/vulkan_devices.h>
#include <train/augment/seen.h>
#include <train/augment/source.h>

#include <algorithm>

namespace vkm::test {

/// Returns noise, saturated in places, over a slope: what rounds, clips and is looked up shows everywhere.
inline image::Image noise(int height, int width, uint64_t seed) {
    image::Image image{height, width, {}};
    Random random(RandomStream::synthetic, {seed});
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c)
                image.rgb.push_back(static_cast<uint8_t>(std::clamp(
                    static_cast<int>(random.below(300)) - 60 + 100 * (y * (c + 1) + x) / (height + width), 0,
                    255)));
    return image;
}

inline graph::ModelConfig model_of(int size) {
    graph::ModelConfig model = graph::model_config("mobilenet_v3_small");
    model.input_size = size;
    return model;
}

/// Returns the framing that leaves an image as it is.
inline train::Framing whole(int size) {
    const image::Rectangle all{0, 0, size, size};
    return {all, {all, size, size, all}, Interpolation::bilinear, false, false};
}

inline train::Batch batch_of(std::vector<train::Source> sources, int size) {
    train::Batch batch;
    batch.count = static_cast<int>(sources.size());
    batch.height = batch.width = size;
    batch.labels.resize(sources.size());
    batch.indices.resize(sources.size());
    batch.pixels = std::move(sources);
    return batch;
}

inline int largest_difference(const image::Image& a, const image::Image& b) {
    if (a.rgb.size() != b.rgb.size()) return 256;
    int largest = 0;
    for (size_t i = 0; i < a.rgb.size(); ++i)
        largest = std::max(largest, std::abs(a.rgb[i] - b.rgb[i]));
    return largest;
}

}  // namespace vkm::test
