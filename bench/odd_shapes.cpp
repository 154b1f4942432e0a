#include <bench/odd_shapes.h>
#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/ops/activation.h>
#include <graph/ops/cast.h>
#include <graph/ops/convolution.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/global_average_pool.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/softmax_cross_entropy.h>

namespace vkm::bench {
namespace {

using namespace graph;

class OddNetwork {
  public:
    OddNetwork(Graph& graph, DType storage) : graph_(graph), storage_(storage) {}

    ValueId dense(ValueId x, int64_t out, int64_t kernel, int64_t stride) {
        const std::string layer = next("dense");
        const ValueId w = weight(layer, {out, channels(x), kernel, kernel}, WeightLayout::dense);
        return graph_.add1(layer, ops::convolution(stride, Padding::symmetric), {x, w});
    }
    ValueId pointwise(ValueId x, int64_t out) {
        const std::string layer = next("pointwise");
        const ValueId w = weight(layer, {out, channels(x), 1, 1}, WeightLayout::matrix);
        return graph_.add1(layer, ops::pointwise(), {x, w});
    }
    ValueId depthwise(ValueId x, int64_t kernel, int64_t stride) {
        const std::string layer = next("depthwise");
        const ValueId w = weight(layer, {channels(x), 1, kernel, kernel}, WeightLayout::depthwise);
        return graph_.add1(layer, ops::depthwise(stride, Padding::same), {x, w});
    }
    ValueId activation(ValueId x, Activation kind) {
        return graph_.add1(next("activation"), ops::activation(kind), {x});
    }

  private:
    std::string next(std::string_view what) { return fmt::format("{}{}", what, ++layers_); }
    int64_t channels(ValueId x) const { return graph_.type(x).shape.c; }
    ValueId weight(const std::string& layer, std::vector<int64_t> shape, WeightLayout layout) {
        const ValueId w = graph_.parameter({.name = layer + ".weight",
                                            .torch_shape = std::move(shape),
                                            .layout = layout,
                                            .initialiser = Initialiser::kaiming_normal_fan_out});
        return storage_ == DType::f32 ? w : graph_.add1(layer + ".weight", ops::cast(storage_), {w});
    }

    Graph& graph_;
    DType storage_;
    int layers_ = 0;
};

}  // namespace

Graph odd_shapes(int64_t batch, DType storage) {
    Graph graph;
    OddNetwork net(graph, storage);
    const ValueId labels = graph.input("labels", {DType::i32, {batch, 1, 1, 1}});
    ValueId x = graph.input("images", {storage, {batch, 97, 61, 3}});
    x = net.dense(x, 17, 3, 2);
    x = net.depthwise(x, 3, 1);
    x = net.pointwise(x, 89);
    x = net.activation(x, Activation::hard_swish);
    x = net.depthwise(x, 5, 2);
    x = net.pointwise(x, 37);
    x = net.dense(x, 31, 5, 1);
    x = net.pointwise(x, 211);
    x = net.depthwise(x, 3, 2);
    x = graph.add1("pool", ops::global_average_pool(), {x});
    x = net.pointwise(x, 101);
    const ValueId loss = graph.add1("loss", ops::softmax_cross_entropy({0.1, batch}), {x, labels});
    pack_parameters(graph);
    add_gradients(graph, loss);
    return graph;
}

}  // namespace vkm::bench
