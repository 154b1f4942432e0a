#include <graph/weights/torch/container.h>
#include <graph/weights/torch/writer.h>
#include <graph/weights/torch/zip_archive.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>

namespace vkm::graph {
namespace {

std::string_view text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Says what a zip archive is that torch.save did not write.
struct Kind {
    std::string_view entry;  // an entry's name ends with it
    std::string_view what;
};

constexpr Kind container_kinds[] = {
    {"constants.pkl",
     "a TorchScript archive, which holds code; load it with torch.jit.load and save its state_dict() with "
     "torch.save"},
    {"model.weights.h5",
     "a Keras model, which is not read; convert it to ONNX or TensorFlow Lite, or save its weights from PyTorch"},
    {".npy", "a NumPy archive (.npz); save the arrays as a safetensors file"},
    {"saved_model.pb", "a zipped TensorFlow model, which is not read; save its weights from PyTorch"},
    {".pth", "a zip archive with a .pth file in it; unpack it and pass that file"},
    {".pt", "a zip archive with a .pt file in it; unpack it and pass that file"},
    {".safetensors", "a zip archive with a .safetensors file in it; unpack it and pass that file"},
};

class Archive {
  public:
    Archive(std::span<const std::byte> bytes, std::string_view file)
        : file_(file), archive_(bytes, file), root_(root_folder()) {
        // PyTorch 2 and later write it. Earlier archives are little-endian, unless a
        // big-endian machine wrote them.
        if (archive_.contains(root_ + "byteorder") && text(archive_.read(root_ + "byteorder")) != "little")
            throw WeightsError(
                "{}: its numbers are not little-endian; save it again on a little-endian machine", file_);
    }

    Pickle pickle() const { return parse_pickle(archive_.read(root_ + "data.pkl"), file_); }

    std::map<std::string, std::string> metadata() const {
        std::map<std::string, std::string> all;
        if (!archive_.contains(root_ + torch_metadata_entry)) return all;
        const nlohmann::json json =
            nlohmann::json::parse(text(archive_.read(root_ + torch_metadata_entry)), nullptr, false);
        if (json.is_object())
            for (const auto& [key, value] : json.items())
                if (value.is_string()) all.emplace(key, value.get<std::string>());
        return all;
    }

    std::span<const std::byte> storage(std::string_view key) {
        auto found = storages_.find(key);
        if (found == storages_.end())
            found = storages_.emplace(key, archive_.read(root_ + "data/" + std::string(key))).first;
        return found->second;
    }

  private:
    /// Returns the archive's one folder, with its slash.
    std::string root_folder() const {
        std::string root;
        for (const auto& [name, entry] : archive_.entries())
            if (const size_t slash = name.find('/'); slash != std::string::npos && root.empty() &&
                                                     std::string_view(name).substr(slash) == "/data.pkl")
                root = name.substr(0, slash + 1);
        for (const Kind& kind : container_kinds)
            for (const auto& [name, entry] : archive_.entries())
                if (name.ends_with(kind.entry) && (root.empty() || name == root + std::string(kind.entry)))
                    throw WeightsError("{}: {}", file_, kind.what);
        if (root.empty())
            throw WeightsError(
                "{}: a zip archive without data.pkl, so not written by torch.save; "
                "pass a .pth or .safetensors file",
                file_);
        return root;
    }

    std::string file_;
    ZipArchive archive_;
    std::string root_;
    std::map<std::string, std::span<const std::byte>, std::less<>> storages_;
};

}  // namespace

TorchContainer open_torch_archive(std::span<const std::byte> bytes, std::string_view file) {
    const auto archive = std::make_shared<Archive>(bytes, file);
    return {archive->pickle(), [archive](std::string_view key) { return archive->storage(key); },
            archive->metadata()};
}

}  // namespace vkm::graph
