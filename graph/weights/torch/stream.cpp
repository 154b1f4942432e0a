#include <graph/weights/torch/container.h>
#include <graph/weights/torch/tensor.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

namespace vkm::graph {
namespace {

constexpr std::string_view magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

using Storages = std::map<std::string, std::span<const std::byte>, std::less<>>;

class Stream {
  public:
    Stream(std::span<const std::byte> bytes, std::string_view file) : rest_(bytes), file_(file) {}

    TorchContainer open() {
        if (!looks_like_torch_stream(rest_))
            throw WeightsError("{}: it is not what torch.save writes; save it again", file_);
        rest_ = rest_.subspan(magic.size());
        check_version(next());
        check_machine(next());
        TorchContainer container;
        container.pickle = next();
        const auto storages =
            std::make_shared<const Storages>(read_storages(next(), element_sizes(container.pickle)));
        container.storage = [storages, file = std::string(file_)](std::string_view key) {
            const auto found = storages->find(key);
            if (found == storages->end())
                throw WeightsError(
                    "{}: its storage {} is missing; the file is damaged, copy or download it again", file,
                    key);
            return found->second;
        };
        return container;
    }

  private:
    Pickle next() {
        Pickle pickle = parse_pickle(rest_, file_);
        rest_ = rest_.subspan(pickle.bytes);
        return pickle;
    }

    void check_version(const Pickle& version) const {
        constexpr int64_t known = 1001;
        const auto* number = version.as<int64_t>(version.root);
        if (!number || *number != known)
            throw WeightsError("{}: an unknown version of PyTorch's format; save it again with torch.save",
                               file_);
    }

    void check_machine(const Pickle& machine) const {
        const auto* facts = machine.as<Pickle::Dict>(machine.root);
        if (!facts) return;
        for (const auto& [key, value] : facts->items) {
            const auto* name = machine.as<std::string>(key);
            const auto* flag = machine.as<bool>(value);
            if (name && *name == "little_endian" && flag && !*flag)
                throw WeightsError(
                    "{}: its numbers are not little-endian; save it again on a little-endian machine", file_);
        }
    }

    /// Returns how many bytes an element of each storage has: what follows the keys does not say it.
    static std::map<std::string_view, size_t> element_sizes(const Pickle& pickle) {
        std::map<std::string_view, size_t> sizes;
        for (const Pickle::Value& value : pickle.values)
            if (const auto* persistent = std::get_if<Pickle::Persistent>(&value))
                if (const auto storage = torch_storage(pickle, persistent->id))
                    sizes.emplace(storage->key, storage->bytes_an_element);
        return sizes;
    }

    Storages read_storages(const Pickle& keys, const std::map<std::string_view, size_t>& element_sizes) {
        const auto* list = keys.as<Pickle::List>(keys.root);
        if (!list) throw damaged("the list of its storages is missing");
        Storages storages;
        for (const Pickle::Id id : list->elements) {
            const auto* key = keys.as<std::string>(id);
            const auto size = key ? element_sizes.find(*key) : element_sizes.end();
            if (size == element_sizes.end()) throw damaged("a storage is listed that nothing refers to");
            if (size->second == 0)
                throw WeightsError("{}: storage {} has an unknown element type; save only model.state_dict()",
                                   file_, *key);
            int64_t elements = 0;
            if (rest_.size() < sizeof elements) throw truncated();
            std::memcpy(&elements, rest_.data(), sizeof elements);
            rest_ = rest_.subspan(sizeof elements);
            if (elements < 0 || static_cast<uint64_t>(elements) > rest_.size() / size->second)
                throw truncated();
            const size_t bytes = static_cast<size_t>(elements) * size->second;
            storages.insert_or_assign(*key, rest_.first(bytes));
            rest_ = rest_.subspan(bytes);
        }
        return storages;
    }

    WeightsError damaged(std::string_view what) const {
        return WeightsError("{}: {}; the file is damaged, copy or download it again", file_, what);
    }
    WeightsError truncated() const { return damaged("it ends within a storage"); }

    std::span<const std::byte> rest_;
    std::string_view file_;
};

}  // namespace

TorchContainer open_torch_stream(std::span<const std::byte> bytes, std::string_view file) {
    return Stream(bytes, file).open();
}

bool looks_like_torch_stream(std::span<const std::byte> bytes) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

bool looks_like_pickle(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x80} && bytes[1] >= std::byte{2} &&
           bytes[1] <= std::byte{5};
}

}  // namespace vkm::graph
