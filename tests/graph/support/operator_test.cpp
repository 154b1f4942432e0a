#include "operator_test.h"

#include "support/variants.h"

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace vkm::test {
namespace {

using namespace graph;

// Computes sum(y * r) for a fixed random r: a loss whose gradient with respect to y is r.
class ProbeLoss final : public Operator {
  public:
    std::string_view name() const override { return "probe"; }
    std::vector<TensorType> infer(std::span<const TensorType>) const override { return {channel_vector(1)}; }
    void gradient(GradientBuilder& builder) const override { builder.contribute(0, builder.input(1)); }
    void lower(Lowering&) const override {}
    void reference(ReferenceCall& call) const override {
        double sum = 0;
        for (size_t i = 0; i < call.in(0).values.size(); ++i)
            sum += call.in(0).values[i] * call.in(1).values[i];
        call.out().values[0] = sum;
    }
};

struct Network {
    Graph graph;
    ValueId output = no_value, loss = no_value;
};

Network make_network(const Build& build, DType dtype, const Options& options) {
    const bool gradients = options.gradients;
    Network network;
    network.output = build(network.graph, dtype);
    if (gradients) {
        const ValueId r = network.graph.input("probe", network.graph.type(network.output));
        network.loss = network.graph.add1("probe", std::make_shared<ProbeLoss>(), {network.output, r});
    }
    pack_parameters(network.graph);
    if (gradients && flat_buffer(network.graph, Role::parameter) != no_value)
        add_gradients(network.graph, network.loss);
    if (options.pass) network.graph = options.pass(network.graph);
    return network;
}

bool is_given(const Value& value) {
    return value.producer < 0 &&
           (value.role == Role::input || value.role == Role::parameter || value.role == Role::state);
}

bool is_flat(const Graph& graph, ValueId id) {
    return flat_buffer(graph, graph.value(id).role) == id;
}

std::map<ValueId, HostTensor> random_values(const Graph& graph, const Options& options) {
    std::map<ValueId, HostTensor> values;
    for (size_t i = 0; i < graph.values().size(); ++i) {
        const auto id = static_cast<ValueId>(i);
        const Value& value = graph.value(id);
        if (!is_given(value) || is_flat(graph, id)) continue;
        HostTensor tensor(value.type.shape);
        std::mt19937 generator(static_cast<uint32_t>(std::hash<std::string>{}(value.name)));
        std::normal_distribution<float> normal;
        for (double& v : tensor.values)
            v = normal(generator);
        if (const auto fill = options.fill.find(value.name); fill != options.fill.end()) fill->second(tensor);
        values[id] = from_bytes(to_bytes(tensor, value.type), value.type);  // as the device will see them
    }
    return values;
}

void expect_close(const HostTensor& want, const HostTensor& got, double tolerance, double negligible,
                  const std::string& what) {
    ASSERT_EQ(want.values.size(), got.values.size()) << what;
    double largest = negligible, worst = 0;
    size_t where = 0;
    for (const double v : want.values)
        if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
    for (size_t i = 0; i < want.values.size(); ++i) {
        const double error = std::abs(want.values[i] - got.values[i]);
        if (!(error <= worst)) {
            worst = error;
            where = i;
            if (std::isnan(error)) break;
        }
    }
    EXPECT_LE(worst / largest, tolerance)
        << what << ": element " << where << " of " << want.shape.text() << " should be " << want.values[where]
        << " and is " << got.values[where];
}

void run_on(const DeviceUnderTest& under_test, const Network& network,
            const std::map<ValueId, HostTensor>& given, const std::map<ValueId, HostTensor>& want,
            const Options& options) {
    const Graph& graph = network.graph;
    DeviceState state(*under_test.device);
    Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true});
    const Executor::Slot slot = executor.begin();
    for (const auto& [id, tensor] : given) {
        const Value& value = graph.value(id);
        if (value.role == Role::input) {
            const std::vector<std::byte> bytes = to_bytes(tensor, value.type);
            const auto lowered = executor.program(0).buffer_of_value[static_cast<size_t>(id)];
            if (lowered >= 0) std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
        } else {
            state.write(graph, id, tensor);
        }
    }
    executor.set_step(slot, 0, options.step);
    executor.submit(slot);
    executor.wait(slot);
    for (const Node& node : graph.nodes()) {
        if (node.op->name() == "probe") continue;
        std::vector<ValueId> written = node.outputs;
        for (const size_t i : node.op->updates())
            written.push_back(node.inputs[i]);
        for (const ValueId id : written) {
            const double tolerance =
                graph.type(node.inputs.front()).dtype == DType::f16 || graph.type(id).dtype == DType::f16
                    ? options.fp16_tolerance
                    : options.fp32_tolerance;
            expect_close(want.at(id), executor.read(0, id), tolerance, options.negligible,
                         under_test.name + ", " + graph.value(id).name);
        }
    }
}

// Returns whether another device of the list, or this one in another run, takes the
// same path through our code.
bool takes_a_path_again(const Graph& graph, DType dtype, const DeviceUnderTest& device,
                        const std::vector<DeviceUnderTest>& all) {
    const bool both_ways = std::ranges::any_of(all, &DeviceUnderTest::other_way);
    if (!both_ways) return false;
    // With bindings as large as the device's, a large tensor is nothing new.
    for (size_t i = 0; i < graph.values().size(); ++i) {
        const auto id = static_cast<ValueId>(i);
        if (!is_flat(graph, id) && graph.type(id).bytes() > windows_of_the_other_way)
            return !device.other_way;
    }
    // fp16 through the other load path is no new path: a driver that prefers it does just that.
    return dtype == DType::f16 && device.other_way &&
           std::ranges::any_of(all, [&](const DeviceUnderTest& other) {
               return !other.other_way &&
                      other.device->plan().device.load_path == device.device->plan().device.load_path;
           });
}

}  // namespace

ValueId differentiable(Graph& graph, std::string name, TensorType type) {
    return graph.add_value({.name = std::move(name), .type = type, .role = Role::parameter, .info = {}});
}

void expect_matches_reference(const Build& build, const Options& options) {
    const std::vector<DeviceUnderTest> devices = options.devices();
    ASSERT_FALSE(devices.empty()) << "no Vulkan device: install mesa-vulkan-drivers (lavapipe)";
    for (const DType dtype : {DType::f32, DType::f16}) {
        if (!(dtype == DType::f16 ? options.fp16 : options.fp32)) continue;
        const Network network = make_network(build, dtype, options);
        const std::map<ValueId, HostTensor> given = random_values(network.graph, options);
        std::map<ValueId, HostTensor> want = given;
        run_reference(network.graph, want, options.step);
        for (const DeviceUnderTest& device : devices) {
            if (!variants_wanted() && takes_a_path_again(network.graph, dtype, device, devices)) continue;
            SCOPED_TRACE(device.name + (dtype == DType::f16 ? " fp16" : " fp32"));
            run_on(device, network, given, want, options);
        }
    }
}

void expect_gradients_match_finite_differences(const Build& build, const Options& options) {
    const Network network = make_network(build, DType::f32, options);
    const std::map<ValueId, HostTensor> given = random_values(network.graph, options);
    std::map<ValueId, HostTensor> values = given;
    run_reference(network.graph, values, options.step);
    const auto loss_with = [&](ValueId id, size_t element, double value) {
        std::map<ValueId, HostTensor> shifted = given;
        shifted.at(id).values[element] = value;
        run_reference(network.graph, shifted, options.step);
        return shifted.at(network.loss).values[0];
    };
    for (const auto& [id, tensor] : given) {
        if (network.graph.value(id).role != Role::parameter) continue;
        const HostTensor& gradient = values.at(gradient_of(network.graph, id));
        double largest = 1e-3;
        for (const double g : gradient.values)
            largest = std::max(largest, std::abs(g));
        const size_t samples = std::min<size_t>(tensor.values.size(), 24);
        for (size_t s = 0; s < samples; ++s) {
            const size_t element = s * tensor.values.size() / samples;
            const double x = tensor.values[element];
            const double h = 1e-5 * std::max(1.0, std::abs(x));
            const double numeric = (loss_with(id, element, x + h) - loss_with(id, element, x - h)) / (2 * h);
            EXPECT_NEAR(gradient.values[element], numeric, 1e-5 * largest)
                << "gradient of " << network.graph.value(id).name << ", element " << element;
        }
    }
}

void expect_operator_holds(const Build& build, const Options& options) {
    if (options.gradients) expect_gradients_match_finite_differences(build, options);
    expect_matches_reference(build, options);
}

}  // namespace vkm::test
