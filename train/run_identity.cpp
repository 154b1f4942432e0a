#include <train/run_identity.h>

#include <fmt/ranges.h>

#include <algorithm>

namespace vkm::train {

namespace {

// Returns what of a split does not change from step to step.
std::string split_in_words(SharePolicy::Kind kind, std::span<const Share> shares) {
    if (shares.size() > 1 && kind == SharePolicy::Kind::measured)
        return fmt::format("over {}, as measured", shares.size());
    if (shares.size() > 1 && kind == SharePolicy::Kind::recorded)
        return fmt::format("over {}, as recorded", shares.size());
    return fmt::format("{}", fmt::join(counts_of(shares), "+"));
}

}  // namespace

std::map<std::string, std::string> run_identity(const TrainerOptions& options, const Dataset& training,
                                                std::span<const Share> shares) {
    std::map<std::string, std::string> run = graph::to_options(options.model);
    run["seed"] = std::to_string(options.recipe.seed);
    run["precision"] = options.storage == graph::DType::f16 ? "amp" : "fp32";
    run["optimizer"] = options.recipe.optimizer.name;
    // A run can go on without the average it had, but not with one that it did not have.
    if (options.recipe.average)
        run["moving average"] = options.recipe.average->buffers ? "on, with buffers" : "on";
    run["batch size"] = std::to_string(options.recipe.batch_size);
    run["batches a step"] = std::to_string(options.recipe.accumulation);
    run["frozen layers"] = options.recipe.frozen.text();
    run["draws of cached features"] = std::to_string(options.recipe.feature_draws);
    run["training images"] = std::to_string(training.size());
    if (options.shuffle && !training.reading_order().empty())
        run["shuffle window"] =
            std::to_string(std::min(options.shuffle_window, static_cast<int64_t>(training.size())));
    run[split_setting] = split_in_words(options.shares.kind, shares);
    run.insert(options.fixed_settings.begin(), options.fixed_settings.end());
    return run;
}

}  // namespace vkm::train
