#include <graph/weights/torch_pickle.h>
#include <graph/weights/torch_tensor.h>
#include <graph/weights/zip_archive.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace vkm::graph {
namespace {

/// Names the keys of a state dict, in order of preference: averaged weights are what
/// checkpoints are evaluated with.
constexpr std::array<std::string_view, 5> wrappers{"state_dict_ema", "model_ema", "state_dict", "model",
                                                   "module"};
constexpr std::array<std::string_view, 2> prefixes{"module.", "_orig_mod."};
constexpr size_t deepest_wrapping = 4, longest_note = 256;

std::string_view text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view stripped(std::string_view name) {
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view prefix : prefixes)
            if (name.size() > prefix.size() && name.starts_with(prefix)) {
                name.remove_prefix(prefix.size());
                again = true;
            }
    }
    return name;
}

class TorchReader {
  public:
    TorchReader(std::span<const std::byte> bytes, std::string_view file)
        : file_(file),
          archive_(bytes, file),
          root_(root_folder()),
          // Views with stride 0 cost nothing in the file: bound what a small file may unfold to.
          budget_(16 * bytes.size() + (size_t{1} << 20)) {
        check_byte_order();
        pickle_ = parse_pickle(archive_.read(root_ + "data.pkl"), file, torch_global_allowed);
    }

    StateDict read() {
        const Pickle::Items& items = unwrap();
        std::unordered_set<std::string_view> names;
        for (const auto& [key, value] : items) {
            const std::string& name = name_of(key);
            const auto described = torch_tensor(pickle_, value, file_, name);
            const std::string_view short_name = described ? stripped(name) : name;
            if (!names.insert(short_name).second) throw twice(short_name);
            if (described)
                state_.tensors.push_back(load(std::string(short_name), *described));
            else
                note(name, value);
        }
        if (state_.tensors.empty()) throw no_tensors(items);
        if (!ignored_.empty())
            state_.metadata["torch.ignored"] = fmt::format("{}", fmt::join(ignored_, ", "));
        return std::move(state_);
    }

  private:
    /// Returns the archive's one folder, with its slash.
    std::string root_folder() const {
        for (const auto& [name, entry] : archive_.entries()) {
            const size_t slash = name.find('/');
            if (slash == std::string::npos || name.substr(slash) != "/data.pkl") continue;
            const std::string root = name.substr(0, slash + 1);
            if (archive_.contains(root + "constants.pkl"))
                throw WeightsError(
                    "{}: a TorchScript archive, which holds code; "
                    "load it with torch.jit.load and save its state_dict() with torch.save",
                    file_);
            return root;
        }
        throw WeightsError(
            "{}: a zip archive without data.pkl, so not written by torch.save; "
            "pass a .pth or .safetensors file",
            file_);
    }

    /// Checks what PyTorch 2 and later write. Earlier archives are little-endian, unless a
    /// big-endian machine wrote them.
    void check_byte_order() const {
        if (archive_.contains(root_ + "byteorder") && text(archive_.read(root_ + "byteorder")) != "little")
            throw WeightsError(
                "{}: its numbers are not little-endian; save it again on a little-endian machine", file_);
    }

    /// Returns the items of a dict or OrderedDict, else null.
    const Pickle::Items* items_of(Pickle::Id id) const {
        if (const auto* dict = pickle_.as<Pickle::Dict>(id)) return &dict->items;
        const auto* call = pickle_.as<Pickle::Call>(id);
        if (!call || pickle_.as<Pickle::Global>(call->callable)->path() != "collections.OrderedDict")
            return nullptr;
        if (!pickle_.as<Pickle::Tuple>(call->arguments)->elements.empty())
            throw WeightsError("{}: an OrderedDict in Python 2's form; load it in Python 3 and save it again",
                               file_);
        return &call->items;
    }

    /// Returns the state dict within its wrappers. What lies beside it on the way becomes metadata.
    const Pickle::Items& unwrap() {
        const Pickle::Items* items = items_of(pickle_.root);
        if (!items)
            throw WeightsError("{}: holds no state dict; save model.state_dict() with torch.save", file_);
        std::string path;
        for (size_t depth = 0; depth < deepest_wrapping; ++depth) {
            const auto* inner = wrapped(*items);
            if (!inner) break;
            std::unordered_set<std::string_view> names;
            for (const auto& item : *items) {
                const std::string& name = name_of(item.first);
                if (!names.insert(name).second) throw twice(name);
                if (&item != inner) note(name, item.second);
            }
            path += (path.empty() ? "" : ".") + *pickle_.as<std::string>(inner->first);
            items = items_of(inner->second);
        }
        if (!path.empty()) state_.metadata["torch.wrapper"] = path;
        return *items;
    }

    const Pickle::Items::value_type* wrapped(const Pickle::Items& items) const {
        for (const std::string_view wrapper : wrappers)
            for (const auto& item : items) {
                const auto* key = pickle_.as<std::string>(item.first);
                if (key && *key == wrapper && items_of(item.second)) return &item;
            }
        return nullptr;
    }

    const std::string& name_of(Pickle::Id key) const {
        if (const auto* name = pickle_.as<std::string>(key)) return *name;
        throw WeightsError("{}: a key is no string; save only model.state_dict()", file_);
    }

    WeightsError twice(std::string_view name) const {
        return WeightsError("{}: {} appears twice; save only model.state_dict()", file_, name);
    }

    void note(const std::string& key, Pickle::Id value) {
        const auto keep = [&](std::string content) { state_.metadata["torch." + key] = std::move(content); };
        if (const auto* string = pickle_.as<std::string>(value); string && string->size() <= longest_note)
            return keep(*string);
        if (const auto* integer = pickle_.as<int64_t>(value)) return keep(fmt::format("{}", *integer));
        if (const auto* number = pickle_.as<double>(value)) return keep(fmt::format("{}", *number));
        if (const auto* flag = pickle_.as<bool>(value)) return keep(*flag ? "true" : "false");
        ignored_.push_back(key);
    }

    NamedTensor load(std::string name, const TorchTensor& tensor) {
        const std::optional<int64_t> bytes = byte_count(tensor.shape, tensor.dtype);
        if (!bytes || static_cast<uint64_t>(*bytes) > budget_)
            throw WeightsError(
                "{}: tensor {}: shape [{}] unfolds to far more than the file holds; "
                "save its contiguous() form",
                file_, name, fmt::join(tensor.shape, ", "));
        budget_ -= static_cast<uint64_t>(*bytes);
        const auto storage = storage_bytes(tensor, name);
        return {std::move(name), tensor.dtype, tensor.shape, gather(tensor, storage)};
    }

    std::span<const std::byte> storage_bytes(const TorchTensor& tensor, std::string_view name) {
        auto found = storages_.find(tensor.storage_key);
        if (found == storages_.end()) {
            const std::string entry = root_ + "data/" + std::string(tensor.storage_key);
            found = storages_.emplace(std::string(tensor.storage_key), archive_.read(entry)).first;
        }
        const size_t element = element_bytes(tensor.dtype);
        if (found->second.size() % element != 0 ||
            found->second.size() / element != static_cast<uint64_t>(tensor.storage_elements))
            throw WeightsError(
                "{}: tensor {}: its storage has {} bytes, not {} elements of {}; "
                "the file is damaged, copy or download it again",
                file_, name, found->second.size(), tensor.storage_elements, type_name(tensor.dtype));
        return found->second;
    }

    WeightsError no_tensors(const Pickle::Items& items) const {
        std::vector<std::string> keys;
        for (const auto& [key, value] : items)
            if (const auto* name = pickle_.as<std::string>(key); name && keys.size() < 8)
                keys.push_back(*name);
        return WeightsError(
            "{}: holds no tensors under its keys ({}); save model.state_dict() with torch.save", file_,
            fmt::join(keys, ", "));
    }

    std::string_view file_;
    ZipArchive archive_;
    std::string root_;
    uint64_t budget_;  ///< bytes that tensors may still take
    Pickle pickle_;
    std::map<std::string, std::span<const std::byte>, std::less<>> storages_;
    StateDict state_;
    std::vector<std::string> ignored_;
};

// Returns whether PyTorch before 1.6 wrote it, which is not supported: a bare pickle of protocol 2 and up, or
// before 0.4 a tar of pickles.
bool looks_like_legacy_torch(std::span<const std::byte> bytes) {
    constexpr size_t tar_magic = 257;
    const std::string_view content = text(bytes);
    return (content.size() >= 2 && content[0] == '\x80' && content[1] >= 2 && content[1] <= 5) ||
           (content.size() > tar_magic && content.substr(tar_magic).starts_with("ustar"));
}

}  // namespace

StateDict parse_torch_pickle(std::span<const std::byte> bytes, std::string_view file) {
    if (looks_like_legacy_torch(bytes))
        throw WeightsError(
            "{}: the format of PyTorch before 1.6; save it again: "
            "torch.save(torch.load(\"{}\", map_location=\"cpu\"), \"new.pth\")",
            file, file);
    return TorchReader(bytes, file).read();
}

bool looks_like_torch(std::span<const std::byte> bytes) {
    return looks_like_zip(bytes) || looks_like_legacy_torch(bytes);
}

}  // namespace vkm::graph
