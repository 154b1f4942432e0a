#include <base/atomic_file.h>
#include <graph/weights/choose.h>
#include <graph/weights/foreign_file.h>
#include <graph/weights/shards.h>
#include <graph/weights/weights_file.h>

#include <algorithm>
#include <memory>

namespace vkm::graph {
namespace {

// Returns one word of each format, as a list.
std::string listed_of(std::string_view WeightFormat::*word, std::string_view conjunction,
                      bool written_only = false) {
    std::vector<std::string_view> words;
    for (const WeightFormat& format : weight_formats())
        if (!written_only || format.write) words.push_back(format.*word);
    return listed(words, conjunction);
}

// Returns whether a file is called like those of a format, in upper or lower case.
bool has_extension(const std::filesystem::path& path, const WeightFormat& format) {
    std::string extension = path.extension().string();
    for (char& c : extension)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return !extension.empty() && (extension == format.extension || extension == format.also);
}

WeightsContent open_bytes(const std::shared_ptr<const std::vector<std::byte>>& bytes,
                          const std::filesystem::path& path) {
    const std::string file = path.string();
    for (const WeightFormat& format : weight_formats())
        if (format.recognise(*bytes)) {
            WeightsContent content = format.open(*bytes, file);
            content.read = [bytes, read = std::move(content.read)](size_t group) { return read(group); };
            return content;
        }
    if (const auto what = describe_foreign(*bytes, path)) throw WeightsError("{}: it is {}", file, *what);
    throw WeightsError("{}: neither {}; pass a {} file", file, listed_of(&WeightFormat::described, "nor"),
                       listed_of(&WeightFormat::extension, "or"));
}

WeightsContent open_single(const std::filesystem::path& path) {
    return open_bytes(std::make_shared<const std::vector<std::byte>>(read_file(path)), path);
}

}  // namespace

WeightsContent open_weights(const std::filesystem::path& path) {
    std::error_code none;
    if (std::filesystem::is_directory(path, none)) return open_weights(weights_in_folder(path));
    const auto bytes = std::make_shared<const std::vector<std::byte>>(read_file(path));
    if (looks_like_index(*bytes)) return open_shards(*bytes, path, open_single);
    return open_bytes(bytes, path);
}

StateDict load_weights(const std::filesystem::path& path) {
    const WeightsContent content = open_weights(path);
    return read_weights(content, choose_weights(content, path.string()));
}

const WeightFormat* written_format(const std::filesystem::path& path) {
    for (const WeightFormat& format : weight_formats())
        if (format.write && has_extension(path, format)) return &format;
    return nullptr;
}

void save_weights(const std::filesystem::path& path, const StateDict& weights) {
    if (const WeightFormat* format = written_format(path)) return format->write(path, weights);
    throw WeightsError("{}: weights are not written under that extension; use {}", path.string(),
                       listed_of(&WeightFormat::extension, "or", true));
}

}  // namespace vkm::graph
