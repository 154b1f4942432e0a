#include "commands/training/average_options.h"

#include "cli/usage_error.h"

#include <fmt/core.h>

#include <array>
#include <limits>

namespace vkm::apps {
namespace {

using graph::ops::AverageWarmup;

constexpr std::array<std::string_view, 4> warmups{"none", "tensorflow", "exponential", "timm"};

}  // namespace

void AverageArguments::add(CLI::App& app, const std::string& group) {
    app_ = &app;
    const CLI::Range counts(int64_t{0}, int64_t{std::numeric_limits<int32_t>::max()});
    app.add_option(
           "--ema-decay", decay_,
           "keep a moving average of the weights with this decay, such as 0.9999, beside them; 0: none")
        ->capture_default_str()
        ->group(group);
    app.add_option("--ema-warmup", warmup_,
                   "how the decay grows with k updates: tensorflow min(D, (1 + k) / (10 + k)), exponential "
                   "D (1 - exp(-k / 2000)), timm min(D, 1 - k^(-2/3))")
        ->check(CLI::IsMember(std::vector<std::string>(warmups.begin(), warmups.end())))
        ->capture_default_str()
        ->group(group);
    app.add_option("--ema-start-step", average_.rate.start, "updates before the moving average begins")
        ->check(counts)
        ->capture_default_str()
        ->group(group);
    app.add_option("--ema-every", average_.rate.every, "updates from one averaging to the next")
        ->check(CLI::Range(int64_t{1}, int64_t{std::numeric_limits<int32_t>::max()}))
        ->capture_default_str()
        ->group(group);
    app.add_flag("--ema-buffers,!--no-ema-buffers", average_.buffers,
                 "running statistics are averaged, too; with --no-…: the moving average has the weights' own")
        ->default_str("true")
        ->group(group);
}

std::optional<graph::WeightAverage> AverageArguments::resolve(bool goes_on) const {
    if (!(decay_ >= 0 && decay_ < 1))
        throw UsageError(fmt::format("--ema-decay is {}, but must be at least 0 and below 1", decay_));
    if (decay_ == 0) {
        for (const char* name : {"--ema-warmup", "--ema-start-step", "--ema-every", "--ema-buffers"})
            if (const CLI::Option& option = *app_->get_option(name);
                !goes_on && option.count() > 0 && option.reduced_results().back() != option.get_default_str())
                throw UsageError(
                    fmt::format("{} is an option of the moving average: give --ema-decay, too", name));
        return {};
    }
    graph::WeightAverage average = average_;
    average.rate.decay = decay_;
    for (size_t i = 0; i < warmups.size(); ++i)
        if (warmups[i] == warmup_) average.rate.warmup = static_cast<AverageWarmup>(i);
    return average;
}

}  // namespace vkm::apps
