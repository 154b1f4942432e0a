#pragma once

#include <train/data/dataset.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::train {

// A pack file. Numbers are little-endian.
//
//     header    64 bytes, see PackHeader
//     records   image files, or rows of R, G, B bytes, one behind the other
//     index     the description, JSON as PackDescription has it;
//               an entry of 32 bytes an image, see PackEntry; the parts one behind the other, each in its data set's order
//               the names of the images, one behind the other, in the same order
//
// The header is checked by its own checksum, the index by the header's, a record by its entry's: crc32c() of its bytes.

inline constexpr uint32_t pack_version = 1;
/// What helps where a file is damaged.
inline constexpr std::string_view pack_again =
    "copy it again, or pack the images anew with `vkmbv3 pack SPEC FILE`";
inline constexpr size_t pack_header_bytes = 64, pack_entry_bytes = 32;

/// Holds bytes 0 .. 63 of a pack file, but for the mark that it begins with.
struct PackHeader {
    uint32_t version = pack_version;
    uint32_t description_bytes = 0;
    uint64_t file_bytes = 0;
    uint64_t index_offset = 0;
    uint64_t images = 0;
    uint64_t names_bytes = 0;
    uint32_t index_checksum = 0;

    uint64_t index_bytes() const { return description_bytes + images * pack_entry_bytes + names_bytes; }
};

/// Says where an image lies and what it is.
struct PackEntry {
    uint64_t offset = 0;  ///< from the file's begin
    uint32_t bytes = 0;
    uint32_t checksum = 0;
    int32_t label = 0;
    uint32_t height = 0, width = 0;  ///< of raw pixels; 0: it is an image file
    uint32_t name_end = 0;  ///< where its name ends among the names; it begins where the one before ends

    bool is_raw() const { return height > 0; }
};

/// Says what lies in a pack file.
struct PackDescription {
    struct Part {
        Split split;
        uint64_t images;
    };
    int num_classes = 0;
    std::vector<std::string> class_names = {};  ///< none where the data have none
    std::vector<Part> parts = {};               ///< one a split at most
    std::string made = {};                      ///< how, for people: "short side 256, raw"
};

/// Returns whether these are the first bytes of a pack file, whatever follows.
bool begins_as_pack(std::span<const std::byte> file);

std::array<std::byte, pack_header_bytes> encode(const PackHeader&);
std::array<std::byte, pack_entry_bytes> encode(const PackEntry&);
std::string encode(const PackDescription&);

/// Returns the header of a file of `file_bytes`, of which `begin` are the first, at most 64. Throws DatasetError that
/// begins with `name` where the file is none that this program reads, or has another length than it should.
PackHeader decode_pack_header(std::span<const std::byte> begin, uint64_t file_bytes, const std::string& name);

PackEntry decode_pack_entry(std::span<const std::byte, pack_entry_bytes>);

/// Throws DatasetError where the text is no description.
PackDescription decode_pack_description(std::string_view text, const std::string& name);

}  // namespace vkm::train
