#include <base/checksum.h>
#include <base/philox.h>
#include <graph/models/initialise.h>
#include <graph/normal_distribution.h>
#include <graph/weight_layout.h>

#include <cmath>

namespace vkm::graph {
namespace {

std::vector<float> normal(const ParameterInfo& info, uint64_t seed, double deviation) {
    const uint64_t name = fnv1a(info.name);
    const auto low = [](uint64_t v) { return static_cast<uint32_t>(v); };
    const auto high = [](uint64_t v) { return static_cast<uint32_t>(v >> 32); };
    std::vector<float> values(static_cast<size_t>(torch_elements(info)));
    for (size_t i = 0; i < values.size(); i += 2) {
        const auto pair =
            box_muller(philox({low(i / 2), high(i / 2), low(name), high(name)}, {low(seed), high(seed)}));
        for (size_t j = 0; j < 2 && i + j < values.size(); ++j)
            values[i + j] = static_cast<float>(deviation * pair[j]);
    }
    return values;
}

// PyTorch counts a depthwise weight [C, 1, K, K] as C outputs.
int64_t fan_out(const ParameterInfo& info) {
    const auto& shape = info.torch_shape;
    int64_t fan = shape.at(0);
    for (size_t i = 2; i < shape.size(); ++i)
        fan *= shape[i];
    return fan;
}

}  // namespace

HostTensor initial_value(const ParameterInfo& info, uint64_t seed) {
    const auto constant = [&](float value) {
        return to_stored(info, std::vector<float>(static_cast<size_t>(torch_elements(info)), value));
    };
    switch (info.initialiser) {
        case Initialiser::zeros:
            return constant(0);
        case Initialiser::ones:
            return constant(1);
        case Initialiser::kaiming_normal_fan_out:
            return to_stored(info, normal(info, seed, std::sqrt(2.0 / static_cast<double>(fan_out(info)))));
        case Initialiser::normal_001:
            return to_stored(info, normal(info, seed, 0.01));
    }
    throw Error("{} has no initialiser", info.name);
}

std::map<ValueId, HostTensor> initial_values(const Graph& graph, uint64_t seed) {
    std::map<ValueId, HostTensor> values;
    for (size_t i = 0; i < graph.values().size(); ++i)
        if (const auto& info = graph.values()[i].info)
            values.emplace(static_cast<ValueId>(i), initial_value(*info, seed));
    return values;
}

}  // namespace vkm::graph
