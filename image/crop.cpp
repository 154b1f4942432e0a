#include <image/crop.h>

#include <algorithm>
#include <cmath>

namespace vkm::image {
namespace {

/// Rounds as Python's round() does: halves go to the even neighbour.
int round_half_even(double value) {
    return static_cast<int>(std::nearbyint(value));
}

Resize scale_whole(const Rectangle& crop, int input_size) {
    return {crop, input_size, input_size, {0, 0, input_size, input_size}};
}

}  // namespace

Resize scaled_to_short_side(int height, int width, int short_side) {
    const auto long_side =
        static_cast<int>(int64_t{short_side} * std::max(height, width) / std::min(height, width));
    const int scaled_height = height <= width ? short_side : long_side;
    const int scaled_width = height <= width ? long_side : short_side;
    return {{0, 0, height, width}, scaled_height, scaled_width, {0, 0, scaled_height, scaled_width}};
}

Resize evaluation_crop(int height, int width, int input_size, double crop_pct, EvalResize how) {
    if (!(crop_pct > 0 && crop_pct <= 1)) {
        throw Error("crop percentage {} is out of range: pass --crop-pct between 0 and 1, such as 0.875",
                    crop_pct);
    }
    const int short_side = static_cast<int>(std::floor(input_size / crop_pct));
    Resize result = scaled_to_short_side(height, width, short_side);
    if (how == EvalResize::squash) result.height = result.width = short_side;
    result.window = {round_half_even((result.height - input_size) / 2.0),
                     round_half_even((result.width - input_size) / 2.0), input_size, input_size};
    return result;
}

Resize random_resized_crop(int height, int width, int input_size, Random& random, const CropRanges& ranges) {
    const auto [min_area, max_area, min_ratio, max_ratio] = ranges;
    const double area = static_cast<double>(height) * width;
    for (int attempt = 0; attempt < 10; ++attempt) {
        const double target = area * random.uniform(min_area, max_area);
        const double ratio = std::exp(random.uniform(std::log(min_ratio), std::log(max_ratio)));
        const int w = round_half_even(std::sqrt(target * ratio));
        const int h = round_half_even(std::sqrt(target / ratio));
        if (w < 1 || h < 1 || w > width || h > height) continue;
        const int top = static_cast<int>(random.below(static_cast<uint32_t>(height - h + 1)));
        const int left = static_cast<int>(random.below(static_cast<uint32_t>(width - w + 1)));
        return scale_whole({top, left, h, w}, input_size);
    }
    // The image is too long for any of the crops drawn: take its middle, at the nearest allowed ratio.
    const double ratio = std::clamp(static_cast<double>(width) / height, min_ratio, max_ratio);
    const int w = std::clamp(round_half_even(height * ratio), 1, width);
    const int h = std::clamp(round_half_even(width / ratio), 1, height);
    return scale_whole({(height - h) / 2, (width - w) / 2, h, w}, input_size);
}

}  // namespace vkm::image
