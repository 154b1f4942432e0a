#include <graph/lower/lowering.h>
#include <graph/ops/squeeze_excite_layers.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <bit>

namespace vkm::graph::ops {
namespace {

constexpr uint32_t gpu_workgroup = 256;  // of a GPU that can; the baseline's largest is 128
constexpr int64_t most_images = 4;       // that share a weight's load; more would idle GPUs
constexpr uint32_t weights_in_flight = 4, few_weights_in_flight = 2;  // of 16 registers each
constexpr uint32_t neighbours = 8;           // invocations that load 128 bytes of weights side by side
constexpr int64_t fewest_hidden_quads = 64;  // MobileNets at width 1 have no more: one pipeline for all
constexpr uint32_t layer_quad_bytes = sizeof(float) * 4;

uint32_t power_of_two(int64_t at_least) {
    return static_cast<uint32_t>(std::bit_ceil(static_cast<uint64_t>(at_least)));
}

// Says how the kernels are cut: their constants.
struct Tile {
    uint32_t workgroup = 0, images = 0, hidden = 0;

    uint32_t shared_bytes() const { return images * (workgroup + hidden) * layer_quad_bytes; }
    std::string name() const { return fmt::format("{} lanes, {} images", workgroup, images); }
};

// Returns the tiles to choose from, the default first.
std::vector<Variant<Tile>> tiles(int64_t image_count, int64_t hidden_quads, const KernelPlan& plan) {
    const auto fits = [&](const Tile& tile) {
        return tile.shared_bytes() <= plan.device.shared_memory_bytes &&
               tile.workgroup <= plan.device.max_workgroup_invocations;
    };
    const auto idles = [&](uint32_t images) {
        return plan.kernels.column_tree && image_count < int64_t{plan.device.processors} * images;
    };
    // A software device runs a workgroup as a loop over its subgroups, from barrier to barrier.
    const uint32_t subgroup = std::max(plan.device.subgroup_size, 1u);
    Tile tile{
        .workgroup = plan.kernels.column_tree
                         ? std::min(gpu_workgroup, std::bit_floor(plan.device.max_workgroup_invocations))
                         : subgroup,
        .images = power_of_two(std::min(image_count, most_images)),
        .hidden = power_of_two(std::max(hidden_quads, fewest_hidden_quads))};
    while (tile.images > 1 && (!fits(tile) || idles(tile.images)))
        tile.images /= 2;
    std::vector<Variant<Tile>> tiles{{tile.name(), tile}};
    for (const uint32_t workgroup : {subgroup, 64u, 128u, 256u})
        for (uint32_t images = 1; images <= 2 * most_images && images < 2 * image_count; images *= 2) {
            const Tile other{workgroup, images, tile.hidden};
            if (std::has_single_bit(workgroup) && fits(other)) tiles.push_back({other.name(), other});
        }
    return tiles;
}

// A GPU of few registers (KernelDefaults::accumulators) holds the weights of fewer steps.
uint32_t weights_at_a_time(const KernelDefaults& kernels) {
    constexpr uint32_t usual_accumulators = 16;
    if (!kernels.column_tree) return 1;
    return kernels.accumulators < usual_accumulators ? few_weights_in_flight : weights_in_flight;
}

enum class Neighbours : uint8_t { quads, steps };

// Returns how many quads of a layer's result a workgroup computes at a time: the power of two with which it
// takes the fewest turns. To begin and end a group of quads costs as much as about two turns.
uint32_t choose_lanes(int64_t quads, int64_t steps, uint32_t workgroup, Neighbours side_by_side) {
    const uint32_t side = std::min(neighbours, workgroup);
    const bool of_quads = side_by_side == Neighbours::quads;
    uint32_t best = 0;
    int64_t least = 0;
    for (uint32_t lanes = of_quads ? side : 1; lanes <= (of_quads ? workgroup : workgroup / side);
         lanes *= 2) {
        const int64_t turns = int64_t{divide_up(quads, lanes)} * (divide_up(steps, workgroup / lanes) + 2);
        if (best != 0 && turns >= least) continue;
        best = lanes;
        least = turns;
    }
    return best;
}

// Lowers the kernel, window by window. `bind(images)` returns its bindings for a window.
template <typename Kernel, typename Bind>
void lower_layers(Lowering& lowering, Neighbours side_by_side, const SqueezeExciteLayers& layers,
                  const TensorType& x, const TensorType& h, Bind bind) {
    const int64_t quads = x.shape.quads(), hidden = h.shape.quads();
    const Tile tile = lowering.choose("tile", tiles(x.shape.n, hidden, lowering.plan()));
    for (const Window& w : lowering.windows(x.shape.n, {x.image_bytes(), h.image_bytes()}))
        lowering.dispatch<Kernel>(
            {.storage = x.storage(),
             .constants = {.workgroup = tile.workgroup,
                           .images = tile.images,
                           .hidden = tile.hidden,
                           .unrolled = weights_at_a_time(lowering.plan().kernels)},
             .bindings = bind(w),
             .push = {.images = u32(w.count),
                      .channels = u32(x.shape.c),
                      .hidden_channels = u32(h.shape.c),
                      .lanes0 = choose_lanes(hidden, quads, tile.workgroup, side_by_side),
                      .lanes1 = choose_lanes(quads, hidden, tile.workgroup, side_by_side),
                      .hidden_activation = kind(layers.hidden),
                      .scale_activation = kind(layers.scale)},
             .groups = fold_workgroups(divide_up(w.count, tile.images), lowering.plan()),
             .flops = 4.0 * static_cast<double>(w.count * x.shape.c * h.shape.c)});
}

// Throws ShapeError where these are no layers from x's channels to those of h, and back.
void require_layers(const TensorType& x, const TensorType& h, const TensorType& w1, const TensorType& w2) {
    const int64_t channels = x.shape.c, hidden = h.shape.c;
    if (x.shape.h != 1 || x.shape.w != 1)
        throw ShapeError("squeeze-and-excite's layers take a vector an image, not {}", x.text());
    if (!(h == with_shape(x, {x.shape.n, 1, 1, hidden})))
        throw ShapeError("hidden channels of {} are {}", x.text(), h.text());
    if (hidden > most_hidden_channels)
        throw ShapeError("{} hidden channels are more than the {} that fit shared memory", hidden,
                         most_hidden_channels);
    if (!(w1 == with_shape(x, {1, 1, round_up4(channels), hidden})) ||
        !(w2 == with_shape(x, {1, 1, round_up4(hidden), channels})))
        throw ShapeError("weights {} and {} do not take {} to {} channels and back", w1.text(), w2.text(),
                         x.text(), hidden);
}

class Layers final : public OperatorWith<SqueezeExciteLayers> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "squeeze_excite_layers"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const TensorType &x = inputs[0], &w1 = inputs[1], &b1 = inputs[2], &w2 = inputs[3], &b2 = inputs[4];
        const TensorType h = with_shape(x, {x.shape.n, 1, 1, w1.shape.c});
        require_layers(x, h, w1, w2);
        if (!(b1 == channel_vector(h.shape.c)) || !(b2 == channel_vector(x.shape.c)))
            throw ShapeError("biases of {} and {} channels are {} and {}", h.shape.c, x.shape.c, b1.text(),
                             b2.text());
        return {h, x, x};
    }

    void lower(Lowering& lowering) const override {
        const TensorType x = lowering.input_type(0), h = lowering.output_type(0);
        using Kernel = shaders::SqueezeExciteLayers;
        lower_layers<Kernel>(lowering, Neighbours::quads, attributes(), x, h, [&](const Window& w) {
            return Kernel::Bindings<Region>{.pooled = lowering.input_images(0, w),
                                            .w1 = lowering.input(1),
                                            .b1 = lowering.input(2),
                                            .w2 = lowering.input(3),
                                            .b2 = lowering.input(4),
                                            .h = lowering.output_images(w, 0),
                                            .z = lowering.output_images(w, 1),
                                            .s = lowering.output_images(w, 2)};
        });
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor &x = call.in(0), &w1 = call.in(1), &b1 = call.in(2), &w2 = call.in(3),
                         &b2 = call.in(4);
        HostTensor &h = call.out(0), &z = call.out(1), &s = call.out(2);
        for (int64_t n = 0; n < x.shape.n; ++n) {
            for (int64_t k = 0; k < h.shape.c; ++k) {
                double sum = b1.at(0, k);
                for (int64_t c = 0; c < x.shape.c; ++c)
                    sum += x.at(n, c) * w1.at(c, k);
                h.at(n, k) = activate(attributes().hidden, sum);
            }
            for (int64_t c = 0; c < x.shape.c; ++c) {
                double sum = b2.at(0, c);
                for (int64_t k = 0; k < h.shape.c; ++k)
                    sum += h.at(n, k) * w2.at(k, c);
                z.at(n, c) = sum;
                s.at(n, c) = activate(attributes().scale, sum);
            }
        }
    }

    int64_t multiply_adds(std::span<const TensorType> inputs, std::span<const TensorType>) const override {
        return 2 * inputs[0].shape.elements() * inputs[1].shape.c;
    }
};

class LayersGrad final : public OperatorWith<SqueezeExciteLayersGrad> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "squeeze_excite_layers_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const TensorType &ds = inputs[0], &z = inputs[1], &w2 = inputs[2], &h = inputs[3], &w1 = inputs[4];
        if (!(ds == z)) throw ShapeError("the gradient of {} is {}", z.text(), ds.text());
        require_layers(z, h, w1, w2);
        return {z, h, z};
    }

    void lower(Lowering& lowering) const override {
        const TensorType x = lowering.input_type(0), h = lowering.input_type(3);
        using Kernel = shaders::SqueezeExciteLayersGrad;
        lower_layers<Kernel>(lowering, Neighbours::steps, attributes(), x, h, [&](const Window& w) {
            return Kernel::Bindings<Region>{.ds = lowering.input_images(0, w),
                                            .z = lowering.input_images(1, w),
                                            .w2 = lowering.input(2),
                                            .y = lowering.input_images(3, w),
                                            .w1 = lowering.input(4),
                                            .dz = lowering.output_images(w, 0),
                                            .dy = lowering.output_images(w, 1),
                                            .dpooled = lowering.output_images(w, 2)};
        });
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor &ds = call.in(0), &z = call.in(1), &w2 = call.in(2), &h = call.in(3),
                         &w1 = call.in(4);
        HostTensor &dz = call.out(0), &dy = call.out(1), &dx = call.out(2);
        for (int64_t n = 0; n < z.shape.n; ++n) {
            for (int64_t c = 0; c < z.shape.c; ++c)
                dz.at(n, c) = ds.at(n, c) * activate_derivative(attributes().scale, z.at(n, c));
            for (int64_t k = 0; k < h.shape.c; ++k) {
                double sum = 0;
                for (int64_t c = 0; c < z.shape.c; ++c)
                    sum += dz.at(n, c) * w2.at(k, c);
                dy.at(n, k) = sum * activate_derivative(attributes().hidden, h.at(n, k));
            }
            for (int64_t c = 0; c < z.shape.c; ++c)
                for (int64_t k = 0; k < h.shape.c; ++k)
                    dx.at(n, c) += dy.at(n, k) * w1.at(c, k);
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> squeeze_excite_layers(const SqueezeExciteLayers& layers) {
    return std::make_shared<Layers>(layers);
}

std::shared_ptr<const Operator> squeeze_excite_layers_grad(const SqueezeExciteLayers& layers) {
    return std::make_shared<LayersGrad>(SqueezeExciteLayersGrad{layers});
}

}  // namespace vkm::graph::ops
