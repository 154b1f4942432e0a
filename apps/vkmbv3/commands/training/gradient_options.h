#pragma once

#include <graph/models/model_config.h>
#include <train/recipe.h>

#include <CLI/CLI.hpp>

#include <map>
#include <set>
#include <string>

namespace vkm::apps {

/// Holds the options that say what becomes of the gradients: which are computed, over how many batches, how large
/// they may be and how they are scaled.
class GradientArguments {
  public:
    void add(CLI::App&, const std::string& group);

    /// Puts them into the recipe. Throws UsageError where one means nothing for this model, or two contradict
    /// each other.
    void resolve(train::Recipe&, const graph::ModelConfig&) const;
    bool fixes_loss_scale() const { return loss_scale_ != dynamic; }

    /// Returns, for config.yaml, what is in force under its own name and was given under another, and
    /// these other names.
    std::map<std::string, std::string> resolved() const;
    static std::set<std::string> other_names() { return {"clip-grad", "clip-mode"}; }

  private:
    static constexpr const char* dynamic = "dynamic";

    train::Clipping clipping() const;

    int64_t accumulation_ = 1, feature_draws_ = 0;
    double clip_norm_ = 0, clip_value_ = 0, agc_ = 0, clip_ = 0;  ///< 0: not given
    std::string clip_mode_ = "norm", freeze_, loss_scale_ = dynamic;
    const CLI::Option* mode_ = nullptr;
};

}  // namespace vkm::apps
