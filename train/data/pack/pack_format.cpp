#include <base/checksum.h>
#include <train/data/pack/pack_format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace vkm::train {
namespace {

static_assert(std::endian::native == std::endian::little, "pack files are little-endian");

constexpr std::string_view mark = "vkmpack\n";

// Writes numbers one behind the other, or reads them.
class Writer {
  public:
    explicit Writer(std::span<std::byte> to) : left_(to) {}
    template <typename T>
    Writer& put(T value) {
        std::memcpy(left_.data(), &value, sizeof value);
        left_ = left_.subspan(sizeof value);
        return *this;
    }

  private:
    std::span<std::byte> left_;
};

class Reader {
  public:
    explicit Reader(std::span<const std::byte> from) : left_(from) {}
    template <typename T>
    void get(T& value) {
        std::memcpy(&value, left_.data(), sizeof value);
        left_ = left_.subspan(sizeof value);
    }

  private:
    std::span<const std::byte> left_;
};

constexpr std::array split_names{"train", "val"};  // by Split

uint32_t checksum_of(std::span<const std::byte> header) {
    return crc32c(header.first(pack_header_bytes - sizeof(uint32_t)));
}

[[noreturn]] void refuse_description(const std::string& name) {
    throw DatasetError("{}: its description of the data makes no sense: {}", name, pack_again);
}

}  // namespace

bool begins_as_pack(std::span<const std::byte> file) {
    return file.size() >= mark.size() &&
           std::ranges::equal(file.first(mark.size()), std::as_bytes(std::span(mark)));
}

std::array<std::byte, pack_header_bytes> encode(const PackHeader& h) {
    std::array<std::byte, pack_header_bytes> bytes{};
    std::memcpy(bytes.data(), mark.data(), mark.size());
    Writer(std::span(bytes).subspan(mark.size()))
        .put(h.version)
        .put(h.description_bytes)
        .put(h.file_bytes)
        .put(h.index_offset)
        .put(h.images)
        .put(h.names_bytes)
        .put(h.index_checksum);
    Writer(std::span(bytes).last(sizeof(uint32_t))).put(checksum_of(bytes));
    return bytes;
}

std::array<std::byte, pack_entry_bytes> encode(const PackEntry& e) {
    std::array<std::byte, pack_entry_bytes> bytes{};
    Writer(bytes)
        .put(e.offset)
        .put(e.bytes)
        .put(e.checksum)
        .put(e.label)
        .put(e.height)
        .put(e.width)
        .put(e.name_end);
    return bytes;
}

std::string encode(const PackDescription& d) {
    nlohmann::json parts = nlohmann::json::array();
    for (const PackDescription::Part& part : d.parts)
        parts.push_back({{"split", split_names[static_cast<size_t>(part.split)]}, {"images", part.images}});
    return nlohmann::json{
        {"num_classes", d.num_classes}, {"classes", d.class_names}, {"parts", parts}, {"made", d.made}}
        .dump();
}

PackHeader decode_pack_header(std::span<const std::byte> begin, uint64_t file_bytes,
                              const std::string& name) {
    if (!begins_as_pack(begin))
        throw DatasetError("{}: is no pack file: write one with `vkmbv3 pack SPEC FILE`", name);
    if (begin.size() < pack_header_bytes)
        throw DatasetError("{}: is cut off within its header, after {} bytes: {}", name, file_bytes,
                           pack_again);
    uint32_t checksum = 0;
    Reader(begin.subspan(pack_header_bytes - sizeof checksum)).get(checksum);
    PackHeader h;
    Reader reader(begin.subspan(mark.size()));
    reader.get(h.version);
    reader.get(h.description_bytes);
    reader.get(h.file_bytes);
    reader.get(h.index_offset);
    reader.get(h.images);
    reader.get(h.names_bytes);
    reader.get(h.index_checksum);
    if (checksum != checksum_of(begin)) throw DatasetError("{}: its header is damaged: {}", name, pack_again);
    if (h.version != pack_version)
        throw DatasetError(
            "{}: is a pack file of version {} and this program reads version {}: pack the images anew with "
            "`vkmbv3 pack SPEC FILE`, or use the program that wrote it",
            name, h.version, pack_version);
    if (file_bytes < h.file_bytes)
        throw DatasetError("{}: is cut off after {} of {} bytes: {}", name, file_bytes, h.file_bytes,
                           pack_again);
    if (file_bytes > h.file_bytes)
        throw DatasetError("{}: has {} bytes and should have {}: {}", name, file_bytes, h.file_bytes,
                           pack_again);
    const bool possible = h.images <= std::numeric_limits<uint32_t>::max() && h.index_offset <= file_bytes &&
                          h.index_offset >= pack_header_bytes && h.names_bytes <= file_bytes &&
                          h.index_bytes() == file_bytes - h.index_offset;
    if (!possible) throw DatasetError("{}: its header makes no sense: {}", name, pack_again);
    return h;
}

PackEntry decode_pack_entry(std::span<const std::byte, pack_entry_bytes> bytes) {
    PackEntry e;
    Reader reader(bytes);
    reader.get(e.offset);
    reader.get(e.bytes);
    reader.get(e.checksum);
    reader.get(e.label);
    reader.get(e.height);
    reader.get(e.width);
    reader.get(e.name_end);
    return e;
}

PackDescription decode_pack_description(std::string_view text, const std::string& name) {
    PackDescription d;
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        d.num_classes = json.at("num_classes").get<int>();
        d.class_names = json.at("classes").get<std::vector<std::string>>();
        d.made = json.at("made").get<std::string>();
        for (const nlohmann::json& part : json.at("parts")) {
            const auto split = std::ranges::find(split_names, part.at("split").get<std::string>());
            if (split == split_names.end()) refuse_description(name);
            d.parts.push_back(
                {static_cast<Split>(split - split_names.begin()), part.at("images").get<uint64_t>()});
        }
    } catch (const nlohmann::json::exception&) {
        refuse_description(name);
    }
    const bool twice = d.parts.size() > 2 || (d.parts.size() == 2 && d.parts[0].split == d.parts[1].split);
    const bool named =
        d.class_names.empty() || d.class_names.size() == static_cast<size_t>(std::max(0, d.num_classes));
    if (d.num_classes < 1 || !named || d.parts.empty() || twice) refuse_description(name);
    return d;
}

}  // namespace vkm::train
