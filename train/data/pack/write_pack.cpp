#include <base/atomic_file.h>
#include <base/checksum.h>
#include <base/random.h>
#include <image/crop.h>
#include <image/encode/jpeg.h>
#include <image/resize.h>
#include <train/data/pack/in_order.h>
#include <train/data/pack/pack_format.h>
#include <train/data/pack/write_pack.h>
#include <train/data/unreadable_images.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <numeric>

namespace vkm::train {
namespace {

/// Holds what becomes of an image.
struct Record {
    std::vector<std::byte> bytes;
    uint32_t checksum = 0, height = 0, width = 0;  ///< of raw pixels
    std::string problem;                           ///< why it is left out; empty: it is not
};

std::vector<std::byte> as_bytes(const image::Image& image) {
    const auto bytes = std::as_bytes(std::span(image.rgb));
    return {bytes.begin(), bytes.end()};
}

Record record_of(const Dataset& data, size_t index, const PackOptions& options) {
    Record record;
    std::optional<std::vector<std::byte>> file = data.file(index);
    image::Image image;
    if (file)
        image = image::decode_image({reinterpret_cast<const uint8_t*>(file->data()), file->size()},
                                    data.name(index));
    else
        image = std::get<image::Image>(data.sample(index));
    const bool scales = options.short_side > 0 && std::min(image.height, image.width) > options.short_side;
    if (scales)
        image = resize(image, image::scaled_to_short_side(image.height, image.width, options.short_side),
                       options.interpolation);
    const bool as_jpeg = options.as == PackedAs::jpeg;
    if (as_jpeg && file && !scales) {
        record.bytes = std::move(*file);
    } else if (as_jpeg && scales) {
        record.bytes = encode_jpeg(image, options.quality);
    } else {
        record.bytes = as_bytes(image);
        record.height = static_cast<uint32_t>(image.height);
        record.width = static_cast<uint32_t>(image.width);
    }
    if (record.bytes.size() > std::numeric_limits<uint32_t>::max())
        throw image::ImageError("{}: is larger than 4 GiB", data.name(index));
    record.checksum = crc32c(record.bytes);
    return record;
}

/// Returns the folder, with its slash, that all names of a data set begin with: where it lies says nothing of an image.
std::string common_folder(const Dataset& data) {
    std::string common = data.size() > 0 ? data.name(0) : "";
    for (size_t i = 0; i < data.size() && !common.empty(); ++i) {
        const std::string name = data.name(i);
        const auto differs = std::ranges::mismatch(common, name).in1;
        common.erase(differs, common.end());
    }
    return common.substr(0, common.rfind('/') + 1);
}

/// Throws where something lies at the destination that is no pack file.
void require_replaceable(const std::filesystem::path& path) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(path, none) || std::filesystem::file_size(path, none) == 0) return;
    std::array<char, 8> begin{};
    std::ifstream(path, std::ios::binary).read(begin.data(), begin.size());
    if (!begins_as_pack(std::as_bytes(std::span(begin))))
        throw FileError("{}: is there and is no pack file: name another file, or remove it", path.string());
}

class PackWriter {
  public:
    PackWriter(const std::filesystem::path& path, const PackOptions& options, const PackProgress& progress,
               const std::atomic<bool>& stop, int64_t total)
        : options_(options), progress_(progress), stop_(stop), total_(total), file_(path) {
        file_.write(encode(PackHeader{}));  // its place
    }

    /// Appends a data set's records. Returns whether it was not stopped.
    bool append(const PackSource& source) {
        const Dataset& data = *source.data;
        const std::vector<uint32_t> order = lying_order(source);
        std::vector<PackEntry> entries(data.size());
        std::vector<bool> kept(data.size());
        const size_t workers = options_.workers > 0 ? static_cast<size_t>(options_.workers)
                                                    : std::max(1u, std::thread::hardware_concurrency());
        try {
            make_in_order(
                order.size(), workers, 2 * workers + 2,
                [&](size_t place) {
                    if (stop_) throw Stopped{};
                    try {
                        return record_of(data, order[place], options_);
                    } catch (const image::ImageError& error) {
                        Record lost;
                        lost.problem = error.what();
                        return lost;
                    }
                },
                [&](size_t place, Record&& record) {
                    if (stop_) throw Stopped{};
                    const uint32_t sample = order[place];
                    if (record.problem.empty()) {
                        entries[sample] = write(record, data.label(sample));
                        kept[sample] = true;
                    } else {
                        unreadable_.add(data.name(sample), record.problem);
                    }
                    progress_(++done_, total_);
                });
        } catch (const Stopped&) {
            return false;
        }
        take_into_index(source, entries, kept);
        return true;
    }

    PackSummary finish() {
        if (description_.parts.empty())
            throw DatasetError("none of the images can be read: check the data set");
        const std::string text = encode(description_);
        PackHeader header{.description_bytes = static_cast<uint32_t>(text.size()),
                          .index_offset = end_,
                          .images = entries_.size(),
                          .names_bytes = names_.size()};
        header.file_bytes = end_ + header.index_bytes();
        const auto append = [&](std::span<const std::byte> bytes) {
            file_.write(bytes);
            header.index_checksum = crc32c(bytes, header.index_checksum);
        };
        append(std::as_bytes(std::span(text)));
        for (const PackEntry& entry : entries_)
            append(encode(entry));
        append(std::as_bytes(std::span(names_)));
        file_.write_at(0, encode(header));
        file_.commit();
        return {static_cast<int64_t>(entries_.size()), unreadable_.count(), header.file_bytes};
    }

    void describe(const Dataset& data) {
        description_.num_classes = data.num_classes();
        description_.class_names = data.class_names();
        const bool raw = options_.as == PackedAs::raw;
        description_.made =
            (options_.short_side > 0 ? fmt::format("short side {}, ", options_.short_side) : std::string()) +
            (raw ? "raw pixels" : fmt::format("JPEG of quality {} where resized", options_.quality));
    }

  private:
    struct Stopped {};

    std::vector<uint32_t> lying_order(const PackSource& source) const {
        std::vector<uint32_t> order(source.data->size());
        std::iota(order.begin(), order.end(), 0u);
        if (source.split != Split::train) return order;
        Random random(RandomStream::packing, {options_.seed});
        for (size_t left = order.size(); left > 1; --left)  // Fisher-Yates
            std::swap(order[left - 1], order[random.below(static_cast<uint32_t>(left))]);
        return order;
    }

    PackEntry write(const Record& record, int label) {
        file_.write(record.bytes);
        PackEntry entry{.offset = end_,
                        .bytes = static_cast<uint32_t>(record.bytes.size()),
                        .checksum = record.checksum,
                        .label = label,
                        .height = record.height,
                        .width = record.width};
        end_ += record.bytes.size();
        return entry;
    }

    void take_into_index(const PackSource& source, const std::vector<PackEntry>& entries,
                         const std::vector<bool>& kept) {
        const std::string folder = common_folder(*source.data);
        uint64_t images = 0;
        for (size_t i = 0; i < entries.size(); ++i) {
            if (!kept[i]) continue;
            names_ += source.data->name(i).substr(folder.size());
            if (names_.size() > std::numeric_limits<uint32_t>::max())
                throw DatasetError("the names of the images are longer than 4 GiB: shorten them");
            entries_.push_back(entries[i]);
            entries_.back().name_end = static_cast<uint32_t>(names_.size());
            ++images;
        }
        if (images > 0) description_.parts.push_back({source.split, images});
    }

    const PackOptions& options_;
    const PackProgress& progress_;
    const std::atomic<bool>& stop_;
    int64_t done_ = 0, total_;
    AtomicFile file_;
    uint64_t end_ = pack_header_bytes;  ///< of what is written
    PackDescription description_;
    std::vector<PackEntry> entries_;
    std::string names_;
    UnreadableImages unreadable_;
};

}  // namespace

std::optional<PackSummary> write_pack(const std::filesystem::path& path,
                                      const std::vector<PackSource>& sources, const PackOptions& options,
                                      const PackProgress& progress, const std::atomic<bool>& stop) {
    require_replaceable(path);
    int64_t total = 0;
    for (const PackSource& source : sources) {
        if (source.data->kind() != SampleKind::photograph)
            throw DatasetError(
                "these data are no photographs, and so nothing is gained by packing them: train on them as they are");
        total += static_cast<int64_t>(source.data->size());
    }
    PackWriter writer(path, options, progress, stop, total);
    writer.describe(*sources.front().data);
    for (const PackSource& source : sources)
        if (!writer.append(source)) return {};
    return writer.finish();
}

}  // namespace vkm::train
