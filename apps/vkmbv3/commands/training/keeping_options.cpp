#include "commands/training/keeping_options.h"

#include "cli/number_checks.h"
#include "cli/usage_error.h"

#include <fmt/core.h>

namespace vkm::apps {

void KeepingArguments::add(CLI::App& app) {
    app.add_option("--val-every", validate_every_,
                   "epochs between two validations, besides that at the end; may be fractional")
        ->check(positive_number())
        ->capture_default_str()
        ->group(group);
    const auto names = train::best_by_names();
    app.add_option("--best-by", best_by_,
                   "what decides which weights are best; ema-…: the moving average is kept")
        ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
        ->capture_default_str()
        ->group(group);
    app.add_option("--best", keeping_.best, "keep so many of the best weights, in best/")
        ->check(positive_number())
        ->capture_default_str()
        ->group(group);
    app.add_flag("--save-epochs", keeping_.every_epoch, "keep the weights of every epoch, in epochs/")
        ->group(group);
    app.add_option("--keep", keeping_.last, "keep the weights of the last so many epochs only, in epochs/")
        ->check(positive_number())
        ->group(group);
    app.add_option("--patience", keeping_.patience,
                   "stop after so many validations in a row without a better one")
        ->check(positive_number())
        ->group(group);
    app.add_option(
           "--recalibrate-bn", recalibrate_batches_,
           "estimate running statistics anew over so many training batches before validating and saving")
        ->check(positive_number())
        ->group(group);
}

train::Keeping KeepingArguments::resolve(bool averages, bool goes_on) const {
    if (!goes_on && keeping_.every_epoch && keeping_.last > 0)
        throw UsageError(fmt::format(
            "--save-epochs keeps the weights of every epoch and --keep {} those of the last: give one",
            keeping_.last));
    train::Keeping keeping = keeping_;
    keeping.best_by = train::parse_best_by(best_by_);
    keeping.every_epoch = keeping.every_epoch || keeping.last > 0;
    if (train::is_of_average(keeping.best_by) && !averages)
        throw UsageError(fmt::format("--best-by {} needs a moving average: give --ema-decay, too", best_by_));
    return keeping;
}

void KeepingArguments::require_validation(bool goes_on) const {
    for (const auto& [meant, option] :
         {std::pair(keeping_.patience > 0, "--patience counts validations"),
          std::pair(!goes_on && keeping_.best > 1, "--best goes by validations")})
        if (meant)
            throw UsageError(fmt::format(
                "{}, and there are no validation images: hold some back with --val-split 0.2, or name others with "
                "--val-data",
                option));
}

}  // namespace vkm::apps
