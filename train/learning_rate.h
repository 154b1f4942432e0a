#pragma once

#include <base/error.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace vkm::train {

/// Reports a schedule that cannot be: an unknown name, or a number out of its range. The
/// message names the option.
class ScheduleError : public Error {
  public:
    using Error::Error;
};

enum class Decay : uint8_t { constant, step, multistep, exponential, cosine };

/// Returns the decay of a `--scheduler` name. Throws ScheduleError listing the names.
Decay parse_decay(std::string_view name);
std::string_view decay_name(Decay);

/// Computes a learning rate over a run of `epochs` epochs, changing with every optimizer step:
///
///     lr(s) = base * min(1, (s + 1) / W) * decay(s),      s = 0, 1, …
///
/// with W = warmup_epochs * steps_per_epoch (no ramp when 0), and, with t = max(0, s - W) / steps_per_epoch
/// epochs since the warm-up's end,
///
///     constant      1
///     step          gamma ^ floor(t / step_size)
///     exponential   gamma ^ t
///     cosine        (1 + cos(pi * min(1, t / (epochs - warmup_epochs)))) / 2
///     multistep     gamma ^ (milestones passed), a milestone being an epoch of the run, warm-up included
///
/// At whole steps these are torch.optim.lr_scheduler's StepLR, ExponentialLR, CosineAnnealingLR and
/// MultiStepLR, stepped once an optimizer step, with their periods multiplied by steps_per_epoch
/// (ExponentialLR: gamma's steps_per_epoch-th root). Epochs may be fractional everywhere.
struct LearningRate {
    Decay decay = Decay::constant;
    double base = 0.1;
    double gamma = 0.1;
    double step_size = 30;
    std::vector<double> milestones{};  ///< rising
    double warmup_epochs = 0;

    /// Throws ScheduleError where a value is out of range or the warm-up outlasts `epochs`.
    void validate(double epochs) const;

    /// Returns the rate of the update that follows `step` earlier ones. A valid schedule has one for every
    /// step: past `epochs` the cosine stays at 0 and the others go on.
    double at(uint64_t step, uint64_t steps_per_epoch, double epochs) const;

    bool operator==(const LearningRate&) const = default;
};

}  // namespace vkm::train
