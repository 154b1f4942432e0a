#include <graph/weights/torch/container.h>
#include <graph/weights/torch/tensor.h>

#include <fmt/core.h>

#include <map>
#include <memory>

namespace vkm::graph {
namespace {

using OwnedStorages = std::map<std::string, std::vector<std::byte>, std::less<>>;

/// Returns the bytes that torch.storage._load_from_bytes would be called with; null for every other value.
const std::string* stored(const Pickle& pickle, const Pickle::Value& value) {
    const auto* call = std::get_if<Pickle::Call>(&value);
    const auto* callable = call ? pickle.as<Pickle::Global>(call->callable) : nullptr;
    if (!callable || callable->path() != "torch.storage._load_from_bytes") return nullptr;
    const auto& arguments = pickle.as<Pickle::Tuple>(call->arguments)->elements;
    const auto* bytes = arguments.size() == 1 ? pickle.as<Pickle::Bytes>(arguments[0]) : nullptr;
    return bytes ? &bytes->content : nullptr;
}

/// Puts a storage's description where the call for it was, as torch.save would have.
void describe(Pickle& pickle, size_t call, Pickle::Global type, const std::string& key, int64_t elements) {
    const auto add = [&](Pickle::Value value) {
        pickle.values.push_back(std::move(value));
        return static_cast<Pickle::Id>(pickle.values.size() - 1);
    };
    const Pickle::Ids fields{add(std::string("storage")), add(std::move(type)), add(key),
                             add(std::string("cpu")), add(elements)};
    pickle.values[call] = Pickle::Persistent{add(Pickle::Tuple{fields})};
}

}  // namespace

TorchContainer open_torch_dump(std::span<const std::byte> bytes, std::string_view file) {
    TorchContainer container{.pickle = parse_pickle(bytes, file), .storage = {}};
    Pickle& pickle = container.pickle;
    const auto storages = std::make_shared<OwnedStorages>();
    uint64_t budget = bytes.size();  // values may share bytes, which are taken apart once for each
    const size_t count = pickle.values.size();
    for (size_t i = 0; i < count; ++i) {
        const std::string* content = stored(pickle, pickle.values[i]);
        if (!content) continue;
        if (content->size() > budget) throw WeightsError("{}: its storages are damaged; save it again", file);
        budget -= content->size();
        const TorchContainer inner = open_torch_stream(std::as_bytes(std::span(*content)), file);
        const auto* persistent = inner.pickle.as<Pickle::Persistent>(inner.pickle.root);
        const auto storage = persistent ? torch_storage(inner.pickle, persistent->id) : std::nullopt;
        if (!storage || storage->view_elements != storage->elements) continue;
        const std::span<const std::byte> data = inner.storage(storage->key);
        const std::string key = fmt::format("{}", i);
        storages->emplace(key, std::vector<std::byte>(data.begin(), data.end()));
        const auto& fields = inner.pickle.as<Pickle::Tuple>(persistent->id)->elements;
        describe(pickle, i, *inner.pickle.as<Pickle::Global>(fields[1]), key, storage->elements);
    }
    if (storages->empty())
        throw WeightsError(
            "{}: a Python pickle without tensors of PyTorch; load it in Python and save the state dict with "
            "torch.save",
            file);
    container.storage = [storages, name = std::string(file)](std::string_view key) {
        const auto found = storages->find(key);
        if (found == storages->end())
            throw WeightsError("{}: its storage {} is missing; save it again", name, key);
        return std::span<const std::byte>(found->second);
    };
    return container;
}

}  // namespace vkm::graph
