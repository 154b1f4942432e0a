#include <train/data/pack/pack_file.h>

#include <algorithm>
#include <numeric>
#include <type_traits>

namespace vkm::train {
namespace {

using image::Image;
using image::Rectangle;

/// Returns a part of rows of pixels, in which it lies.
Image cut_of(std::span<const uint8_t> rgb, int width, const Rectangle& part) {
    Image image{part.height, part.width, {}};
    const auto stride = size_t{3} * static_cast<size_t>(width);
    const auto row_bytes = size_t{3} * static_cast<size_t>(part.width);
    image.rgb.reserve(row_bytes * static_cast<size_t>(part.height));
    for (int y = part.top; y < part.top + part.height; ++y) {
        const auto row = rgb.subspan(
            stride * static_cast<size_t>(y) + size_t{3} * static_cast<size_t>(part.left), row_bytes);
        image.rgb.insert(image.rgb.end(), row.begin(), row.end());
    }
    return image;
}

/// Gives the images of a part of a pack file.
class PackedImages final : public Dataset {
  public:
    PackedImages(std::shared_ptr<const PackFile> file, size_t first, size_t size)
        : file_(std::move(file)), first_(first), size_(size) {}

    size_t size() const override { return size_; }
    int num_classes() const override { return file_->description().num_classes; }
    const std::vector<std::string>& class_names() const override { return file_->description().class_names; }
    SampleKind kind() const override { return SampleKind::photograph; }
    int label(size_t index) const override { return entry(index).label; }
    std::string name(size_t index) const override {
        return fmt::format("{}/{}", file_->name(), file_->image_name(first_ + index));
    }

    Sample sample(size_t index) const override {
        return part(index, [](int height, int width) { return Rectangle{0, 0, height, width}; });
    }

    Image part(size_t index, const image::ChoosePart& choose) const override {
        return reading(index, [&](const PackEntry& e, std::span<const uint8_t> record) {
            if (!e.is_raw()) return image::decode_image(record, name(index), {.part = choose});
            const auto height = static_cast<int>(e.height), width = static_cast<int>(e.width);
            return cut_of(record, width, choose(height, width));
        });
    }

    std::optional<std::vector<std::byte>> file(size_t index) const override {
        if (entry(index).is_raw()) return {};
        return reading(index, [](const PackEntry&, std::span<const uint8_t> record) {
            const auto bytes = std::as_bytes(record);
            return std::vector<std::byte>(bytes.begin(), bytes.end());
        });
    }

    std::vector<uint32_t> reading_order() const override {
        std::vector<uint64_t> offsets(size_);
        for (size_t i = 0; i < size_; ++i)
            offsets[i] = entry(i).offset;
        std::vector<uint32_t> order(size_);
        std::iota(order.begin(), order.end(), 0u);
        std::ranges::stable_sort(order, {}, [&](uint32_t i) { return offsets[i]; });
        return order;
    }

    void will_need(std::span<const uint32_t> samples) const override {
        PackEntry range;  // records that lie one behind the other are asked for at once
        for (const uint32_t sample : samples) {
            const PackEntry e = entry(sample);
            constexpr uint32_t most = 1u << 30;
            if (range.bytes > 0 && range.offset + range.bytes == e.offset && range.bytes < most &&
                e.bytes < most) {
                range.bytes += e.bytes;
            } else {
                if (range.bytes > 0) file_->will_need(range);
                range = e;
            }
        }
        if (range.bytes > 0) file_->will_need(range);
    }

  private:
    PackEntry entry(size_t index) const {
        if (index >= size_) throw Error("{}: has no image {}", file_->name(), index);
        return file_->entry(first_ + index);
    }

    /// Returns what `take` makes of a record. Adds to its errors which image it is.
    template <typename Take>
    std::invoke_result_t<Take, const PackEntry&, std::span<const uint8_t>> reading(size_t index,
                                                                                   const Take& take) const {
        const PackEntry e = entry(index);
        std::span<const uint8_t> record;
        try {
            record = file_->record(e);
        } catch (const image::ImageError& error) {
            throw image::ImageError("{}: {}", name(index), error.what());
        }
        auto result = take(e, record);
        file_->done_with(e);
        return result;
    }

    std::shared_ptr<const PackFile> file_;
    size_t first_, size_;
};

}  // namespace

std::shared_ptr<const Dataset> open_pack(const std::string& file, Split split, const DatasetOptions&) {
    auto pack = std::make_shared<const PackFile>(file);
    const std::vector<PackDescription::Part>& parts = pack->description().parts;
    size_t first = 0;
    for (const PackDescription::Part& part : parts) {
        if (part.split == split || parts.size() == 1)
            return std::make_shared<PackedImages>(std::move(pack), first, part.images);
        first += part.images;
    }
    throw DatasetError("{}: has no {} images: name other data", file,
                       split == Split::train ? "training" : "validation");
}

bool pack_has_parts(const std::string& file) {
    try {
        return PackFile(file).description().parts.size() > 1;
    } catch (const Error&) {
        return true;
    }
}

}  // namespace vkm::train
