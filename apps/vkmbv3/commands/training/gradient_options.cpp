#include "commands/training/gradient_options.h"

#include "cli/number_checks.h"
#include "cli/usage_error.h"

#include <graph/ops/loss_scale.h>

#include <fmt/core.h>

#include <bit>
#include <charconv>

namespace vkm::apps {
namespace {

// Returns the exponent of a power of two that the loss may be scaled by.
int exponent_of(const std::string& text) {
    uint64_t scale = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), scale);
    const int highest = graph::ops::LossScale{}.highest_exponent;
    if (error != std::errc() || end != text.data() + text.size() || !std::has_single_bit(scale) ||
        scale > uint64_t{1} << highest)
        throw UsageError(fmt::format("--loss-scale {}: give dynamic, or a power of two from 1 to {}", text,
                                     uint64_t{1} << highest));
    return std::countr_zero(scale);
}

void choose(std::optional<double>& limit, double given) {
    if (given > 0) limit = given;
}

}  // namespace

void GradientArguments::add(CLI::App& app, const std::string& group) {
    app.add_option("--grad-accum,--grad-accum-steps", accumulation_,
                   "batches a step: their gradients' mean makes one update")
        ->check(positive_number())
        ->capture_default_str()
        ->group(group);
    app.add_option("--clip-grad-norm", clip_norm_, "largest norm of all gradients together")
        ->check(positive_number())
        ->group(group);
    app.add_option("--clip-grad-value", clip_value_, "largest size of a gradient")
        ->check(positive_number())
        ->group(group);
    app.add_option("--agc", agc_,
                   "adaptive clipping: a unit's gradient has at most this share of the norm of its weights")
        ->check(positive_number())
        ->group(group);
    app.add_option("--clip-grad", clip_, "what --clip-mode bounds, as timm says it")
        ->check(positive_number())
        ->group(group);
    mode_ = app.add_option("--clip-mode", clip_mode_, "what --clip-grad is: norm, value or agc")
                ->check(CLI::IsMember({"norm", "value", "agc"}))
                ->group(group);
    app.add_option(
           "--freeze", freeze_,
           "layers that are not trained: backbone, all-but-output, stages:N, bn, bn-stats, features.3,…")
        ->group(group);
    app.add_option(
           "--cache-features", feature_draws_,
           "compute what the frozen layers make of each image once, for so many draws of its augmentation; 0: "
           "anew in every epoch")
        ->check(non_negative_number())
        ->capture_default_str()
        ->group(group);
    app.add_option("--loss-scale", loss_scale_, "of amp: dynamic, or a power of two")
        ->type_name("N|dynamic")
        ->capture_default_str()
        ->group(group);
}

train::Clipping GradientArguments::clipping() const {
    train::Clipping clipping;
    choose(clipping.norm, clip_norm_);
    choose(clipping.value, clip_value_);
    choose(clipping.adaptive, agc_);
    if (clip_ == 0) {
        if (mode_->count() > 0)
            throw UsageError("--clip-mode says what --clip-grad bounds: give --clip-grad too");
        return clipping;
    }
    std::optional<double>& meant = clip_mode_ == "norm"    ? clipping.norm
                                   : clip_mode_ == "value" ? clipping.value
                                                           : clipping.adaptive;
    if (meant && *meant != clip_)
        throw UsageError(fmt::format("--clip-grad {} --clip-mode {} contradicts another option's {}", clip_,
                                     clip_mode_, *meant));
    meant = clip_;
    return clipping;
}

void GradientArguments::resolve(train::Recipe& recipe, const graph::ModelConfig& model) const {
    recipe.accumulation = accumulation_;
    recipe.clipping = clipping();
    recipe.feature_draws = feature_draws_;
    if (fixes_loss_scale()) recipe.loss_scale_exponent = exponent_of(loss_scale_);
    try {
        recipe.frozen = graph::parse_frozen(freeze_, model);
    } catch (const graph::FreezeError& error) {
        throw UsageError(error.what());
    }
}

std::map<std::string, std::string> GradientArguments::resolved() const {
    const train::Clipping limits = clipping();
    std::map<std::string, std::string> result;
    if (limits.norm) result["clip-grad-norm"] = fmt::format("{}", *limits.norm);
    if (limits.value) result["clip-grad-value"] = fmt::format("{}", *limits.value);
    if (limits.adaptive) result["agc"] = fmt::format("{}", *limits.adaptive);
    return result;
}

}  // namespace vkm::apps
