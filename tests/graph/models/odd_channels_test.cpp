#include "graph/support/networks.h"
#include "graph/support/operator_test.h"
#include "support/variants.h"

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/passes/inference.h>
#include <graph/passes/training.h>
#include <graph/reference/reference.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::test {
namespace {

using namespace graph;

// A network with every knob there is, and at every layer a number of channels that fills no quad. %A stands
// for the activations with kinks.
constexpr const char* zoo = R"(name: zoo
options: {width: 1, input-size: 16, num-classes: 7, dropout: 0, padding: same}
rounding: truncate
expand-always: true
stem: {out: 5, activation: %A, padding: symmetric}
blocks:
  - {expanded: 1, out: 1, activation: %A, project-activation: %A}
  - {expanded: 6, out: 9, depthwise-activation: square, stride: 2, skip: convolution}
  - {expanded: 23, out: 9, activation: %A, depthwise-activation: none, squeeze-excite: {ratio: 1, rounding: truncate}, skip: convolution}
  - {expanded: 11, out: 9, activation: %A, squeeze-excite: {hidden: 3, bias: false, order: before}}
  - {start: 3, expansion: 2.5, out: 13, activation: %A, stride: 2, squeeze-excite: {rounding: truncate, order: after}}
  - {start: 3, kernel: 0, expansion: 2, out: 13, activation: %A}
  - {kind: convolution, kernel: 3, out: 10, activation: %A, stride: 2}
  - {kind: convolution, kernel: 1, out: 5, activation: %A, stride: 2}
last: {out: 23, activation: %A, norm-behind-activation: true, squeeze-excite: {rounding: truncate, bias: false}}
pooled-activation: %A
hidden: {out: 15, scaling: fixed, bias: false, batch-norm: true, activation: %A, convolution: true}
output: {bias: false, batch-norm: true, activation: %A}
)";

ModelConfig zoo_with(const std::string& activation) {
    std::string text = zoo;
    for (size_t at = text.find("%A"); at != std::string::npos; at = text.find("%A"))
        text.replace(at, 2, activation);
    return model_config(text);
}

constexpr int64_t batch = 3;

// Returns a device that stands for all: each kernel has tests of its own on every one of them.
std::vector<DeviceUnderTest> one_of_all() {
    std::vector<DeviceUnderTest> all = devices();
    if (!variants_wanted()) all.erase(all.begin() + 1, all.end());
    return all;
}

// Sets the values of weights by name.
void fill(Options& options, const Graph& graph, const std::map<ValueId, HostTensor>& values) {
    for (const auto& [id, tensor] : values)
        options.fill[graph.value(id).name] = [tensor](HostTensor& to) { to = tensor; };
}

Build training(const ModelConfig& config) {
    return [config](Graph& graph, DType dtype) {
        const ValueId images =
            graph.input("images", {dtype, {batch, config.input_size, config.input_size, 3}});
        return build_network(graph, config, images, Mode::training);
    };
}

Options trained(const ModelConfig& config) {
    Options options;
    const Graph graph = test_network(config, batch, Mode::training).graph;
    fill(options, graph, trained_values(graph, 5));
    // Chains of layers: an error of one is in all behind it, and a mean over three vectors hides none.
    options.fp32_tolerance = 2e-4;
    options.fp16_tolerance = 4e-2;
    options.negligible = 1e-2;  // what batch norm subtracts again has no gradient
    options.pass = [](const Graph& g) { return fuse_training(g); };
    options.devices = one_of_all;
    return options;
}

TEST(OddChannelsTest, ANetworkTrainsAsTheReferenceDoes) {
    Options options = trained(zoo_with("hard-swish"));
    options.fp16 = false;  // rounding would put a value on the other side of a kink
    expect_matches_reference(training(zoo_with("hard-swish")), options);
}

TEST(OddChannelsTest, ANetworkTrainsInHalfPrecision) {
    Options options = trained(zoo_with("none"));
    options.fp32 = options.gradients = false;
    options.fp32_tolerance = options.fp16_tolerance;  // fp32 sums over fp16 values
    expect_matches_reference(training(zoo_with("none")), options);
}

TEST(OddChannelsTest, ANetworkInfersAsTheReferenceDoes) {
    const ModelConfig config = zoo_with("hard-swish");
    const TestNetwork network = test_network(config, batch);
    const InferenceGraph inference = for_inference(network.graph);
    const std::map<ValueId, HostTensor> original = trained_values(network.graph, 5);
    std::map<ValueId, HostTensor> values;
    inference.each_weight([&](ValueId id) { return original.at(id); },
                          [&](ValueId id, HostTensor value) { values[id] = std::move(value); });
    Options options;
    options.gradients = false;
    options.devices = one_of_all;
    options.fp32_tolerance = 2e-4;
    options.fp16_tolerance = 4e-2;
    fill(options, inference.graph, values);
    expect_matches_reference(
        [&](Graph& graph, DType dtype) {
            const ValueId images = graph.input("images", {dtype, {batch, 16, 16, 3}});
            const ValueId logits = build_network(graph, config, images, Mode::evaluation);
            InferenceGraph ready = for_inference(graph);
            const ValueId at = ready.at(logits);
            graph = std::move(ready.graph);
            return at;
        },
        options);
}

// What the passes make of the new forms: the same results, and an epilogue or prologue where there may be one.
TEST(OddChannelsTest, PassesChangeNothing) {
    const ModelConfig config = zoo_with("hard-swish");
    TestNetwork network = test_network(config, batch, Mode::training);
    Graph& before = network.graph;
    const ValueId labels = before.input("labels", {DType::i32, {batch, 1, 1, 1}});
    const ValueId loss = before.add1("loss", ops::softmax_cross_entropy(), {network.logits, labels});
    before.value(loss).role = Role::metric;
    std::map<ValueId, HostTensor> values = trained_values(before, 3);
    values[network.images] = noise(before.type(network.images).shape, 4);
    values[labels] = HostTensor({batch, 1, 1, 1});
    pack_parameters(before);
    add_gradients(before, loss);
    const Graph after = fuse_training(before);
    EXPECT_LT(after.nodes().size(), before.nodes().size());
    auto fused = values;
    run_reference(before, values);
    run_reference(after, fused);
    for (const ValueId id : before.with_role(Role::gradient)) {
        if (flat_buffer(before, Role::gradient) == id) continue;
        const HostTensor &want = values.at(id), &got = fused.at(id);
        for (size_t i = 0; i < want.values.size(); ++i)
            ASSERT_NEAR(got.values[i], want.values[i], 1e-7 * (1 + std::abs(want.values[i])))
                << before.value(id).name;
    }
}

}  // namespace
}  // namespace vkm::test
