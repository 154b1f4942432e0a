#include "graph/support/operator_test.h"

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/ops/loss_scale.h>
#include <graph/ops/sample_terms.h>
#include <graph/ops/target_loss.h>
#include <graph/reference/reference.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/python.h>
#include <support/temporary_folder.h>
#include <support/variants.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <random>

namespace vkm::test {
namespace {

using namespace graph;

struct TargetLossCase {
    const char* name;
    ops::TargetLoss loss;
    int64_t samples = 12, classes = 7;
};

const std::vector<TargetLossCase>& cases() {
    static const std::vector<TargetLossCase> all{
        {"mixed", {.sample_terms = true}},
        {"mixed_smooth", {.label_smoothing = 0.1, .sample_terms = true}},
        {"weighted", {.sample_terms = true, .class_weights = true}},
        {"weighted_odd_batch", {.sample_terms = true, .class_weights = true}, 7, 5},
        {"weighted_smooth", {.label_smoothing = 0.2, .class_weights = true}, 5, 1003},
        {"bce", {.sigmoid = true}, 13, 7},
        {"bce_smooth", {.label_smoothing = 0.1, .sigmoid = true}},
        {"bce_threshold", {.label_smoothing = 0.1, .sigmoid = true, .threshold = 0.2, .sample_terms = true}},
        {"bce_sum",
         {.label_smoothing = 0.1,
          .sigmoid = true,
          .summed = true,
          .sample_terms = true,
          .class_weights = true},
         320,
         10},
    };
    return all;
}

/// Builds a network that ends in the loss, which starts its own gradient.
struct TargetLossNetwork {
    Graph graph;
    ValueId logits, labels, terms = no_value, weights = no_value, loss;

    TargetLossNetwork(const TargetLossCase& c, DType dtype) {
        logits = differentiable(graph, "logits", {dtype, {c.samples, 1, 1, c.classes}});
        labels = graph.input("labels", {DType::i32, {c.samples, 1, 1, 1}});
        std::vector<ValueId> inputs{logits, labels};
        if (c.loss.sample_terms)
            inputs.push_back(terms = graph.input("terms", ops::sample_terms_type(c.samples)));
        if (c.loss.class_weights)
            inputs.push_back(weights = graph.input("weights", channel_vector(c.classes)));
        loss = graph.add1("loss", ops::target_loss(c.loss), inputs);
        pack_parameters(graph);
        add_gradients(graph, loss);
    }

    std::map<ValueId, HostTensor> random_values() const {
        std::map<ValueId, HostTensor> values;
        std::mt19937 random(11);
        std::normal_distribution<double> normal(0, 3);
        HostTensor x(graph.type(logits).shape), y(graph.type(labels).shape);
        for (double& v : x.values)
            v = normal(random);
        for (double& v : y.values)
            v = static_cast<double>(random() % static_cast<uint32_t>(x.shape.c));
        values[logits] = from_bytes(to_bytes(x, graph.type(logits)), graph.type(logits));
        values[labels] = y;
        std::uniform_real_distribution<float> uniform(0, 1);
        if (terms != no_value) {
            HostTensor& t = values[terms] = HostTensor(graph.type(terms).shape);
            for (int64_t n = 0; n < t.shape.n; ++n) {
                t.at(n, 1) = n % 5 == 4 ? 1 : uniform(random);
                t.at(n, 6) = 0.5f + uniform(random);
            }
        }
        if (weights != no_value) {
            HostTensor& w = values[weights] = HostTensor(graph.type(weights).shape);
            for (double& v : w.values)
                v = 2 * uniform(random);
        }
        return values;
    }
};

void set_input(Executor& executor, Executor::Slot slot, const Graph& graph, ValueId id,
               const std::map<ValueId, HostTensor>& values) {
    if (id == no_value) return;
    const std::vector<std::byte> bytes = to_bytes(values.at(id), graph.type(id));
    std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
}

TEST(TargetLossTest, MatchesReferenceOnEveryDevice) {
    for (const TargetLossCase& c : cases())
        for (const DType dtype : {DType::f32, DType::f16}) {
            SCOPED_TRACE(c.name);
            const TargetLossNetwork network(c, dtype);
            const std::map<ValueId, HostTensor> given = network.random_values();
            std::map<ValueId, HostTensor> want = given;
            run_reference(network.graph, want);
            // Of the many ways one case of each kind takes all.
            const bool every_way = c.loss.sample_terms && c.loss.label_smoothing > 0 && !c.loss.threshold;
            if (dtype == DType::f16 && !every_way && !variants_wanted()) continue;
            for (const DeviceUnderTest& device : devices_both_ways()) {
                if (device.other_way && !every_way && !variants_wanted()) continue;
                SCOPED_TRACE(device.name);
                DeviceState state(*device.device);
                Executor executor({{&state, &network.graph}}, {.slots = 1, .keep_activations = true});
                state.write(network.graph, network.logits, given.at(network.logits));
                const auto slot = executor.begin();
                for (const ValueId id : {network.labels, network.terms, network.weights})
                    set_input(executor, slot, network.graph, id, given);
                executor.submit(slot);
                const HostTensor loss = executor.read(0, network.loss);
                const HostTensor& expected = want.at(network.loss);
                EXPECT_NEAR(loss.values[0], expected.values[0], 2e-5 * std::abs(expected.values[0]));
                EXPECT_EQ(loss.values[1], expected.values[1]);
                EXPECT_EQ(loss.values[2], expected.values[2]);
                const ValueId gradient = gradient_of(network.graph, network.logits);
                const HostTensor got = executor.read(0, gradient);
                for (size_t i = 0; i < got.values.size(); ++i)
                    ASSERT_NEAR(got.values[i], want.at(gradient).values[i],
                                (dtype == DType::f16 ? 1e-3 : 1e-6))
                        << i;
            }
        }
}

TEST(TargetLossTest, GradientMatchesFiniteDifferences) {
    for (const TargetLossCase& c : cases()) {
        SCOPED_TRACE(c.name);
        const TargetLossNetwork network(c, DType::f32);
        const std::map<ValueId, HostTensor> given = network.random_values();
        std::map<ValueId, HostTensor> values = given;
        run_reference(network.graph, values);
        const HostTensor& gradient = values.at(gradient_of(network.graph, network.logits));
        for (size_t i = 0; i < gradient.values.size(); i += 1 + gradient.values.size() / 20) {
            const auto loss = [&](double h) {
                std::map<ValueId, HostTensor> shifted = given;
                shifted.at(network.logits).values[i] += h;
                run_reference(network.graph, shifted);
                return shifted.at(network.loss).values[0];
            };
            EXPECT_NEAR(gradient.values[i], (loss(1e-5) - loss(-1e-5)) / 2e-5, 1e-8);
        }
    }
}

TEST(TargetLossTest, AWholeShareOfASampleIsTheCrossEntropyOfItsLabel) {
    const TargetLossCase c{"plain", {.label_smoothing = 0.1, .global_batch = 40, .sample_terms = true}, 8, 5};
    const TargetLossNetwork network(c, DType::f32);
    std::map<ValueId, HostTensor> values = network.random_values();
    for (int64_t n = 0; n < 8; ++n)
        values[network.terms].at(n, 1) = values[network.terms].at(n, 6) = 1;
    Graph plain;
    const ValueId logits = plain.input("logits", f32({8, 1, 1, 5}));
    const ValueId labels = plain.input("labels", {DType::i32, {8, 1, 1, 1}});
    const ValueId loss = plain.add1("loss", ops::softmax_cross_entropy({0.1, 40}), {logits, labels});
    std::map<ValueId, HostTensor> want{{logits, values[network.logits]}, {labels, values[network.labels]}};
    run_reference(network.graph, values);
    run_reference(plain, want);
    for (size_t i = 0; i < 3; ++i)
        EXPECT_NEAR(values[network.loss].values[i], want[loss].values[i], 1e-12);
}

// Reads lines "case tensor values..." and prints each case's loss and gradient in double precision.
constexpr const char* loss_script = R"python(
import torch
import torch.nn.functional as F

cases = {}
for line in open('cases.txt'):
    name, what, *values = line.split()
    cases.setdefault(name, {})[what] = [float(v) for v in values]

for name, c in cases.items():
    n, k = int(c['size'][0]), int(c['size'][1])
    smoothing, sigmoid, summed, threshold = c['options']
    x = torch.tensor(c['logits'], dtype=torch.float64).reshape(n, k).requires_grad_()
    y = torch.tensor(c['labels']).long()
    pairs = torch.arange(n) ^ 1
    share = torch.tensor(c.get('share', [1.0] * n), dtype=torch.float64)[:, None]
    factor = torch.tensor(c.get('factor', [1.0] * n), dtype=torch.float64)
    weight = torch.tensor(c['weights'], dtype=torch.float64) if 'weights' in c else None
    off = smoothing / k  # timm's mixup_target
    one_hot = lambda labels: torch.full((n, k), off, dtype=torch.float64).scatter_(1, labels[:, None], 1. - smoothing + off)
    target = one_hot(y) * share + one_hot(y[pairs.clamp(max=n - 1)]) * (1 - share)
    if sigmoid:  # timm's BinaryCrossEntropy
        if threshold >= 0:
            target = target.gt(threshold).to(target.dtype)
        rows = F.binary_cross_entropy_with_logits(x, target, weight, reduction='none')
        rows = rows.sum(-1) if summed else rows.mean(-1)
    else:
        rows = F.cross_entropy(x, target, weight, reduction='none')
    loss = (rows * factor).mean()
    loss.backward()
    print(name, loss.item(), *x.grad.flatten().tolist())

# The classes' weights over labels: what the samples' common factor stands for.
c = cases['weighted_smooth']
n, k = int(c['size'][0]), int(c['size'][1])
x = torch.tensor(c['logits'], dtype=torch.float64).reshape(n, k)
y = torch.tensor(c['labels']).long()
w = torch.tensor(c['weights'], dtype=torch.float64)
print('labels', F.cross_entropy(x, y, w, label_smoothing=c['options'][0]).item(), (n / w[y].sum()).item())
)python";

void write(std::ofstream& file, const char* name, const char* what, const std::vector<double>& values) {
    file << name << ' ' << what;
    for (const double v : values)
        file << ' ' << v;
    file << '\n';
}

std::vector<double> column(const HostTensor& tensor, int64_t at) {
    std::vector<double> values;
    for (int64_t n = 0; n < tensor.shape.n; ++n)
        values.push_back(tensor.at(n, at));
    return values;
}

TEST(TargetLossTest, MatchesTorch) {
    if (!torch_available()) GTEST_SKIP() << python << " cannot import torch";
    const TemporaryFolder folder;
    std::map<std::string, std::vector<double>> want;
    {
        std::ofstream file(folder / "cases.txt");
        file.precision(17);
        for (const TargetLossCase& c : cases()) {
            const TargetLossNetwork network(c, DType::f32);
            std::map<ValueId, HostTensor> values = network.random_values();
            write(file, c.name, "size", {static_cast<double>(c.samples), static_cast<double>(c.classes)});
            write(file, c.name, "options",
                  {c.loss.label_smoothing, c.loss.sigmoid ? 1.0 : 0.0, c.loss.summed ? 1.0 : 0.0,
                   c.loss.threshold.value_or(-1)});
            write(file, c.name, "logits", values.at(network.logits).values);
            write(file, c.name, "labels", values.at(network.labels).values);
            if (network.terms != no_value) {
                write(file, c.name, "share", column(values.at(network.terms), 1));
                write(file, c.name, "factor", column(values.at(network.terms), 6));
            }
            if (network.weights != no_value)
                write(file, c.name, "weights", values.at(network.weights).values);
            run_reference(network.graph, values);
            std::vector<double>& result = want[c.name];
            result = values.at(gradient_of(network.graph, network.logits)).values;
            result.insert(result.begin(), values.at(network.loss).values[0]);
        }
    }
    ASSERT_TRUE(run_python(folder.path(), loss_script)) << file_content(folder / "python.log");
    std::istringstream output(file_content(folder / "python.log"));
    std::string line;
    size_t compared = 0;
    while (std::getline(output, line)) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        std::vector<double> got;
        for (double v = 0; words >> v;)
            got.push_back(v);
        if (name == "labels") {
            EXPECT_NEAR(got.at(0), want.at("weighted_smooth").at(0) * got.at(1), 1e-9);
            continue;
        }
        ASSERT_TRUE(want.contains(name)) << line.substr(0, 200);
        ASSERT_EQ(got.size(), want.at(name).size()) << name;
        for (size_t i = 0; i < got.size(); ++i)
            ASSERT_NEAR(want.at(name)[i], got[i], 1e-10) << name << ' ' << i;
        ++compared;
    }
    EXPECT_EQ(compared, cases().size());
}

}  // namespace
}  // namespace vkm::test
