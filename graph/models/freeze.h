#pragma once

#include <base/error.h>
#include <graph/models/model_config.h>

#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Reports a word that freezes nothing of a network, or all of it.
class FreezeError : public Error {
  public:
    using Error::Error;
};

/// Says which layers of a network are not trained.
struct Frozen {
    std::vector<std::string> modules;  ///< by path: with everything below it
    bool batch_norms = false;          ///< every gamma and beta, and the running statistics
    bool statistics = false;           ///< every batch norm's running statistics: they are used, and stay

    bool operator==(const Frozen&) const = default;
    /// Returns it in words: "none", or "features.0+features.1".
    std::string text() const;
    /// Returns whether a module, or a weight of one, is not trained.
    bool has(std::string_view path) const;
    bool keeps_statistics(std::string_view batch_norm) const;
    bool has_batch_norm(std::string_view path) const { return batch_norms || has(path); }
};

/// Returns how many stages the network has, the stem left out.
size_t stage_count(const ModelConfig&);

/// Returns what words freeze, which commas divide:
///   backbone          everything but the classifier (also: head-only, head)
///   all-but-output    everything but the classifier's last layer (also: linear-probe)
///   stages:N          the stem and the first N stages; the first block and every strided one begin a stage
///   bn                every batch norm: gamma, beta, and the running statistics, which are then used
///   bn-stats          the running statistics alone
///   features.3, …     a module or a weight, by torchvision's path
/// Throws FreezeError naming a word that means nothing for this network, or where nothing is left to train.
Frozen parse_frozen(std::string_view words, const ModelConfig&);

}  // namespace vkm::graph
