#pragma once

#include <train/augmentation.h>

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds the options that say what is done at random to training images. Names are timm's, where it has one.
class AugmentArguments {
  public:
    void add(CLI::App&, const std::string& group);

    /// Returns what they say for images of a size, below which `small` ones are cropped another way by default.
    /// Throws UsageError for what does not fit together.
    train::Augmentation resolve(int64_t input_size, int64_t small);

    /// Returns what is in force, by option, once it is resolved.
    const std::map<std::string, std::string>& in_force() const { return in_force_; }
    /// Notes that images are tensors, so that what is given has no effect.
    void note_tensors();
    /// Returns the options that are given but have no effect beside others, or on tensors, in words.
    const std::vector<std::string>& without_effect() const { return without_effect_; }

  private:
    bool given(const char* option) const;
    /// Returns those that are given and change images.
    std::vector<std::string> given_draws() const;
    void refuse_without(const train::Augmentation&) const;
    void note(const train::Augmentation&);

    const CLI::App* app_ = nullptr;
    std::string name_, jitter_, policy_, interpolation_ = "bilinear", erase_mode_ = "const";
    std::vector<double> scale_{0.08, 1}, ratio_{3.0 / 4, 4.0 / 3};
    double flip_ = 0.5, vertical_flip_ = 0, erase_ = 0;
    int64_t erase_count_ = 1, repeats_ = 1;
    bool none_ = false;
    std::map<std::string, std::string> in_force_;
    std::vector<std::string> without_effect_;
};

}  // namespace vkm::apps
