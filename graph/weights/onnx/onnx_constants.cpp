#include <graph/weights/onnx/onnx_attributes.h>
#include <graph/weights/onnx/onnx_constants.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vkm::graph {
namespace {

constexpr size_t longest = 64;
constexpr size_t longest_moved = 1 << 14;  ///< of what keeps its numbers: a bias of as many channels

using ConstantInputs = std::vector<const OnnxConstant*>;
using Folded = std::optional<OnnxConstant>;

OnnxConstant list(std::vector<float> values, bool whole = true) {
    const auto count = static_cast<int64_t>(values.size());
    return {{count}, std::move(values), whole};
}

Folded constant_of_shape(const onnx::NodeProto& node, const ConstantInputs& in) {
    int64_t count = 1;
    for (const int64_t size : in[0]->integers()) {
        if (size < 0 || size > static_cast<int64_t>(longest)) return {};
        count *= size;
        if (count > static_cast<int64_t>(longest)) return {};
    }
    const onnx::AttributeProto* value = attribute(node, "value");
    if (value && value->t().has_raw_data() &&
        std::ranges::any_of(value->t().raw_data(), [](char c) { return c != 0; }))
        return {};
    return list(std::vector<float>(static_cast<size_t>(count)));
}

Folded concat(const onnx::NodeProto&, const ConstantInputs& in) {
    std::vector<float> all;
    for (const OnnxConstant* part : in) {
        if (part->shape.size() > 1 || all.size() + part->values.size() > longest) return {};
        all.insert(all.end(), part->values.begin(), part->values.end());
    }
    return list(std::move(all));
}

Folded reshape(const onnx::NodeProto&, const ConstantInputs& in) {
    if (in.size() < 2) return {};
    std::vector<int64_t> shape = in[1]->integers();
    int64_t known = 1;
    const auto count = static_cast<int64_t>(in[0]->values.size());
    for (const int64_t size : shape) {
        if (size < -1 || size > count) return {};
        if (size > 0) known *= size;
        if (known > count) return {};
    }
    for (int64_t& size : shape)
        if (size == -1) size = count / std::max<int64_t>(known, 1);
    if (element_count(shape) != count) return {};
    return OnnxConstant{std::move(shape), in[0]->values, in[0]->whole};
}

/// Takes rows, in either direction.
Folded slice(const onnx::NodeProto&, const ConstantInputs& in) {
    if (in.size() < 3 || in[0]->shape.empty()) return {};
    const auto number = [&](size_t i, int64_t otherwise) -> std::optional<int64_t> {
        if (i >= in.size()) return otherwise;
        const std::vector<int64_t> values = in[i]->integers();
        return values.size() == 1 ? std::optional(values[0]) : std::nullopt;
    };
    const auto start = number(1, 0), end = number(2, 0), axis = number(3, 0), step = number(4, 1);
    const int64_t rows = in[0]->shape[0];
    if (!start || !end || axis != 0 || (step != 1 && step != -1) || rows < 1) return {};
    const size_t each = in[0]->values.size() / static_cast<size_t>(rows);
    const int64_t low = step == 1 ? 0 : -1, high = step == 1 ? rows : rows - 1;
    const auto place = [&](int64_t at) { return std::clamp(at < 0 ? at + rows : at, low, high); };
    OnnxConstant out{in[0]->shape, {}, in[0]->whole};
    out.shape[0] = 0;
    for (int64_t row = place(*start); *step == 1 ? row < place(*end) : row > place(*end); row += *step) {
        const auto begin = in[0]->values.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(row) * each);
        out.values.insert(out.values.end(), begin, begin + static_cast<ptrdiff_t>(each));
        ++out.shape[0];
    }
    return out;
}

Folded transpose(const onnx::NodeProto&, const ConstantInputs& in) {
    if (in[0]->shape.size() != 2) return {};
    const auto rows = static_cast<size_t>(in[0]->shape[0]), columns = static_cast<size_t>(in[0]->shape[1]);
    OnnxConstant out{
        {in[0]->shape[1], in[0]->shape[0]}, std::vector<float>(in[0]->values.size()), in[0]->whole};
    for (size_t r = 0; r < rows; ++r)
        for (size_t c = 0; c < columns; ++c)
            out.values[c * rows + r] = in[0]->values[r * columns + c];
    return out;
}

Folded flat(const onnx::NodeProto&, const ConstantInputs& in) {
    return list(in[0]->values, in[0]->whole);
}

Folded shape(const onnx::NodeProto&, const ConstantInputs& in) {
    return list({in[0]->shape.begin(), in[0]->shape.end()});
}

Folded gather(const onnx::NodeProto&, const ConstantInputs& in) {
    if (in.size() < 2 || in[0]->shape.size() != 1) return {};
    const auto count = static_cast<int64_t>(in[0]->values.size());
    OnnxConstant out{in[1]->shape, {}, in[0]->whole};
    for (int64_t at : in[1]->integers()) {
        if (at < 0) at += count;
        if (at < 0 || at >= count) return {};
        out.values.push_back(in[0]->values[static_cast<size_t>(at)]);
    }
    return out;
}

Folded cast(const onnx::NodeProto& node, const ConstantInputs& in) {
    const onnx::AttributeProto* to = attribute(node, "to");
    OnnxConstant out = *in[0];
    out.whole = to && (to->i() == onnx::TensorProto::INT64 || to->i() == onnx::TensorProto::INT32);
    if (out.whole)
        for (float& value : out.values)
            value = std::trunc(value);
    return out;
}

/// Computes element by element; one of one element goes with every other.
template <float (*f)(float, float)>
Folded elementwise(const onnx::NodeProto&, const ConstantInputs& in) {
    if (in.size() != 2 || in[0]->values.empty() || in[1]->values.empty()) return {};
    const OnnxConstant &a = *in[0], &b = *in[1];
    if (a.values.size() != b.values.size() && a.values.size() != 1 && b.values.size() != 1) return {};
    OnnxConstant out = a.values.size() >= b.values.size() ? a : b;
    out.whole = a.whole && b.whole;
    for (size_t i = 0; i < out.values.size(); ++i) {
        const float value = f(a.values[a.values.size() == 1 ? 0 : i], b.values[b.values.size() == 1 ? 0 : i]);
        out.values[i] = out.whole ? std::trunc(value) : value;
    }
    return out;
}

template <float (*f)(float)>
Folded each(const onnx::NodeProto&, const ConstantInputs& in) {
    OnnxConstant out = *in[0];
    std::ranges::transform(out.values, out.values.begin(), f);
    return out;
}

struct FoldingRow {
    std::string_view type;
    Folded (*fold)(const onnx::NodeProto&, const ConstantInputs&);
    size_t longest = vkm::graph::longest;
};

constexpr std::array foldings{
    FoldingRow{"ConstantOfShape", constant_of_shape},
    FoldingRow{"Concat", concat},
    FoldingRow{"Reshape", reshape, longest_moved},
    FoldingRow{"Slice", slice},
    FoldingRow{"Transpose", transpose},
    FoldingRow{"Unsqueeze", flat, longest_moved},
    FoldingRow{"Squeeze", flat, longest_moved},
    FoldingRow{"Shape", shape},
    FoldingRow{"Gather", gather},
    FoldingRow{"Cast", cast},
    FoldingRow{"Neg", each<[](float a) { return -a; }>},
    FoldingRow{"Floor", each<[](float a) { return std::floor(a); }>},
    FoldingRow{"Ceil", each<[](float a) { return std::ceil(a); }>},
    FoldingRow{"Add", elementwise<[](float a, float b) { return a + b; }>},
    FoldingRow{"Sub", elementwise<[](float a, float b) { return a - b; }>},
    FoldingRow{"Mul", elementwise<[](float a, float b) { return a * b; }>},
    FoldingRow{"Div", elementwise<[](float a, float b) { return a / b; }>},
    FoldingRow{"Max", elementwise<[](float a, float b) { return std::max(a, b); }>},
    FoldingRow{"Min", elementwise<[](float a, float b) { return std::min(a, b); }>}};

}  // namespace

std::optional<OnnxConstant> fold_constants(const onnx::NodeProto& node, const ConstantInputs& inputs) {
    const auto row = std::ranges::find(foldings, std::string_view(node.op_type()), &FoldingRow::type);
    if (row == foldings.end() || inputs.empty()) return {};
    for (const OnnxConstant* input : inputs)
        if (!input || input->values.size() > row->longest) return {};
    return row->fold(node, inputs);
}

}  // namespace vkm::graph
