#include <bench/optimizer_cases.h>
#include <graph/flat_buffers.h>
#include <graph/models/network.h>
#include <graph/ops/clip_gradients.h>
#include <graph/ops/loss_scale.h>
#include <graph/optimizer.h>
#include <train/optimizers.h>

namespace vkm::bench {

graph::Graph optimizer_cases() {
    using namespace graph;
    const ModelConfig config = model_config("mobilenet_v3_large");
    Graph graph;
    const ValueId images = graph.input("images", f32({1, config.input_size, config.input_size, 3}));
    build_network(graph, config, images, Mode::training);
    pack_parameters(graph);
    const ParameterRanges ranges = parameter_ranges(graph);
    graph.set_nodes({});
    const ValueId parameters = flat_buffer(graph, Role::parameter);
    const ValueId gradients = add_flat_buffer(graph, Role::gradient, graph.type(parameters));
    const ValueId loss = graph.input("loss", channel_vector(4));
    for (const train::OptimizerRow& row : train::optimizers()) {
        add_optimizer(graph, train::make_optimizer({.name = std::string(row.name)}, ranges), loss);
        std::vector<Node> nodes = graph.nodes();
        nodes.back().layer = row.name;
        graph.set_nodes(std::move(nodes));
    }
    graph.add("clip_norm", ops::clip_gradient_norm(1), {gradients});
    graph.add("clip_value", ops::clip_gradient_values(1), {gradients});
    graph.add("agc", ops::clip_gradients_adaptively({}, ranges), {gradients, parameters});
    return graph;
}

}  // namespace vkm::bench
