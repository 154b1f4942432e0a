#pragma once

#include <graph/optimizer.h>

namespace vkm::graph::ops {

/// Says how a moving average's decay d grows with k, the updates made since it began, from 1 on.
enum class AverageWarmup : uint8_t {
    none,         ///< d
    tensorflow,   ///< min(d, (1 + k) / (10 + k))
    exponential,  ///< d (1 - exp(-k / 2000))
    timm          ///< min(d, 1 - k^(-2/3))
};

struct AverageRate {
    double decay = 0.9999;
    AverageWarmup warmup = AverageWarmup::none;
    int64_t start = 0;  ///< updates before the average begins: until then it is what it averages
    int64_t every = 1;  ///< updates from one averaging to the next
};

/// Says how far a moving average goes towards the weights in a step: 1 - d, or 0 where it stays. Inputs: the
/// updates made so far (i32, a scalar, in place), the loss, and in mixed precision update_loss_scale's verdict,
/// as an Optimizer has them: what makes no update does not count. Output: f32 {1, 1, 1, 4}, of which the first.
std::shared_ptr<const Operator> average_rate(const AverageRate&);

/// Moves an average towards its target: average += rate (target - average). Inputs: average (in place), target,
/// the rate of average_rate. No output.
std::shared_ptr<const Operator> approach();

}  // namespace vkm::graph::ops
