#include "graph/support/networks.h"

#include <base/philox.h>
#include <graph/models/initialise.h>

namespace vkm::test {

using namespace graph;

TestNetwork test_network(const ModelConfig& config, int64_t batch, Mode mode) {
    TestNetwork network;
    network.images = network.graph.input("images", f32({batch, config.input_size, config.input_size, 3}));
    network.logits = build_network(network.graph, config, network.images, mode);
    return network;
}

ModelConfig narrow_model(std::string_view model) {
    ModelConfig config = model_config(model);
    config.width = 0.25;
    config.input_size = 32;
    config.num_classes = 10;
    return config;
}

HostTensor noise(const Shape& shape, uint64_t seed) {
    HostTensor tensor(shape);
    for (size_t i = 0; i < tensor.values.size(); ++i) {
        const uint32_t bits =
            philox({static_cast<uint32_t>(i), static_cast<uint32_t>(seed), 0, 0}, {0, 0})[0];
        tensor.values[i] = (bits >> 8) * 0x1p-23 - 1;
    }
    return tensor;
}

std::map<ValueId, HostTensor> trained_values(const Graph& graph, uint64_t seed) {
    std::map<ValueId, HostTensor> values = initial_values(graph, seed);
    for (auto& [id, tensor] : values) {
        if (graph.value(id).info->layout != WeightLayout::vector) continue;
        const HostTensor away = noise(tensor.shape, seed + static_cast<uint64_t>(id));
        for (size_t i = 0; i < tensor.values.size(); ++i)
            tensor.values[i] = static_cast<float>(tensor.values[i] + away.values[i] / 2);
    }
    return values;
}

}  // namespace vkm::test
