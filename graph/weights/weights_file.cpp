#include <base/atomic_file.h>
#include <graph/weights/formats.h>
#include <graph/weights/weights_file.h>

#include <algorithm>

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

}  // namespace

StateDict load_weights(const std::filesystem::path& path) {
    const std::vector<std::byte> bytes = read_file(path);
    const std::string file = path.string();
    for (const WeightFormat& format : weight_formats())
        if (format.recognise(bytes)) return format.read(bytes, file);
    throw WeightsError("{}: neither {}{}; pass a {} file", file, listed_of(&WeightFormat::described, "nor"),
                       bytes.empty() ? " (it is empty)" : "", listed_of(&WeightFormat::extension, "or"));
}

void save_weights(const std::filesystem::path& path, const StateDict& weights) {
    for (const WeightFormat& format : weight_formats())
        if (format.write && path.extension() == format.extension) return format.write(path, weights);
    throw WeightsError("{}: weights are not written under that extension; use {}", path.string(),
                       listed_of(&WeightFormat::extension, "or", true));
}

}  // namespace vkm::graph
