#pragma once

#include <train/recipe.h>

#include <CLI/CLI.hpp>

#include <string>

namespace vkm::apps {

/// Holds the options of the loss, of mixing images, and of stochastic depth.
class LossArguments {
  public:
    void add(CLI::App&, const std::string& group);

    /// Puts them into the recipe, but for the weights of classes. Throws UsageError, also where one is given
    /// without that which it belongs to, but for a run that goes on: it may have had that.
    void resolve(train::Recipe&, bool goes_on) const;
    /// Returns --class-weights as it is given: empty, balanced, or a file.
    const std::string& class_weights() const { return class_weights_; }

  private:
    double label_smoothing_ = 0, threshold_ = 0, drop_path_ = 0;
    train::LossRecipe loss_;
    std::string class_weights_, mode_ = "batch";
    const CLI::App* app_ = nullptr;

    bool given(const char* option) const;
    void refuse_options_without_their_loss() const;
};

}  // namespace vkm::apps
