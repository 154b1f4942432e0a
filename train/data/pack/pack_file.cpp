#include <base/checksum.h>
#include <train/data/pack/pack_file.h>

#include <algorithm>

namespace vkm::train {
namespace {

PackHeader header_of(std::span<const std::byte> file, const std::string& name) {
    std::array<std::byte, pack_header_bytes> begin{};
    const size_t count = std::min(file.size(), begin.size());
    if (!readable_while([&] { std::copy_n(file.begin(), count, begin.begin()); }))
        throw DatasetError("{}: its header cannot be read: check the disk", name);
    return decode_pack_header(std::span(begin).first(count), file.size(), name);
}

}  // namespace

PackFile::PackFile(const std::filesystem::path& path)
    : name_(path.string()), file_(path), header_(header_of(file_.bytes(), name_)) {
    const auto index = file_.bytes().subspan(header_.index_offset);
    uint32_t checksum = 0;
    if (!readable_while([&] { checksum = crc32c(index); }))
        throw DatasetError("{}: its index cannot be read: check the disk", name_);
    if (checksum != header_.index_checksum)
        throw DatasetError("{}: its index is damaged: {}", name_, pack_again);
    const auto text = index.first(header_.description_bytes);
    description_ = decode_pack_description({reinterpret_cast<const char*>(text.data()), text.size()}, name_);
    entries_ = index.subspan(text.size(), header_.images * pack_entry_bytes);
    names_ = index.subspan(text.size() + entries_.size());
    check_index();
}

// Throws where an entry points out of the file, so that nobody else needs to look.
void PackFile::check_index() const {
    const auto refuse = [&](const std::string& what) {
        throw DatasetError("{}: {} in its index: {}", name_, what, pack_again);
    };
    uint64_t images = 0, name_end = 0;
    for (const PackDescription::Part& part : description_.parts) {
        if (part.images > header_.images - images) refuse("there are more images than entries");
        images += part.images;
    }
    if (images != header_.images) refuse("there are fewer images than entries");
    for (uint64_t i = 0; i < images; ++i) {
        const PackEntry e = entry(i);
        const bool lies_within = e.offset >= pack_header_bytes && e.offset <= header_.index_offset &&
                                 e.bytes <= header_.index_offset - e.offset;
        const bool is_named = e.name_end >= name_end && e.name_end <= names_.size();
        const uint64_t pixels = uint64_t{e.height} * e.width;
        const bool has_pixels = !e.is_raw() || (pixels <= uint64_t{image::max_image_pixels} &&
                                                e.bytes == 3 * pixels && pixels > 0);
        if (!lies_within || !is_named || !has_pixels || e.label < 0 || e.label >= description_.num_classes)
            refuse(fmt::format("image {} is wrong", i));
        name_end = e.name_end;
    }
}

PackEntry PackFile::entry(size_t image) const {
    return decode_pack_entry(entries_.subspan(image * pack_entry_bytes).first<pack_entry_bytes>());
}

std::string_view PackFile::image_name(size_t image) const {
    const size_t begin = image == 0 ? 0 : entry(image - 1).name_end;
    const auto bytes = names_.subspan(begin, entry(image).name_end - begin);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const uint8_t> PackFile::record(const PackEntry& e) const {
    const auto bytes = file_.bytes().subspan(e.offset, e.bytes);
    uint32_t checksum = 0;
    if (!readable_while([&] { checksum = crc32c(bytes); }))
        throw image::ImageError("its record cannot be read: check the disk");
    if (checksum != e.checksum) throw image::ImageError("its record is damaged: {}", pack_again);
    return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

void PackFile::will_need(const PackEntry& e) const {
    file_.will_need(e.offset, e.bytes);
}

void PackFile::done_with(const PackEntry& e) const {
    file_.done_with(e.offset, e.bytes);
}

}  // namespace vkm::train
