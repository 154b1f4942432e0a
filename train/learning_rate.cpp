#include <train/learning_rate.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace vkm::train {
namespace {

constexpr std::array<std::string_view, 7> names{"constant", "step",       "multistep", "exponential",
                                                "cosine",   "polynomial", "one-cycle"};

/// Epochs times steps_per_epoch may fall a rounding error short of the whole step it stands for.
constexpr double tolerance_ticks = 1e-6;

bool positive(double value) {
    return std::isfinite(value) && value > 0;
}
bool not_negative(double value) {
    return std::isfinite(value) && value >= 0;
}

/// Holds a schedule in ticks.
struct Ticks {
    double now = 0;
    double an_epoch = 1;
    double warmup = 0;
    double run = 0;

    bool warming() const { return now < warmup; }
};

Ticks ticks_of(const LearningRate& schedule, uint64_t step, uint64_t steps_per_epoch, double epochs) {
    const auto s = static_cast<double>(step), per_epoch = static_cast<double>(steps_per_epoch);
    Ticks ticks;
    ticks.an_epoch = schedule.by_epoch ? 1 : per_epoch;
    ticks.now = schedule.by_epoch ? static_cast<double>(step / steps_per_epoch) : s;
    ticks.warmup = schedule.warmup_epochs * ticks.an_epoch;
    if (schedule.warmup_steps > 0)
        ticks.warmup = static_cast<double>(schedule.warmup_steps) * ticks.an_epoch / per_epoch;
    ticks.run = epochs * ticks.an_epoch;
    return ticks;
}

double warm_rate(const LearningRate& schedule, const Ticks& ticks) {
    const double progress = ticks.now / ticks.warmup;
    if (schedule.warmup_rate)
        return *schedule.warmup_rate + (schedule.base - *schedule.warmup_rate) * progress;
    if (schedule.warmup_factor)
        return schedule.base * (*schedule.warmup_factor + (1 - *schedule.warmup_factor) * progress);
    return schedule.base * std::min(1.0, (ticks.now + 1) / ticks.warmup);
}

// Returns OneCycleLR's rate: a rise to the base that ends a tick early, then a fall to the last tick.
double cycle_rate(const LearningRate& schedule, const Ticks& ticks) {
    const OneCycle& cycle = schedule.one_cycle;
    const double total = schedule.decay_epochs > 0 ? schedule.decay_epochs * ticks.an_epoch : ticks.run;
    const double first = schedule.base / cycle.div_factor, last = first / cycle.final_div_factor;
    const double peak = std::max(0.0, cycle.rising * total - 1), end = std::max(peak, total - 1);
    const auto between = [&](double from, double to, double progress) {
        if (cycle.linear) return from + (to - from) * progress;
        return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * progress));
    };
    if (ticks.now <= peak) return between(first, schedule.base, peak > 0 ? ticks.now / peak : 1);
    return between(schedule.base, last, end > peak ? std::min(1.0, (ticks.now - peak) / (end - peak)) : 1);
}

double factor(const LearningRate& schedule, const Ticks& ticks) {
    const double since = schedule.warmup_prefix ? std::max(0.0, ticks.now - ticks.warmup) : ticks.now;
    // How much of the decay lies behind, from 0 to 1.
    const auto progress = [&] {
        const double span = schedule.decay_epochs > 0
                                ? schedule.decay_epochs * ticks.an_epoch
                                : ticks.run - (schedule.warmup_prefix ? ticks.warmup : 0);
        return span > 0 ? std::min(1.0, since / span) : 0.0;
    };
    switch (schedule.decay) {
        case Decay::constant:
        case Decay::one_cycle:
            return 1;
        case Decay::step: {
            const double late = schedule.step_offset * ticks.an_epoch;
            const double periods =
                std::floor((since - late + tolerance_ticks) / (schedule.step_size * ticks.an_epoch));
            return std::pow(schedule.gamma, std::max(0.0, periods));
        }
        case Decay::exponential: {
            const double period = schedule.decay_epochs > 0 ? schedule.decay_epochs : 1;
            return std::pow(schedule.gamma, since / (period * ticks.an_epoch));
        }
        case Decay::cosine:
            return (1 + std::cos(std::numbers::pi * progress())) / 2;
        case Decay::polynomial:
            return std::pow(1 - progress(), schedule.power);
        case Decay::multistep: {
            const auto passed = std::ranges::count_if(schedule.milestones, [&](double epoch) {
                return epoch * ticks.an_epoch <= ticks.now + tolerance_ticks;
            });
            return std::pow(schedule.gamma, static_cast<double>(passed));
        }
    }
    return 1;
}

void validate_warmup(const LearningRate& s, double epochs) {
    if (!not_negative(s.warmup_epochs))
        throw ScheduleError("--warmup-epochs is {}; give zero or a positive number", s.warmup_epochs);
    if (s.warmup_steps < 0)
        throw ScheduleError("--warmup-steps is {}; give zero or a positive number", s.warmup_steps);
    if (s.warmup_epochs > 0 && s.warmup_steps > 0)
        throw ScheduleError("--warmup-epochs and --warmup-steps both say how long the warm-up is: give one");
    if (s.warmup_epochs > epochs)
        throw ScheduleError("--warmup-epochs {} outlasts --epochs {}; shorten the warm-up", s.warmup_epochs,
                            epochs);
    if (s.warmup_factor && s.warmup_rate)
        throw ScheduleError("--warmup-factor and --warmup-lr both say where the warm-up begins: give one");
    const bool warms = s.warmup_epochs > 0 || s.warmup_steps > 0;
    if (!warms && (s.warmup_factor || s.warmup_rate))
        throw ScheduleError("{} says where a warm-up begins: give --warmup-epochs or --warmup-steps, too",
                            s.warmup_factor ? "--warmup-factor" : "--warmup-lr");
    if (s.warmup_factor && !(*s.warmup_factor >= 0 && *s.warmup_factor <= 1))
        throw ScheduleError("--warmup-factor is {}; give a share of --lr from 0 to 1", *s.warmup_factor);
    if (s.warmup_rate && !not_negative(*s.warmup_rate))
        throw ScheduleError("--warmup-lr is {}; give zero or a positive number", *s.warmup_rate);
    if (warms && s.decay == Decay::one_cycle)
        throw ScheduleError(
            "--scheduler one-cycle rises by itself: leave the warm-up away, and set --pct-start and --div-factor");
}

void validate_cycle(const OneCycle& cycle) {
    if (!(cycle.rising > 0 && cycle.rising < 1))
        throw ScheduleError("--pct-start is {}; give a share of the steps between 0 and 1", cycle.rising);
    if (!positive(cycle.div_factor))
        throw ScheduleError("--div-factor is {}; give a positive number", cycle.div_factor);
    if (!positive(cycle.final_div_factor))
        throw ScheduleError("--final-div-factor is {}; give a positive number", cycle.final_div_factor);
}

}  // namespace

std::span<const std::string_view> decay_names() {
    return names;
}

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
    if (!not_negative(base)) throw ScheduleError("--lr is {}; give zero or a positive number", base);
    validate_warmup(*this, epochs);
    if (!not_negative(decay_epochs))
        throw ScheduleError("--decay-epochs is {}; give a positive number", decay_epochs);
    const bool uses_gamma = decay == Decay::step || decay == Decay::multistep || decay == Decay::exponential;
    if (uses_gamma && !positive(gamma)) throw ScheduleError("--gamma is {}; give a positive number", gamma);
    if (decay == Decay::step && !positive(step_size))
        throw ScheduleError("--step-size is {}; give a positive number of epochs", step_size);
    if (decay == Decay::step && !std::isfinite(step_offset))
        throw ScheduleError("--step-offset is {}; give a number of epochs", step_offset);
    if (decay == Decay::cosine || decay == Decay::polynomial) {
        if (!not_negative(min_rate))
            throw ScheduleError("--min-lr is {}; give zero or a positive number", min_rate);
        if (min_rate > base)
            throw ScheduleError("--min-lr {} is more than --lr {}: the rate would rise", min_rate, base);
    }
    if (decay == Decay::polynomial && !positive(power))
        throw ScheduleError("--power is {}; give a positive number", power);
    if (decay == Decay::one_cycle) validate_cycle(one_cycle);
    if (decay != Decay::multistep) return;
    if (milestones.empty()) throw ScheduleError("--scheduler multistep needs --milestones, such as 30,60,80");
    if (!std::ranges::all_of(milestones, positive) || !std::ranges::is_sorted(milestones))
        throw ScheduleError("--milestones {} must be positive and rising", fmt::join(milestones, ","));
}

double LearningRate::at(uint64_t step, uint64_t steps_per_epoch, double epochs) const {
    const Ticks ticks = ticks_of(*this, step, steps_per_epoch, epochs);
    if (decay == Decay::one_cycle) return cycle_rate(*this, ticks);
    // A milestone may fall into the warm-up; the other decays have not begun there.
    if (ticks.warming())
        return warm_rate(*this, ticks) *
               (decay == Decay::multistep && warmup_prefix ? factor(*this, ticks) : 1);
    const double low = decay == Decay::cosine || decay == Decay::polynomial ? min_rate : 0;
    return low + (base - low) * factor(*this, ticks);
}

bool LearningRate::spans_the_run() const {
    return decay_epochs == 0 &&
           (decay == Decay::cosine || decay == Decay::polynomial || decay == Decay::one_cycle);
}

}  // namespace vkm::train
