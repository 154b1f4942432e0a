#include <graph/models/network.h>
#include <graph/weights/identify.h>
#include <graph/weights/parameters.h>

namespace vkm::graph {

std::vector<ParameterInfo> weight_list(const ModelConfig& config) {
    Graph graph;
    build_network(graph, config, graph.input("images", f32({1, config.input_size, config.input_size, 3})),
                  Mode::evaluation);
    std::vector<ParameterInfo> list;
    for (const ValueId id : weights_of(graph))
        list.push_back(*graph.value(id).info);
    return list;
}

std::optional<ModelConfig> identify(const StateDict& weights) {
    const auto matches = [&](const ModelConfig& config) {
        const std::vector<ParameterInfo> list = weight_list(config);
        size_t counted = 0;
        for (const ParameterInfo& info : list) {
            const NamedTensor* tensor = weights.find(info.name);
            if (!tensor || tensor->shape != info.torch_shape) return false;
            const auto name = tracked_name(info);
            counted += 1 + (name && weights.find(*name) ? 1 : 0);
        }
        return counted == weights.tensors.size();
    };
    for (const Model model : models()) {
        ModelConfig config = model_config(model_name(model));
        const NamedTensor* classifier = weights.find(weight_list(config).back().name);
        if (!classifier || classifier->shape.size() != 1 || classifier->shape[0] < 1) continue;
        config.num_classes = classifier->shape[0];
        const Head usual = config.head, other = usual == Head::full ? Head::scaled : Head::full;
        for (const double width : {1.0, 0.75, 0.5, 0.25, 0.35, 0.6, 0.8, 1.1, 1.25, 1.3, 1.4, 1.5, 1.75, 2.0})
            for (const Head head : {usual, other}) {
                config.width = width;
                config.head = head;
                if (matches(config)) return config;
            }
    }
    return {};
}

}  // namespace vkm::graph
