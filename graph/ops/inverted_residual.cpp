#include <graph/lower/lowering.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/inverted_residual.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <optional>

namespace vkm::graph::ops {
namespace {

// Describes one workgroup of shaders/inverted_residual.comp.
struct BlockTile {
    uint32_t side = 0;  ///< outputs, side x side
    uint32_t workgroup = 0;
};
constexpr uint32_t chunk_quads = 8;  // expanded channels in shared memory at a time
constexpr uint32_t tile_rows = 4;    // outputs an invocation projects at a time
constexpr uint32_t bindings = 9;     // of the kernel
constexpr uint32_t most_sums = 4;    // times `rows` quads: more would not stay in registers
constexpr uint32_t quad_bytes = 16;  // of fp32

// Holds the block's convolutions as a graph of their own.
struct ResidualLayers {
    Graph graph;
    ValueId y = no_value;
};

class InvertedResidualOperator final : public OperatorWith<InvertedResidual> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "inverted_residual"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const ResidualLayers layers = layers_of(inputs);
        return {layers.graph.type(layers.y)};
    }

    void lower(Lowering& lowering) const override {
        std::vector<TensorType> types;
        for (size_t i = 0; i < lowering.input_count(); ++i)
            types.push_back(lowering.input_type(i));
        const ResidualLayers layers = layers_of(types);
        const Geometry g = geometry(types);
        if (const auto tile = lowering.choose("kernels", variants(lowering, g)))
            lower_whole(lowering, g, *tile, multiply_adds_of(layers));
        else
            lowering.lower_as(layers.graph, {&layers.y, 1});
    }

    void reference(ReferenceCall& call) const override {
        std::vector<TensorType> types;
        for (const HostTensor* input : call.inputs)
            types.push_back(f32(input->shape));
        const ResidualLayers layers = layers_of(types);
        const std::vector<ValueId> inputs = layers.graph.with_role(Role::input);
        std::map<ValueId, HostTensor> values;
        for (size_t i = 0; i < inputs.size(); ++i)
            values[inputs[i]] = call.in(i);
        run_reference(layers.graph, values, call.step);
        call.out() = std::move(values.at(layers.y));
    }

    int64_t multiply_adds(std::span<const TensorType> inputs, std::span<const TensorType>) const override {
        return multiply_adds_of(layers_of(inputs));
    }

  private:
    struct Geometry {
        SlidingAxis y, x;
        Shape input, middle, output;
    };

    bool has_residual() const { return attributes().project.op->epilogue().residual; }

    // Returns the position of the n-th convolution's w. Its bias follows it; behind all of
    // them comes the residual.
    size_t weights_of(size_t convolution) const { return 1 + 2 * convolution; }
    size_t convolutions() const { return attributes().expand ? 3 : 2; }
    size_t input_count() const { return weights_of(convolutions()) + (has_residual() ? 1 : 0); }

    ResidualLayers layers_of(std::span<const TensorType> inputs) const {
        if (inputs.size() != input_count())
            throw ShapeError("{} inputs, not {}", inputs.size(), input_count());
        ResidualLayers layers;
        std::vector<ValueId> given;
        for (const TensorType& type : inputs)
            given.push_back(layers.graph.input(fmt::format("{}", given.size()), type));
        layers.y = given.front();
        size_t next = 1;
        for (const BlockConvolution* convolution :
             {&attributes().expand, &attributes().depthwise, &attributes().project}) {
            if (!*convolution) continue;
            std::vector<ValueId> own{layers.y, given[next], given[next + 1]};
            next += 2;
            if (convolution == &attributes().project && has_residual()) own.push_back(given[next]);
            layers.y = layers.graph.add1(convolution->layer, convolution->op, std::move(own));
        }
        return layers;
    }

    static int64_t multiply_adds_of(const ResidualLayers& layers) {
        int64_t sum = 0;
        for (const Node& node : layers.graph.nodes()) {
            std::vector<TensorType> inputs;
            for (const ValueId id : node.inputs)
                inputs.push_back(layers.graph.type(id));
            sum += node.op->multiply_adds(inputs, std::vector{layers.graph.type(node.outputs.front())});
        }
        return sum;
    }

    Geometry geometry(std::span<const TensorType> inputs) const {
        const Depthwise& window = *as<Depthwise>(attributes().depthwise.op.get());
        const Shape& x = inputs[0].shape;
        const Shape& w = inputs[weights_of(convolutions() - 2)].shape;
        const SlidingAxis down = slide(x.h, w.h, window.stride, window.padding);
        const SlidingAxis right = slide(x.w, w.w, window.stride, window.padding);
        return {down,
                right,
                x,
                {x.n, x.h, x.w, w.c},
                {x.n, down.output, right.output, inputs[weights_of(convolutions() - 1)].shape.c}};
    }

    static uint32_t patch_side(const Geometry& g, uint32_t side) {
        return static_cast<uint32_t>((side - 1) * g.y.stride + g.y.kernel);
    }
    static uint32_t sums(const Geometry& g, const BlockTile& tile) {
        return divide_up(tile.side * tile.side / tile_rows * g.output.quads(), tile.workgroup);
    }

    // Three kernels are the default everywhere. One kernel expands the borders of a patch twice, and no
    // device has shown yet that it pays.
    static std::vector<Variant<std::optional<BlockTile>>> variants(const Lowering& lowering,
                                                                   const Geometry& g) {
        std::vector<Variant<std::optional<BlockTile>>> variants{{"three", std::nullopt}};
        const KernelPlan& plan = lowering.plan();
        if (plan.device.load_path == LoadPath::buffer && plan.device.storage_buffers < bindings)
            return variants;
        for (const BlockTile tile : {BlockTile{8, 256}, {8, 128}, {4, 128}, {4, 64}}) {
            const uint32_t patch = patch_side(g, tile.side);
            const uint32_t shared = (patch * patch + tile.side * tile.side) * chunk_quads * quad_bytes;
            const bool covers_more = tile.side / 2 >= std::max(g.y.output, g.x.output);
            if (tile.workgroup <= plan.device.max_workgroup_invocations &&
                shared <= plan.device.shared_memory_bytes && sums(g, tile) <= most_sums && !covers_more)
                variants.push_back(
                    {fmt::format("one, {}x{} outputs, {} lanes", tile.side, tile.side, tile.workgroup),
                     tile});
        }
        return variants;
    }

    void lower_whole(Lowering& lowering, const Geometry& g, const BlockTile& tile,
                     int64_t multiply_adds) const {
        const auto activation = [](const BlockConvolution& convolution) {
            return convolution ? kind(convolution.op->epilogue().activation) : 0;
        };
        const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
        const auto [expand, depthwise, project] = attributes();
        const size_t first = expand ? 1 : 0, weights = weights_of(first), residual = input_count() - 1;
        const uint32_t tiles_y = divide_up(g.output.h, tile.side), tiles_x = divide_up(g.output.w, tile.side);
        for (const Window& window : lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()})) {
            lowering.dispatch<shaders::InvertedResidual>(
                {.storage = x.storage(),
                 .constants = {.workgroup = tile.workgroup,
                               .kernel = u32(g.y.kernel),
                               .stride = u32(g.y.stride),
                               .side = tile.side,
                               .chunk = chunk_quads,
                               .sums = sums(g, tile),
                               .expand = static_cast<bool>(expand),
                               .expand_activation = activation(expand),
                               .depthwise_activation = activation(depthwise),
                               .project_activation = activation(project),
                               .residual = has_residual()},
                 .bindings = {.x = lowering.input_images(0, window),
                              .w1 = expand ? lowering.input(1) : Region{},
                              .b1 = expand ? lowering.input(2) : Region{},
                              .w2 = lowering.input(weights),
                              .b2 = lowering.input(weights + 1),
                              .w3 = lowering.input(weights + 2),
                              .b3 = lowering.input(weights + 3),
                              .residual = has_residual() ? lowering.input_images(residual, window) : Region{},
                              .y = lowering.output_images(window)},
                 .push = {.images = u32(window.count),
                          .height = u32(g.input.h),
                          .width = u32(g.input.w),
                          .in_channels = u32(g.input.c),
                          .middle_channels = u32(g.middle.c),
                          .out_channels = u32(g.output.c),
                          .out_height = u32(g.output.h),
                          .out_width = u32(g.output.w),
                          .tiles_y = tiles_y,
                          .tiles_x = tiles_x,
                          .pad_top = static_cast<int32_t>(g.y.pad_before),
                          .pad_left = static_cast<int32_t>(g.x.pad_before)},
                 .groups = fold_workgroups(window.count * tiles_y * tiles_x, lowering.plan()),
                 .flops = 2.0 * static_cast<double>(multiply_adds) * static_cast<double>(window.count) /
                          static_cast<double>(x.shape.n)});
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> inverted_residual(const InvertedResidual& block) {
    return std::make_shared<InvertedResidualOperator>(block);
}

}  // namespace vkm::graph::ops
