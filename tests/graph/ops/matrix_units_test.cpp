#include "graph/support/operator_test.h"

#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/pointwise_grad.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace vkm::test {
namespace {

using namespace graph;

constexpr int64_t rows = 45, in_channels = 21, out_channels = 27;
constexpr int64_t large_row = 37, large_column = 22;  // of the one element that fp16 cannot hold

// Returns dy = scale g. The scale is 1, but 1e4 in one column; g is one, but 20 in one of that column's
// elements and zero in its others.
HostTensor given(const Graph& graph, ValueId id) {
    const Value& value = graph.value(id);
    HostTensor tensor(value.type.shape);
    std::fill(tensor.values.begin(), tensor.values.end(), value.name == "coefficients" ? 0 : 1);
    if (value.name == "coefficients") {
        for (int64_t c = 0; c < out_channels; ++c)
            tensor.at(0, c) = c == large_column ? 1e4 : 1;
    } else if (value.name == "g") {
        for (int64_t r = 0; r < rows; ++r)
            tensor.at(r, large_column) = r == large_row ? 20 : 0;
    }
    return tensor;
}

HostTensor result_on(PlannedDevice& device, const Graph& graph, ValueId result) {
    DeviceState state(device);
    Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true, .compile_progress = {}});
    const Executor::Slot slot = executor.begin();
    for (const ValueId id : graph.nodes().front().inputs) {
        const std::vector<std::byte> bytes = to_bytes(given(graph, id), graph.type(id));
        std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
    }
    executor.set_step(slot, 0, {});
    executor.submit(slot);
    executor.wait(slot);
    return executor.read(0, result);
}

std::shared_ptr<const Operator> forming(const std::shared_ptr<const Operator>& op) {
    return dynamic_cast<const GradientReader&>(*op).forming_gradient();
}

// The largest fp16 in an infinity's place would be a wrong gradient, and no step would be skipped for it.
TEST(MatrixUnitsTest, AGradientFormedBeyondHalfPrecisionIsNeverFinite) {
    if (const auto has = has_matrix_units(); !has) GTEST_SKIP() << has.message();
    const TensorType g{DType::f16, {rows, 1, 1, out_channels}};
    for (const DeviceUnderTest& device : devices_on_matrix_units()) {
        SCOPED_TRACE(device.name);
        Graph inputs;
        const ValueId dx =
            inputs.add1("layer", forming(ops::pointwise_input_grad(in_channels)),
                        {inputs.input("g", g),
                         inputs.input("w", {DType::f16, {1, 1, round_up4(in_channels), out_channels}}),
                         inputs.input("y", g), inputs.input("coefficients", f32({1, 1, 4, out_channels}))});
        const HostTensor input_grad = result_on(*device.device, inputs, dx);
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t c = 0; c < in_channels; ++c)
                ASSERT_EQ(std::isfinite(input_grad.at(r, c)), r != large_row) << r << ", " << c;

        Graph weights;
        const ValueId dw = weights.add1(
            "layer", forming(ops::pointwise_weight_grad()),
            {weights.input("x", {DType::f16, {rows, 1, 1, in_channels}}), weights.input("g", g),
             weights.input("y", g), weights.input("coefficients", f32({1, 1, 4, out_channels}))});
        const HostTensor weight_grad = result_on(*device.device, weights, dw);
        for (int64_t k = 0; k < in_channels; ++k)
            for (int64_t c = 0; c < out_channels; ++c)
                ASSERT_EQ(std::isfinite(weight_grad.at(k, c)), c != large_column) << k << ", " << c;
    }
}

}  // namespace
}  // namespace vkm::test
