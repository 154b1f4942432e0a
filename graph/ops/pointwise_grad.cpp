#include <graph/kernels/gemm.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/split_rows.h>
#include <graph/kernels/sum_parts.h>
#include <graph/ops/pointwise_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <iterator>

namespace vkm::graph::ops {
namespace {

class PointwiseInputGrad final : public InputGradOperator, public GradientReader {
  public:
    PointwiseInputGrad(int64_t in_channels, const GradientEpilogue& epilogue, bool forms)
        : in_channels_(in_channels), epilogue_(epilogue), forms_(forms) {}

    std::string_view name() const override { return "pointwise_input_grad"; }
    const GradientEpilogue& epilogue() const override { return epilogue_; }
    std::shared_ptr<const Operator> with_epilogue(const GradientEpilogue& epilogue) const override {
        return std::make_shared<PointwiseInputGrad>(in_channels_, epilogue, forms_);
    }
    size_t gradient_input() const override { return 0; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<PointwiseInputGrad>(in_channels_, epilogue_, true);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& dy = inputs[0].shape;
        if (!(inputs[1] == with_shape(inputs[0], {1, 1, round_up4(in_channels_), dy.c})))
            throw ShapeError("weights {} do not take {} channels to those of {}", inputs[1].text(),
                             in_channels_, inputs[0].text());
        return gradient_outputs(epilogue_, without_gradient_prologue(forms_, 0, inputs),
                                with_shape(inputs[0], {dy.n, dy.h, dy.w, in_channels_}));
    }

    void lower(Lowering& lowering) const override {
        struct Push {
            uint32_t rows, in_channels, out_channels, row_tiles, first_partial, output_activation;
        };
        static const GemmShaders shaders{
            shaders::pointwise_input_grad_shuffle, shaders::pointwise_input_grad_shared,
            shaders::pointwise_input_grad_direct, &shaders::pointwise_input_grad_cooperative};
        static const GemmShaders forming{
            shaders::pointwise_input_grad_forming_shuffle, shaders::pointwise_input_grad_forming_shared,
            shaders::pointwise_input_grad_forming_direct, &shaders::pointwise_input_grad_forming_cooperative};
        const TensorType &dy = lowering.input_type(0), &dx = lowering.output_type();
        const std::vector<Window> windows =
            lowering.windows(dy.shape.rows(), {dy.row_bytes(), dx.row_bytes()});
        const GemmShape shape{windows.front().count, dx.shape.quads(), dy.shape.quads()};
        const GemmShaders& used = forms_ ? forming : shaders;
        const GemmTile tile = choose_gemm_tile(lowering, used, dy.storage(), shape, GemmSum::whole);
        const GemmGather gather(lowering, gather_gradient(lowering, epilogue_), tile, windows, shape);
        const Lowering::Kernel kernel = tile.kernel(
            used, dy.storage(), gradient_constants(epilogue_, lowering.plan().kernels.column_tree));
        for (size_t i = 0; i < windows.size(); ++i) {
            const Window& w = windows[i];
            const Region gradient = lowering.input(0).units(w.first, w.count, dy.row_bytes());
            const Region out = lowering.output().units(w.first, w.count, dx.row_bytes());
            const Push push{static_cast<uint32_t>(w.count),    static_cast<uint32_t>(dx.shape.c),
                            static_cast<uint32_t>(dy.shape.c), static_cast<uint32_t>(gather.row_tiles()),
                            gather.first_partial(i),           output_activation(epilogue_)};
            std::vector<Region> bindings{gradient, lowering.input(1), out};
            std::ranges::copy(
                gradient_bindings(lowering, epilogue_, w, dx.row_bytes(), gradient, out, gather.partial()),
                std::back_inserter(bindings));
            if (forms_)
                std::ranges::copy(gradient_prologue_bindings(lowering, true, w, dy.row_bytes(), gradient),
                                  std::back_inserter(bindings));
            lowering.dispatch(
                kernel, std::move(bindings), push,
                tile.grid({w.count, shape.quads, shape.steps}, lowering.plan(), gather.row_tiles()),
                2.0 * static_cast<double>(w.count * dx.shape.c * dy.shape.c));
        }
        gather.finish();
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
    int64_t in_channels_;
    GradientEpilogue epilogue_;
    bool forms_;
};

class PointwiseWeightGrad final : public PrologueOperator, public GradientReader {
  public:
    PointwiseWeightGrad(const Prologue& prologue, bool forms) : prologue_(prologue), forms_(forms) {}

    std::string_view name() const override { return "pointwise_weight_grad"; }
    Prologue prologue() const override { return prologue_; }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        return std::make_shared<PointwiseWeightGrad>(prologue, forms_);
    }
    size_t gradient_input() const override { return 1; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<PointwiseWeightGrad>(prologue_, true);
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
        struct Push {
            uint32_t rows, in_channels, out_channels, rows_per_part, first_part, rows_per_image;
        };
        static const GemmShaders shaders{
            shaders::pointwise_weight_grad_shuffle, shaders::pointwise_weight_grad_shared,
            shaders::pointwise_weight_grad_direct, &shaders::pointwise_weight_grad_cooperative};
        const KernelPlan& plan = lowering.plan();
        const TensorType &x = lowering.input_type(0), &dy = lowering.input_type(1);
        const Region out = lowering.output();
        const GemmShape shape{4 * x.shape.quads(), dy.shape.quads(), (x.shape.rows() + 3) / 4};
        const GemmTile tile = choose_gemm_tile(lowering, shaders, x.storage(), shape, GemmSum::split);
        const PrologueInputs at(prologue_);
        // A scale is cut with its images; without one, rows are cut anywhere.
        const int64_t rows_per_image = x.shape.h * x.shape.w, unit = at.scale ? rows_per_image : 1;
        const int64_t x_bytes = unit * x.row_bytes();
        const int64_t scale_bytes = at.scale ? lowering.input_type(at.scale).image_bytes() : x_bytes;
        std::vector<Window> windows =
            lowering.windows(x.shape.rows() / unit, {x_bytes, unit * dy.row_bytes(), scale_bytes});
        for (Window& window : windows)
            window = {window.first * unit, window.count * unit};
        const SplitRows split = split_rows(
            windows, divide_up(plan_of_parts(lowering).kernels.target_workgroups, tile.workgroups(shape)),
            out.bytes, plan);
        const Region partial = split.parts == 1 ? out : lowering.scratch(split.parts * out.bytes, "partial");
        for (const SplitRows::Dispatch& d : split.dispatches) {
            const Push push{static_cast<uint32_t>(d.rows.count), static_cast<uint32_t>(x.shape.c),
                            static_cast<uint32_t>(dy.shape.c),   static_cast<uint32_t>(split.rows_per_part),
                            static_cast<uint32_t>(d.first_part), static_cast<uint32_t>(rows_per_image)};
            const Region in = lowering.input(0).units(d.rows.first, d.rows.count, x.row_bytes());
            const std::vector<Region> form =
                gradient_prologue_bindings(lowering, forms_, d.rows, dy.row_bytes(), in);
            lowering.dispatch(tile.kernel(shaders, x.storage(),
                                          {prologue_.normalise, static_cast<uint32_t>(prologue_.activation),
                                           prologue_.channel_scale, forms_}),
                              {in, lowering.input(1).units(d.rows.first, d.rows.count, dy.row_bytes()),
                               partial, at.normalisation ? lowering.input(at.normalisation) : in,
                               at.scale ? lowering.input(at.scale).units(d.rows.first / unit,
                                                                         d.rows.count / unit, scale_bytes)
                                        : in,
                               form[0], form[1]},
                              push,
                              {divide_up(shape.quads, tile.quads), divide_up(shape.rows, tile.rows),
                               static_cast<uint32_t>(d.parts)},
                              2.0 * static_cast<double>(d.rows.count * x.shape.c * dy.shape.c));
        }
        if (split.parts > 1) lower_sum_parts(lowering, partial, split.parts, out);
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
    return std::make_shared<PointwiseInputGrad>(in_channels, epilogue, false);
}

std::shared_ptr<const Operator> pointwise_weight_grad(const Prologue& prologue) {
    return std::make_shared<PointwiseWeightGrad>(prologue, false);
}

}  // namespace vkm::graph::ops
