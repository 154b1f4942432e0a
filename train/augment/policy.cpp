#include <base/error.h>
#include <base/text.h>
#include <train/augment/policies.h>
#include <train/augment/policy.h>

#include <algorithm>
#include <cmath>

namespace vkm::train {
namespace {

using graph::ops::bit;
using graph::ops::ColourKind;

std::vector<PolicyRow> all_policies() {
    std::vector<PolicyRow> rows;
    for (const auto part : {timm_policies(), torchvision_policies()})
        rows.insert(rows.end(), part.begin(), part.end());
    return rows;
}

/// Returns what ColorJitter may do: each of its operations at most once, one of which wants statistics.
ProgramNeeds needs_of_jitter(const std::array<double, 4>& jitter) {
    constexpr std::array kinds{ColourKind::table, ColourKind::statistics, ColourKind::saturation,
                               ColourKind::hue};
    ProgramNeeds needs;
    for (size_t i = 0; i < kinds.size(); ++i) {
        if (jitter[i] == 0) continue;
        ++needs.operations;
        needs.passes = 1;
        needs.kinds |= bit(kinds[i]);
    }
    return needs;
}

}  // namespace

std::vector<PolicyOption> policy_options(std::string_view policy, std::span<const std::string_view> known) {
    std::vector<PolicyOption> options;
    size_t at = policy.find('-');
    while (at != std::string_view::npos) {
        const size_t end = policy.find('-', at + 1);
        const std::string part(policy.substr(at + 1, end == std::string_view::npos ? end : end - at - 1));
        at = end;
        const size_t number = part.find_first_of("0123456789.");
        const std::string name = part.substr(0, number),
                          value = number == std::string::npos ? "" : part.substr(number);
        if (std::ranges::find(known, name) == known.end())
            throw Error("'{}' of '{}' is unknown: it takes {}", part, policy,
                        known.empty() ? "no options" : listed(known, "and"));
        char* behind = nullptr;
        const double parsed = std::strtod(value.c_str(), &behind);
        const bool decimal = value.find_first_of("xX") == std::string::npos;
        if (value.empty() || !decimal || *behind != '\0' || !std::isfinite(parsed))
            throw Error("'{}' of '{}' lacks a number: write {}1", part, policy, name);
        options.push_back({name, parsed});
    }
    return options;
}

int64_t whole_option(std::string_view policy, const PolicyOption& option, int64_t least, int64_t most) {
    const auto& [name, value] = option;
    if (value != std::floor(value)) throw Error("'{}': {} is {}; give a whole number", policy, name, value);
    if (value < static_cast<double>(least) || value > static_cast<double>(most))
        throw Error("'{}': {} is {}; it can be {} to {}", policy, name, value, least, most);
    return static_cast<int64_t>(value);
}

std::shared_ptr<const Policy> parse_policy(std::string_view text, TrainInterpolation interpolation) {
    const std::string_view name = text.substr(0, text.find('-'));
    const std::vector<PolicyRow> rows = all_policies();
    if (const auto row = std::ranges::find(rows, name, &PolicyRow::name); row != rows.end())
        return row->make(text, interpolation);
    std::vector<std::string_view> names;
    for (const PolicyRow& row : rows)
        names.push_back(row.name);
    throw Error("'{}' is no policy{}: use {}", name, did_you_mean(name, names), listed(names, "or"));
}

uint32_t kinds_of(TrainInterpolation interpolation) {
    switch (interpolation) {
        case TrainInterpolation::bilinear:
            return bit(ColourKind::bilinear);
        case TrainInterpolation::bicubic:
            return bit(ColourKind::bicubic);
        case TrainInterpolation::random:
            break;
    }
    return bit(ColourKind::bilinear) | bit(ColourKind::bicubic);
}

Resample resample_of(TrainInterpolation interpolation, Random& random) {
    if (interpolation == TrainInterpolation::random)
        return random.below(2) == 0 ? Resample::bilinear : Resample::bicubic;
    return interpolation == TrainInterpolation::bilinear ? Resample::bilinear : Resample::bicubic;
}

graph::ops::ColourProgram program_layout(const Augmentation& augmentation) {
    const ProgramNeeds needs = augmentation.policy.empty()
                                   ? needs_of_jitter(augmentation.jitter)
                                   : parse_policy(augmentation.policy, augmentation.interpolation)->needs();
    return {.passes = needs.passes,
            .operations = needs.operations,
            .erasures = augmentation.erase > 0 ? augmentation.erase_count : 0,
            .kinds = needs.kinds};
}

}  // namespace vkm::train
