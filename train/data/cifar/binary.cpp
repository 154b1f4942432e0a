#include <train/data/cifar/release.h>

#include <sstream>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> read_names(const CifarKind& kind, const fs::path& file) {
    std::istringstream in(read_cifar_file(kind, file));
    std::vector<std::string> names;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty()) names.push_back(line);
    }
    return names;
}

void read_records(const CifarKind& kind, const fs::path& file, CifarPart& part) {
    const size_t labels = kind.binary.label_bytes, record = labels + 3 * cifar_plane;
    const std::string& content = part.contents.emplace_back(read_cifar_file(kind, file));
    if (content.empty() || content.size() % record != 0)
        throw DatasetError("{}: is not a whole number of {}-byte records: unpack the release again",
                           file.string(), record);
    const auto* bytes = reinterpret_cast<const uint8_t*>(content.data());
    for (size_t i = 0; i < content.size() / record; ++i, bytes += record)
        part.add(kind, bytes + labels, bytes[labels - 1], file, i);
}

}  // namespace

CifarPart read_cifar_binary(const CifarKind& kind, const fs::path& folder, Split split) {
    CifarPart part{.class_names = read_names(kind, folder / kind.binary.names_file)};
    part.check_names(kind, folder / kind.binary.names_file);
    for (const char* const file : kind.binary.files(split))
        read_records(kind, folder / file, part);
    return part;
}

}  // namespace vkm::train
