#pragma once

#include <bench/photographs.h>
#include <graph/run/planned_device.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace vkm::bench {

/// Begins the names of the rows that say it.
inline constexpr std::string_view agreement_prefix = "photographs/mobilenet_v3_small/";

struct Agreement {
    int photographs = 0;  ///< that were looked at
    int same = 0;         ///< whose most probable class is the same in fp16 as in fp32
};

/// Classifies the photographs of a data folder in fp32 and in fp16: data/imagenet-sample.tar with
/// models/mobilenet_v3_small_imagenet_tf.pth. `stop` is asked after each whether that was the last. Throws
/// NoPhotographs naming what is missing, and what the device throws.
Agreement agreement(graph::PlannedDevice&, const std::filesystem::path& data,
                    const std::function<bool()>& stop);

}  // namespace vkm::bench
