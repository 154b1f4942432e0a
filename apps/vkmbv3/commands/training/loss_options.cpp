#include "commands/training/loss_options.h"

#include "cli/usage_error.h"

#include <fmt/core.h>

#include <algorithm>

namespace vkm::apps {

void LossArguments::add(CLI::App& app, const std::string& group) {
    app_ = &app;
    const auto number = [&](const char* name, auto& value, const std::string& help) {
        return app.add_option(name, value, help)->capture_default_str()->group(group);
    };
    number("--label-smoothing", label_smoothing_,
           "share of a label's probability that is spread over all classes")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option(
           "--class-weights", class_weights_,
           "weights of the classes in the loss: balanced (rare classes count more), or a file with one a "
           "class")
        ->group(group);
    app.add_flag("--bce-loss", loss_.bce, "binary cross-entropy of a sigmoid a class, as timm has it")
        ->group(group);
    app.add_flag("--bce-sum", loss_.bce_sum, "with --bce-loss: the sum over the classes, not their mean")
        ->group(group);
    app.add_option("--bce-target-thresh", threshold_,
                   "with --bce-loss: targets above it become 1, others 0 (default: they stay)")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group);
    number("--mixup", loss_.mixing.mixup_alpha,
           "mix images by mixup with lambda of Beta(A, A), such as 0.2; 0: do not");
    number("--cutmix", loss_.mixing.cutmix_alpha,
           "mix images by CutMix with lambda of Beta(A, A), such as 1; 0: do not");
    number("--mixup-prob", loss_.mixing.probability, "how often mixup or CutMix is done");
    number("--mixup-switch-prob", loss_.mixing.switch_probability,
           "where both are given, how often it is CutMix");
    number("--mixup-off-epoch", loss_.mixing.off_epoch,
           "from this epoch on, counted from 0, nothing is mixed; 0: always");
    const auto modes = train::mixing_modes();
    number("--mixup-mode", mode_, "whether lambda is drawn for a batch, a pair of images, or every image")
        ->check(CLI::IsMember(std::vector<std::string>(modes.begin(), modes.end())));
    number(
        "--drop-path", drop_path_,
        "stochastic depth: leave residual blocks out at random, the last one with this probability, earlier "
        "ones less");
}

bool LossArguments::given(const char* option) const {
    const CLI::Option& found = *app_->get_option(option);
    return found.count() > 0 && found.reduced_results().back() != found.get_default_str();
}

void LossArguments::refuse_options_without_their_loss() const {
    if (!loss_.bce)
        for (const char* option : {"--bce-sum", "--bce-target-thresh"})
            if (app_->get_option(option)->count() > 0)
                throw UsageError(fmt::format("{} is an option of --bce-loss: give that, too", option));
    if (!loss_.mixing.mixes())
        for (const char* option :
             {"--mixup-prob", "--mixup-switch-prob", "--mixup-off-epoch", "--mixup-mode"})
            if (given(option))
                throw UsageError(
                    fmt::format("{} says how images are mixed: give --mixup or --cutmix, too", option));
    if (!(loss_.mixing.mixup_alpha > 0 && loss_.mixing.cutmix_alpha > 0) && given("--mixup-switch-prob"))
        throw UsageError(
            "--mixup-switch-prob says how often it is CutMix and not mixup: give both --mixup and --cutmix");
}

void LossArguments::resolve(train::Recipe& recipe, bool goes_on) const {
    if (!(drop_path_ >= 0 && drop_path_ < 1))
        throw UsageError(fmt::format("--drop-path is {}, but must be at least 0 and below 1", drop_path_));
    recipe.label_smoothing = label_smoothing_;
    recipe.loss = loss_;
    recipe.drop_path = drop_path_;
    if (loss_.bce && app_->get_option("--bce-target-thresh")->count() > 0)
        recipe.loss.bce_threshold = threshold_;
    train::Mixing& mixing = recipe.loss.mixing;
    const auto modes = train::mixing_modes();
    mixing.mode = static_cast<train::Mixing::Mode>(std::ranges::find(modes, mode_) - modes.begin());
    try {
        mixing.validate();
    } catch (const train::MixingError& error) {
        throw UsageError(error.what());
    }
    if (!goes_on) refuse_options_without_their_loss();
}

}  // namespace vkm::apps
