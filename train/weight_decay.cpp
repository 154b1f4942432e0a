#include <train/weight_decay.h>

#include <fmt/ranges.h>

#include <algorithm>

namespace vkm::train {

const std::vector<std::string>& without_decay_names() {
    static const std::vector<std::string> names{"none", "norm", "norm-and-bias"};
    return names;
}

WithoutDecay parse_without_decay(std::string_view name) {
    const auto found = std::ranges::find(without_decay_names(), name);
    if (found == without_decay_names().end())
        throw Error("--no-weight-decay {} is none of {}", name, fmt::join(without_decay_names(), ", "));
    return static_cast<WithoutDecay>(found - without_decay_names().begin());
}

void spare(graph::ParameterRanges& ranges, WithoutDecay without) {
    for (graph::ParameterRange& range : ranges)
        if ((without == WithoutDecay::norm && range.batch_norm) ||
            (without == WithoutDecay::norm_and_bias && range.vector))
            range.decay = 0;
}

}  // namespace vkm::train
