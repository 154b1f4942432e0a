#include <graph/weights/tensor_names.h>

#include <algorithm>

namespace vkm::graph {
namespace {

constexpr size_t most_prefixes = 16;

constexpr std::string_view wrappers[] = {"module", "_orig_mod", "_fsdp_wrapped_module",
                                         "_checkpoint_wrapped_module"};

}  // namespace

std::string unwrapped_name(std::string_view name) {
    std::string out;
    for (size_t at = 0; at <= name.size();) {
        const size_t dot = std::min(name.find('.', at), name.size());
        const std::string_view part = name.substr(at, dot - at);
        const bool last = dot == name.size();
        if (last || std::ranges::find(wrappers, part) == std::end(wrappers))
            out.append(part).append(last ? "" : ".");
        at = dot + 1;
    }
    return out;
}

TensorNames::TensorNames(std::span<const NamedTensor> tensors, bool unwrap) {
    for (size_t i = 0; i < tensors.size(); ++i) {
        names_.push_back(unwrap ? unwrapped_name(tensors[i].name) : tensors[i].name);
        found_.emplace(names_.back(), i);
    }
}

std::optional<size_t> TensorNames::find(const std::string& prefix, const std::string& name) const {
    auto found = found_.find(prefix + name);
    if (found == found_.end() && !prefix.empty()) found = found_.find(name);
    return found == found_.end() ? std::nullopt : std::optional(found->second);
}

std::set<std::string> TensorNames::prefixes(std::string_view name) const {
    std::set<std::string> all;
    for (const std::string& whole : names_) {
        if (all.size() == most_prefixes) break;
        if (!whole.ends_with(name)) continue;
        const std::string_view prefix(whole.data(), whole.size() - name.size());
        if (prefix.empty() || prefix.ends_with('.')) all.emplace(prefix);
    }
    return all;
}

}  // namespace vkm::graph
