#pragma once

#include "cli/common_options.h"

#include <graph/kernel_plan.h>
#include <graph/models/model_config.h>
#include <graph/tensor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::apps {

/// Returns "inference, 1 image".
std::string work_of(std::string_view kind, int64_t images);

/// Returns the key under which a device's tuning keeps the faster precision of some work:
/// "precision | mobilenet_v3_large x1, 224 px, strides 2 and 2, inference, 1 image".
/// Its candidates are --precision's "fp32" and "amp".
std::string precision_key(const graph::ModelConfig&, std::string_view work);

/// Returns "amp" or "fp32".
std::string_view precision_name(graph::DType);

/// Returns the faster precision of some work where it was measured (apps::tune).
std::optional<graph::DType> measured_storage(const engine::Tuning&, const std::string& precision_key);

/// Returns the faster precision of some work on a device: what was measured, else what
/// the plan says of its class.
graph::DType faster_storage(const graph::KernelPlan&, const std::string& precision_key);

/// Returns what --precision means for some work on these devices; auto is fp16 where that is faster on every
/// one. Throws UnsupportedDevice where amp is asked of a device that cannot do it.
graph::DType storage_type(const CommonOptions&, const std::vector<graph::PlannedDevice*>&,
                          const std::string& precision_key);
/// Returns the same, and says on stderr what auto has become.
graph::DType announced_storage_type(const CommonOptions&, const std::vector<graph::PlannedDevice*>&,
                                    const std::string& precision_key);

}  // namespace vkm::apps
