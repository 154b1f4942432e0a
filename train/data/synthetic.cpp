#include <base/host.h>
#include <base/random.h>
#include <train/data/outlines.h>
#include <train/data/scene.h>
#include <train/data/synthetic.h>

#include <algorithm>
#include <charconv>

namespace vkm::train {
namespace {

constexpr size_t default_size = 20'000, max_size = 100'000'000;

/// Reads N of `synthetic:N`.
size_t images_of(const std::string& count) {
    if (count.empty()) return default_size;
    size_t size = 0;
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), size);
    if (error != std::errc() || end != count.data() + count.size() || size == 0 || size > max_size)
        throw DatasetError("synthetic:{} is not a number of images: write a whole number from 1 to {}", count,
                           max_size);
    return size;
}

/// Returns how many of the images are kept: what fits into a gibibyte, or an eighth of the machine's memory.
size_t kept_images(size_t size, int input_size) {
    constexpr size_t most_bytes = size_t{1} << 30;
    const size_t image_bytes = size_t{3} * static_cast<size_t>(input_size) * static_cast<size_t>(input_size);
    return std::min(size, std::min<size_t>(most_bytes, host_memory_bytes() / 8) / image_bytes);
}

}  // namespace

Synthetic::Synthetic(size_t size, Split split, int input_size, uint64_t seed)
    : size_(size), split_(split), input_size_(input_size), seed_(seed), kept_(kept_images(size, input_size)) {
    for (const Outline& outline : outlines)
        class_names_.emplace_back(outline.name);
}

std::string Synthetic::name(size_t index) const {
    return fmt::format("synthetic {} image {}", split_ == Split::train ? "train" : "val", index);
}

Sample Synthetic::sample(size_t index) const {
    if (index >= kept_.size()) return draw(index);
    const auto kept = [&](std::shared_ptr<const image::Image> drawn) {
        const std::lock_guard lock(mutex_);
        if (drawn) kept_[index] = std::move(drawn);
        return kept_[index];
    };
    std::shared_ptr<const image::Image> image = kept(nullptr);
    if (!image) image = kept(std::make_shared<const image::Image>(draw(index)));
    return *image;
}

image::Image Synthetic::draw(size_t index) const {
    Random random(RandomStream::synthetic, {seed_, static_cast<uint64_t>(split_), index});
    return draw_scene(outlines[static_cast<size_t>(label(index))], input_size_, random);
}

void check_synthetic(const std::string& count) {
    images_of(count);
}

std::shared_ptr<const Dataset> open_synthetic(const std::string& count, Split split,
                                              const DatasetOptions& options) {
    size_t size = images_of(count);
    if (options.input_size < 1)
        throw DatasetError("synthetic images cannot be drawn {} pixels wide", options.input_size);
    if (split == Split::val) size = std::max<size_t>(size / 10, 100);
    return std::make_shared<Synthetic>(size, split, options.input_size, options.seed);
}

}  // namespace vkm::train
