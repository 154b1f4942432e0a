#pragma once

#include "cli/common_options.h"
#include "cli/model_options.h"
#include "commands/training/augment_options.h"

#include <string>

namespace vkm::apps {

/// Draws a contact sheet of what a network will see: images as evaluation has them, and beside each what training makes
/// of it in several epochs.
class AugmentPlot {
  public:
    /// Adds the options but for the common ones.
    void add(CLI::App&);
    /// Returns whether the user has asked for the sheet.
    bool wanted() const;
    /// Writes the sheet as a PNG file.
    void draw(const CommonOptions&, const std::string& file);

  private:
    const CLI::App* app_ = nullptr;
    ModelArguments model_;
    AugmentArguments augment_;
    std::string data_ = "synthetic";
    int images_ = 6, views_ = 7;
};

}  // namespace vkm::apps
