#include <graph/kernels/gemm.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/split_rows.h>
#include <graph/ops/pointwise_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <type_traits>

namespace vkm::graph::ops {
namespace {

class PointwiseInputGradOperator final : public OperatorWith<PointwiseInputGrad, InputGradOperator>,
                                         public GradientReader {
  public:
    PointwiseInputGradOperator(const PointwiseInputGrad& attributes, const GradientEpilogue& epilogue,
                               bool forms)
        : OperatorWith(attributes), epilogue_(epilogue), forms_(forms) {}

    std::string_view name() const override { return "pointwise_input_grad"; }
    const GradientEpilogue& epilogue() const override { return epilogue_; }
    std::shared_ptr<const Operator> with_epilogue(const GradientEpilogue& epilogue) const override {
        return std::make_shared<PointwiseInputGradOperator>(attributes(), epilogue, forms_);
    }
    size_t gradient_input() const override { return 0; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<PointwiseInputGradOperator>(attributes(), epilogue_, true);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& dy = inputs[0].shape;
        if (!(inputs[1] == with_shape(inputs[0], {1, 1, round_up4(attributes().in_channels), dy.c})))
            throw ShapeError("weights {} do not take {} channels to those of {}", inputs[1].text(),
                             attributes().in_channels, inputs[0].text());
        return gradient_outputs(epilogue_, without_gradient_prologue(forms_, 0, inputs),
                                with_shape(inputs[0], {dy.n, dy.h, dy.w, attributes().in_channels}));
    }

    void lower(Lowering& lowering) const override {
        forms_ ? lower_with<shaders::PointwiseInputGradForming>(lowering)
               : lower_with<shaders::PointwiseInputGrad>(lowering);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor dy = after_gradient_prologue(forms_, 0, call);
        const HostTensor& w = call.in(1);
        HostTensor& dx = call.out();
        for (int64_t m = 0; m < dy.shape.rows(); ++m)
            for (int64_t k = 0; k < dx.shape.c; ++k)
                for (int64_t n = 0; n < dy.shape.c; ++n)
                    dx.at(m, k) += dy.at(m, n) * w.at(k, n);
        apply_gradient_epilogue(epilogue_, call);
    }

  private:
    template <typename Kernel>
    void lower_with(Lowering& lowering) const {
        const TensorType &dy = lowering.input_type(0), &dx = lowering.output_type();
        const std::vector<Window> windows =
            lowering.windows(dy.shape.rows(), {dy.row_bytes(), dx.row_bytes()});
        const GemmShape shape{windows.front().count, dx.shape.quads(), dy.shape.quads()};
        const GemmTile tile =
            choose_gemm_tile(lowering, Kernel::gemm_cooperative, dy.storage(), shape, GemmSum::whole);
        std::optional<Gather> gathered = gather_gradient(lowering, epilogue_);
        if (gathered) gathered->by_arrival = forms_ && tile.has_shader<shaders::PointwiseInputGradMerging>();
        const GemmGather gather(lowering, std::move(gathered), tile, windows, shape);
        if (gather.arrival()) {
            dispatch_merging(
                lowering, epilogue_, 2, *gather.arrival(),
                product<shaders::PointwiseInputGradMerging>(lowering, tile, gather, windows.front()), tile);
            return;
        }
        for (size_t i = 0; i < windows.size(); ++i) {
            auto plain = product<Kernel>(lowering, tile, gather, windows[i]);
            plain.constants.batch_norm = epilogue_.batch_norm.has_value();
            plain.constants.tree = plain.constants.batch_norm && lowering.plan().kernels.column_tree;
            plain.push.first_partial = gather.first_partial(i);
            lowering.dispatch(plain, tile);
        }
        gather.finish();
    }

    // Returns the product of a window of rows, but for what becomes of sums.
    template <typename Kernel>
    Lowering::Dispatch<Kernel> product(const Lowering& lowering, const GemmTile& tile,
                                       const GemmGather& gather, const Window& w) const {
        const TensorType &dy = lowering.input_type(0), &dx = lowering.output_type();
        const GradientEpilogueRegions fused =
            gradient_epilogue_regions(lowering, epilogue_, w, dx.row_bytes(), gather.partial());
        Lowering::Dispatch<Kernel> d{.shader = tile.shader<Kernel>(),
                                     .storage = dy.storage(),
                                     .pin_subgroup = tile.pins_subgroup(),
                                     .constants = {},
                                     .bindings = {},
                                     .push = {}};
        d.constants.workgroup = tile.workgroup;
        d.constants.residual = epilogue_.residual;
        d.bindings.dy = lowering.input(0).units(w.first, w.count, dy.row_bytes());
        d.bindings.w = lowering.input(1);
        d.bindings.dx = lowering.output().units(w.first, w.count, dx.row_bytes());
        d.bindings.residual = fused.residual;
        d.bindings.x = fused.x;
        d.bindings.normalisation = fused.normalisation;
        d.bindings.partial = fused.partial;
        if constexpr (requires { d.bindings.gradient_coefficients; }) {
            const auto [y, coefficients] = gradient_prologue_regions(lowering, true, w, dy.row_bytes());
            d.bindings.y = y;
            d.bindings.gradient_coefficients = coefficients;
        }
        d.push.rows = u32(w.count);
        d.push.in_channels = u32(dx.shape.c);
        d.push.out_channels = u32(dy.shape.c);
        d.push.row_tiles = u32(gather.row_tiles());
        d.push.output_activation = output_activation(epilogue_);
        d.groups =
            tile.grid({w.count, dx.shape.quads(), dy.shape.quads()}, lowering.plan(), gather.row_tiles());
        d.flops = 2.0 * static_cast<double>(w.count * dx.shape.c * dy.shape.c);
        return d;
    }

    GradientEpilogue epilogue_;
    bool forms_;
};

class PointwiseWeightGradOperator final : public OperatorWith<PointwiseWeightGrad, PrologueOperator>,
                                          public GradientReader {
  public:
    PointwiseWeightGradOperator(const Prologue& prologue, bool forms) : prologue_(prologue), forms_(forms) {}

    std::string_view name() const override { return "pointwise_weight_grad"; }
    Prologue prologue() const override { return prologue_; }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        return std::make_shared<PointwiseWeightGradOperator>(prologue, forms_);
    }
    size_t gradient_input() const override { return 1; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<PointwiseWeightGradOperator>(prologue_, true);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape &x = inputs[0].shape, &dy = inputs[1].shape;
        if (!(inputs[1] == with_shape(inputs[0], {x.n, x.h, x.w, dy.c})))
            throw ShapeError("the gradient {} is not of a pointwise convolution of {}", inputs[1].text(),
                             inputs[0].text());
        require_prologue_inputs(prologue_, without_gradient_prologue(forms_, 1, inputs));
        return {f32({1, 1, round_up4(x.c), dy.c})};
    }

    void lower(Lowering& lowering) const override {
        using Kernel = shaders::PointwiseWeightGrad;
        const KernelPlan& plan = lowering.plan();
        const TensorType &x = lowering.input_type(0), &dy = lowering.input_type(1);
        const Region out = lowering.output();
        const GemmShape shape{4 * x.shape.quads(), dy.shape.quads(), (x.shape.rows() + 3) / 4};
        const GemmTile tile =
            choose_gemm_tile(lowering, Kernel::gemm_cooperative, x.storage(), shape, GemmSum::split);
        const PrologueInputs at(prologue_);
        // A scale is cut with its images; without one, rows are cut anywhere.
        const int64_t rows_per_image = x.shape.h * x.shape.w, unit = at.scale ? rows_per_image : 1;
        const int64_t x_bytes = unit * x.row_bytes();
        const int64_t scale_bytes = at.scale ? lowering.input_type(at.scale).image_bytes() : x_bytes;
        std::vector<Window> windows =
            lowering.windows(x.shape.rows() / unit, {x_bytes, unit * dy.row_bytes(), scale_bytes});
        for (Window& window : windows)
            window = {window.first * unit, window.count * unit};
        const KernelDefaults kernels = plan_of_parts(lowering).kernels;
        const int64_t workgroups =
            kernels.column_tree ? lanes_of_products(kernels) / tile.workgroup : kernels.target_workgroups;
        const SplitRows split =
            split_rows(windows, divide_up(workgroups, tile.workgroups(shape)), out.bytes, plan);
        const Region partial = lowering.summed_later(split.parts, out);
        const auto whole = [&](size_t input) { return input ? lowering.input(input) : Region{}; };
        for (const SplitRows::Dispatch& d : split.dispatches) {
            const auto [first, rows] = d.rows;
            const auto [y, coefficients] =
                gradient_prologue_regions(lowering, forms_, d.rows, dy.row_bytes());
            lowering.dispatch<Kernel>(
                {.shader = tile.shader<Kernel>(),
                 .storage = x.storage(),
                 .pin_subgroup = tile.pins_subgroup(),
                 .constants = {.workgroup = tile.workgroup,
                               .normalise = prologue_.normalise,
                               .input_activation = kind(prologue_.activation),
                               .scale = prologue_.channel_scale,
                               .form_gradient = forms_},
                 .bindings = {.x = lowering.input(0).units(first, rows, x.row_bytes()),
                              .dy = lowering.input(1).units(first, rows, dy.row_bytes()),
                              .partial = partial,
                              .normalisation = whole(at.normalisation),
                              .scale = whole(at.scale).units(first / unit, rows / unit, scale_bytes),
                              .y = y,
                              .gradient_coefficients = coefficients},
                 .push = {.rows = u32(rows),
                          .in_channels = u32(x.shape.c),
                          .out_channels = u32(dy.shape.c),
                          .rows_per_part = u32(split.rows_per_part),
                          .first_part = u32(d.first_part),
                          .rows_per_image = u32(rows_per_image)},
                 .groups = {divide_up(shape.quads, tile.quads), divide_up(shape.rows, tile.rows),
                            u32(d.parts)},
                 .flops = 2.0 * static_cast<double>(rows * x.shape.c * dy.shape.c)},
                tile);
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(prologue_, call);
        const HostTensor dy = after_gradient_prologue(forms_, 1, call);
        for (int64_t m = 0; m < x.shape.rows(); ++m)
            for (int64_t k = 0; k < x.shape.c; ++k)
                for (int64_t n = 0; n < dy.shape.c; ++n)
                    call.out().at(k, n) += x.at(m, k) * dy.at(m, n);
    }

  private:
    Prologue prologue_;
    bool forms_;
};

}  // namespace

std::shared_ptr<const Operator> pointwise_input_grad(int64_t in_channels, const GradientEpilogue& epilogue) {
    return std::make_shared<PointwiseInputGradOperator>(PointwiseInputGrad{in_channels}, epilogue, false);
}

std::shared_ptr<const Operator> pointwise_weight_grad(const Prologue& prologue) {
    return std::make_shared<PointwiseWeightGradOperator>(prologue, false);
}

}  // namespace vkm::graph::ops
