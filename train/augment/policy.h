#pragma once

#include <base/random.h>
#include <train/augment/operations.h>
#include <train/augmentation.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::train {

/// Says what a policy draws for.
struct PolicyInput {
    int size = 0;  ///< of the image, both sides
    Rgb mean{};    ///< timm fills with it what was outside of the image; torchvision fills with black
};

/// Says what the longest program of a policy needs.
struct ProgramNeeds {
    int64_t operations = 0, passes = 0;
    uint32_t kinds = 0;  ///< graph::ops::bit of each
};

/// Draws operations: RandAugment, AutoAugment, TrivialAugment. Safe to use from several threads at once.
class Policy {
  public:
    virtual ~Policy() = default;
    virtual std::vector<Operation> draw(Random&, const PolicyInput&) const = 0;
    virtual ProgramNeeds needs() const = 0;
};

/// Makes the policy of a name with its options:
///   - timm's rand-m9-n2-mstd0.5-mmax10-inc1-w0-p0.5, and original, originalr, v0 and v0r, with -mstd0.5;
///   - torchvision's ra-m9-n2-bins31, ta_wide-bins31, imagenet, cifar10 and svhn.
/// Throws Error for what is neither, naming the nearest.
std::shared_ptr<const Policy> parse_policy(std::string_view, TrainInterpolation);

/// Returns a program's layout that has room for all that an augmentation may draw.
graph::ops::ColourProgram program_layout(const Augmentation&);

/// Splits "rand-m9-mstd0.5" into names and values, {"m", 9}, {"mstd", .5}. Throws Error for a part without a number, and
/// for one that is not `known`.
struct PolicyOption {
    std::string name;
    double value = 0;
};
std::vector<PolicyOption> policy_options(std::string_view policy, std::span<const std::string_view> known);

/// Returns the value of an option that is a whole number. Throws Error for another, and for one that is out of range.
int64_t whole_option(std::string_view policy, const PolicyOption&, int64_t least, int64_t most);

}  // namespace vkm::train
