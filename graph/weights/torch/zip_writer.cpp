#include <base/align.h>
#include <base/checksum.h>
#include <graph/weights/error.h>
#include <graph/weights/torch/zip_format.h>
#include <graph/weights/torch/zip_writer.h>

#include <limits>

namespace vkm::graph {
namespace {

constexpr uint64_t alignment = 64;
constexpr uint64_t largest_archive = std::numeric_limits<uint32_t>::max();
constexpr size_t extra_header_bytes = 4;

/// Appends integers, little-endian as the format has them.
class Record {
  public:
    Record& u16(uint64_t value) { return append(value, 2); }
    Record& u32(uint64_t value) { return append(value, 4); }
    Record& text(std::string_view value) {
        bytes_.append(value);
        return *this;
    }
    const std::string& bytes() const { return bytes_; }

  private:
    Record& append(uint64_t value, int count) {
        for (int i = 0; i < count; ++i)
            bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
        return *this;
    }

    std::string bytes_;
};

constexpr uint32_t dos_date = 1 << 5 | 1;  // 1980-01-01: files of equal content are equal

/// Appends what the local header and the directory say alike of an entry.
Record& describe(Record& record, const std::string& name, uint32_t crc, uint32_t bytes) {
    constexpr uint32_t utf8_names = 1 << 11, stored = 0;
    record.u16(20).u16(utf8_names).u16(stored).u16(0).u16(dos_date);
    return record.u32(crc).u32(bytes).u32(bytes).u16(name.size());
}

}  // namespace

ZipWriter::ZipWriter(const std::filesystem::path& path) : path_(path), file_(path) {}

void ZipWriter::write(std::string_view bytes) {
    file_.write(bytes);
    offset_ += bytes.size();
}

void ZipWriter::add(std::string name, std::span<const std::byte> content) {
    if (content.size() > largest_archive || offset_ + content.size() > largest_archive - alignment)
        throw WeightsError("{}: more than 4 GiB; write a .safetensors file", path_.string());
    Entry entry{std::move(name), crc32(content), static_cast<uint32_t>(content.size()),
                static_cast<uint32_t>(offset_)};
    const uint64_t data = offset_ + zip::local_header_bytes + entry.name.size() + extra_header_bytes;
    const std::string padding(align_up(data, alignment) - data, 'Z');
    Record header;
    header.u32(zip::local_header);
    describe(header, entry.name, entry.crc, entry.bytes).u16(extra_header_bytes + padding.size());
    header.text(entry.name).text("FB").u16(padding.size()).text(padding);
    write(header.bytes());
    file_.write(content);
    offset_ += content.size();
    entries_.push_back(std::move(entry));
}

void ZipWriter::commit() {
    const uint64_t begin = offset_;
    for (const Entry& entry : entries_) {
        Record record;
        record.u32(zip::central_header).u16(20);
        describe(record, entry.name, entry.crc, entry.bytes).u16(0).u16(0);
        record.u16(0).u16(0).u32(0).u32(entry.offset).text(entry.name);
        write(record.bytes());
    }
    const uint64_t bytes = offset_ - begin, count = entries_.size();
    if (count >= std::numeric_limits<uint16_t>::max() || offset_ > largest_archive)
        throw WeightsError("{}: more than a zip archive holds; write a .safetensors file", path_.string());
    Record end;
    end.u32(zip::end_record).u16(0).u16(0).u16(count).u16(count).u32(bytes).u32(begin).u16(0);
    write(end.bytes());
    file_.commit();
}

}  // namespace vkm::graph
