#include <base/philox.h>
#include <image/crop.h>
#include <train/augment/drawn.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vkm::train {
namespace {

// The kernel `augment` draws with it too (graph/ops/augment.cpp).
constexpr uint32_t augment_stream = 0x41554747;
constexpr int padding = 4;

Random random_of(RandomStream stream, const DrawKey& key) {
    const auto epoch = static_cast<uint64_t>(key.epoch);
    if (key.repeat == 0) return {stream, {key.seed, epoch, key.sample}};
    return {stream, {key.seed, epoch, key.sample, static_cast<uint64_t>(key.repeat)}};
}

std::array<uint32_t, 4> words_of(const DrawKey& key) {
    return philox({static_cast<uint32_t>(key.position), static_cast<uint32_t>(key.epoch), 0, augment_stream},
                  {static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)});
}

bool happens(double probability, uint32_t word) {
    return probability == 0.5 ? (word & 1) != 0 : uniform_float(word) < probability;
}

Interpolation draw_interpolation(const Augmentation& augmentation, const DrawKey& key) {
    switch (augmentation.interpolation) {
        case TrainInterpolation::bilinear:
            return Interpolation::bilinear;
        case TrainInterpolation::bicubic:
            return Interpolation::bicubic;
        case TrainInterpolation::random:
            break;
    }
    return random_of(RandomStream::interpolation, key).below(2) == 0 ? Interpolation::bilinear
                                                                     : Interpolation::bicubic;
}

int round_half_even(double value) {
    return static_cast<int>(std::nearbyint(value));
}

template <typename T>
void shuffle(std::vector<T>& values, Random& random) {
    for (size_t left = values.size(); left > 1; --left)  // Fisher-Yates
        std::swap(values[left - 1], values[random.below(static_cast<uint32_t>(left))]);
}

/// Draws torchvision's ColorJitter: what there is, in any order.
std::vector<Operation> draw_jitter(const std::array<double, 4>& jitter, Random& random) {
    using Make = Operation (*)(double);
    constexpr std::array<Make, 3> makes{brightness, contrast, saturation};
    std::vector<Operation> operations;
    for (size_t i = 0; i < makes.size(); ++i)
        if (jitter[i] > 0)
            operations.push_back(makes[i](random.uniform(std::max(0.0, 1 - jitter[i]), 1 + jitter[i])));
    if (jitter[3] > 0) operations.push_back(hue(random.uniform(-jitter[3], jitter[3])));
    shuffle(operations, random);
    return operations;
}

}  // namespace

Framing draw_framing(const Augmentation& augmentation, const DrawKey& key, int height, int width,
                     int input_size, const EvaluationFraming& evaluation) {
    Framing framing;
    framing.cut = {0, 0, height, width};
    framing.interpolation = draw_interpolation(augmentation, key);
    const std::array<uint32_t, 4> words = words_of(key);
    switch (augmentation.crop) {
        case Crop::center:
            framing.resize =
                image::evaluation_crop(height, width, input_size, evaluation.crop_pct, evaluation.resize);
            framing.interpolation = evaluation.interpolation;
            break;
        case Crop::pad4: {
            framing.cut.top = static_cast<int>(uniform_index(words[0], 2 * padding + 1)) - padding;
            framing.cut.left = static_cast<int>(uniform_index(words[1], 2 * padding + 1)) - padding;
            framing.resize = image::evaluation_crop(height, width, input_size, 1);
            break;
        }
        case Crop::random_resized: {
            Random random = random_of(RandomStream::random_resized_crop, key);
            const auto& [scale, ratio] = std::pair(augmentation.scale, augmentation.ratio);
            framing.resize = image::random_resized_crop(height, width, input_size, random,
                                                        {scale[0], scale[1], ratio[0], ratio[1]});
            break;
        }
    }
    framing.flipped = happens(augmentation.flip, words[2]);
    framing.flipped_vertically = happens(augmentation.vertical_flip, words[3]);
    return framing;
}

std::vector<Operation> draw_operations(const Augmentation& augmentation, const Policy* policy,
                                       const DrawKey& key, const PolicyInput& input) {
    Random random = random_of(RandomStream::colours, key);
    return policy != nullptr ? policy->draw(random, input) : draw_jitter(augmentation.jitter, random);
}

std::vector<Erasure> draw_erasures(const Augmentation& augmentation, const DrawKey& key, int input_size) {
    constexpr double least_area = 0.02, most_area = 1.0 / 3, least_ratio = 0.3;
    constexpr int attempts = 10;
    Random random = random_of(RandomStream::erasing, key);
    std::vector<Erasure> erasures;
    if (random.uniform() >= augmentation.erase) return erasures;
    const auto count = 1 + random.below(static_cast<uint32_t>(augmentation.erase_count));
    const double area = static_cast<double>(input_size) * input_size;
    for (uint32_t i = 0; i < count; ++i)
        for (int attempt = 0; attempt < attempts; ++attempt) {
            const double target = random.uniform(least_area, most_area) * area / count;
            const double ratio = std::exp(random.uniform(std::log(least_ratio), -std::log(least_ratio)));
            const int height = round_half_even(std::sqrt(target * ratio));
            const int width = round_half_even(std::sqrt(target / ratio));
            if (height >= input_size || width >= input_size) continue;
            const auto place = [&](int length) {
                return static_cast<int32_t>(random.below(static_cast<uint32_t>(input_size - length + 1)));
            };
            const int32_t top = place(height), left = place(width);
            const uint64_t bits = random.bits();
            erasures.push_back(
                {top, left, height, width, {static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)}});
            break;
        }
    return erasures;
}

}  // namespace vkm::train
