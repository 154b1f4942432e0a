#include <base/checksum.h>
#include <graph/weights/torch/zip_archive.h>
#include <graph/weights/torch/zip_format.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace vkm::graph {
namespace {

constexpr size_t longest_comment = 0xffff;
constexpr uint16_t encrypted_flag = 1, zip64_field = 1;
constexpr std::string_view again = "copy or download it again";

/// Returns a little-endian field at a byte offset of a record whose size has been checked.
template <typename T>
T field(std::span<const std::byte> record, size_t offset) {
    T value;
    std::memcpy(&value, record.data() + offset, sizeof value);
    return value;
}

struct Directory {
    uint64_t offset = 0, bytes = 0, entries = 0;
};

class DirectoryReader {
  public:
    DirectoryReader(std::span<const std::byte> bytes, std::string_view file) : bytes_(bytes), file_(file) {}

    std::map<std::string, ZipArchive::Entry, std::less<>> entries() const {
        const Directory directory = locate();
        if (directory.offset > bytes_.size() || directory.bytes > bytes_.size() - directory.offset)
            throw WeightsError("{}: the zip directory lies outside the file; it is damaged, {}", file_,
                               again);
        auto rest = bytes_.subspan(directory.offset, directory.bytes);
        std::map<std::string, ZipArchive::Entry, std::less<>> found;
        for (uint64_t i = 0; i < directory.entries; ++i) {
            auto [name, entry] = take(rest);
            if (!found.emplace(name, entry).second)
                throw WeightsError("{}: zip entry {} appears twice; the file is damaged, {}", file_, name,
                                   again);
        }
        return found;
    }

  private:
    /// Returns where the end record begins: before a comment that reaches exactly to the end of the file.
    size_t end_record_offset() const {
        if (bytes_.size() >= zip::end_record_bytes) {
            const size_t last = bytes_.size() - zip::end_record_bytes;
            for (size_t back = 0; back <= std::min(last, longest_comment); ++back) {
                const auto record = bytes_.subspan(last - back);
                if (field<uint32_t>(record, 0) == zip::end_record && field<uint16_t>(record, 20) == back)
                    return last - back;
            }
        }
        throw WeightsError("{}: the zip directory is missing; the file is truncated, {}", file_, again);
    }

    Directory locate() const {
        const size_t end = end_record_offset();
        const auto record = bytes_.subspan(end);
        if (end >= zip::end_locator64_bytes) {
            const auto locator = bytes_.subspan(end - zip::end_locator64_bytes);
            if (field<uint32_t>(locator, 0) == zip::end_locator64)
                return locate64(field<uint64_t>(locator, 8));
        }
        return {field<uint32_t>(record, 16), field<uint32_t>(record, 12), field<uint16_t>(record, 10)};
    }

    Directory locate64(uint64_t offset) const {
        if (offset > bytes_.size() || bytes_.size() - offset < zip::end_record64_bytes ||
            field<uint32_t>(bytes_.subspan(offset), 0) != zip::end_record64)
            throw WeightsError("{}: the zip64 directory is missing; the file is damaged, {}", file_, again);
        const auto record = bytes_.subspan(offset);
        return {field<uint64_t>(record, 48), field<uint64_t>(record, 40), field<uint64_t>(record, 32)};
    }

    /// Takes one central header off the front.
    std::pair<std::string, ZipArchive::Entry> take(std::span<const std::byte>& rest) const {
        if (rest.size() < zip::central_header_bytes || field<uint32_t>(rest, 0) != zip::central_header)
            throw WeightsError("{}: the zip directory is damaged; {}", file_, again);
        const size_t name_bytes = field<uint16_t>(rest, 28), extra_bytes = field<uint16_t>(rest, 30),
                     comment_bytes = field<uint16_t>(rest, 32);
        const size_t all = zip::central_header_bytes + name_bytes + extra_bytes + comment_bytes;
        if (rest.size() < all) throw WeightsError("{}: the zip directory is damaged; {}", file_, again);
        std::string name(reinterpret_cast<const char*>(rest.data()) + zip::central_header_bytes, name_bytes);
        ZipArchive::Entry entry{.offset = field<uint32_t>(rest, 42),
                                .bytes = field<uint32_t>(rest, 24),
                                .crc = field<uint32_t>(rest, 16),
                                .method = field<uint16_t>(rest, 10),
                                .flags = field<uint16_t>(rest, 8)};
        widen(entry, field<uint32_t>(rest, 20),
              rest.subspan(zip::central_header_bytes + name_bytes, extra_bytes), name);
        rest = rest.subspan(all);
        return {std::move(name), entry};
    }

    /// Replaces fields that are all ones by those of the zip64 extra field. It holds only these, in this
    /// order: uncompressed size, compressed size, offset.
    void widen(ZipArchive::Entry& entry, uint32_t compressed, std::span<const std::byte> extra,
               std::string_view name) const {
        constexpr uint32_t elsewhere = ~0u;
        if (entry.bytes != elsewhere && compressed != elsewhere && entry.offset != elsewhere) return;
        while (extra.size() >= 4) {
            const uint16_t id = field<uint16_t>(extra, 0);
            const size_t size = field<uint16_t>(extra, 2);
            extra = extra.subspan(4);
            if (size > extra.size()) break;
            if (id != zip64_field) {
                extra = extra.subspan(size);
                continue;
            }
            auto values = extra.first(size);
            const auto next = [&]() -> uint64_t {
                if (values.size() < 8)
                    throw WeightsError("{}: zip entry {} has a damaged size; {}", file_, name, again);
                const uint64_t value = field<uint64_t>(values, 0);
                values = values.subspan(8);
                return value;
            };
            if (entry.bytes == elsewhere) entry.bytes = next();
            if (compressed == elsewhere) next();
            if (entry.offset == elsewhere) entry.offset = next();
            return;
        }
        throw WeightsError("{}: zip entry {} lacks its zip64 sizes; the file is damaged, {}", file_, name,
                           again);
    }

    std::span<const std::byte> bytes_;
    std::string_view file_;
};

}  // namespace

bool looks_like_zip(std::span<const std::byte> bytes) {
    return bytes.size() >= 4 && field<uint32_t>(bytes, 0) == zip::local_header;
}

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::string_view file)
    : bytes_(bytes), file_(file), entries_(DirectoryReader(bytes, file).entries()) {}

std::span<const std::byte> ZipArchive::read(std::string_view name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end())
        throw WeightsError("{}: zip entry {} is missing; save the file again", file_, name);
    const Entry& entry = found->second;
    if (entry.flags & encrypted_flag)
        throw WeightsError("{}: zip entry {} is encrypted; decrypt the file first", file_, name);
    if (entry.method != 0)
        throw WeightsError(
            "{}: zip entry {} is compressed (method {}), which torch.save never does; "
            "save the file again with it",
            file_, name, entry.method);
    const auto outside = [&] {
        return WeightsError("{}: zip entry {} lies outside the file; it is truncated, {}", file_, name,
                            again);
    };
    if (entry.offset > bytes_.size() || bytes_.size() - entry.offset < zip::local_header_bytes)
        throw outside();
    const auto header = bytes_.subspan(entry.offset);
    const size_t name_bytes = field<uint16_t>(header, 26),
                 skip = zip::local_header_bytes + name_bytes + field<uint16_t>(header, 28);
    if (field<uint32_t>(header, 0) != zip::local_header || header.size() < skip ||
        std::string_view(reinterpret_cast<const char*>(header.data()) + zip::local_header_bytes,
                         name_bytes) != name)
        throw WeightsError("{}: zip entry {} is not where the directory says; the file is damaged, {}", file_,
                           name, again);
    if (header.size() - skip < entry.bytes) throw outside();
    const auto data = header.subspan(skip, entry.bytes);
    if (crc32(data) != entry.crc)
        throw WeightsError("{}: zip entry {} fails its checksum; the file is damaged, {}", file_, name,
                           again);
    return data;
}

}  // namespace vkm::graph
