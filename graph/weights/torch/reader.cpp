#include <graph/weights/torch/container.h>
#include <graph/weights/torch/reader.h>
#include <graph/weights/torch/search.h>
#include <graph/weights/torch/zip_archive.h>

#include <fmt/ranges.h>

#include <memory>

namespace vkm::graph {
namespace {

class TorchReader {
  public:
    TorchReader(std::span<const std::byte> bytes, std::string_view file)
        : file_(file),
          file_bytes_(bytes.size()),
          container_(open_container(bytes, file)),
          groups_(find_tensors(container_.pickle, file_)) {
        if (groups_.empty()) throw no_tensors();
    }

    std::vector<TensorGroup> described() const {
        std::vector<TensorGroup> all;
        for (const TorchGroup& group : groups_) {
            TensorGroup& out = all.emplace_back(TensorGroup{group.path, {}});
            for (const auto& [name, tensor] : group.tensors)
                out.tensors.push_back({name, tensor.dtype, tensor.shape, {}});
        }
        return all;
    }

    StateDict read(size_t index) const {
        const TorchGroup& group = groups_.at(index);
        // Views with stride 0 cost nothing in the file: bound what a small file may unfold to.
        uint64_t budget = 16 * file_bytes_ + (uint64_t{1} << 20);
        StateDict state;
        for (const auto& [name, tensor] : group.tensors)
            state.tensors.push_back(load(name, tensor, budget));
        state.metadata = notes_beside(container_.pickle, group);
        state.metadata.insert(container_.metadata.begin(), container_.metadata.end());
        return state;
    }

  private:
    static TorchContainer open_container(std::span<const std::byte> bytes, std::string_view file) {
        if (looks_like_zip(bytes)) return open_torch_archive(bytes, file);
        return looks_like_torch_stream(bytes) ? open_torch_stream(bytes, file) : open_torch_dump(bytes, file);
    }

    NamedTensor load(const std::string& name, const TorchTensor& tensor, uint64_t& budget) const {
        const std::optional<int64_t> bytes = byte_count(tensor.shape, tensor.dtype);
        if (!bytes || static_cast<uint64_t>(*bytes) > budget)
            throw WeightsError(
                "{}: tensor {}: shape [{}] unfolds to far more than the file holds; "
                "save its contiguous() form",
                file_, name, fmt::join(tensor.shape, ", "));
        budget -= static_cast<uint64_t>(*bytes);
        return {name, tensor.dtype, tensor.shape, gather(tensor, storage_bytes(tensor, name))};
    }

    std::span<const std::byte> storage_bytes(const TorchTensor& tensor, std::string_view name) const {
        const std::span<const std::byte> bytes = container_.storage(tensor.storage_key);
        const size_t element = element_bytes(tensor.dtype);
        if (bytes.size() % element != 0 ||
            bytes.size() / element != static_cast<uint64_t>(tensor.storage_elements))
            throw WeightsError(
                "{}: tensor {}: its storage has {} bytes, not {} elements of {}; "
                "the file is damaged, copy or download it again",
                file_, name, bytes.size(), tensor.storage_elements, type_name(tensor.dtype));
        return bytes;
    }

    WeightsError no_tensors() const {
        const std::vector<std::string> keys = keys_of_root(container_.pickle);
        if (const std::string why = unread_tensor(container_.pickle); !why.empty())
            return WeightsError("{}: a tensor {}", file_, why);
        return WeightsError("{}: holds no dict of tensors{}; save model.state_dict() with torch.save", file_,
                            keys.empty() ? "" : fmt::format(" under its keys ({})", fmt::join(keys, ", ")));
    }

    std::string file_;
    size_t file_bytes_;
    TorchContainer container_;
    std::vector<TorchGroup> groups_;
};

}  // namespace

WeightsContent open_torch(std::span<const std::byte> bytes, std::string_view file) {
    const auto reader = std::make_shared<const TorchReader>(bytes, file);
    return {reader->described(), [reader](size_t group) { return reader->read(group); }};
}

bool looks_like_torch(std::span<const std::byte> bytes) {
    return looks_like_zip(bytes) || looks_like_pickle(bytes);
}

}  // namespace vkm::graph
