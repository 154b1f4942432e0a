#pragma once

#include <graph/run/planned_device.h>
#include <graph/tensor.h>

#include <functional>
#include <string>
#include <vector>

namespace vkm::bench {

/// Says which network sees one image at a time, and for how long.
struct ImageRunOptions {
    std::string model;
    int64_t classes = 0;     ///< 0: its own number
    int64_t input_size = 0;  ///< 0: its own
    graph::DType precision = graph::DType::f32;
    double least_seconds = 1;  ///< of all runs together
    /// Asked after each run from the fifth on: whether it has to be enough.
    std::function<bool()> enough = {};
};

struct ImageRun {
    std::vector<double> milliseconds;  ///< one a run
    double setup = 0;                  ///< seconds before the first that counts
};

/// The number of runs that are made at least.
constexpr size_t least_image_runs = 5;

/// Times a network as programs use it: bytes of an image in host memory to logits in host memory, one image after the
/// other. Weights are drawn at random.
ImageRun run_images(graph::PlannedDevice&, const ImageRunOptions&);

/// Returns the geometric mean of numbers above 0.
double geometric_mean(const std::vector<double>&);

}  // namespace vkm::bench
