#pragma once

#include <base/checksum.h>
#include <support/bytes.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Assembles by hand what torch.save writes, so that tests of the reader need no PyTorch and can build what
/// it never would write.
namespace vkm::test {

struct ZipEntry {
    std::string name, content;
    uint16_t method = 0, flags = 0;
    bool zip64 = false;  ///< sizes and offset in the extra field
};

inline std::string zip_archive(const std::vector<ZipEntry>& entries, bool zip64_directory = false,
                               std::string_view comment = "") {
    std::string archive, directory;
    for (const ZipEntry& entry : entries) {
        const uint32_t crc = crc32(bytes(entry.content));
        const auto size = static_cast<uint32_t>(entry.content.size()),
                   offset = static_cast<uint32_t>(archive.size());
        const auto name_size = static_cast<uint16_t>(entry.name.size());
        archive += "PK\x03\x04" + raw<uint16_t>(20) + raw(entry.flags, entry.method) + raw<uint32_t>(0) +
                   raw(crc, size, size) + raw(name_size) + raw<uint16_t>(0) + entry.name + entry.content;
        const std::string extra = entry.zip64 ? raw<uint16_t, uint16_t>(0x4242, 2) + "xx" +
                                                    raw<uint16_t, uint16_t>(1, 24) +
                                                    raw<uint64_t, uint64_t, uint64_t>(size, size, offset)
                                              : "";
        const uint32_t written_size = entry.zip64 ? ~0u : size, written_offset = entry.zip64 ? ~0u : offset;
        directory += "PK\x01\x02" + raw<uint16_t, uint16_t>(20, 20) + raw(entry.flags, entry.method) +
                     raw<uint32_t>(0) + raw(crc, written_size, written_size) + raw(name_size) +
                     raw(static_cast<uint16_t>(extra.size())) + raw<uint16_t, uint16_t, uint16_t>(0, 0, 0) +
                     raw<uint32_t>(0) + raw(written_offset) + entry.name + extra;
    }
    const uint64_t start = archive.size(), count = entries.size();
    archive += directory;
    if (zip64_directory) {
        const uint64_t record = archive.size();
        archive += "PK\x06\x06" + raw<uint64_t>(44) + raw<uint16_t, uint16_t>(45, 45) +
                   raw<uint32_t, uint32_t>(0, 0) + raw(count, count) + raw<uint64_t>(directory.size()) +
                   raw(start);
        archive += "PK\x06\x07" + raw<uint32_t>(0) + raw(record) + raw<uint32_t>(1);
    }
    const auto few = zip64_directory ? uint16_t{0xffff} : static_cast<uint16_t>(count);
    archive += "PK\x05\x06" + raw<uint16_t, uint16_t>(0, 0) + raw(few, few) +
               raw(zip64_directory ? ~0u : static_cast<uint32_t>(directory.size()),
                   zip64_directory ? ~0u : static_cast<uint32_t>(start)) +
               raw(static_cast<uint16_t>(comment.size())) + std::string(comment);
    return archive;
}

namespace pickle {

using namespace std::string_literals;

inline std::string text(std::string_view content) {
    return "X" + raw(static_cast<uint32_t>(content.size())) + std::string(content);
}
inline std::string integer(int64_t value) {
    return "\x8a\x08" + raw(value);
}
inline std::string global(std::string_view module, std::string_view name) {
    return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}
inline std::string tuple(const std::vector<std::string>& elements) {
    std::string written = "(";
    for (const std::string& element : elements)
        written += element;
    return written + "t";
}
inline std::string integers(const std::vector<int64_t>& values) {
    std::vector<std::string> elements;
    for (const int64_t value : values)
        elements.push_back(integer(value));
    return tuple(elements);
}
inline std::string call(const std::string& callable, const std::string& arguments) {
    return callable + arguments + "R";
}

using Items = std::vector<std::pair<std::string, std::string>>;
inline std::string items(const Items& all) {
    std::string written = "(";
    for (const auto& [key, value] : all)
        written += text(key) + value;
    return written + "u";
}
inline std::string dict(const Items& all) {
    return "}" + items(all);
}
inline std::string ordered_dict(const Items& all) {
    return call(global("collections", "OrderedDict"), ")") + items(all);
}

inline std::string storage(std::string_view type, std::string_view key, int64_t elements) {
    return tuple({text("storage"), global("torch", type), text(key), text("cpu"), integer(elements)}) + "Q";
}
/// Describes a storage as PyTorch before 1.6 does: on a GPU, and with the view of it that is meant, or None.
inline std::string stream_storage(std::string_view type, std::string_view key, int64_t elements,
                                  const std::string& view = "N") {
    return tuple(
               {text("storage"), global("torch", type), text(key), text("cuda:0"), integer(elements), view}) +
           "Q";
}
inline std::string tensor(const std::string& storage, int64_t offset, const std::vector<int64_t>& shape,
                          const std::vector<int64_t>& stride) {
    return call(
        global("torch._utils", "_rebuild_tensor_v2"),
        tuple({storage, integer(offset), integers(shape), integers(stride), "\x89", ordered_dict({})}));
}

inline std::string document(const std::string& root) {
    return "\x80\x02" + root + ".";
}

}  // namespace pickle

/// Returns what PyTorch before 1.6 writes: pickles, and behind them each storage's element count and bytes.
struct StreamStorage {
    std::string key;
    int64_t elements = 0;
    std::string content;
};
inline std::string torch_stream(const std::string& object, const std::vector<StreamStorage>& storages,
                                bool little_endian = true) {
    std::string keys, content;
    for (const StreamStorage& storage : storages) {
        keys += pickle::text(storage.key);
        content += raw(storage.elements) + storage.content;
    }
    return "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + pickle::document("M\xe9\x03") +
           pickle::document(pickle::dict({{"little_endian", little_endian ? "\x88" : "\x89"}})) +
           pickle::document(object) + pickle::document("](" + keys + "e") + content;
}

/// Returns an archive with this data.pkl and storages "data/0", "data/1", ….
inline std::string torch_file(const std::string& data_pkl, const std::vector<std::string>& storages) {
    std::vector<ZipEntry> entries{{.name = "archive/data.pkl", .content = data_pkl}};
    for (size_t i = 0; i < storages.size(); ++i)
        entries.push_back({.name = "archive/data/" + std::to_string(i), .content = storages[i]});
    entries.push_back({.name = "archive/version", .content = "3\n"});
    return zip_archive(entries);
}

}  // namespace vkm::test
