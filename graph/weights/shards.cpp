#include <graph/weights/shards.h>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace vkm::graph {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view index_suffix = ".index.json", map_key = "weight_map";
constexpr size_t most_shards = 1000, largest_index = size_t{1} << 26;

/// Returns which file holds each tensor. A file's name is only that: an index reads nothing elsewhere.
std::map<std::string, std::set<std::string>> tensors_by_file(std::span<const std::byte> bytes,
                                                             const std::string& file) {
    const auto faulty = [&](std::string_view what) {
        return WeightsError("{}: an index of weights in several files, but {}; download it again", file,
                            what);
    };
    const char* begin = reinterpret_cast<const char*>(bytes.data());
    const nlohmann::json index = nlohmann::json::parse(begin, begin + bytes.size(), nullptr, false);
    const auto found = index.is_object() ? index.find(map_key) : index.end();
    if (found == index.end() || !found->is_object()) throw faulty("no valid JSON, or without its map");
    std::map<std::string, std::set<std::string>> tensors;
    for (const auto& [tensor, shard] : found->items()) {
        const auto* name = shard.get_ptr<const std::string*>();
        if (!name || name->empty() || *name == "." || *name == ".." ||
            name->find_first_of(std::string_view("/\\\0", 3)) != name->npos)
            throw faulty("it names no file beside it for " + tensor);
        tensors[*name].insert(tensor);
    }
    if (tensors.empty()) throw faulty("it names none");
    if (tensors.size() > most_shards) throw faulty("it names far too many");
    return tensors;
}

struct Shard {
    WeightsContent content;
    size_t group = 0;
    std::vector<size_t> tensors;  // of the group, those that the index has there
};

Shard open_shard(WeightsContent content, const std::set<std::string>& wanted, const std::string& path) {
    Shard shard{.content = std::move(content), .tensors = {}};
    for (size_t group = 0; group < shard.content.groups.size(); ++group) {
        shard.group = group;
        shard.tensors.clear();
        const auto& tensors = shard.content.groups[group].tensors;
        for (size_t i = 0; i < tensors.size(); ++i)
            if (wanted.contains(tensors[i].name)) shard.tensors.push_back(i);
        if (shard.tensors.size() == wanted.size()) return shard;
    }
    throw WeightsError("{}: lacks tensors that the index has there, as {}; download it again", path,
                       *wanted.begin());
}

bool has_weights_extension(const fs::path& path) {
    for (const char* extension : {".safetensors", ".pth", ".pt", ".ckpt", ".bin", ".tar", ".onnx", ".tflite"})
        if (path.extension() == extension) return true;
    return false;
}

}  // namespace

bool looks_like_index(std::span<const std::byte> bytes) {
    if (bytes.size() > largest_index) return false;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const size_t first = text.find_first_not_of(" \t\r\n");
    return first != text.npos && text[first] == '{' && text.substr(0, 8).find('\0') == text.npos &&
           text.find(fmt::format("\"{}\"", map_key)) != text.npos;
}

WeightsContent open_shards(std::span<const std::byte> index, const fs::path& path,
                           const std::function<WeightsContent(const fs::path&)>& open) {
    auto shards = std::make_shared<std::vector<Shard>>();
    WeightsContent content{{TensorGroup{}}, {}};
    for (const auto& [name, wanted] : tensors_by_file(index, path.string())) {
        const fs::path beside = path.parent_path() / name;
        if (!fs::exists(beside))
            throw WeightsError("{}: the part {} is not beside it; download every file that the index names",
                               path.string(), name);
        shards->push_back(open_shard(open(beside), wanted, beside.string()));
        const Shard& shard = shards->back();
        for (const size_t i : shard.tensors)
            content.groups[0].tensors.push_back(shard.content.groups[shard.group].tensors[i]);
    }
    content.read = [shards](size_t) {
        StateDict all;
        for (const Shard& shard : *shards) {
            StateDict part = shard.content.read(shard.group);
            for (const size_t i : shard.tensors)
                all.tensors.push_back(std::move(part.tensors.at(i)));
            all.metadata.merge(part.metadata);
        }
        return all;
    };
    return content;
}

std::optional<fs::path> index_beside(const fs::path& path) {
    const std::string name = path.filename().string();
    const size_t of = name.find("-of-"), number = of == name.npos ? of : name.rfind('-', of - 1);
    if (number == name.npos || number == 0) return {};
    const fs::path index =
        path.parent_path() / (name.substr(0, number) + path.extension().string() + std::string(index_suffix));
    std::error_code none;
    return fs::exists(index, none) ? std::optional(index) : std::nullopt;
}

fs::path weights_in_folder(const fs::path& folder) {
    std::vector<fs::path> indices, usual, files;
    bool unpacked = false;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name == "data.pkl") unpacked = true;
        if (name.ends_with(index_suffix)) indices.push_back(entry.path());
        if (name == "model.safetensors") usual.insert(usual.begin(), entry.path());
        if (name == "pytorch_model.bin" || name == "model.json") usual.push_back(entry.path());
        if (has_weights_extension(entry.path()) && entry.is_regular_file()) files.push_back(entry.path());
    }
    if (unpacked)
        throw WeightsError(
            "{}: a .pth file that was unpacked; download it again without unpacking, or pack it: "
            "zip -0 -r model.pth {}",
            folder.string(), folder.filename().string());
    std::ranges::sort(indices, std::greater{}, [](const fs::path& p) {
        return p.filename().string().find("safetensors") != std::string::npos;
    });
    if (!usual.empty()) return usual.front();
    if (!indices.empty()) return indices.front();
    if (files.size() == 1) return files.front();
    std::vector<std::string> names;
    for (const fs::path& file : files)
        names.push_back(file.filename().string());
    std::ranges::sort(names);
    throw WeightsError("{}: a folder {}; pass the weights file", folder.string(),
                       names.empty() ? "without weights" : fmt::format("with {}", fmt::join(names, ", ")));
}

std::vector<fs::path> all_weights_in_folder(const fs::path& folder) {
    std::vector<fs::path> files;
    bool one_model = false;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        one_model |= name == "data.pkl" || name == "model.json" || name.ends_with(index_suffix);
        std::error_code none;
        if (name.front() != '.' && has_weights_extension(entry.path()) && entry.is_regular_file(none))
            files.push_back(entry.path());
    }
    // Tools that publish one model leave it in several formats, under these names.
    const auto is_usual = [](const fs::path& file) {
        return file.filename() == "model.safetensors" || file.filename() == "pytorch_model.bin";
    };
    if (one_model || files.empty() || std::ranges::all_of(files, is_usual))
        return {weights_in_folder(folder)};
    std::ranges::sort(files);
    return files;
}

}  // namespace vkm::graph
