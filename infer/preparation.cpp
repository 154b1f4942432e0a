#include <image/crop.h>
#include <image/decode/recycle.h>
#include <infer/preparation.h>

#include <utility>

namespace vkm::infer {
namespace {

image::Resize geometry_for(const graph::ModelConfig& config, int height, int width) {
    return image::evaluation_crop(height, width, static_cast<int>(config.input_size), config.crop_pct,
                                  config.eval_resize);
}

}  // namespace

size_t input_bytes(const graph::ModelConfig& config) {
    return static_cast<size_t>(config.input_size * config.input_size * 3);
}

void prepare(const image::Image& image, const graph::ModelConfig& config, std::span<uint8_t> out) {
    if (image.height < 1 || image.width < 1 ||
        image.rgb.size() != size_t{3} * static_cast<size_t>(image.height) * static_cast<size_t>(image.width))
        throw image::ImageError("an image of {} x {} pixels cannot have {} bytes", image.width, image.height,
                                image.rgb.size());
    image::resize(image, geometry_for(config, image.height, image.width), config.interpolation, out);
}

void prepare(const ReadPart& read, const graph::ModelConfig& config, std::span<uint8_t> out) {
    image::Resize geometry;
    image::Rectangle part;
    image::Image pixels = read([&](int height, int width) {
        geometry = geometry_for(config, height, width);
        part = image::needed_part(geometry, config.interpolation);
        return part;
    });
    image::resize_part(pixels, part, geometry, config.interpolation, out);
    image::recycle(std::move(pixels));
}

}  // namespace vkm::infer
