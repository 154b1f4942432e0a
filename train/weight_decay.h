#pragma once

#include <base/error.h>
#include <graph/parameter_ranges.h>

#include <string>
#include <string_view>
#include <vector>

namespace vkm::train {

/// Says which parameters weight decay leaves alone.
enum class WithoutDecay : uint8_t {
    none,
    norm,          ///< batch norm's gamma and beta
    norm_and_bias  ///< everything of one dimension: those, and biases
};

/// Returns the words for them, in their order: "none", "norm", "norm-and-bias".
const std::vector<std::string>& without_decay_names();
/// Returns the one of that name. Throws Error listing the names.
WithoutDecay parse_without_decay(std::string_view name);

/// Takes the weight decay off the ranges that are to be left alone.
void spare(graph::ParameterRanges&, WithoutDecay);

}  // namespace vkm::train
