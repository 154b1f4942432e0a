#pragma once

#include "graph/support/operator_test.h"

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/cast.h>
#include <graph/ops/channel_scale.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/global_average_pool.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/softmax_cross_entropy.h>

#include <string>
#include <vector>

namespace vkm::test {

/// Adds layers of a bottleneck for tests of passes, with differentiable() weights. Convolution weights of
/// fp16 networks are cast from fp32.
class Block {
  public:
    using Graph = graph::Graph;
    using ValueId = graph::ValueId;
    using TensorType = graph::TensorType;
    using Shape = graph::Shape;

    Block(Graph& g, graph::DType dtype) : graph_(g), dtype_(dtype) {}

    ValueId parameter(const std::string& name, TensorType type) { return differentiable(graph_, name, type); }

    ValueId batch_norm(const std::string& layer, ValueId x, graph::Activation activation) {
        const int64_t c = graph_.type(x).shape.c;
        const auto state = [&](const std::string& name) {
            return graph_.add_value({.name = layer + name,
                                     .type = graph::channel_vector(c),
                                     .role = graph::Role::state,
                                     .info = {}});
        };
        const ValueId statistics = graph_.add1(layer, graph::ops::batch_statistics(), {x});
        return graph_.add1(
            layer, graph::ops::batch_norm({.activation = activation}),
            {x, statistics, parameter(layer + ".gamma", graph::channel_vector(c)),
             parameter(layer + ".beta", graph::channel_vector(c)), state(".mean"), state(".variance")});
    }
    ValueId depthwise(const std::string& layer, ValueId x, int64_t kernel, int64_t stride) {
        const int64_t c = graph_.type(x).shape.c;
        return graph_.add1(layer, graph::ops::depthwise(stride, graph::Padding::same),
                           {x, weight(layer + ".w", {1, kernel, kernel, c})});
    }
    ValueId pointwise(const std::string& layer, ValueId x, int64_t out) {
        return graph_.add1(layer, graph::ops::pointwise(),
                           {x, weight(layer + ".w", {1, 1, graph::round_up4(graph_.type(x).shape.c), out})});
    }
    ValueId squeeze_excite(const std::string& layer, ValueId x) {
        const ValueId s = pointwise(layer + ".fc", graph_.add1(layer, graph::ops::global_average_pool(), {x}),
                                    graph_.type(x).shape.c);
        return graph_.add1(layer, graph::ops::channel_scale(), {x, s});
    }

    ValueId weight(const std::string& name, Shape shape) {
        const ValueId w = parameter(name, graph::f32(shape));
        return dtype_ == graph::DType::f32 ? w : graph_.add1(name, graph::ops::cast(dtype_), {w});
    }

  private:
    Graph& graph_;
    graph::DType dtype_;
};

/// Returns the network with a loss on its pooled output, packed and differentiated.
inline graph::Graph gradients_of(const Build& build) {
    graph::Graph g;
    const graph::ValueId logits =
        g.add1("pool", graph::ops::global_average_pool(), {build(g, graph::DType::f32)});
    const graph::ValueId labels = g.input("labels", {graph::DType::i32, {g.type(logits).shape.n, 1, 1, 1}});
    const graph::ValueId loss = g.add1("loss", graph::ops::softmax_cross_entropy(), {logits, labels});
    graph::pack_parameters(g);
    graph::add_gradients(g, loss);
    return g;
}

inline std::vector<std::string> operators(const graph::Graph& g) {
    std::vector<std::string> names;
    for (const graph::Node& node : g.nodes())
        names.emplace_back(node.op->name());
    return names;
}

}  // namespace vkm::test
