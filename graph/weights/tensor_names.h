#pragma once

#include <graph/weights/state_dict.h>

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vkm::graph {

/// Returns the name without modules that wrap another without being part of a network: "module.a._orig_mod.b"
/// -> "a.b".
std::string unwrapped_name(std::string_view name);

/// Finds tensors by their name behind a prefix.
class TensorNames {
  public:
    /// Takes the names as they are, or unwrapped.
    TensorNames(std::span<const NamedTensor>, bool unwrap);

    const std::vector<std::string>& all() const { return names_; }

    /// Returns which tensor has the prefix and the name, or else the name alone: a classifier may stand
    /// outside a backbone that is wrapped.
    std::optional<size_t> find(const std::string& prefix, const std::string& name) const;

    /// Returns what stands in front of a name, wherever it ends one; a few of them where there are many.
    std::set<std::string> prefixes(std::string_view name) const;

  private:
    std::vector<std::string> names_;
    std::unordered_map<std::string, size_t> found_;
};

}  // namespace vkm::graph
