#pragma once

#include <train/augment/policy.h>

#include <span>

namespace vkm::train {

/// Names a policy and makes it of the whole string, options included.
struct PolicyRow {
    std::string_view name;
    std::shared_ptr<const Policy> (*make)(std::string_view text, TrainInterpolation);
};

std::span<const PolicyRow> timm_policies();
std::span<const PolicyRow> torchvision_policies();

/// Returns the kinds that an image may be moved with.
uint32_t kinds_of(TrainInterpolation);
/// Chooses how an image is moved.
Resample resample_of(TrainInterpolation, Random&);

}  // namespace vkm::train
