#include <train/learning_rate.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace vkm::train {
namespace {

constexpr std::array<std::string_view, 5> names{"constant", "step", "multistep", "exponential", "cosine"};

/// Epochs times steps_per_epoch may fall a rounding error short of the whole step it stands for.
constexpr double tolerance_steps = 1e-6;

bool positive(double value) {
    return std::isfinite(value) && value > 0;
}

}  // namespace

Decay parse_decay(std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end())
        throw ScheduleError("no scheduler is called '{}'; choose one of {}", name, fmt::join(names, ", "));
    return static_cast<Decay>(found - names.begin());
}

std::string_view decay_name(Decay decay) {
    return names[static_cast<size_t>(decay)];
}

void LearningRate::validate(double epochs) const {
    if (!positive(epochs)) throw ScheduleError("--epochs is {}; give a positive number", epochs);
    if (!std::isfinite(base) || base < 0)
        throw ScheduleError("--lr is {}; give zero or a positive number", base);
    if (!std::isfinite(warmup_epochs) || warmup_epochs < 0)
        throw ScheduleError("--warmup-epochs is {}; give zero or a positive number", warmup_epochs);
    if (warmup_epochs > epochs)
        throw ScheduleError("--warmup-epochs {} outlasts --epochs {}; shorten the warm-up", warmup_epochs,
                            epochs);
    const bool uses_gamma = decay == Decay::step || decay == Decay::multistep || decay == Decay::exponential;
    if (uses_gamma && !positive(gamma)) throw ScheduleError("--gamma is {}; give a positive number", gamma);
    if (decay == Decay::step && !positive(step_size))
        throw ScheduleError("--step-size is {}; give a positive number of epochs", step_size);
    if (decay != Decay::multistep) return;
    if (milestones.empty()) throw ScheduleError("--scheduler multistep needs --milestones, such as 30,60,80");
    if (!std::ranges::all_of(milestones, positive) || !std::ranges::is_sorted(milestones))
        throw ScheduleError("--milestones {} must be positive and rising", fmt::join(milestones, ","));
}

double LearningRate::at(uint64_t step, uint64_t steps_per_epoch, double epochs) const {
    const auto s = static_cast<double>(step), per_epoch = static_cast<double>(steps_per_epoch);
    const double warmup_steps = warmup_epochs * per_epoch;
    const double ramp = warmup_steps > 0 ? std::min(1.0, (s + 1) / warmup_steps) : 1.0;
    const double since_warmup = std::max(0.0, s - warmup_steps);

    const auto factor = [&]() -> double {
        switch (decay) {
            case Decay::constant:
                return 1;
            case Decay::step:
                return std::pow(gamma,
                                std::floor((since_warmup + tolerance_steps) / (step_size * per_epoch)));
            case Decay::exponential:
                return std::pow(gamma, since_warmup / per_epoch);
            case Decay::cosine: {
                const double span = epochs * per_epoch - warmup_steps;
                const double progress = span > 0 ? std::min(1.0, since_warmup / span) : 0.0;
                return (1 + std::cos(std::numbers::pi * progress)) / 2;
            }
            case Decay::multistep: {
                const auto passed = std::ranges::count_if(
                    milestones, [&](double epoch) { return epoch * per_epoch <= s + tolerance_steps; });
                return std::pow(gamma, static_cast<double>(passed));
            }
        }
        return 1;
    };
    return base * ramp * factor();
}

}  // namespace vkm::train
