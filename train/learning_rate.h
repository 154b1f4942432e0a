#pragma once

#include <base/error.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vkm::train {

/// Reports a schedule that cannot be: an unknown name, or a number out of its range. The
/// message names the option.
class ScheduleError : public Error {
  public:
    using Error::Error;
};

enum class Decay : uint8_t { constant, step, multistep, exponential, cosine, polynomial, one_cycle };

/// Returns the names of the decays, in their order.
std::span<const std::string_view> decay_names();
/// Returns the decay of a `--scheduler` name. Throws ScheduleError listing the names.
Decay parse_decay(std::string_view name);
std::string_view decay_name(Decay);

/// Holds the form of PyTorch's OneCycleLR: two phases, momentum not cycled.
struct OneCycle {
    double rising = 0.3;            ///< pct_start: share of the steps that the rise takes
    double div_factor = 25;         ///< the first rate is base / div_factor
    double final_div_factor = 1e4;  ///< the last one is the first one / final_div_factor
    bool linear = false;            ///< PyTorch's anneal_strategy; else a cosine

    bool operator==(const OneCycle&) const = default;
};

/// Computes a learning rate over a run of `epochs` epochs. Time is counted in ticks: optimizer steps, or with
/// `by_epoch` whole epochs. u = 0, 1, … is the tick that a step is in, n the ticks of an epoch.
///
/// The first W ticks are the warm-up (none where W is 0):
///
///     base (u + 1) / W                   where nothing is said
///     base (f + (1 - f) u / W)           with warmup_factor f: PyTorch's LinearLR, MindCV's with f = 0
///     r + (base - r) u / W               with warmup_rate r: timm's warmup_lr
///
/// Behind it comes low + (base - low) d(t), with t = max(0, u - W) / n the epochs since the warm-up's end, or
/// t = u / n where the decay counts the warm-up too (timm without warmup_prefix). `low` is min_rate for cosine
/// and polynomial, else 0. T is decay_epochs, or the epochs that are left of the run.
///
///     constant      1
///     step          gamma ^ max(0, floor((t - step_offset) / step_size))
///     exponential   gamma ^ (t / decay_epochs), where that is given, else gamma ^ t
///     cosine        (1 + cos(pi * min(1, t / T))) / 2
///     polynomial    (1 - min(1, t / T)) ^ power
///     multistep     gamma ^ (milestones passed), a milestone being an epoch of the run, warm-up included
///     one_cycle     PyTorch's OneCycleLR of max_lr base over T epochs; it has no other warm-up
///
/// At whole ticks these are torch.optim.lr_scheduler's StepLR, ExponentialLR, CosineAnnealingLR, PolynomialLR,
/// MultiStepLR and OneCycleLR, stepped once a tick, with their periods multiplied by n (ExponentialLR: gamma's
/// n-th root). Epochs may be fractional everywhere.
struct LearningRate {
    Decay decay = Decay::constant;
    double base = 0.1;
    double gamma = 0.1;
    double step_size = 30;
    std::vector<double> milestones{};  ///< rising
    double warmup_epochs = 0;
    int64_t warmup_steps = 0;  ///< instead of epochs
    std::optional<double> warmup_factor = {}, warmup_rate = {};
    bool warmup_prefix = true;  ///< the decay begins behind the warm-up
    bool by_epoch = false;
    double step_offset = 0;   ///< epochs by which every change of step comes later
    double decay_epochs = 0;  ///< 0: as said above
    double min_rate = 0;
    double power = 1;
    OneCycle one_cycle = {};

    /// Throws ScheduleError where a value is out of range, two contradict each other, or the warm-up outlasts `epochs`.
    void validate(double epochs) const;

    /// Returns the rate of the update that follows `step` earlier ones. A valid schedule has one for every
    /// step: past its end the cosine, the polynomial and the cycle stay at their lowest, the others go on.
    double at(uint64_t step, uint64_t steps_per_epoch, double epochs) const;

    /// Returns whether it depends on how many epochs a run has.
    bool spans_the_run() const;

    bool operator==(const LearningRate&) const = default;
};

}  // namespace vkm::train
