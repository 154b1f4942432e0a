#pragma once

#include <graph/kernel_plan.h>
#include <graph/models/model_config.h>
#include <graph/tensor.h>

#include <optional>
#include <string>
#include <string_view>

namespace vkm::graph {

/// Here is which precision is the faster one for some work on a device: what `--precision auto` means.

/// Returns "inference, 1 image".
std::string work_of(std::string_view kind, int64_t images);

/// Returns the key under which a device's tuning keeps the faster precision of some work:
/// "precision | mobilenet_v3_large x1, 224 px, strides 2 and 2, inference, 1 image".
/// Its candidates are the names of precisions.
std::string precision_key(const ModelConfig&, std::string_view work);

/// Returns "amp" or "fp32".
std::string_view precision_name(DType);

/// Returns the faster precision of some work where it was measured.
std::optional<DType> measured_storage(const engine::Tuning&, const std::string& precision_key);

/// Returns the faster precision of some work on a device: what was measured, else what the plan says of its class.
DType faster_storage(const KernelPlan&, const std::string& precision_key);

}  // namespace vkm::graph
