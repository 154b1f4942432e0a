// Pack files of any bytes: read as they are, and with lengths and checksums made right, so that what they protect is
// reached, too.

#include <base/checksum.h>
#include <fuzz/fuzz_target.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>
#include <train/data/pack/pack_file.h>

#include <cstdlib>
#include <cstring>

namespace {

using namespace vkm;
using namespace vkm::train;

/// Makes the lengths and checksums of a pack file right.
std::string repaired(std::string file) {
    if (file.size() < pack_header_bytes || !begins_as_pack(test::bytes(file))) return file;
    const auto number = [&](size_t place) {
        uint64_t value = 0;
        std::memcpy(&value, &file[place], sizeof value);
        return value;
    };
    uint32_t description_bytes = 0;
    std::memcpy(&description_bytes, &file[12], sizeof description_bytes);
    PackHeader header{.description_bytes = description_bytes,
                      .file_bytes = file.size(),
                      .images = number(32),
                      .names_bytes = number(40)};
    header.index_offset = file.size() - std::min<uint64_t>(file.size(), header.index_bytes());
    header.index_checksum = crc32c(test::bytes(file).subspan(header.index_offset));
    const auto bytes = encode(header);
    std::memcpy(file.data(), bytes.data(), bytes.size());
    return file;
}

/// Returns whether a file is a pack file, all images of which can be read or are said to be damaged.
bool read(const std::string& file) {
    static const test::TemporaryFolder folder;
    const auto path = folder / "a.pack";
    std::filesystem::remove(path);  // file systems write at once what is written over
    test::write_content(path, file);
    try {
        for (const Split split : {Split::train, Split::val}) {
            const auto data = open_pack(path.string(), split, {});
            const std::vector<uint32_t> order = data->reading_order();
            if (order.size() != data->size()) std::abort();
            data->will_need(order);
            for (const uint32_t i : order) {
                if (data->label(i) < 0 || data->label(i) >= data->num_classes()) std::abort();
                data->name(i);
                try {
                    const auto image = std::get<image::Image>(data->sample(i));
                    if (image.rgb.size() != size_t{3} * image.height * image.width) std::abort();
                } catch (const image::ImageError&) {  // a damaged record
                }
            }
        }
    } catch (const Error&) {
        return false;
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string file(reinterpret_cast<const char*>(data), size);
    const bool is_whole = read(file);
    read(repaired(file));
    return is_whole ? 0 : -1;
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    const std::string pixels = "RGBrgbRGBrgbRGBrgb", ppm = "P6 2 1 255\n\1\2\3\4\5\6";
    const auto entry = [](uint64_t offset, const std::string& record, uint32_t height, uint32_t name_end) {
        const auto bytes = encode(PackEntry{.offset = offset,
                                            .bytes = static_cast<uint32_t>(record.size()),
                                            .checksum = crc32c(test::bytes(record)),
                                            .label = height > 0,
                                            .height = height,
                                            .width = height > 0 ? 3u : 0u,
                                            .name_end = name_end});
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const auto file = [&](const PackDescription& description) {
        const std::string text = encode(description), names = "cat/1.ppmdog/2";
        const std::string records = ppm + pixels;
        PackHeader header{.description_bytes = static_cast<uint32_t>(text.size()),
                          .index_offset = pack_header_bytes + records.size(),
                          .images = 2,
                          .names_bytes = names.size()};
        header.file_bytes = header.index_offset + header.index_bytes();
        const std::string index = text + entry(pack_header_bytes, ppm, 0, 9) +
                                  entry(pack_header_bytes + ppm.size(), pixels, 2, 14) + names;
        header.index_checksum = crc32c(test::bytes(index));
        const auto begin = encode(header);
        return std::string(reinterpret_cast<const char*>(begin.data()), begin.size()) + records + index;
    };
    return {file({.num_classes = 2,
                  .class_names = {"cat", "dog"},
                  .parts = {{Split::train, 1}, {Split::val, 1}},
                  .made = "raw pixels"}),
            file({.num_classes = 5, .parts = {{Split::train, 2}}})};
}
