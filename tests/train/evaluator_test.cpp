#include "train/support/training.h"

#include <graph/flat_buffers.h>
#include <graph/reference/reference.h>
#include <graph/weights/parameters.h>
#include <gtest/gtest.h>
#include <train/evaluator.h>
#include <train/model_snapshot.h>

namespace vkm::train {
namespace {

using graph::HostTensor;
using graph::Role;
using graph::ValueId;

const test::TinyImages& images() {
    static const test::TinyImages all;
    return all;
}
constexpr int64_t count = 14;

// Returns mean loss and hit rates of the network as it is, with its running statistics, on the CPU.
Evaluation reference(const graph::Graph& graph, const ParameterValues& weights) {
    const graph::Graph network =
        evaluation_step(test::tiny_model(),
                        {.local_batch = count, .global_batch = count, .pixels = PixelType::floats})
            .network;
    std::map<ValueId, HostTensor> values;
    for (const ValueId id : graph::weights_of(network))
        values[id] = weights.at(graph.find(network.value(id).info->name));
    HostTensor& pixels = values[network.find("images")] =
        HostTensor(network.type(network.find("images")).shape);
    HostTensor& labels = values[network.find("labels")] =
        HostTensor(network.type(network.find("labels")).shape);
    for (size_t i = 0; i < count; ++i) {
        const std::vector<float> image = test::tiny_image(i);
        std::copy(image.begin(), image.end(),
                  pixels.values.begin() + static_cast<ptrdiff_t>(i * image.size()));
        labels.values[i] = images().label(i);
    }
    graph::run_reference(network, values);
    const std::vector<double>& sums = values[network.with_role(Role::metric).front()].values;
    return {.images = count, .loss = sums[0] / count, .top1 = sums[1] / count, .top5 = sums[2] / count};
}

// Holds a network whose running statistics have seen some steps, and an evaluator of it beside it.
class EvaluatorTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }

    void expect_the_networks_own(graph::DType storage, double tolerance, size_t replicas = 1) {
        test::Training training({.replicas = replicas});
        ModelOnDevices beside = training.replicas->beside();
        Evaluator evaluator(beside, test::tiny_model(), 4, PixelType::floats, 0, {}, storage);
        for (int round = 0; round < 2; ++round) {
            for (int step = 0; step < 3; ++step)
                training.step();
            ModelSnapshot now(*training.replicas, training.graph());
            evaluator.load(training.graph(), now.values());
            Loader loader(std::make_shared<test::TinyImages>(), evaluation_loading(test::tiny_model(), 4, 1));
            const Evaluation got = evaluator.run(loader);
            const Evaluation want = reference(training.graph(), now.values());
            EXPECT_EQ(got.images, count) << "a partial last batch counts, the rows beyond it do not";
            EXPECT_NEAR(got.loss, want.loss, tolerance * want.loss) << "round " << round;
            EXPECT_EQ(got.top5, 1) << "of three classes";
            if (storage == graph::DType::f32) {
                EXPECT_EQ(got.top1, want.top1);
            }
            ModelSnapshot after(*training.replicas, training.graph());
            for (const Role role : {Role::parameter, Role::state})
                for (const ValueId flat : graph::flat_buffers(training.graph(), role))
                    EXPECT_EQ(after.flat(flat), now.flat(flat)) << "evaluation leaves the training's weights";
        }
    }
};

TEST_F(EvaluatorTest, GivesTheLossOfTheNetworkAsItIs) {
    expect_the_networks_own(graph::DType::f32, 1e-5);
}

TEST_F(EvaluatorTest, AlsoOnSeveralDevices) {
    expect_the_networks_own(graph::DType::f32, 1e-5, 2);
}

TEST_F(EvaluatorTest, AlsoWithHalfPrecision) {
    expect_the_networks_own(graph::DType::f16, 1e-2);
}

}  // namespace
}  // namespace vkm::train
